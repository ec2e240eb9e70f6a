/* What stands in a URL after the path.
 * SPDX-License-Identifier: MIT */
#include "base/query.h"

#include "base/str.h"
#include "unit/unit.h"

static void escapes_are_decoded_and_bad_ones_stay(void)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "", "" }, { "plain", "plain" }, { "a%20b", "a b" }, { "%2F%2f", "//" },
		{ "%e2%82%AC", "\xe2\x82\xac" }, { "%", "%" }, { "%4", "%4" }, { "%zz", "%zz" },
		{ "100%", "100%" }, { "a+b", "a+b" }, { "%%41", "%A" },
	};
	struct arena a;

	arena_init(&a, 256, 4096);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CU_ASSERT(str_is(query_decode(&a, str_z(rows[i].in)), rows[i].out));
	arena_fini(&a);
}

static void the_first_member_of_a_name_counts(void)
{
	static const struct { const char *query, *name, *out; } rows[] = {
		{ "a=1&b=2", "b", "2" }, { "a=1&a=2", "a", "1" }, { "a=1", "b", "" },
		{ "", "a", "" }, { "a", "a", "" }, { "a=", "a", "" }, { "x=1&a=%31", "a", "1" },
		{ "aa=1&a=2", "a", "2" }, { "a=b=c", "a", "b=c" }, { "&&a=1", "a", "1" },
	};
	struct arena a;

	arena_init(&a, 256, 4096);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CU_ASSERT(str_is(query_value(&a, str_z(rows[i].query), rows[i].name),
		                 rows[i].out));
	arena_fini(&a);
}

static void a_full_arena_gives_nothing(void)
{
	struct arena a;

	arena_init(&a, 16, 16);
	CU_ASSERT_EQUAL(query_decode(&a, CDT_STR("much too long for this arena")).n, 0);
	arena_fini(&a);
}

static const struct unit_test tests[] = {
	{ "escapes are decoded and bad ones stay", escapes_are_decoded_and_bad_ones_stay },
	{ "the first member of a name counts", the_first_member_of_a_name_counts },
	{ "a full arena gives nothing", a_full_arena_gives_nothing },
	{ NULL, NULL },
};
const struct unit_suite base_query_suite = { "base/query", tests };
