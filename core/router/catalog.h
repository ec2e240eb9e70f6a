/* router/catalog.h - the catalogue: a JSON file of known models, what their providers take for
 * them and how much fits.  Of its lists, one a provider, it keeps the text of those that are
 * wanted, and reads a record when it is asked for.  Private to the room; immutable once read.
 * [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_CATALOG_H
#define ROUTER_CATALOG_H
#include "ledger/price.h"
#include "router/known.h"

enum { CATALOG_BYTES_MAX = 16 << 20, CATALOG_VALUES_MAX = 2000000 };
enum { CATALOG_NAME_MAX = 256 };               /* bytes of a list's or model's name */

struct catalog;
struct catalog_list;                           /* the models of one provider */

struct catalog_model {
	cdt_str name;                          /* the one it was found by; the catalogue's */
	bool is_priced;
	struct price price;                    /* when is_priced */
	int64_t context_window, max_output;    /* tokens; -1 = unknown */
	struct known known;                    /* texts: the catalogue's; without row */
};

/* line 0: no line is to blame. */
struct catalog_fault { uint32_t line; char why[512]; };

/* Every record is read once, so that later looks can not fail.  today ("2026-11-21") chooses
 * among prices with dates.  wanted: names of lists, ends with NULL; those that are not there
 * are left out.  NULL: *fault says why.  Nothing refers to text afterwards. */
struct catalog *catalog_read(cdt_str text, const char *today, const char *const *wanted,
                             struct catalog_fault *fault);
/* The same of a file.  [main] */
struct catalog *catalog_open(const char *path, const char *today, const char *const *wanted,
                             struct catalog_fault *fault);
void catalog_free(struct catalog *c);

cdt_str catalog_date(const struct catalog *c);         /* when it was made: "2026-11-21" */
/* NULL: not there, or not wanted. */
const struct catalog_list *catalog_list(const struct catalog *c, cdt_str name);
cdt_str catalog_list_name(const struct catalog_list *l);
/* Of all lists the nearest name, or NULL. */
const char *catalog_nearest(const struct catalog *c, cdt_str name);
/* By the whole name, else by the name without its date: "-2026-11-21", "-20261121", "@001" or
 * "-latest" at its end. */
bool catalog_find(const struct catalog *c, const struct catalog_list *l, cdt_str model,
                  struct catalog_model *out);

#endif
