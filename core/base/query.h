/* base/query.h - what stands in a URL after the path.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_QUERY_H
#define BASE_QUERY_H
#include "base/arena.h"

#include <stdbool.h>

/* Percent-decoded into a; bad escapes stay as they are. */
cdt_str query_decode(struct arena *a, cdt_str s);
/* The decoded value of the first `name=value` of a query; false: there is none. */
bool query_find(struct arena *a, cdt_str query, const char *name, cdt_str *value);
/* The same, or "". */
cdt_str query_value(struct arena *a, cdt_str query, const char *name);

#endif
