/* unit/config/nearest_test.c - which word was meant.
 * SPDX-License-Identifier: MIT */
#include "config/config.h"
#include "unit/unit.h"

#include <string.h>

#include "base/str.h"

static void finds_the_word_that_was_meant(void)
{
	static const char *const names[] = {
		"base_url", "keys", "limits", "name", "options", "timeout", "type", "gpt-4o",
		"gpt-4o-mini", "claude-sonnet", "ab", NULL
	};
	static const struct { const char *word, *meant;
	} rows[] = {
		{ "base_ulr", "base_url" },
		{ "baseurl", "base_url" },
		{ "key", "keys" },
		{ "kyes", "keys" },
		{ "nmae", "name" },
		{ "TIMEOUT", "timeout" },
		{ "time_out", "timeout" },
		{ "gpt4o", "gpt-4o" },
		{ "gpt-4o-mnii", "gpt-4o-mini" },
		{ "claude-sonet-4", "claude-sonnet" },
		{ "optio", "options" },
		{ "base", NULL },
		{ "zz", NULL },
		{ "", NULL },
		{ "x", NULL },
		{ "gemini", NULL },
		{ "opt", NULL },
		{ "cc", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *near = config_nearest(str_z(rows[i].word), names);

		CU_ASSERT_EQUAL_FATAL(near != NULL, rows[i].meant != NULL);
		CU_ASSERT(!near || !strcmp(near, rows[i].meant));
	}
}

static void takes_an_empty_list(void)
{
	static const char *const none[] = { NULL };

	CU_ASSERT_PTR_NULL(config_nearest(CDT_STR("word"), none));
}

static void says_what_was_meant(void)
{
	char out[CONFIG_HINT_SIZE], longer[2 * CONFIG_HINT_SIZE];

	CU_ASSERT_STRING_EQUAL(config_hint("keys", out), "; did you mean 'keys'?");
	CU_ASSERT_STRING_EQUAL(config_hint(NULL, out), "");
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	CU_ASSERT_TRUE(str_ends(str_z(config_hint(longer, out)), "xx'?"));
}

static const struct unit_test tests[] = {
	{ "finds the word that was meant", finds_the_word_that_was_meant },
	{ "takes an empty list", takes_an_empty_list },
	{ "says what was meant", says_what_was_meant },
	{ NULL, NULL }
};
const struct unit_suite config_nearest_suite = { "config/nearest", tests };
