/* base/csv.c - writes one cell.
 * SPDX-License-Identifier: MIT */
#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

static bool is_number(cdt_str s)
{
	bool digits = false;

	for (size_t i = s.n && s.p[0] == '-'; i < s.n; i++) {
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '.')
			return false;
		digits = true;
	}
	return digits;
}

static bool is_formula(cdt_str s)
{
	return s.n && s.p[0] && strchr("=+-@\t\r", s.p[0]) && !is_number(s);
}

static bool needs_quotes(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] && strchr(",\"\r\n", s.p[i]))
			return true;
	return false;
}

void csv_cell(struct buf *out, cdt_str s)
{
	const char *quote = needs_quotes(s) ? "\"" : "";

	buf_add_z(out, quote);
	if (is_formula(s))
		buf_add_c(out, '\'');
	while (s.n) {
		cdt_str part = { s.p, str_find(s, '"') };

		buf_add(out, part);
		if (part.n < s.n)
			buf_add_z(out, "\"\"");
		s = str_skip(s, part.n < s.n ? part.n + 1 : s.n);
	}
	buf_add_z(out, quote);
}
