/* Cells that every reader takes for the same text, and none for a formula.
 * SPDX-License-Identifier: MIT */
#include "base/csv.h"

#include "base/str.h"
#include "unit/unit.h"

static void cells_are_quoted_and_harmless(void)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "", "" }, { "plain", "plain" }, { "two words", "two words" },
		{ "a,b", "\"a,b\"" }, { "say \"hi\"", "\"say \"\"hi\"\"\"" },
		{ "\"", "\"\"\"\"" }, { "line\nfeed", "\"line\nfeed\"" }, { "\r", "\"'\r\"" },
		{ "=1+1", "'=1+1" }, { "+1", "'+1" }, { "@SUM(A1)", "'@SUM(A1)" },
		{ "-2+3", "'-2+3" }, { "-", "'-" }, { "\tx", "'\tx" },
		{ "=a,\"b\"", "\"'=a,\"\"b\"\"\"" }, { "a=b", "a=b" },
		{ "-2.5", "-2.5" }, { "12", "12" },
	};
	struct buf out;

	buf_init(&out, 256);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&out);
		csv_cell(&out, str_z(cases[i].in));
		CU_ASSERT(str_is(buf_str(&out), cases[i].out));
	}
	buf_fini(&out);
}

static const struct unit_test tests[] = {
	{ "cells are quoted and harmless", cells_are_quoted_and_harmless },
	{ NULL, NULL },
};
const struct unit_suite base_csv_suite = { "base/csv", tests };
