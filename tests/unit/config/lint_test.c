/* unit/config/lint_test.c - what is said about files that libconfig could not read, or
 * would read wrongly in silence.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdio.h>

#include "base/str.h"
#include "config/lint.h"

static void quotes_the_line_where_a_bracket_was_opened(void)
{
	static const struct scene_row rows[] = {
		{ "server = {\n\tworkers = 2;\n\nlogging = { level = \"info\"; };\n",
		  "conduit.cfg:1: error: this '{' is not closed\n"
		  "    1 | server = {\n" },
		{ "server = {\n  listen = ( { port = 1; } ;\n};\n",
		  "conduit.cfg:2: error: ';' stands where the '(' of line 2 is still open\n"
		  "    2 |   listen = ( { port = 1; } ;\n" },
		{ "server = {\n  listen = ( { port = 1; }\n};\n",
		  "conduit.cfg:3: error: '}' stands where the '(' of line 2 is still open\n"
		  "    3 | };\n" },
		{ "server = {\n  cors_origins = [ \"*\" );\n};\n",
		  "conduit.cfg:2: error: ')' stands where the '[' of line 2 is still open\n"
		  "    2 |   cors_origins = [ \"*\" );\n" },
		{ "server = { workers = 2; };\n};\n",
		  "conduit.cfg:2: error: '}' closes nothing\n"
		  "    2 | };\n" },
		{ "models = (\n  { name = \"a\";\n",
		  "conduit.cfg:1: error: this '(' is not closed\n"
		  "    1 | models = (\n"
		  "conduit.cfg:2: error: this '{' is not closed\n"
		  "    2 |   { name = \"a\";\n" },
		{ "server {\n};\n",
		  "conduit.cfg:1: error: an '=' is missing before '{'\n"
		  "    1 | server {\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void quotes_the_line_where_a_text_or_comment_was_opened(void)
{
	static const struct scene_row rows[] = {
		{ "logging = {\n  level = \"info;\n  access = \"off\";\n};\n",
		  "conduit.cfg:2: error: this text is not closed: a \" is missing\n"
		  "    2 |   level = \"info;\n" },
		{ "logging = { };\nx = \"abc\n",
		  "conduit.cfg:2: error: this text is not closed: a \" is missing\n"
		  "    2 | x = \"abc\n" },
		{ "/* a\nb\n",
		  "conduit.cfg:1: error: this comment is not closed: a */ is missing\n"
		  "    1 | /* a\n" },
		{ "logging = { level = 'info'; };\n",
		  "conduit.cfg:1: error: texts stand in double quotes\n"
		  "    1 | logging = { level = 'info'; };\n" },
		{ "\"logging\" = { };\n", "conduit.cfg:1: error: unexpected text: names have "
		                          "no quotes, values follow an '='\n"
		                          "    1 | \"logging\" = { };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void refuses_a_comma_after_the_last_element(void)
{
	static const struct scene_row rows[] = {
		{ "server = { cors_origins = [ \"https://a\",\n ]; };\n",
		  "conduit.cfg:1: error: no ',' after the last element, before ']'\n"
		  "    1 | server = { cors_origins = [ \"https://a\",\n" },
		{ "models = ( { name = \"a\"; }, );\n",
		  "conduit.cfg:1: error: no ',' after the last element, before ')'\n"
		  "    1 | models = ( { name = \"a\"; }, );\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void shows_how_to_write_values_that_need_quotes(void)
{
	static const struct scene_row rows[] = {
		{ "server = { idle_timeout = 30s; };\n",
		  "conduit.cfg:1: error: texts, durations and sizes stand in quotes: write "
		  "\"30s\"\n"
		  "    1 | server = { idle_timeout = 30s; };\n" },
		{ "server = { max_body = 10MiB; };\n",
		  "conduit.cfg:1: error: texts, durations and sizes stand in quotes: write "
		  "\"10MiB\"\n"
		  "    1 | server = { max_body = 10MiB; };\n" },
		{ "logging = { level = debug; };\n",
		  "conduit.cfg:1: error: texts, durations and sizes stand in quotes: write "
		  "\"debug\"\n"
		  "    1 | logging = { level = debug; };\n" },
		{ "allow_direct = yes;\n",
		  "conduit.cfg:1: error: write true or false, not yes\n"
		  "    1 | allow_direct = yes;\n" },
		{ "admin = { token = s3cr3t; };\n",
		  "conduit.cfg:1: error: texts, durations and sizes stand in quotes\n"
		  "    1 | admin = { token = ***\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void refuses_numbers_that_would_be_truncated(void)
{
	static const struct scene_row rows[] = {
		{ "server = { workers = 3000000000; };\n",
		  "conduit.cfg:1: error: 3000000000 has more than 32 bits: write 3000000000L\n"
		  "    1 | server = { workers = 3000000000; };\n" },
		{ "server = { workers = 0x1FFFFFFFF; };\n",
		  "conduit.cfg:1: error: 0x1FFFFFFFF has more than 32 bits: write "
		  "0x1FFFFFFFFL\n"
		  "    1 | server = { workers = 0x1FFFFFFFF; };\n" },
		{ "server = { workers = 0xFFFFFFFF; };\n",
		  "conduit.cfg:1: error: 0xFFFFFFFF has more than 32 bits: write 0xFFFFFFFFL\n"
		  "    1 | server = { workers = 0xFFFFFFFF; };\n" },
		{ "server = { workers = 9223372036854775808L; };\n",
		  "conduit.cfg:1: error: 9223372036854775808L is too big for a number\n"
		  "    1 | server = { workers = 9223372036854775808L; };\n" },
		{ "server = { workers = 0b101; };\n",
		  "conduit.cfg:1: error: texts, durations and sizes stand in quotes: write "
		  "\"0b101\"\n"
		  "    1 | server = { workers = 0b101; };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void refuses_names_that_libconfig_does_not_take(void)
{
	static const struct scene_row rows[] = {
		{ "gpt.4o = { };\n", "conduit.cfg:1: error: 'gpt.4o' can not be a name: a "
		                     "letter first, then letters, digits, - and _\n"
		                     "    1 | gpt.4o = { };\n" },
		{ "_x = 1;\na/b = 1;\n",
		  "conduit.cfg:1: error: '_x' can not be a name: a letter first, then letters, "
		  "digits, - and _\n"
		  "    1 | _x = 1;\n"
		  "conduit.cfg:2: error: 'a/b' can not be a name: a letter first, then "
		  "letters, digits, - and _\n"
		  "    2 | a/b = 1;\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void quotes_both_places_of_a_member_that_is_set_twice(void)
{
	static const struct scene_row rows[] = {
		{ "logging = {\n level = \"info\";\n access = \"off\";\n level = "
		  "\"warn\";\n};\n",
		  "conduit.cfg:4: error: 'level' is already set at conduit.cfg:2\n"
		  "    4 |  level = \"warn\";\n" },
		{ "logging = { };\nserver = { };\nlogging = { };\n",
		  "conduit.cfg:3: error: 'logging' is already set at conduit.cfg:1\n"
		  "    3 | logging = { };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void refuses_bytes_that_are_no_text(void)
{
	static const struct scene_row rows[] = {
		{ "\xef\xbb\xbfserver = { };\n", "conduit.cfg:1: error: the file begins with a "
		                                 "byte order mark: save it without\n"
		                                 "    1 | \xef\xbb\xbfserver = { };\n" },
		{ "server = { };\n# caf\xe9\n", "conduit.cfg:2: error: this is not UTF-8\n"
		                                "    2 | # caf\xe9\n" },
		{ "logging = { level = \"a\\x00b\"; };\n",
		  "conduit.cfg:1: error: a text can not hold a NUL byte\n"
		  "    1 | logging = { level = \"a\\x00b\"; };\n" },
		{ "server = { % };\n", "conduit.cfg:1: error: unexpected '%'\n"
		                       "    1 | server = { % };\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void says_what_is_missing_between_names_and_values(void)
{
	static const struct { const char *config, *what;
	} rows[] = {
		{ "server = { };;", "unexpected ';': nothing stands before it" },
		{ "; a = 1;", "unexpected ';': nothing stands before it" },
		{ "a = ;", "a value is missing before ';'" },
		{ "a ;", "a value is missing before ';'" },
		{ "a 5;", "an '=' is missing before a value" },
		{ "a \"b\";", "an '=' is missing before text" },
		{ "a = { b };", "a value is missing before '}'" },
		{ "a = { b = };", "a value is missing before '}'" },
		{ "a = [ 1 2 ];", "a ',' is missing before a value" },
		{ "a = ( { } { } );", "a ',' is missing before '{'" },
		{ "a = [ , ];", "a value is missing before ','" },
		{ "a = = 1;", "unexpected '=': it follows a name" },
		{ "a = ( b = 1 );", "texts, durations and sizes stand in quotes: write \"b\"" },
		{ "= 1;", "unexpected '=': it follows a name" },
		{ "{ a = 1; }", "unexpected '{': names have no quotes, values follow an '='" },
		{ "true = 1;",
		  "'true' can not be a name: a letter first, then letters, digits, - and _" },
		{ "a = 1; b", "a value is missing at the end" },
		{ "a = [ \"x\", 5 ];",
		  "the values of an array are of one type; lists ( ) may be mixed" },
		{ "a = [ 5, 5L ];",
		  "the values of an array are of one type; lists ( ) may be mixed" },
		{ "a = [ { } ];",
		  "an array [ ] holds plain values only; lists are written ( )" },
		{ "a = \"x\" /* */ \"y\" 5;",
		  "'5' can not be a name: a letter first, then letters, digits, - and _" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct lint_includes includes;
		struct config_report r;
		char expected[256];

		config_report_init(&r);
		CU_ASSERT_FALSE(lint_text(&r, "bad", str_z(rows[i].config), &includes));
		(void)snprintf(expected, sizeof expected, "bad:1: error: %s\n", rows[i].what);
		if (!str_is(buf_str(&r.text), expected))
			fprintf(stderr, "%.*s", STR_ARG(buf_str(&r.text)));
		CU_ASSERT_TRUE(str_is(buf_str(&r.text), expected));
		config_report_fini(&r);
	}
}

/* What the lint lets through that libconfig refuses: a member twice across files. */
static void shows_what_only_libconfig_knows(void)
{
	struct scene s;

	scene_init(&s, "logging = {\n  level = \"info\";\n  @include \"more.cfg\"\n};\n");
	scene_write(&s, "more.cfg", "\nlevel = \"warn\";\n", 0600);
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(s.text, "more.cfg:2: error: duplicate setting name\n"
	                       "    2 | level = \"warn\";\n");
	scene_fini(&s);
}

static void takes_all_that_is_right(void)
{
	static const char *const good[] = {
		"",
		"\n\n",
		"# only a comment",
		"// \" {\n",
		"/* { \" */ a = 1;",
		"a = \"x\" \"y\";",
		"a = \"over\nlines\";",
		"a = \"\\\"{\\\\\";",
		"a : 1, b = { c = 2, d = 3, };",
		"a = 1 b = 2",
		"a = 0xFFL; b = -5; c = 1e5; d = .5; e = 5.; f = -.5e-3; g = 1LL;",
		"a = TRUE; b = False;",
		"a = [ ]; b = ( ); c = { };",
		"gpt-4o = 1; *x = 2; a_b = 3;",
		"a = ( 1, \"x\", { y = ( ) ; } );",
		"a = 2147483647; b = 2147483648L;",
		"\r\na = 1;\r\n",
		"a = \"$x \xc3\xa9\";",
		NULL
	};
	struct lint_includes includes;
	struct config_report r;

	config_report_init(&r);
	for (const char *const *text = good; *text; text++) {
		if (!lint_text(&r, "good", str_z(*text), &includes))
			CU_FAIL("a good text is refused");
		CU_ASSERT_EQUAL(includes.count, 0);
	}
	CU_ASSERT_EQUAL(r.errors, 0);
	config_report_fini(&r);
}

static void bounds_depth_and_members(void)
{
	struct lint_includes includes;
	struct config_report r;
	struct buf text;

	config_report_init(&r);
	buf_init(&text, 1 << 20);
	buf_add_z(&text, "a = ");
	for (int i = 0; i < LINT_DEPTH_MAX + 1; i++)
		buf_add_c(&text, '(');
	CU_ASSERT_FALSE(lint_text(&r, "deep", buf_str(&text), &includes));
	buf_clear(&text);
	for (int i = 0; i < LINT_MEMBERS_MAX + 1; i++)
		buf_print(&text, "m%d = 1;\n", i);
	CU_ASSERT_FALSE(lint_text(&r, "wide", buf_str(&text), &includes));
	CU_ASSERT_EQUAL(r.errors, 2);
	CU_ASSERT_TRUE(str_search(buf_str(&r.text), CDT_STR("nested deeper than 32")) <
	               r.text.n);
	CU_ASSERT_TRUE(str_search(buf_str(&r.text), CDT_STR("at most 1000 members")) <
	               r.text.n);
	buf_fini(&text);
	config_report_fini(&r);
}

static const struct unit_test tests[] = {
	{ "quotes the line where a bracket was opened",
	  quotes_the_line_where_a_bracket_was_opened },
	{ "quotes the line where a text or comment was opened",
	  quotes_the_line_where_a_text_or_comment_was_opened },
	{ "refuses a comma after the last element", refuses_a_comma_after_the_last_element },
	{ "shows how to write values that need quotes",
	  shows_how_to_write_values_that_need_quotes },
	{ "refuses numbers that would be truncated", refuses_numbers_that_would_be_truncated },
	{ "refuses names that libconfig does not take",
	  refuses_names_that_libconfig_does_not_take },
	{ "quotes both places of a member that is set twice",
	  quotes_both_places_of_a_member_that_is_set_twice },
	{ "refuses bytes that are no text", refuses_bytes_that_are_no_text },
	{ "says what is missing between names and values",
	  says_what_is_missing_between_names_and_values },
	{ "shows what only libconfig knows", shows_what_only_libconfig_knows },
	{ "takes all that is right", takes_all_that_is_right },
	{ "bounds depth and members", bounds_depth_and_members },
	{ NULL, NULL }
};
const struct unit_suite config_lint_suite = { "config/lint", tests };
