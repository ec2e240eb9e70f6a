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

/* One member of a map, one element of a list after the other.  *rest is what is left of the
 * inside: start with jsonwalk_inside.  key is without quotes and still escaped.  False: there
 * is none left, or what follows is none; then nothing else was written. */
cdt_str jsonwalk_inside(cdt_str value);        /* without its first byte, the bracket */
bool jsonwalk_member(cdt_str *rest, cdt_str *key, cdt_str *value);
bool jsonwalk_element(cdt_str *rest, cdt_str *value);
/* The value of that key (as it is written) in a map; {NULL,0} when it is not there. */
cdt_str jsonwalk_get(cdt_str map, const char *key);

#endif
