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

static const struct unit_test tests[] = {
	{ "finds the word that was meant", finds_the_word_that_was_meant },
	{ "takes an empty list", takes_an_empty_list },
	{ NULL, NULL }
};
const struct unit_suite config_nearest_suite = { "config/nearest", tests };
