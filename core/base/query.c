/* base/query.c - percent-decoding and look-up of query members.
 * SPDX-License-Identifier: MIT */
#include "base/query.h"

#include "base/str.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

cdt_str query_decode(struct arena *a, cdt_str s)
{
	char *out = arena_take(a, s.n + 1);
	size_t n = 0;

	if (!out)
		return (cdt_str){ "", 0 };
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 &&
		    hex(s.p[i + 2]) >= 0) {
			out[n++] = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
			i += 2;
		} else {
			out[n++] = s.p[i];
		}
	}
	return (cdt_str){ out, n };
}

bool query_find(struct arena *a, cdt_str query, const char *name, cdt_str *value)
{
	while (query.n) {
		cdt_str text = str_cut(&query, '&'), key = str_cut(&text, '=');

		if (str_is(key, name)) {
			*value = query_decode(a, text);
			return true;
		}
	}
	return false;
}

cdt_str query_value(struct arena *a, cdt_str query, const char *name)
{
	cdt_str value;

	return query_find(a, query, name, &value) ? value : CDT_STR("");
}
