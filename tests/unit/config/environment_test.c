/* unit/config/environment_test.c - without a file, and what variables say over a file.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const char known[] =
	"providers = (\n"
	"{ name = \"one\"; type = \"x\"; if_env = \"CFG_ONE_KEY\"; base_url = "
	"\"${CFG_ONE_URL:-}\";\n"
	"  keys = ( { secret = \"env:CFG_ONE_KEY\"; } ); },\n"
	"{ name = \"two\"; type = \"x\"; if_env = \"CFG_TWO_KEY\"; base_url = "
	"\"https://two/v1\";\n"
	"  keys = ( { secret = \"env:CFG_TWO_KEY\"; } ); } );\n";

static void set(const char *name, const char *value)
{
	CU_ASSERT_EQUAL(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void open_without_file(struct scene *s)
{
	scene_init(s, NULL);
	scene_write(s, "environment.cfg", known, 0644);
	s->source.environment_file = mem_text(s->paths[0], strlen(s->paths[0]));
	s->source.default_state_dir = "/state";
	s->source.default_plugin_dir = "/plugins";
	s->source.default_runtime_dir = "/runtime";
	set("CFG_ONE_KEY", NULL);
	set("CFG_TWO_KEY", NULL);
	set("CFG_ONE_URL", NULL);
}

static void close_without_file(struct scene *s)
{
	mem_free((void *)(uintptr_t)s->source.environment_file);
	scene_fini(s);
}

static void starts_on_loopback_without_a_file(void)
{
	struct scene s;

	open_without_file(&s);
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(s.text,
	                       "configuration: warning: there is no provider: every request "
	                       "will be refused\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL(s.config->listen_count, 1);
	CU_ASSERT_STRING_EQUAL(s.config->listens[0].address, "127.0.0.1");
	CU_ASSERT_EQUAL(s.config->listens[0].port, 5000);
	CU_ASSERT_STRING_EQUAL(s.config->listens[0].origin.file, "");
	CU_ASSERT_EQUAL(s.config->admin_listens[0].port, 5001);
	CU_ASSERT_PTR_NULL(s.config->admin_token);
	CU_ASSERT_STRING_EQUAL(s.config->state_dir, "/state");
	CU_ASSERT_STRING_EQUAL(s.config->runtime_dir, "/runtime");
	CU_ASSERT_EQUAL_FATAL(s.config->plugin_dir_count, 1);
	CU_ASSERT_STRING_EQUAL(s.config->plugin_dirs[0], "/plugins");
	CU_ASSERT_STRING_EQUAL(s.config->log_level, "info");
	CU_ASSERT_TRUE(s.config->allow_direct);
	CU_ASSERT_TRUE(s.config->max_connections >= 16);
	close_without_file(&s);
}

static void takes_the_providers_whose_keys_are_there(void)
{
	const struct config_provider *p;
	struct scene s;

	open_without_file(&s);
	set("CFG_ONE_KEY", "key-of-one");
	set("CFG_ONE_URL", "http://127.0.0.1:1/v1");
	set("CFG_TWO_KEY", "");
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL_FATAL(s.config->provider_count, 1);
	p = &s.config->providers[0];
	CU_ASSERT_STRING_EQUAL(p->name, "one");
	CU_ASSERT_STRING_EQUAL(p->base_url, "http://127.0.0.1:1/v1");
	CU_ASSERT_TRUE(p->optional);
	CU_ASSERT_STRING_EQUAL(p->credentials[0].id, "k1");
	CU_ASSERT_TRUE(str_is(secret_bytes(p->credentials[0].secret), "key-of-one"));
	close_without_file(&s);
}

static void a_file_may_ask_for_them_and_wins_over_them(void)
{
	struct scene s;

	open_without_file(&s);
	set("CFG_ONE_KEY", "key-of-one");
	set("CFG_TWO_KEY", "key-of-two");
	scene_write(&s, "conduit.cfg", "providers_from_environment = true;\n"
	            "providers = ( { name = \"two\"; type = \"mine\"; } );\n", 0600);
	s.source.default_file = s.paths[0];
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL_FATAL(s.config->provider_count, 2);
	CU_ASSERT_STRING_EQUAL(s.config->providers[0].type, "mine");
	CU_ASSERT_FALSE(s.config->providers[0].optional);
	CU_ASSERT_STRING_EQUAL(s.config->providers[1].name, "one");
	CU_ASSERT_FALSE(s.config->allow_direct);
	close_without_file(&s);
}

static void a_file_does_not_get_them_unasked(void)
{
	struct scene s;

	open_without_file(&s);
	set("CFG_ONE_KEY", "key-of-one");
	scene_write(&s, "conduit.cfg", "providers = ( { name = \"two\"; type = \"x\"; } );\n",
	            0600);
	s.source.default_file = s.paths[0];
	scene_load(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL(s.config->provider_count, 1);
	close_without_file(&s);
}

static void says_so_when_the_list_of_them_is_missing(void)
{
	struct scene s;

	scene_init(&s, NULL);
	s.source.environment_file = "/nowhere/environment.cfg";
	s.source.default_file = "/nowhere/conduit.cfg";
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(
	    s.text, "/nowhere/environment.cfg: warning: is not there: no provider "
		    "is taken from the environment\n"
		    "configuration: warning: there is no provider: every request will be "
		    "refused\n");
	CU_ASSERT_PTR_NOT_NULL(s.config);
	scene_fini(&s);
}

static void leaves_out_providers_of_files_whose_variable_is_not_set(void)
{
	struct scene s;

	scene_init(&s,
	           "providers = ( { name = \"a\"; type = \"x\"; if_env = \"CFG_ONE_KEY\"; },\n"
	           "{ name = \"b\"; type = \"x\"; if_env = \"CFG_TWO_KEY\";\n"
	           "keys = ( { secret = \"env:CFG_TWO_KEY\"; } ); } );\n");
	set("CFG_ONE_KEY", "x");
	set("CFG_TWO_KEY", NULL);
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL(s.config->provider_count, 1);
	scene_fini(&s);
}

static void models_go_with_their_providers(void)
{
	struct scene s;

	scene_init(&s,
	           "providers = ( { name = \"a\"; type = \"x\"; if_env = \"CFG_ONE_KEY\"; },\n"
	           "{ name = \"b\"; type = \"x\"; if_env = \"CFG_TWO_KEY\"; },\n"
	           "{ name = \"c\"; type = \"x\"; if_env = \"CFG_TWO_KEY\"; },\n"
	           "{ name = \"c\"; type = \"x\"; } );\n"
	           "models = ( { name = \"both\"; targets = ( { provider = \"a\"; },\n"
	           "{ provider = \"b\"; } ); fallbacks = [ \"gone\", \"still\" ]; },\n"
	           "{ name = \"gone\"; targets = ( { provider = \"b\"; } ); },\n"
	           "{ name = \"still\"; targets = ( { provider = \"c\"; } ); } );\n");
	set("CFG_ONE_KEY", "x");
	set("CFG_TWO_KEY", NULL);
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT(s.config->provider_count == 2 && s.config->model_count == 2);
	CU_ASSERT_EQUAL(s.config->models[0].target_count, 1);
	CU_ASSERT_EQUAL(s.config->models[0].fallback_count, 1);
	CU_ASSERT_STRING_EQUAL(s.config->models[0].fallbacks[0], "still");
	scene_fini(&s);
	/* Nothing was left out of this one: it is wrong. */
	scene_init(&s, "providers = ( { name = \"b\"; type = \"x\"; if_env = \"CFG_TWO_KEY\"; } );\n"
	               "models = ( { name = \"m\"; targets = ( ); } );\n");
	scene_load(&s);
	CU_ASSERT_PTR_NULL(s.config);
	scene_fini(&s);
}

static void variables_win_over_the_file(void)
{
	struct scene s;

	scene_init(
	    &s, "providers = ( { name = \"a\"; type = \"x\"; } );\n"
		"server = { listen = ( { address = \"unix:/run/c\"; }, { port = 80; } ); };\n"
		"admin = { listen = ( { port = 81; } ); token = \"env:CFG_UNSET\"; };\n"
		"storage = { path = \"/a\"; }; logging = { level = \"error\"; };\n"
		"plugins = { dirs = [ \"/b\" ]; };\n");
	set("CONDUIT_HOST", "0.0.0.0");
	set("CONDUIT_PORT", "6000");
	set("CONDUIT_ADMIN_PORT", "6001");
	set("CONDUIT_MASTER_KEY", "env:not-a-reference-0123");
	set("CONDUIT_STATE_DIR", "/s");
	set("CONDUIT_PLUGIN_PATH", "/p::/q");
	set("CONDUIT_LOG_LEVEL", "debug");
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_STRING_EQUAL(s.config->listens[0].address, "unix:/run/c");
	CU_ASSERT_STRING_EQUAL(s.config->listens[1].address, "0.0.0.0");
	CU_ASSERT_EQUAL(s.config->listens[1].port, 6000);
	CU_ASSERT_EQUAL(s.config->admin_listens[0].port, 6001);
	CU_ASSERT_TRUE(str_is(secret_bytes(s.config->admin_token), "env:not-a-reference-0123"));
	CU_ASSERT_STRING_EQUAL(s.config->state_dir, "/s");
	CU_ASSERT_EQUAL_FATAL(s.config->plugin_dir_count, 2);
	CU_ASSERT_STRING_EQUAL(s.config->plugin_dirs[1], "/q");
	CU_ASSERT_STRING_EQUAL(s.config->log_level, "debug");
	scene_fini(&s);
}

static void names_the_variable_that_is_wrong(void)
{
	struct scene s;

	scene_init(&s, "server = 5;\n");
	set("CONDUIT_ADMIN_PORT", "80a");
	set("CONDUIT_LOG_LEVEL", "loud");
	set("CONDUIT_PORT", "80");
	scene_load(&s);
	CU_ASSERT_STRING_EQUAL(
	    s.text, "conduit.cfg:1: error: server must be a group: { ... }\n"
		    "    1 | server = 5;\n"
		    "CONDUIT_ADMIN_PORT: error: admin.listen[0].port must be a whole number\n"
		    "CONDUIT_LOG_LEVEL: error: logging.level must be debug, info, warn or "
		    "error, also for one room: \"info,router=debug\"\n");
	scene_fini(&s);
}

static const struct unit_test tests[] = {
	{ "starts on loopback without a file", starts_on_loopback_without_a_file },
	{ "takes the providers whose keys are there",
	  takes_the_providers_whose_keys_are_there },
	{ "a file may ask for them and wins over them",
	  a_file_may_ask_for_them_and_wins_over_them },
	{ "a file does not get them unasked", a_file_does_not_get_them_unasked },
	{ "says so when the list of them is missing",
	  says_so_when_the_list_of_them_is_missing },
	{ "leaves out providers of files whose variable is not set",
	  leaves_out_providers_of_files_whose_variable_is_not_set },
	{ "models go with their providers", models_go_with_their_providers },
	{ "variables win over the file", variables_win_over_the_file },
	{ "names the variable that is wrong", names_the_variable_that_is_wrong },
	{ NULL, NULL }
};
const struct unit_suite config_environment_suite = { "config/environment", tests };
