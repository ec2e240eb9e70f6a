/* base/json.h - JSON trees (json-c inside; nobody else includes it) and documents over raw
 * text.  One thread at a time for each tree.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_H
#define BASE_JSON_H
#include "base/arena.h"
#include "conduit/doc.h"

/* A node that its holder owns (json_free) or that its parent owns; never both. */
struct json;
struct jsonscan;

/* The text must have passed jsonscan (base/jsonscan.h): json-c alone lets too much
 * through.  NULL: not JSON, or nested deeper than 64. */
struct json *json_parse(cdt_str text);
/* Maps under these names (NULL ends them) stay text until somebody looks inside: what is long,
 * and mostly passed on as it came. */
struct json *json_parse_but(cdt_str text, const char *const *unread);
void json_free(struct json *j);

/* Readers take NULL and nodes of another type, like cdt_val. */
uint32_t json_type(const struct json *j);                  /* CDT_ABSENT, CDT_NULL, ... */
size_t   json_count(const struct json *j);
struct json *json_get(const struct json *map, const char *key);
struct json *json_at(const struct json *list, size_t i);
int      json_next(const struct json *map, size_t *it, cdt_str *key, struct json **val);
cdt_str  json_text(const struct json *j);                  /* may hold NUL bytes */
int64_t  json_i64(const struct json *j, int64_t dflt);
double   json_f64(const struct json *j, double dflt);
int      json_flag(const struct json *j, int dflt);

/* Another holder of the same node: changes show in both. */
struct json *json_share(const struct json *j);

/* Makers: the caller owns the result until it is given to a parent. */
struct json *json_new_map(void);
struct json *json_new_list(void);
struct json *json_new_text(cdt_str s);
struct json *json_new_i64(int64_t v);
struct json *json_new_f64(double v);
struct json *json_new_flag(int v);
/* The map or list owns child afterwards; replaces what was there. */
void json_set_give(struct json *map, const char *key, struct json *child);
void json_push_give(struct json *list, struct json *child);
void json_put_give(struct json *list, size_t i, struct json *child);
void json_remove(struct json *map, const char *key);
/* Takes the member out of the map: the caller owns it.  NULL: not there. */
struct json *json_take(struct json *map, const char *key);

/* Compact text; valid until the tree changes or dies. */
cdt_str json_print(struct json *j);

/* As the plugin ABI sees it.  Valid as long as the tree. */
cdt_val json_val(const struct json *j);
cdt_val json_absent(void);
/* Some text's document: the outermost members are found at once and parsed one by one when
 * asked for.  Text must have passed jsonscan and outlive the document; the trees behind it
 * are freed by json_lazy_free. */
struct json_lazy;
struct json_lazy *json_lazy_new(struct arena *a, cdt_str text);
/* The same for who has scanned text already (CDT_OK), so that it is not scanned again.
 * count 0: the text is no map (or an empty one). */
struct json_member;
struct json_lazy *json_lazy_of(struct arena *a, cdt_str text, const struct json_member *members,
                               size_t count);
cdt_val json_lazy_val(struct json_lazy *l);
void json_lazy_free(struct json_lazy *l);

#endif
