/* unit/config/secrets_test.c - where secrets come from, and that they show nowhere.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define KEY(secret)                                                                            \
	"providers = ( { name = \"p\"; type = \"x\"; keys = (\n{ secret = \"" secret           \
	"\"; } ); } );\n"
#define CANARY "sk-canary-0123456789abcdef"

static void expect_secret(struct scene *s, const char *bytes, const char *report)
{
	scene_load(s);
	CU_ASSERT_STRING_EQUAL(s->text, report);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->config);
	CU_ASSERT_EQUAL_FATAL(s->config->providers[0].credential_count, 1);
	CU_ASSERT_TRUE(
	    str_is(secret_bytes(s->config->providers[0].credentials[0].secret), bytes));
	scene_fini(s);
}

static void come_from_variables_files_and_credentials(void)
{
	struct scene s;

	CU_ASSERT_EQUAL(setenv("CFG_SECRET", CANARY, 1), 0);
	scene_init(&s, KEY("env:CFG_SECRET"));
	expect_secret(&s, CANARY, "");
	scene_init(&s, KEY("${CFG_SECRET}"));
	expect_secret(&s, CANARY, "");
	scene_init(&s, KEY("file:key"));
	scene_write(&s, "key", CANARY "\r\n\n", 0600);
	expect_secret(&s, CANARY, "");
	scene_init(&s, KEY("credential:upstream"));
	scene_write(&s, "upstream", CANARY "\n", 0400);
	CU_ASSERT_EQUAL(setenv("CREDENTIALS_DIRECTORY", s.dir, 1), 0);
	expect_secret(&s, CANARY, "");
	CU_ASSERT_EQUAL(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void warns_of_secrets_that_others_can_see(void)
{
	struct scene s;

	scene_init(&s, KEY(CANARY));
	expect_secret(&s, CANARY, "conduit.cfg:2: warning: a secret is written out: env:NAME, "
	              "file:PATH or credential:NAME keep it elsewhere\n"
	              "    2 | { secret = \"***\"; } ); } );\n");
	scene_init(&s, KEY("file:key"));
	scene_write(&s, "key", CANARY, 0644);
	scene_load(&s);
	CU_ASSERT_PTR_NOT_NULL(s.config);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text, "conduit.cfg:2: warning: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.text,
	                              "key can be read by everybody or changed by others (mode "
	                              "0644): chmod 0640\n"));
	scene_fini(&s);
}

static void says_why_a_secret_is_not_there(void)
{
	static const struct scene_row rows[] = {
		{ KEY("env:CFG_UNSET"),
		  "conduit.cfg:2: error: the variable CFG_UNSET is not set\n"
		  "    2 | { secret = \"env:CFG_UNSET\"; } ); } );\n" },
		{ KEY("env:CFG_EMPTY"), "conduit.cfg:2: error: CFG_EMPTY is empty\n"
		                        "    2 | { secret = \"env:CFG_EMPTY\"; } ); } );\n" },
		{ KEY("env:CFG_LINES"),
		  "conduit.cfg:2: error: CFG_LINES holds more than one line or a control byte\n"
		  "    2 | { secret = \"env:CFG_LINES\"; } ); } );\n" },
		{ KEY("file:/nowhere/key"),
		  "conduit.cfg:2: error: can not read the secret /nowhere/key: No such file or "
		  "directory\n"
		  "    2 | { secret = \"file:/nowhere/key\"; } ); } );\n" },
		{ KEY("file:/dev/null"),
		  "conduit.cfg:2: error: can not read the secret /dev/null: Invalid argument\n"
		  "    2 | { secret = \"file:/dev/null\"; } ); } );\n" },
		{ KEY("credential:x"), "conduit.cfg:2: error: CREDENTIALS_DIRECTORY is not "
		                       "set: credential: works with LoadCredential= of "
		                       "systemd\n"
		                       "    2 | { secret = \"credential:x\"; } ); } );\n" },
		{ KEY(""), "conduit.cfg:2: error: the secret is empty\n"
		           "    2 | { secret = \"***\"; } ); } );\n" },
		{ "providers = ( { name = \"p\"; type = \"x\"; keys = ( { id = \"a\"; } ); } "
		  ");\n",
		  "conduit.cfg:1: error: providers[0] (\"p\").keys[0] needs 'secret': "
		  "env:NAME, file:PATH or credential:NAME\n"
		  "    1 | providers = ( { name = \"p\"; type = \"x\"; keys = ( { id = "
		  "\"***\"; } ); } );\n" },
		{ NULL, NULL }
	};

	CU_ASSERT_EQUAL(unsetenv("CFG_UNSET"), 0);
	CU_ASSERT_EQUAL(setenv("CFG_EMPTY", "", 1), 0);
	CU_ASSERT_EQUAL(setenv("CFG_LINES", "a\nb", 1), 0);
	CU_ASSERT_EQUAL(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	scene_check(rows);
}

static void credentials_stay_in_their_folder(void)
{
	struct scene s;

	CU_ASSERT_EQUAL(setenv("CREDENTIALS_DIRECTORY", "/etc", 1), 0);
	scene_open(&s, KEY("credential:../etc/hostname"));
	CU_ASSERT_STRING_EQUAL(
	    s.text, "conduit.cfg:2: error: credential: takes a plain name\n"
		    "    2 | { secret = \"credential:../etc/hostname\"; } ); } );\n");
	scene_fini(&s);
	CU_ASSERT_EQUAL(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

/* Every way in which a line with a secret can be quoted in a report. */
static void show_in_no_report(void)
{
	static const char *const configs[] = {
		KEY(CANARY) "wrong = 1;\n",
		"admin = { token = \"" CANARY "\"; tokn = \"" CANARY "\"; };\n",
		"admin = { token = " CANARY "; };\n",
		"admin = { token \"" CANARY "\"; };\n",
		"admin = { token = \"" CANARY "; };\n",
		"admin = { token = \"\n" CANARY "\"; x = 1; };\n",
		"admin = { token = '" CANARY "'; };\n",
		"token = [ \"" CANARY "\" ];\n",
		"providers = ( { name = \"p\"; type = \"x\"; keys = [ \"" CANARY "\" ]; } );\n",
		"providers = ( { name = \"p\"; type = \"x\"; base_url = 5; keys = ( { secret = "
		"\"" CANARY "\"; } ); } );\n",
		"admin = { token = \"" CANARY "\" \"" CANARY "\" ];\n",
		"admin = { token = \"" CANARY "\";;\n};\n",
		NULL
	};

	for (const char *const *text = configs; *text; text++) {
		struct scene s;

		scene_open(&s, *text);
		CU_ASSERT_TRUE(s.report.errors > 0);
		CU_ASSERT_PTR_NULL(strstr(s.text, CANARY));
		if (strstr(s.text, CANARY))
			fprintf(stderr, "\nshown: %s\n", s.text);
		scene_fini(&s);
	}
}

static void are_lent_to_plugins_by_the_same_rules(void)
{
	struct config_report r;
	struct secret *secret;

	config_report_init(&r);
	CU_ASSERT_EQUAL(setenv("CFG_SECRET", CANARY, 1), 0);
	secret = config_secret(CDT_STR("env:CFG_SECRET"), (struct config_origin){ "", 0 }, &r);
	CU_ASSERT_TRUE(str_is(secret_bytes(secret), CANARY));
	CU_ASSERT_EQUAL(r.errors, 0);
	secret_free(secret);
	CU_ASSERT_PTR_NULL(config_secret(CDT_STR("env:"), (struct config_origin){ "", 0 }, &r));
	CU_ASSERT_EQUAL(r.errors, 1);
	config_report_fini(&r);
}

static const struct unit_test tests[] = {
	{ "come from variables, files and credentials",
	  come_from_variables_files_and_credentials },
	{ "warns of secrets that others can see", warns_of_secrets_that_others_can_see },
	{ "says why a secret is not there", says_why_a_secret_is_not_there },
	{ "credentials stay in their folder", credentials_stay_in_their_folder },
	{ "show in no report", show_in_no_report },
	{ "are lent to plugins by the same rules", are_lent_to_plugins_by_the_same_rules },
	{ NULL, NULL }
};
const struct unit_suite config_secrets_suite = { "config/secrets", tests };
