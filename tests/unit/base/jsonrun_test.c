/* unit/base/jsonrun_test.c - the wide loops against one byte at a time.
 * SPDX-License-Identifier: MIT */
#include "base/jsonrun.h"

#include "base/rand.h"
#include "unit/unit.h"

enum { SIZE = 400 };

static void every_byte_is_judged_at_every_place(void)
{
	char p[64];

	for (int c = 0; c < 256; c++)
		for (size_t at = 0; at < 64; at++) {
			uint64_t expected = (uint64_t)json_special((uint8_t)c) << at;

			memset(p, 'x', sizeof p);
			p[at] = (char)c;
			CU_ASSERT_EQUAL(json_specials64(p), expected);
			CU_ASSERT_EQUAL(json_specials(p), expected & 0xffff);
			CU_ASSERT_EQUAL(json_run(p, sizeof p), expected ? at : 64);
		}
}

static void neighbours_do_not_matter(void)
{
	char p[16];

	for (int round = 0; round < 20000; round++) {
		uint32_t expected = 0;

		rand_bytes(p, sizeof p);
		for (size_t i = 0; i < 16; i++)
			expected |= (uint32_t)json_special((uint8_t)p[i]) << i;
		CU_ASSERT_EQUAL(json_specials(p), expected);
	}
}

static void long_runs_end_before_the_special(void)
{
	char p[SIZE];

	for (size_t n = 0; n <= SIZE; n++) {
		size_t at = n ? (size_t)rand_below(n) : 0, run;

		memset(p, 'x', SIZE);
		run = json_run_long(p, n);
		CU_ASSERT_TRUE(run <= n && n - run < 128 && run % 64 == 0);
		CU_ASSERT_EQUAL(json_run(p, n), n);
		if (n == 0)
			continue;
		p[at] = '\\';
		CU_ASSERT_TRUE(json_run_long(p, n) <= at);
		CU_ASSERT_EQUAL(json_run(p, n), at);
	}
}

static void numbers_end_where_the_grammar_says(void)
{
	static const struct { const char *text; size_t n; bool real; } cases[] = {
		{ "0", 1, false }, { "-0", 2, false }, { "01", 1, false }, { "12,", 2, false },
		{ "1.5e+3]", 6, true }, { "1e5", 3, true }, { "", 0, false }, { "-", 0, false },
		{ "1.", 0, false }, { "1.e1", 0, false }, { "1e", 0, false },
		{ "1e-", 0, false }, { "x", 0, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool real;

		CU_ASSERT_EQUAL(json_number(cases[i].text, strlen(cases[i].text), &real),
		                cases[i].n);
		if (cases[i].n)
			CU_ASSERT_EQUAL(real, cases[i].real);
	}
}

static const struct unit_test tests[] = {
	{ "every byte is judged at every place", every_byte_is_judged_at_every_place },
	{ "neighbours do not matter", neighbours_do_not_matter },
	{ "long runs end before the special", long_runs_end_before_the_special },
	{ "numbers end where the grammar says", numbers_end_where_the_grammar_says },
	{ NULL, NULL },
};
const struct unit_suite base_jsonrun_suite = { "base/jsonrun", tests };
