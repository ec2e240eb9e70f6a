/* base/jsonwalk.h - steps over JSON that is known to be JSON (it has passed jsonscan, or merely
 * passes through).  Never reads behind the end, whatever the bytes are.  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_JSONWALK_H
#define BASE_JSONWALK_H
#include "conduit/doc.h"

#include <stdbool.h>

static inline bool jsonwalk_is_blank(char c)
{
	return (uint8_t)c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

/* Without the white space in front. */
static inline cdt_str jsonwalk_blanks(cdt_str s)
{
	while (s.n && jsonwalk_is_blank(*s.p)) {
		s.p++;
		s.n--;
	}
	return s;
}

/* Bytes of the value (or key) that s begins with; s.n when it does not end. */
size_t   jsonwalk_value(cdt_str s);
uint32_t jsonwalk_type(cdt_str value);         /* CDT_TEXT, CDT_INT, ... by its bytes */

#endif
