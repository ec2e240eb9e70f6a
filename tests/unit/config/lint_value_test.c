/* unit/config/lint_value_test.c - bare words: values as libconfig reads them.
 * SPDX-License-Identifier: MIT */
#include "config/lint_value.h"
#include "unit/unit.h"

#include "base/str.h"

static void tells_kinds_apart(void)
{
	static const struct { const char *word; enum lint_kind kind;
	} rows[] = {
		{ "true", LINT_FLAG },
		{ "FALSE", LINT_FLAG },
		{ "0", LINT_INT },
		{ "-5", LINT_INT },
		{ "+5", LINT_INT },
		{ "00012", LINT_INT },
		{ "2147483647", LINT_INT },
		{ "0x7fffffff", LINT_INT },
		{ "5L", LINT_LONG },
		{ "5LL", LINT_LONG },
		{ "0xFFFFFFFFL", LINT_LONG },
		{ "9223372036854775807L", LINT_LONG },
		{ "1.", LINT_REAL },
		{ ".5", LINT_REAL },
		{ "-.5", LINT_REAL },
		{ "1e5", LINT_REAL },
		{ "5e+2", LINT_REAL },
		{ "1.5E-3", LINT_REAL },
		{ "2147483648", LINT_NONE },
		{ "0x80000000", LINT_NONE },
		{ "9223372036854775808L", LINT_NONE },
		{ "99999999999999999999", LINT_NONE },
		{ "5l", LINT_NONE },
		{ "1e5L", LINT_NONE },
		{ "5.0L", LINT_NONE },
		{ "+0x5", LINT_NONE },
		{ "0x", LINT_NONE },
		{ "1.5e", LINT_NONE },
		{ "30s", LINT_NONE },
		{ "5%", LINT_NONE },
		{ "10MiB", LINT_NONE },
		{ "yes", LINT_NONE },
		{ "-", LINT_NONE },
		{ ".", LINT_NONE },
		{ "1.2.3", LINT_NONE },
		{ "info", LINT_NONE },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char why[LINT_WHY_SIZE];

		CU_ASSERT_EQUAL(lint_value(str_z(rows[i].word), 1, why), rows[i].kind);
	}
}

static void keeps_delicate_words_to_itself(void)
{
	char why[LINT_WHY_SIZE];

	CU_ASSERT_EQUAL(lint_value(CDT_STR("12ab34"), 0, why), LINT_NONE);
	CU_ASSERT_STRING_EQUAL(why, "texts, durations and sizes stand in quotes");
}

static void knows_names(void)
{
	CU_ASSERT_TRUE(lint_is_name(CDT_STR("gpt-4o")));
	CU_ASSERT_TRUE(lint_is_name(CDT_STR("*x_1")));
	CU_ASSERT_FALSE(lint_is_name(CDT_STR("4o")));
	CU_ASSERT_FALSE(lint_is_name(CDT_STR("a.b")));
	CU_ASSERT_FALSE(lint_is_name(CDT_STR("True")));
	CU_ASSERT_FALSE(lint_is_name(CDT_STR("")));
}

static const struct unit_test tests[] = {
	{ "tells kinds apart", tells_kinds_apart },
	{ "keeps delicate words to itself", keeps_delicate_words_to_itself },
	{ "knows names", knows_names },
	{ NULL, NULL }
};
const struct unit_suite config_lint_value_suite = { "config/lint_value", tests };
