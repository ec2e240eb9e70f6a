/* api/member.h - finds one member of a JSON map in bytes that are known to be JSON, reading no
 * further than it must.  For what only passes through; jsonscan is for what must be judged.
 * SPDX-License-Identifier: MIT */
#ifndef API_MEMBER_H
#define API_MEMBER_H
#include "conduit/base.h"

#include <stdbool.h>

struct member_span {
	size_t value_at, value_end;    /* the value's text */
	size_t cut_at, cut_end;     /* what to leave out to remove the member, comma included */
};

/* The first member of the outermost map with that name (written without escapes).  False: not
 * there, or the bytes are no map. */
bool member_find(cdt_str json, const char *name, struct member_span *out);

#endif
