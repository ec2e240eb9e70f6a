/* base/query.c - percent-decoding and look-up of query members.
 * SPDX-License-Identifier: MIT */
#include "base/query.h"

#include "base/str.h"

cdt_str query_decode(struct arena *a, cdt_str s)
{
	char *out = arena_take(a, s.n + 1);
	size_t n = 0;

	if (!out)
		return (cdt_str){ "", 0 };
	for (size_t i = 0; i < s.n; i++) {
		bool escape = s.p[i] == '%' && i + 2 < s.n;
		int high = escape ? str_hex_digit(s.p[i + 1]) : -1;
		int low = high >= 0 ? str_hex_digit(s.p[i + 2]) : -1;

		out[n++] = low >= 0 ? (char)(high * 16 + low) : s.p[i];
		if (low >= 0)
			i += 2;
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
