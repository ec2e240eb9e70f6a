/* unit/config/interpolate_test.c - variables in texts.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/interpolate.h"

static void set_variables(void)
{
	CU_ASSERT_EQUAL(setenv("CFG_WORD", "w0rd", 1), 0);
	CU_ASSERT_EQUAL(setenv("CFG_EMPTY", "", 1), 0);
	CU_ASSERT_EQUAL(setenv("CFG_NEST", "${CFG_WORD}", 1), 0);
	CU_ASSERT_EQUAL(unsetenv("CFG_UNSET"), 0);
}

static void puts_variables_in(void)
{
	static const struct { const char *in, *out; bool whole;
	} rows[] = {
		{ "", "", false },
		{ "plain", "plain", false },
		{ "${CFG_WORD}", "w0rd", true },
		{ "a${CFG_WORD}b", "aw0rdb", false },
		{ "${CFG_WORD}${CFG_WORD}", "w0rdw0rd", false },
		{ "${CFG_UNSET:-x y}", "x y", true },
		{ "${CFG_EMPTY:-x}", "x", true },
		{ "${CFG_EMPTY}", "", true },
		{ "${CFG_UNSET:-}", "", true },
		{ "${CFG_WORD:-x}", "w0rd", true },
		{ "${CFG_WORD:?no}", "w0rd", true },
		{ "$${CFG_WORD}", "${CFG_WORD}", false },
		{ "5$", "5$", false },
		{ "$5 $$", "$5 $", false },
		{ "$$$$", "$$", false },
		{ "${CFG_NEST}", "${CFG_WORD}", true },
	};

	set_variables();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config_report r;
		struct buf out;
		bool whole;

		config_report_init(&r);
		CU_ASSERT_TRUE(interpolate(&r, (struct config_origin){ "f", 0 },
		                           str_z(rows[i].in), &out, &whole));
		CU_ASSERT_TRUE(str_is(buf_str(&out), rows[i].out));
		CU_ASSERT_EQUAL(whole, rows[i].whole);
		buf_fini(&out);
		config_report_fini(&r);
	}
}

static void says_what_is_wrong_with_a_variable(void)
{
	static const struct { const char *in, *report;
	} rows[] = {
		{ "${CFG_UNSET}",
		  "f: error: the variable CFG_UNSET is not set; a default is written "
		  "${CFG_UNSET:-default}\n" },
		{ "${CFG_UNSET:?set it to the URL}",
		  "f: error: CFG_UNSET: set it to the URL\n" },
		{ "${CFG_EMPTY:?must be set}", "f: error: CFG_EMPTY: must be set\n" },
		{ "a ${CFG_WORD", "f: error: a ${ is not closed; a dollar is written $$\n" },
		{ "${}",
		  "f: error: write ${NAME}, ${NAME:-default} or ${NAME:?message}, and $$ for a "
		  "dollar\n" },
		{ "${CFG_WORD-x}",
		  "f: error: write ${NAME}, ${NAME:-default} or ${NAME:?message}, and $$ for a "
		  "dollar\n" },
		{ "${1x}",
		  "f: error: write ${NAME}, ${NAME:-default} or ${NAME:?message}, and $$ for a "
		  "dollar\n" },
	};

	set_variables();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config_report r;
		struct buf out;
		bool whole;

		config_report_init(&r);
		CU_ASSERT_FALSE(interpolate(&r, (struct config_origin){ "f", 0 },
		                            str_z(rows[i].in), &out, &whole));
		CU_ASSERT_TRUE(str_is(buf_str(&r.text), rows[i].report));
		buf_fini(&out);
		config_report_fini(&r);
	}
}

static void numbers_and_flags_may_come_from_a_variable_alone(void)
{
	struct scene s;

	CU_ASSERT_EQUAL(setenv("CFG_NUMBER", "7", 1), 0);
	CU_ASSERT_EQUAL(setenv("CFG_FLAG", "true", 1), 0);
	scene_open(&s, "server = { workers = \"${CFG_NUMBER}\"; listen = ( {\n"
	           "port = \"50${CFG_NUMBER}\"; } ); };\nallow_direct = \"${CFG_FLAG}\";\n");
	CU_ASSERT_STRING_EQUAL(s.text,
	                       "conduit.cfg:2: error: server.listen[0].port must be a whole "
	                       "number, without quotes\n"
	                       "    2 | port = \"50${CFG_NUMBER}\"; } ); };\n");
	scene_fini(&s);
	scene_open(
	    &s,
	    "server = { workers = \"${CFG_NUMBER}\"; };\nallow_direct = \"${CFG_FLAG}\";\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL(s.config->workers, 7);
	CU_ASSERT_TRUE(s.config->allow_direct);
	scene_fini(&s);
	CU_ASSERT_EQUAL(setenv("CFG_NUMBER", "7x", 1), 0);
	scene_open(&s, "server = { listen = ( { port = \"${CFG_NUMBER}\"; } ); };\n");
	CU_ASSERT_PTR_NULL(s.config);
	scene_fini(&s);
}

static void a_missing_variable_is_one_error(void)
{
	static const struct scene_row rows[] = {
		{ "admin = { token = \"${CFG_UNSET}\"; };\nlogging = { level = "
		  "\"${CFG_UNSET}\"; };\n",
		  "conduit.cfg:1: error: the variable CFG_UNSET is not set; a default is "
		  "written ${CFG_UNSET:-default}\n"
		  "    1 | admin = { token = \"${CFG_UNSET}\"; };\n"
		  "conduit.cfg:2: error: the variable CFG_UNSET is not set; a default is "
		  "written ${CFG_UNSET:-default}\n"
		  "    2 | logging = { level = \"${CFG_UNSET}\"; };\n" },
		{ NULL, NULL }
	};

	set_variables();
	scene_check(rows);
}

static void bounds_what_comes_in(void)
{
	struct config_report r;
	struct buf big, out;
	bool whole;

	buf_init(&big, INTERPOLATED_MAX * 2);
	while (big.n <= INTERPOLATED_MAX)
		buf_add_z(&big, "0123456789");
	config_report_init(&r);
	CU_ASSERT_FALSE(
	    interpolate(&r, (struct config_origin){ "f", 0 }, buf_str(&big), &out, &whole));
	CU_ASSERT_TRUE(str_is(buf_str(&r.text), "f: error: the text is longer than 64 KiB\n"));
	buf_fini(&out);
	buf_fini(&big);
	config_report_fini(&r);
}

static const struct unit_test tests[] = {
	{ "puts variables in", puts_variables_in },
	{ "says what is wrong with a variable", says_what_is_wrong_with_a_variable },
	{ "numbers and flags may come from a variable alone",
	  numbers_and_flags_may_come_from_a_variable_alone },
	{ "a missing variable is one error", a_missing_variable_is_one_error },
	{ "bounds what comes in", bounds_what_comes_in },
	{ NULL, NULL }
};
const struct unit_suite config_interpolate_suite = { "config/interpolate", tests };
