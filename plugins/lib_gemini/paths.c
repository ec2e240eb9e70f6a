/* lib_gemini/paths.c - model names in addresses.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

static int is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
	       || (c && strchr("-._~@/", c));
}

cdt_str gemini_escaped(struct cdt_call *call, cdt_str s)
{
	static const char digits[] = "0123456789ABCDEF";
	char *p = call->api->scratch(call, 3 * s.n + 1);
	size_t n = 0;

	if (!p)
		return (cdt_str){ NULL, 0 };
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_plain(s.p[i])) {
			p[n++] = s.p[i];
			continue;
		}
		p[n++] = '%';
		p[n++] = digits[c >> 4];
		p[n++] = digits[c & 15];
	}
	return (cdt_str){ p, n };
}

/* "/v1", "/v1beta", "/v1beta1"... */
int gemini_has_version(cdt_str base)
{
	size_t at = base.n;

	while (at && base.p[at - 1] != '/')
		at--;
	base = words_after(base, at);
	return at > 1 && base.n > 1 && base.p[0] == 'v' && base.p[1] >= '1' && base.p[1] <= '9';
}

cdt_str gemini_trimmed(cdt_str base)
{
	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	return base;
}
