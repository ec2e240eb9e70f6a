/* lib_gemini/words.c - comparing, finding and joining borrowed bytes.  Knows no JSON.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

int gemini_same(cdt_str a, cdt_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int gemini_begins(cdt_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p, word, n) == 0;
}

int gemini_ends(cdt_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p + s.n - n, word, n) == 0;
}

int gemini_blank(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \t\r\n\f\v", s.p[i]) || s.p[i] == '\0')
			return 0;
	return 1;
}

size_t gemini_find(cdt_str s, const char *needle)
{
	size_t n = strlen(needle);

	for (size_t i = 0; i + n <= s.n; i++)
		if (s.p[i] == needle[0] && memcmp(s.p + i, needle, n) == 0)
			return i;
	return s.n;
}

cdt_str gemini_z(const char *z)
{
	return (cdt_str){ z, strlen(z) };
}

cdt_str gemini_after(cdt_str s, size_t n)
{
	return n >= s.n ? (cdt_str){ s.p, 0 } : (cdt_str){ s.p + n, s.n - n };
}

cdt_str gemini_join(struct cdt_call *call, const cdt_str *pieces, size_t count)
{
	size_t n = 0, at = 0;
	char *p;

	for (size_t i = 0; i < count; i++)
		n += pieces[i].n;
	p = call->api->scratch(call, n + 1);
	if (!p)
		return (cdt_str){ NULL, 0 };
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].n)
			memcpy(p + at, pieces[i].p, pieces[i].n);
		at += pieces[i].n;
	}
	p[n] = '\0';
	return (cdt_str){ p, n };
}

cdt_str gemini_keep(struct cdt_call *call, cdt_str s)
{
	char *p = call->api->keep(call, s.n + 1);

	if (!p)
		return (cdt_str){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (cdt_str){ p, s.n };
}
