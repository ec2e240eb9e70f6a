/* config/schema.h - every member that a configuration may have.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H
#include "conduit/base.h"

#include <stdbool.h>

/* id, name in --schema, unit of the value in it ("" = none). */
#define SCHEMA_TYPES(X) \
	X(GROUP, "group", "") X(LIST, "list", "") X(ARRAY, "array", "") X(TABLE, "table", "") \
	X(FLAG, "flag", "") X(INT, "int", "") X(AUTO, "int|auto", "") \
	X(DURATION, "duration", "ms") X(SIZE, "size", "bytes") \
	X(DECIMAL, "decimal", "millionths") X(MONEY, "decimal", "billionths") \
	X(PERCENT, "percent", "millionths") \
	X(TEXT, "text", "") X(CHOICE, "choice", "") \
	X(NAME, "name", "") X(MODEL, "model", "") X(URL, "url", "") X(PATH, "path", "") \
	X(ADDRESS, "address", "") X(CIDR, "cidr", "") X(ORIGIN, "origin", "") \
	X(LEVELS, "levels", "") X(VARIABLE, "variable", "") X(SECRET, "secret", "")
#define SCHEMA_TYPE_ID(id, name, unit) TYPE_##id,
enum schema_type { SCHEMA_TYPES(SCHEMA_TYPE_ID) SCHEMA_TYPE_COUNT };

enum {
	SCHEMA_REQUIRED = 1,
	SCHEMA_OPTIONAL = 2,           /* a group that is not made when it is not written */
	SCHEMA_GROWS = 4,              /* a list of named groups that several files may feed */
	SCHEMA_RESTART = 8,            /* a reload does not change it */
	SCHEMA_LATER = 16,             /* checked, but nothing reads it yet */
};

/* "providers[].keys[].id": members of groups after a dot, elements of lists after []. */
struct schema_row {
	const char *path;
	enum schema_type type;
	uint32_t flags;
	const char *dflt;              /* as one would write it; NULL: none */
	int64_t min, max;              /* in the unit of the type; both 0: anything */
	const char *unit;              /* of an integer; or "a|b|c" of a choice; or NULL */
	const char *help;
};

extern const struct schema_row schema_rows[];      /* ends with a NULL path */

const struct schema_row *schema_find(cdt_str path);
/* The part of the path after the group: "id".  NULL when row is no direct member of it. */
const char *schema_member(const struct schema_row *row, cdt_str group);
const char *schema_type_name(enum schema_type type);
const char *schema_unit(const struct schema_row *row);

#endif
