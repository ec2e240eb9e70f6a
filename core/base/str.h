/* base/str.h - what one does with borrowed bytes.  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_STR_H
#define BASE_STR_H
#include "conduit/base.h"

#include <stdbool.h>

/* printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, (s).p

cdt_str str_z(const char *z);                     /* of a NUL-ended string; NULL is "" */
cdt_str str_from(const char *p, size_t n);
bool str_eq(cdt_str a, cdt_str b);
bool str_is(cdt_str a, const char *z);
bool str_is_nocase(cdt_str a, const char *z);     /* ASCII only */
bool str_starts(cdt_str s, const char *z);
bool str_ends(cdt_str s, const char *z);
int  str_cmp(cdt_str a, cdt_str b);               /* bytewise, shorter first */
/* Position of the first one, or s.n. */
size_t str_find(cdt_str s, char c);
size_t str_search(cdt_str s, cdt_str needle);
cdt_str str_trim(cdt_str s);                      /* blanks, tabs, CR, LF at both ends */
cdt_str str_skip(cdt_str s, size_t n);            /* without its first n bytes */
/* Cuts the part before c off s and returns it; the rest (after c) stays in *s. */
cdt_str str_cut(cdt_str *s, char c);
/* Decimal digits only, the whole of s.  False, and *out untouched, on anything else. */
bool str_u64(cdt_str s, uint64_t *out);
bool str_i64(cdt_str s, int64_t *out);
/* Shell-like pattern with '*' (any run of bytes) only. */
bool str_glob(const char *pattern, cdt_str s);
/* Damerau-Levenshtein distance, at most limit + 1.  For "did you mean". */
size_t str_distance(cdt_str a, cdt_str b, size_t limit);
bool str_utf8_ok(cdt_str s);
/* Bytes of the well-formed characters above ASCII that s begins with. */
size_t str_utf8_run(cdt_str s);
/* How many of its first max bytes: without half a character at the end. */
size_t str_fit(cdt_str s, size_t max);

/* May it stand in a token: a method, the name of a header or parameter (RFC 9110 5.6.2)? */
bool str_is_token_byte(char c);
static inline int str_hex_digit(char c)           /* its value; -1 = it is none */
{
	char small = (char)(c | 0x20);

	if (c >= '0' && c <= '9')
		return c - '0';
	return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

#endif
