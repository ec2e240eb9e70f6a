/* provider_mock/words.c - how the mock counts and cuts text.  A word is its token.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

static bool blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

size_t mock_word_end(cdt_str s)
{
	size_t i = 0;

	while (i < s.n && blank(s.p[i]))
		i++;
	while (i < s.n && !blank(s.p[i]))
		i++;
	while (i < s.n && blank(s.p[i]))
		i++;
	return i;
}

uint64_t mock_words(cdt_str s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += !blank(s.p[i]) && (i == 0 || blank(s.p[i - 1]));
	return n;
}

size_t mock_first_words(cdt_str s, uint64_t max)
{
	size_t at = 0;

	while (max-- && at < s.n)
		at += mock_word_end((cdt_str){ s.p + at, s.n - at });
	return at;
}

size_t mock_whole_chars(cdt_str s, size_t want)
{
	while (want < s.n && ((unsigned char)s.p[want] & 0xc0) == 0x80)
		want++;
	return want < s.n ? want : s.n;
}

/* FNV-1a. */
uint64_t mock_hash(uint64_t seed, cdt_str s)
{
	uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}
