/* unit/config/load_test.c - several files: conf.d, includes, who may write them.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#define P "providers = ( { name = \"p\"; type = \"x\"; } );\n"

static void conf_d(struct scene *s)
{
	CU_ASSERT_EQUAL_FATAL(mkdir(scene_path(s, "conf.d"), 0755), 0);
}

static void expect(struct scene *s, const char *report)
{
	scene_load(s);
	CU_ASSERT_STRING_EQUAL(s->text, report);
}

static void puts_lists_of_several_files_together_in_order(void)
{
	struct scene s;

	scene_init(&s, P);
	conf_d(&s);
	scene_write(&s, "conf.d/20-b.cfg", "providers = ( { name = \"b\"; type = \"x\"; } );",
	            0644);
	scene_write(&s, "conf.d/10-a.cfg",
	            "providers = ( { name = \"a\"; type = \"x\"; } );\n"
	            "models = ( { name = \"m\"; targets = ( { provider = \"b\"; } ); } );",
	            0644);
	scene_write(&s, "conf.d/.hidden.cfg", "wrong", 0644);
	scene_write(&s, "conf.d/README", "wrong", 0644);
	expect(&s, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL_FATAL(s.config->provider_count, 3);
	CU_ASSERT_STRING_EQUAL(s.config->providers[1].name, "a");
	CU_ASSERT_STRING_EQUAL(s.config->providers[2].name, "b");
	CU_ASSERT_STRING_EQUAL(s.config->providers[2].origin.file,
	                       scene_path(&s, "conf.d/20-b.cfg"));
	CU_ASSERT_EQUAL(s.config->providers[2].origin.line, 1);
	CU_ASSERT_EQUAL_FATAL(s.config->file_count, 3);
	CU_ASSERT_STRING_EQUAL(s.config->files[1], scene_path(&s, "conf.d/10-a.cfg"));
	scene_fini(&s);
}

static void puts_groups_together_member_by_member(void)
{
	struct scene s;

	scene_init(&s, P "logging = { level = \"warn\"; };\nserver = { workers = 2; };\n");
	conf_d(&s);
	scene_write(&s, "conf.d/a.cfg", "logging = { access = \"off\"; };", 0644);
	expect(&s, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_STRING_EQUAL(s.config->log_level, "warn");
	CU_ASSERT_STRING_EQUAL(s.config->access_log, "off");
	scene_fini(&s);
}

static void quotes_both_files_when_something_is_set_twice(void)
{
	struct scene s;

	scene_init(&s,
	           P "models = ( { name = \"m\"; targets = ( { provider = \"p\"; } ); } );\n"
	             "logging = { level = \"warn\"; };\nserver = { listen = ( { } ); };\n");
	conf_d(&s);
	scene_write(&s, "conf.d/20-a.cfg",
	            "\nmodels = (\n"
	            "  { name = \"m\"; targets = ( { provider = \"p\"; } ); } );\n"
	            "logging = { level = \"info\"; };\nserver = { listen = ( { } ); };\n",
	            0644);
	expect(&s, "conf.d/20-a.cfg:4: error: logging.level is already set at conduit.cfg:3\n"
	       "    4 | logging = { level = \"info\"; };\n"
	       "conf.d/20-a.cfg:5: error: server.listen is already set at conduit.cfg:4\n"
	       "    5 | server = { listen = ( { } ); };\n"
	       "conf.d/20-a.cfg:3: error: model 'm' is already defined at conduit.cfg:2\n"
	       "    3 |   { name = \"m\"; targets = ( { provider = \"p\"; } ); } );\n");
	scene_fini(&s);
}

static void a_broken_file_makes_no_follow_up_errors(void)
{
	struct scene s;

	scene_init(&s,
	           "models = ( { name = \"m\"; targets = ( { provider = \"p\"; } ); } );\n");
	conf_d(&s);
	scene_write(&s, "conf.d/a.cfg", P "x = [ 1, ];\n", 0644);
	scene_write(&s, "conf.d/b.cfg", "servr = { };\n", 0644);
	expect(&s, "conf.d/a.cfg:2: error: no ',' after the last element, before ']'\n"
	       "    2 | x = [ 1, ];\n"
	       "conf.d/b.cfg:1: error: unknown member 'servr'; did you mean 'server'?\n"
	       "    1 | servr = { };\n");
	scene_fini(&s);
}

static void includes_count_from_the_folder_of_the_file(void)
{
	struct scene s;

	scene_init(&s, "server = {\n  @include \"parts/server.cfg\"\n};\n@include \"p.cfg\"\n");
	CU_ASSERT_EQUAL_FATAL(mkdir(scene_path(&s, "parts"), 0755), 0);
	scene_write(&s, "parts/server.cfg", "workers = 3;\n\nmax_body = \"1MiB\";\n", 0644);
	scene_write(&s, "p.cfg", P, 0644);
	expect(&s, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL(s.config->workers, 3);
	CU_ASSERT_STRING_EQUAL(s.config->providers[0].origin.file, scene_path(&s, "p.cfg"));
	scene_fini(&s);
}

static void errors_in_includes_name_the_included_file(void)
{
	struct scene s;

	scene_init(&s, "\n@include \"a.cfg\"\n@include \"b.cfg\"\n@include \"none.cfg\"\n");
	scene_write(&s, "a.cfg", "\nserver = { idle = 5s; };\n", 0644);
	scene_write(&s, "b.cfg", "logging = { };\n", 0644);
	expect(&s, "a.cfg:2: error: texts, durations and sizes stand in quotes: write \"5s\"\n"
	       "    2 | server = { idle = 5s; };\n"
	       "conduit.cfg:4: error: can not open none.cfg: No such file or directory\n"
	       "    4 | @include \"none.cfg\"\n");
	scene_fini(&s);
	scene_init(&s, "@include \"a.cfg\"\n");
	scene_write(&s, "a.cfg", "\n\nservr = { };\n", 0644);
	expect(&s, "a.cfg:3: error: unknown member 'servr'; did you mean 'server'?\n"
	       "    3 | servr = { };\n");
	scene_fini(&s);
}

static void a_comment_may_end_a_file_but_not_an_included_one(void)
{
	struct scene s;

	scene_init(&s, P "# the end");
	expect(&s, "");
	scene_fini(&s);
	scene_init(&s, "@include \"p.cfg\"\n");
	scene_write(&s, "p.cfg", P "// the end", 0644);
	expect(&s, "p.cfg: error: a newline is missing after the comment at the end\n");
	scene_fini(&s);
}

static void an_include_that_includes_itself_ends(void)
{
	struct scene s;

	scene_init(&s, "@include \"conduit.cfg\"\n");
	expect(&s, "conduit.cfg:1: error: includes are nested deeper than 8\n"
	       "    1 | @include \"conduit.cfg\"\n");
	scene_fini(&s);
}

static void refuses_absolute_includes_and_those_in_odd_places(void)
{
	static const struct scene_row rows[] = {
		{ "@include \"/etc/passwd\"\n", "conduit.cfg:1: error: @include takes a path "
		                                "relative to the folder of this file\n"
		                                "    1 | @include \"/etc/passwd\"\n" },
		{ "a = 1; @include \"x\"\n", "conduit.cfg:1: error: write @include \"file\" on "
		                             "a line of its own, between members\n"
		                             "    1 | a = 1; @include \"x\"\n" },
		{ "providers = (\n@include \"x\"\n);\n",
		  "conduit.cfg:2: error: write @include \"file\" on a line of its own, between "
		  "members\n"
		  "    2 | @include \"x\"\n" },
		{ NULL, NULL }
	};

	scene_check(rows);
}

static void says_why_a_file_can_not_be_read(void)
{
	struct scene s;

	scene_init(&s, P);
	CU_ASSERT_EQUAL(unlink(s.source.file), 0);
	expect(&s, "conduit.cfg: error: can not open conduit.cfg: No such file or directory\n");
	scene_fini(&s);
	scene_init(&s, P);
	CU_ASSERT_EQUAL(unlink(s.source.file), 0);
	CU_ASSERT_EQUAL(mkfifo(s.source.file, 0600), 0);
	expect(&s, "conduit.cfg: error: conduit.cfg is not a regular file\n");
	scene_fini(&s);
}

static void refuses_files_that_others_may_write(void)
{
	struct scene s;

	scene_init(&s, P);
	CU_ASSERT_EQUAL(chmod(s.source.file, 0666), 0);
	expect(&s,
	       "conduit.cfg: warning: conduit.cfg can be written by everybody: chmod o-w\n");
	CU_ASSERT_PTR_NOT_NULL(s.config);
	scene_fini(&s);
	if (geteuid() != 0)            /* only root gives files away */
		return;
	scene_init(&s, P);
	CU_ASSERT_EQUAL(chown(s.source.file, 65534, 65534), 0);
	CU_ASSERT_EQUAL(chmod(s.source.file, 0620), 0);
	expect(&s,
	       "conduit.cfg: error: conduit.cfg belongs to user 65534 and can be written by "
	       "others: chown it to root or to the user of this service, and chmod go-w\n");
	scene_fini(&s);
	scene_init(&s, P);
	CU_ASSERT_EQUAL(chown(s.source.file, 65534, 65534), 0);
	expect(&s, "");
	scene_fini(&s);
}

static void refuses_more_values_than_the_tree_holds(void)
{
	struct scene s;
	struct buf text;

	buf_init(&text, 4 << 20);
	buf_add_z(&text, "policies = (");
	for (int i = 0; i < 20000; i++)
		buf_print(&text, "%s{ name = \"n%d\"; type = \"t\"; }\n", i ? "," : "", i);
	buf_add(&text, (cdt_str){ ");\n\0", 4 });
	scene_open(&s, text.p);
	CU_ASSERT_PTR_NULL(s.config);
	CU_ASSERT_EQUAL(s.report.errors, 1);
	CU_ASSERT_TRUE(str_search(str_z(s.text), CDT_STR("the configuration is too big")) <
	               strlen(s.text));
	scene_fini(&s);
	buf_fini(&text);
}

static const struct unit_test tests[] = {
	{ "puts lists of several files together in order",
	  puts_lists_of_several_files_together_in_order },
	{ "puts groups together member by member", puts_groups_together_member_by_member },
	{ "quotes both files when something is set twice",
	  quotes_both_files_when_something_is_set_twice },
	{ "a broken file makes no follow-up errors", a_broken_file_makes_no_follow_up_errors },
	{ "includes count from the folder of the file",
	  includes_count_from_the_folder_of_the_file },
	{ "errors in includes name the included file",
	  errors_in_includes_name_the_included_file },
	{ "a comment may end a file but not an included one",
	  a_comment_may_end_a_file_but_not_an_included_one },
	{ "an include that includes itself ends", an_include_that_includes_itself_ends },
	{ "refuses absolute includes and those in odd places",
	  refuses_absolute_includes_and_those_in_odd_places },
	{ "says why a file can not be read", says_why_a_file_can_not_be_read },
	{ "refuses files that others may write", refuses_files_that_others_may_write },
	{ "refuses more values than the tree holds", refuses_more_values_than_the_tree_holds },
	{ NULL, NULL }
};
const struct unit_suite config_load_suite = { "config/load", tests };
