/* base/jsonnode.h - nodes of json-c, for the files that make trees of them.  Private to
 * base/json.c and base/jsonread.c.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSONNODE_H
#define BASE_JSONNODE_H
#include <stdbool.h>

/* json-c has a type of the name of one of our functions. */
#define json_type json_c_kind
#include <json-c/json_object.h>
#include <json-c/linkhash.h>
#include <json-c/printbuf.h>
#undef json_type

#include "base/json.h"

/* NULL is json-c's null, which is a node here. */
struct json *json_node(struct json_object *o);

/* A map that is kept as text, in a text node of json-c's with a note of ours, until somebody
 * looks inside. */
struct json_object *json_unread_new(cdt_str text);
bool json_is_unread(struct json_object *o);
/* Its tree, which it owns.  NULL: no memory. */
struct json_object *json_unread_tree(struct json_object *o);
/* NULL: somebody has looked inside, and may have changed it. */
const char *json_unread_text(struct json_object *o);
#endif
