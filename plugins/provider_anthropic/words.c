/* provider_anthropic/words.c - comparing, finding and joining borrowed bytes.  Knows no JSON.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

#include <string.h>

int anthropic_same(cdt_str a, cdt_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int anthropic_begins(cdt_str s, const char *word)
{
	size_t n = strlen(word);

	return s.n >= n && memcmp(s.p, word, n) == 0;
}

int anthropic_blank(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \t\r\n\f\v", s.p[i]) || s.p[i] == '\0')
			return 0;
	return 1;
}

/* By the first byte: chunks are short, and most have no match at all. */
size_t anthropic_find(cdt_str s, cdt_str needle)
{
	const char *at = s.p, *end = s.p + s.n;

	if (needle.n == 0 || needle.n > s.n)
		return s.n;
	while ((at = memchr(at, needle.p[0], (size_t)(end - at))) != NULL) {
		if ((size_t)(end - at) < needle.n)
			break;
		if (memcmp(at, needle.p, needle.n) == 0)
			return (size_t)(at - s.p);
		at++;
	}
	return s.n;
}

cdt_str anthropic_z(const char *z)
{
	return (cdt_str){ z, strlen(z) };
}

cdt_str anthropic_after(cdt_str s, size_t n)
{
	return n >= s.n ? (cdt_str){ s.p, 0 } : (cdt_str){ s.p + n, s.n - n };
}

cdt_str anthropic_join(struct cdt_call *call, const cdt_str *pieces, size_t count)
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

cdt_str anthropic_keep(struct cdt_call *call, cdt_str s)
{
	char *p = call->api->keep(call, s.n + 1);

	if (!p)
		return (cdt_str){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (cdt_str){ p, s.n };
}
