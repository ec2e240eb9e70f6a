/* unit/config/override_test.c - values from the command line.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdlib.h>

static const char given[] =
	"server = { workers = 4; };\n"
	"providers = ( { name = \"a\"; type = \"x\"; base_url = \"https://a\"; },\n"
	"              { name = \"b\"; type = \"x\"; } );\n";

static void override(struct scene *s, const char *const *overrides)
{
	scene_init(s, given);
	s->source.overrides = overrides;
	scene_load(s);
}

static void win_over_the_file_and_the_environment(void)
{
	static const char *const flags[] = {
		"server.workers=2",
		"providers.0.base_url=http://127.0.0.1:9/v1",
		"server.max_body=20MiB",
		"server.listen.0.port=7000",
		"storage.map_size=68719476736",
		"logging.level=debug",
		"allow_direct=true",
		"providers.1.timeout.connect=250ms",
		"storage.path=/x=y",
		"server.cors_origins=[ \"https://a\", \"https://b\" ]",
		"admin.listen.0.address=\"::1\"",
		"providers.1.options.size=5",
		"providers.1.options.word=hello",
		NULL
	};
	struct scene s;

	scene_init(&s, given);
	s.source.overrides = flags;
	CU_ASSERT_EQUAL(setenv("CONDUIT_PORT", "6000", 1), 0);
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(s.text, "-g server.cors_origins: warning: "
	                               "server.cors_origins has no effect yet\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL(s.config->workers, 2);
	CU_ASSERT_STRING_EQUAL(s.config->providers[0].base_url, "http://127.0.0.1:9/v1");
	CU_ASSERT_EQUAL(s.config->max_body, 20 << 20);
	CU_ASSERT_EQUAL(s.config->listens[0].port, 7000);
	CU_ASSERT_EQUAL(s.config->map_size, 64ULL << 30);
	CU_ASSERT_STRING_EQUAL(s.config->log_level, "debug");
	CU_ASSERT_TRUE(s.config->allow_direct);
	CU_ASSERT_EQUAL(s.config->providers[1].timeouts.connect_ms, 250);
	CU_ASSERT_STRING_EQUAL(s.config->state_dir, "/x=y");
	CU_ASSERT_EQUAL(s.config->cors_origin_count, 2);
	CU_ASSERT_STRING_EQUAL(s.config->admin_listens[0].address, "::1");
	CU_ASSERT_EQUAL(json_i64(json_get(s.config->providers[1].options.values, "size"), 0),
	                5);
	CU_ASSERT_EQUAL(json_count(s.config->providers[1].options.values), 2);
	scene_fini(&s);
}

static void are_held_against_the_schema(void)
{
	static const struct { const char *flag, *report;
	} rows[] = {
		{ "server.wrokers=2", "-g server.wrokers: error: unknown member 'wrokers' in "
		                      "server; did you mean 'workers'?\n" },
		{ "server.workers=many", "-g server.workers: error: server.workers must be "
		                         "\"auto\" or a number from 1 to 256\n" },
		{ "server.workers", "-g server.workers: error: write -g PATH=VALUE, as in -g "
		                    "server.workers=2\n" },
		{ "=2", "-g : error: write -g PATH=VALUE, as in -g server.workers=2\n" },
		{ "server..x=2",
		  "-g server..x: error: the path has an empty or too many parts\n" },
		{ "providers.2.name=x",
		  "-g providers.2.name: error: '2' is no index: the list has 2 entries, the "
		  "first is 0\n" },
		{ "providers.a.name=x",
		  "-g providers.a.name: error: 'a' is no index: the list has 2 entries, the "
		  "first is 0\n" },
		{ "server.workers.x=2",
		  "-g server.workers.x: error: there is nothing within a plain value: 'x'\n" },
		{ "server=2", "-g server: error: server must be a group: { ... }\n" },
		{ "server.idle_timeout=1; workers = 3",
		  "-g server.idle_timeout: error: server.idle_timeout must be a duration like "
		  "\"250ms\", \"30s\", \"15m\", \"24h\" or \"30d\"\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *const flags[] = { rows[i].flag, NULL };
		struct scene s;

		override(&s, flags);
		CU_ASSERT_STRING_EQUAL(s.text, rows[i].report);
		CU_ASSERT_PTR_NULL(s.config);
		scene_fini(&s);
	}
}

static void do_not_repeat_their_value_in_messages(void)
{
	static const char *const flags[] = { "admin.tokn=s3cr3t-canary", NULL };
	struct scene s;

	override(&s, flags);
	CU_ASSERT_STRING_EQUAL(s.text,
	                       "-g admin.tokn: error: unknown member 'tokn' in admin; did you "
	                       "mean 'token'?\n");
	scene_fini(&s);
}

static const struct unit_test tests[] = {
	{ "win over the file and the environment", win_over_the_file_and_the_environment },
	{ "are held against the schema", are_held_against_the_schema },
	{ "do not repeat their value in messages", do_not_repeat_their_value_in_messages },
	{ NULL, NULL }
};
const struct unit_suite config_override_suite = { "config/override", tests };
