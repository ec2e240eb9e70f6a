/* unit/config/print_test.c - the effective configuration as text.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CANARY "sk-canary-0123456789abcdef"

static const char given[] =
	"server = { workers = \"${CFG_N:-3}\"; max_body = 4096; };\n"
	"providers = ( { name = \"p\"; type = \"x\"; keys = ( { secret = \"env:CFG_SECRET\"; "
	"},\n"
	"{ secret = \"" CANARY "\"; } );\n"
	"options = { big = 5000000000L; real = 2.0; text = \"a\\\"\\\\ \\n $$5\"; list = ( 1, "
	"{ a = true; }, "
	"[ ] ); api_key = \"" CANARY "\"; none = { }; }; } );\n"
	"models = ( { name = \"m\"; targets = ( { provider = \"p\"; } ); price = { input = "
	"\"0.1\"; }; } );\n";

/* The text; the caller frees it. */
static char *print(const struct config *c)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	config_print(c, &out);
	CU_ASSERT_EQUAL(out.status, CDT_OK);
	text = mem_text(out.p, out.n);
	buf_fini(&out);
	return text;
}

static void open_given(struct scene *s)
{
	static const char *const overrides[] = { "server.idle_timeout=5s", NULL };

	CU_ASSERT_EQUAL(setenv("CFG_SECRET", CANARY, 1), 0);
	scene_init(s, given);
	s->source.overrides = overrides;
	CU_ASSERT_EQUAL(setenv("CONDUIT_PORT", "6000", 1), 0);
	scene_load(s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->config);
}

static void says_where_each_value_comes_from(void)
{
	static const char *const lines[] = {
		"\tworkers = 3;  # conduit.cfg:1\n",
		"\tmax_body = 4096;  # conduit.cfg:1\n",
		"\tidle_timeout = \"5s\";  # -g server.idle_timeout\n",
		"\tdrain_timeout = \"600s\";  # default\n",
		"\t\tport = 6000;  # CONDUIT_PORT\n",
		"\t\tsecret = \"***\";  # env:CFG_SECRET, conduit.cfg:2\n",
		"\t\tsecret = \"***\";  # conduit.cfg:3\n",
		"\t\tbig = 5000000000L;  # conduit.cfg:4\n",
		"\t\tapi_key = \"***\";  # conduit.cfg:4\n",
		NULL
	};
	struct scene s;
	char *text, *at;

	open_given(&s);
	text = print(s.config);
	while ((at = strstr(text, s.dir)) != NULL)
		memmove(at, at + strlen(s.dir) + 1, strlen(at + strlen(s.dir) + 1) + 1);
	for (const char *const *line = lines; *line; line++)
		CU_ASSERT_PTR_NOT_NULL(strstr(text, *line));
	mem_free(text);
	scene_fini(&s);
}

static void shows_no_login_of_a_url(void)
{
	struct scene s;
	char *text;

	scene_open(&s, "providers = ( { name = \"p\"; type = \"x\"; options = {\n"
	               "url = \"redis://user:" CANARY "@h:1/0\"; }; } );\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	text = print(s.config);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "url = \"redis://***@h:1/0\";"));
	CU_ASSERT_PTR_NULL(strstr(text, CANARY));
	mem_free(text);
	scene_fini(&s);
}

static void shows_no_secret(void)
{
	struct scene s;
	char *text;

	open_given(&s);
	text = print(s.config);
	CU_ASSERT_PTR_NULL(strstr(text, CANARY));
	CU_ASSERT_PTR_NULL(strstr(text, "sk-"));               /* nor a part of one */
	CU_ASSERT_PTR_NULL(strstr(text, "cdef\""));
	mem_free(text);
	scene_fini(&s);
}

static void reads_back_as_the_same(void)
{
	struct scene s, again;
	char *text;

	open_given(&s);
	text = print(s.config);
	scene_open(&again, text);
	CU_ASSERT_EQUAL(again.report.errors, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(again.config);
	CU_ASSERT_EQUAL(again.config->workers, 3);
	CU_ASSERT_EQUAL(again.config->idle_timeout_ms, 5000);
	CU_ASSERT_EQUAL(again.config->listens[0].port, 6000);
	CU_ASSERT_EQUAL(again.config->models[0].price->rates.input, 100000);
	json_remove(s.config->providers[0].options.values, "api_key");
	json_remove(again.config->providers[0].options.values, "api_key");
	CU_ASSERT_STRING_EQUAL(json_print(again.config->providers[0].options.values).p,
	                       json_print(s.config->providers[0].options.values).p);
	mem_free(text);
	scene_fini(&again);
	scene_fini(&s);
}

static const struct unit_test tests[] = {
	{ "says where each value comes from", says_where_each_value_comes_from },
	{ "shows no secret", shows_no_secret },
	{ "shows no login of a URL", shows_no_login_of_a_url },
	{ "reads back as the same", reads_back_as_the_same },
	{ NULL, NULL }
};
const struct unit_suite config_print_suite = { "config/print", tests };
