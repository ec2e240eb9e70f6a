/* base/jsonscan.h - the one strict look at JSON from outside: one pass, no tree.  Refuses
 * what readers disagree about: duplicate keys (compared after unescaping, at every depth),
 * NaN and Infinity, numbers that RFC 8259 does not know, raw control bytes, bad UTF-8
 * (overlong, surrogates), lone \u surrogates, bytes after the value, a BOM, depth > 64,
 * more than 200,000 values, \u0000 in a key (json-c ends keys there).  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSONSCAN_H
#define BASE_JSONSCAN_H
#include "conduit/doc.h"

#include <stdbool.h>

/* One member of the outermost map, in order of appearance.  Spans point into the text. */
struct json_member {
	cdt_str key;           /* without quotes; still escaped when key_escaped */
	cdt_str value;         /* its JSON text, e.g. "\"gpt-4o\"" with the quotes */
	uint32_t type;         /* CDT_TEXT, CDT_INT, ... by its first byte */
	uint32_t flags;        /* JSON_KEY_ESCAPED, JSON_VALUE_ESCAPED (text only) */
};
enum { JSON_KEY_ESCAPED = 1, JSON_VALUE_ESCAPED = 2 };
enum { JSON_MEMBERS_MAX = 128, JSON_DEPTH_MAX = 64, JSON_VALUES_MAX = 200000 };

struct jsonscan {
	struct json_member member[JSON_MEMBERS_MAX];
	size_t count;
	uint32_t type;         /* of the outermost value */
	/* When it is refused: where, and a sentence for the client. */
	size_t error_at;
	const char *error;
	char error_key[64];    /* the key that came twice, or "" */
};

/* CDT_OK, or CDT_E_INVALID with error_at and error set.  A map with more than
 * JSON_MEMBERS_MAX outermost members is refused. */
cdt_status jsonscan(struct jsonscan *s, cdt_str text);
/* The same with another limit of values, for who does not make a tree of all of them. */
cdt_status jsonscan_up_to(struct jsonscan *s, cdt_str text, uint32_t values_max);

/* The member of that name, or NULL. */
const struct json_member *jsonscan_find(const struct jsonscan *s, const char *key);
/* Whether its name, unescaped, is that. */
bool json_key_is(const struct json_member *m, const char *key);
/* The value of a text member without quotes when it has no escapes; else {NULL,0}: use
 * json_unescape. */
cdt_str json_plain_text(const struct json_member *m);
/* The inside of a JSON string, unescaped, into out (at least in.n bytes).  Returns length. */
size_t json_unescape(cdt_str in, char *out);

#endif
