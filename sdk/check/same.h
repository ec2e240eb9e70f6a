/* check/same.h - do two JSON documents say the same?
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_SAME_H
#define CHECK_SAME_H
#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"

/* Members in any order; numbers by value.  Else *why (may be NULL) gets where they differ
 * first, and how. */
bool same_json(const struct json *want, const struct json *got, struct buf *why);

#endif
