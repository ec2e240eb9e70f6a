/* unit/config/report_test.c - how a finding is shown.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "config/report.h"

static void shows_the_place_and_the_line(void)
{
	static const struct { const char *line, *shown;
	} rows[] = {
		{ "a = 1;", "a = 1;" },
		{ "\ta = \"b\"; # c", "\ta = \"b\"; # c" },
		{ "secret = \"x\";", "secret = \"***\";" },
		{ "url = \"redis://:hush@h\";", "url = \"redis://***@h\";" },
		{ "url = \"redis://u:hu@sh@h:1/0, redis://v@w\"; b = \"http://h/@x\";",
		  "url = \"redis://***@h:1/0, redis://***@w\"; b = \"http://h/@x\";" },
		{ "a = \"x\"; Token = \"y\"; b = \"z\";",
		  "a = \"x\"; Token = \"***\"; b = \"***\";" },
		{ "secret = \"env:NAME\";", "secret = \"env:NAME\";" },
		{ "secret = \"a\\\"b\"; x = 1;", "secret = \"***\"; x = 1;" },
		{ "secret = \"a", "secret = \"***" },
		{ "api_key = abc", "api_key = ***" },
		{ "a\x1b[31m = 1;", "a?[31m = 1;" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config_report r;
		char expected[256];
		struct scene s;

		scene_init(&s, "");
		scene_write(&s, "conduit.cfg", rows[i].line, 0600);
		config_report_init(&r);
		config_report_error(&r, (struct config_origin){ s.source.file, 1 }, "no %s",
		                    "good");
		(void)snprintf(expected, sizeof expected, "%s:1: error: no good\n    1 | %s\n",
		               s.source.file, rows[i].shown);
		CU_ASSERT_TRUE(str_is(buf_str(&r.text), expected));
		config_report_fini(&r);
		scene_fini(&s);
	}
}

static void does_not_show_a_line_that_begins_within_a_text(void)
{
	struct config_report r;
	struct scene s;

	scene_init(&s, "# \" no text\nsecret = \"a\nhush\"; b = 1;\nc = 2;\n");
	config_report_init(&r);
	config_report_error(&r, (struct config_origin){ s.source.file, 3 }, "x");
	config_report_error(&r, (struct config_origin){ s.source.file, 4 }, "y");
	CU_ASSERT_EQUAL(str_search(buf_str(&r.text), CDT_STR("hush")), r.text.n);
	CU_ASSERT_TRUE(str_ends(buf_str(&r.text), "    4 | c = 2;\n"));
	config_report_fini(&r);
	scene_fini(&s);
}

static void says_where_even_without_a_line(void)
{
	struct config_report r;

	config_report_init(&r);
	config_report_error(&r, (struct config_origin){ "", 0 }, "a");
	config_report_warning(&r, (struct config_origin){ "CONDUIT_PORT", 0 }, "b\nc");
	config_report_error(&r, (struct config_origin){ "/nowhere/x.cfg", 7 }, "d");
	CU_ASSERT_TRUE(str_is(buf_str(&r.text), "configuration: error: a\n"
	                      "CONDUIT_PORT: warning: b?c\n/nowhere/x.cfg:7: error: d\n"));
	CU_ASSERT_EQUAL(r.errors, 2);
	CU_ASSERT_EQUAL(r.warnings, 1);
	config_report_fini(&r);
}

static size_t count_of(const struct config_report *r, const char *word)
{
	cdt_str rest = buf_str(&r->text);
	size_t n = 0, at;

	while ((at = str_search(rest, str_z(word))) < rest.n) {
		rest = str_skip(rest, at + 1);
		n++;
	}
	return n;
}

static void warnings_do_not_crowd_out_errors(void)
{
	struct config_report r;

	config_report_init(&r);
	for (int i = 0; i < 200; i++)
		config_report_warning(&r, (struct config_origin){ "", 0 }, "careful %d", i);
	for (int i = 0; i < 200; i++)
		config_report_error(&r, (struct config_origin){ "", 0 }, "bad %d", i);
	CU_ASSERT_EQUAL(r.errors, 200);
	CU_ASSERT_EQUAL(count_of(&r, "careful "), 20);
	CU_ASSERT_EQUAL(count_of(&r, "bad "), 30);
	CU_ASSERT_EQUAL(count_of(&r, "more errors are not shown"), 1);
	CU_ASSERT_EQUAL(r.text.status, CDT_OK);
	config_report_fini(&r);
}

static void cuts_what_is_long(void)
{
	struct config_report r;
	struct scene s;
	char *line = mem_new(10001);

	memset(line, 'x', 10000);
	scene_init(&s, line);
	config_report_init(&r);
	config_report_error(&r, (struct config_origin){ s.source.file, 1 }, "%s", line);
	CU_ASSERT_TRUE(r.text.n < 2000);
	config_report_fini(&r);
	scene_fini(&s);
	mem_free(line);
}

static const struct unit_test tests[] = {
	{ "shows the place and the line", shows_the_place_and_the_line },
	{ "does not show a line that begins within a text",
	  does_not_show_a_line_that_begins_within_a_text },
	{ "says where, even without a line", says_where_even_without_a_line },
	{ "warnings do not crowd out errors", warnings_do_not_crowd_out_errors },
	{ "cuts what is long", cuts_what_is_long },
	{ NULL, NULL }
};
const struct unit_suite config_report_suite = { "config/report", tests };
