/* unit/config/config_test.c - what a good configuration becomes, and how long it lives.
 * SPDX-License-Identifier: MIT */
#include "unit/config/scene.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/str.h"

/* The example of the contract; paths as files of the scene. */
static const char contract[] =
	"server    = { listen = ( { address = \"127.0.0.1\"; port = 5000; tls = { cert = "
	"\"c.pem\"; key = \"k.pem\"; }; } ); workers = \"auto\"; max_body = \"10MiB\";\n"
	"              header_timeout = \"10s\"; idle_timeout = \"75s\"; drain_timeout = "
	"\"600s\"; trusted_proxies = [ \"127.0.0.1/32\" ]; cors_origins = [ ]; };\n"
	"admin     = { listen = ( { address = \"127.0.0.1\"; port = 5001; } ); token = "
	"\"file:admin.token\"; };\n"
	"storage   = { path = \"/var/lib/conduit\"; map_size = \"64GiB\"; };\n"
	"plugins   = { dirs = [ \"/usr/lib/conduit/plugins\" ]; };\n"
	"providers = ( { name = \"openai-main\"; type = \"openai\"; base_url = "
	"\"https://api.openai.com/v1\";\n"
	"                keys = ( { id = \"k1\"; secret = \"env:OPENAI_API_KEY\"; weight = 3; "
	"}, { id = \"k2\"; secret = \"file:openai2\"; } );\n"
	"                timeout = { connect = \"5s\"; first_byte = \"60s\"; idle = \"60s\"; "
	"total = \"600s\"; }; limits = { concurrent = 400; rpm = 10000; tpm = 2000000; };\n"
	"                options = { }; } );            # options: the plugin's own table\n"
	"models    = ( { name = \"my-gpt4\"; aliases = [ \"chat-default\" ]; policy = "
	"\"fast\";\n"
	"                targets = ( { provider = \"openai-main\"; model = \"gpt-4o\"; weight "
	"= 9; }, { provider = \"azure-eu\"; model = \"gpt-4o\"; weight = 1; } );\n"
	"                fallbacks = [ \"claude-sonnet\" ]; context_fallbacks = [ \"gpt-4.1\" "
	"]; content_fallbacks = [ ];\n"
	"                price = { input = \"2.50\"; cached_input = \"1.25\"; output = "
	"\"10.00\"; }; context_window = 128000; max_output = 16384; } );\n"
	"policies  = ( { name = \"fast\"; type = \"leastlatency\"; options = { window = "
	"\"2m\"; explore = \"5%\"; }; } );\n"
	"limits    = { default = { rpm = 600; tpm = 200000; concurrency = 64; }; };\n"
	"cache     = { type = \"lmdb\"; size = \"4GiB\"; ttl = \"1h\"; scope = \"key\"; "
	"max_temperature = \"0.0\"; options = { }; };\n"
	"logging   = { level = \"info\"; access = \"stderr\"; content = \"none\"; retain = "
	"\"30d\"; };\n"
	"telemetry = { prometheus = true; otlp = { endpoint = \"http://127.0.0.1:4318\"; "
	"semconv = \"latest\"; }; };\n";

/* What the example refers to and does not define itself. */
static const char rest[] =
	"providers = ( { name = \"azure-eu\"; type = \"azure\"; } );\n"
	"models = ( { name = \"claude-sonnet\"; targets = ( { provider = \"azure-eu\"; } ); "
	"},\n"
	"           { name = \"gpt-4.1\"; targets = ( { provider = \"azure-eu\"; } ); } );\n";

static void open_contract(struct scene *s)
{
	CU_ASSERT_EQUAL(setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef", 1), 0);
	scene_init(s, contract);
	scene_write(s, "c.pem", "x", 0600);
	scene_write(s, "k.pem", "x", 0600);
	scene_write(s, "admin.token", "admin-token-0123456789\n", 0600);
	scene_write(s, "openai2", "sk-second\n", 0600);
	CU_ASSERT_EQUAL(mkdir(scene_path(s, "conf.d"), 0755), 0);
	scene_write(s, "conf.d/10-rest.cfg", rest, 0644);
	scene_load(s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->config);
}

static void the_example_of_the_contract_loads(void)
{
	struct scene s;

	open_contract(&s);
	CU_ASSERT_EQUAL(s.report.errors, 0);
	/* In server and logging. */
	CU_ASSERT_EQUAL(s.report.warnings, 2);
	CU_ASSERT_TRUE(s.config->telemetry.prometheus);
	CU_ASSERT_FALSE(s.config->telemetry.propagate);
	CU_ASSERT_EQUAL(s.config->telemetry.trust, TRUST_AUTHENTICATED);
	CU_ASSERT_STRING_EQUAL(s.config->telemetry.otlp.endpoint, "http://127.0.0.1:4318");
	CU_ASSERT_STRING_EQUAL(s.config->telemetry.otlp.service, "conduit");
	CU_ASSERT_EQUAL(s.config->telemetry.otlp.semconv, SEMCONV_LATEST);
	CU_ASSERT_EQUAL(s.config->telemetry.otlp.interval_ms, 5000);
	CU_ASSERT_EQUAL(s.config->telemetry.otlp.sample_millionths, 1000000);
	CU_ASSERT_EQUAL(s.config->telemetry.otlp.queue_bytes, 8 << 20);
	CU_ASSERT_FALSE(s.config->telemetry.otlp.content);
	CU_ASSERT_STRING_EQUAL(s.config->cache.type, "lmdb");
	CU_ASSERT_EQUAL(s.config->cache.size, (uint64_t)4 << 30);
	CU_ASSERT_EQUAL(s.config->cache.rules.ttl_ms, 3600000);
	CU_ASSERT_EQUAL(s.config->cache.rules.scope, CACHE_KEY);
	CU_ASSERT_EQUAL(s.config->cache.rules.max_temperature, 0);
	CU_ASSERT_EQUAL(s.config->cache.idempotency_ms, 86400000);
	CU_ASSERT_EQUAL(s.config->listens[0].port, 5000);
	CU_ASSERT_STRING_EQUAL(s.config->listens[0].tls_cert, scene_path(&s, "c.pem"));
	CU_ASSERT_EQUAL(s.config->admin_listens[0].port, 5001);
	CU_ASSERT_PTR_NULL(s.config->admin_listens[0].tls_cert);
	CU_ASSERT_TRUE(str_is(secret_bytes(s.config->admin_token), "admin-token-0123456789"));
	CU_ASSERT_TRUE(s.config->workers >= 1);
	CU_ASSERT_EQUAL(s.config->max_body, 10 << 20);
	CU_ASSERT_EQUAL(s.config->header_timeout_ms, 10000);
	CU_ASSERT_EQUAL(s.config->body_timeout_ms, 30000);
	CU_ASSERT_EQUAL(s.config->idle_timeout_ms, 75000);
	CU_ASSERT_EQUAL(s.config->drain_timeout_ms, 600000);
	CU_ASSERT_EQUAL(s.config->trusted_proxy_count, 1);
	CU_ASSERT_EQUAL(s.config->cors_origin_count, 0);
	CU_ASSERT_STRING_EQUAL(s.config->state_dir, "/var/lib/conduit");
	CU_ASSERT_EQUAL(s.config->map_size, 64ULL << 30);
	CU_ASSERT_STRING_EQUAL(s.config->plugin_dirs[0], "/usr/lib/conduit/plugins");
	CU_ASSERT_FALSE(s.config->allow_direct);
	CU_ASSERT_STRING_EQUAL(s.config->log_level, "info");
	CU_ASSERT_STRING_EQUAL(s.config->access_log, "stderr");
	scene_fini(&s);
}

static void providers_have_their_keys_timeouts_and_limits(void)
{
	const struct config_provider *p;
	struct scene s;

	open_contract(&s);
	p = config_provider_find(s.config, "openai-main");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->type, "openai");
	CU_ASSERT_STRING_EQUAL(p->base_url, "https://api.openai.com/v1");
	CU_ASSERT_EQUAL_FATAL(p->credential_count, 2);
	CU_ASSERT_STRING_EQUAL(p->credentials[0].id, "k1");
	CU_ASSERT_EQUAL(p->credentials[0].weight, 3);
	CU_ASSERT_EQUAL(p->credentials[1].weight, 1);
	CU_ASSERT_TRUE(str_is(secret_bytes(p->credentials[1].secret), "sk-second"));
	CU_ASSERT_EQUAL(p->timeouts.connect_ms, 5000);
	CU_ASSERT_EQUAL(p->timeouts.first_byte_ms, 60000);
	CU_ASSERT_EQUAL(p->timeouts.total_ms, 600000);
	CU_ASSERT_EQUAL(p->limits.max[LIMIT_CONCURRENCY], 400);
	CU_ASSERT_EQUAL(p->limits.max[LIMIT_RPM], 10000);
	CU_ASSERT_EQUAL(p->limits.max[LIMIT_TPM], 2000000);
	CU_ASSERT_EQUAL(json_count(p->options.values), 0);
	CU_ASSERT_FALSE(p->optional);
	p = config_provider_find(s.config, "azure-eu");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->base_url, "");
	CU_ASSERT_EQUAL(p->timeouts.idle_ms, 60000);
	CU_ASSERT_EQUAL(p->limits.max[LIMIT_TPM], 0);
	CU_ASSERT_PTR_NULL(config_provider_find(s.config, "azure"));
	scene_fini(&s);
}

static void models_are_found_by_name_and_alias(void)
{
	const struct config_model *m;
	struct scene s;

	open_contract(&s);
	m = config_model_find(s.config, CDT_STR("chat-default"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_PTR_EQUAL(m, config_model_find(s.config, CDT_STR("my-gpt4")));
	CU_ASSERT_STRING_EQUAL(m->policy, "fast");
	CU_ASSERT_EQUAL_FATAL(m->target_count, 2);
	CU_ASSERT_STRING_EQUAL(m->targets[1].provider, "azure-eu");
	CU_ASSERT_STRING_EQUAL(m->targets[0].model, "gpt-4o");
	CU_ASSERT_EQUAL(m->targets[0].weight, 9);
	CU_ASSERT_STRING_EQUAL(m->fallbacks[0], "claude-sonnet");
	CU_ASSERT_STRING_EQUAL(m->context_fallbacks[0], "gpt-4.1");
	CU_ASSERT_EQUAL(m->content_fallback_count, 0);
	CU_ASSERT_EQUAL(m->price->rates.input, 2500000);       /* pico-USD per token */
	CU_ASSERT_EQUAL(m->price->rates.cached_input, 1250000);
	CU_ASSERT_EQUAL(m->price->rates.cache_write, -1);
	CU_ASSERT_EQUAL(m->price->rates.output, 10000000);
	CU_ASSERT_EQUAL(m->context_window, 128000);
	CU_ASSERT_EQUAL(m->max_output, 16384);
	CU_ASSERT_FALSE(m->unpriced_free);
	m = config_model_find(s.config, CDT_STR("gpt-4.1"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_PTR_NULL(m->policy);
	CU_ASSERT_STRING_EQUAL(m->targets[0].model, "gpt-4.1");
	CU_ASSERT_PTR_NULL(m->price);
	CU_ASSERT_EQUAL(m->max_output, -1);
	CU_ASSERT_PTR_NULL(config_model_find(s.config, CDT_STR("gpt-4.")));
	scene_fini(&s);
}

static void capabilities_and_unpriced_are_kept(void)
{
	const struct config_model *m;
	struct scene s;

	scene_open(&s, "providers = ( { name = \"p\"; type = \"x\"; } );\n"
	           "models = ( { name = \"a/b:c\"; targets = ( { provider = \"p\"; } );\n"
	           "capabilities = [ \"chat\", \"tools\" ]; unpriced = \"free\"; } );\n");
	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	m = config_model_find(s.config, CDT_STR("a/b:c"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL_FATAL(m->capability_count, 2);
	CU_ASSERT_STRING_EQUAL(m->capabilities[1], "tools");
	CU_ASSERT_TRUE(m->unpriced_free);
	scene_fini(&s);
}

static void options_of_plugins_are_passed_on_as_they_are(void)
{
	struct json *values;
	struct scene s;

	CU_ASSERT_EQUAL(setenv("CFG_WORD", "w", 1), 0);
	scene_open(&s, "providers = ( { name = \"p\"; type = \"x\"; options = {\n text = "
	               "\"${CFG_WORD}\";\n"
	               " int = -5; big = 5000000000L;\n real = 1.5; flag = true; list = ( 1, "
	               "\"b\", [ ] );\n"
	               " map = { a = { b = false; }; };\n}; } );\n");
	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	values = s.config->providers[0].options.values;
	CU_ASSERT_TRUE(
	    str_is(json_print(values),
	           "{\"text\":\"w\",\"int\":-5,\"big\":5000000000,\"real\":1.5,"
	           "\"flag\":true,\"list\":[1,\"b\",[]],\"map\":{\"a\":{\"b\":false}}}"));
	CU_ASSERT_EQUAL(s.config->providers[0].options.origins[0].line, 2);
	CU_ASSERT_EQUAL(s.config->providers[0].options.origins[6].line, 5);
	scene_fini(&s);
}

static void proxies_addresses_and_urls_are_written_one_way(void)
{
	struct scene s;

	scene_open(
	    &s,
	    "server = { trusted_proxies = [ \"::1\", \"10.1.2.3\", \"10.0.0.0/8\" ];\n"
	    "listen = ( { address = \"localhost\"; }, { address = \"unix:/run/c\"; } );\n"
	    "workers = 256; idle_timeout = 5; max_body = 2048; };\n"
	    "providers = ( { name = \"p\"; type = \"x\"; base_url = \"https://h/v1//\"; } );\n"
	    "storage = { path = \"state\"; }; plugins = { dirs = [ \"a\", \"/b\" ]; };\n"
	    "logging = { access = \"access.log\"; };\n");
	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_STRING_EQUAL(s.config->trusted_proxies[0], "::1/128");
	CU_ASSERT_STRING_EQUAL(s.config->trusted_proxies[1], "10.1.2.3/32");
	CU_ASSERT_STRING_EQUAL(s.config->trusted_proxies[2], "10.0.0.0/8");
	CU_ASSERT_STRING_EQUAL(s.config->listens[0].address, "127.0.0.1");
	CU_ASSERT_EQUAL(s.config->listens[0].port, 5000);
	CU_ASSERT_STRING_EQUAL(s.config->listens[1].address, "unix:/run/c");
	CU_ASSERT_EQUAL(s.config->listens[1].port, 0);
	CU_ASSERT_EQUAL(s.config->listens[1].origin.line, 2);
	CU_ASSERT_EQUAL(s.config->workers, 256);
	CU_ASSERT_EQUAL(s.config->idle_timeout_ms, 5000);
	CU_ASSERT_EQUAL(s.config->max_body, 2048);
	CU_ASSERT_STRING_EQUAL(s.config->providers[0].base_url, "https://h/v1");
	CU_ASSERT_STRING_EQUAL(s.config->state_dir, scene_path(&s, "state"));
	CU_ASSERT_STRING_EQUAL(s.config->plugin_dirs[0], scene_path(&s, "a"));
	CU_ASSERT_STRING_EQUAL(s.config->plugin_dirs[1], "/b");
	CU_ASSERT_STRING_EQUAL(s.config->access_log, scene_path(&s, "access.log"));
	scene_fini(&s);
}

/* Files of etc/ that are installed; both take what etc/environment.cfg finds. */
static void the_installed_files_load_without_a_word(void)
{
	static const char *const names[] = { "conduit.cfg", "quickstart.cfg", NULL };
	const char *root = getenv("CONDUIT_SRCDIR") ? getenv("CONDUIT_SRCDIR") : ".";

	CU_ASSERT_EQUAL(setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef", 1), 0);
	for (const char *const *name = names; *name; name++) {
		char file[512], environment[512];
		struct scene s;

		(void)snprintf(file, sizeof file, "%s/etc/%s", root, *name);
		(void)snprintf(environment, sizeof environment, "%s/etc/environment.cfg", root);
		scene_init(&s, NULL);
		s.source.default_file = file;
		s.source.environment_file = environment;
		scene_load(&s);
		CU_ASSERT_STRING_EQUAL(s.text, "");
		CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
		CU_ASSERT_PTR_NOT_NULL(config_provider_find(s.config, "openai"));
		CU_ASSERT_TRUE(s.config->allow_direct);
		CU_ASSERT_STRING_EQUAL(s.config->listens[0].address, "127.0.0.1");
		scene_fini(&s);
	}
}

static void loading_again_is_a_configuration_of_its_own(void)
{
	struct config *old;
	struct scene s;

	scene_open(
	    &s,
	    "providers = ( { name = \"p\"; type = \"x\"; } );\nserver = { workers = 1; };\n");
	old = s.config;
	CU_ASSERT_PTR_NOT_NULL_FATAL(old);
	scene_write(&s, "conduit.cfg", "providers = ( { name = \"p\"; type = \"x\"; } );\n"
	            "server = { workers = 2; };\n", 0600);
	s.config = config_load(&s.source, &s.report);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.config);
	CU_ASSERT_EQUAL(old->workers, 1);
	CU_ASSERT_EQUAL(s.config->workers, 2);
	scene_write(&s, "conduit.cfg", "server = { workers = -2; };\n", 0600);
	CU_ASSERT_PTR_NULL(config_load(&s.source, &s.report));
	CU_ASSERT_EQUAL(s.report.errors, 1);
	CU_ASSERT_STRING_EQUAL(old->providers[0].name, "p");
	config_give(old);
	scene_fini(&s);
}

enum { READERS = 3, TURNS = 2000 };

static void *take_and_give(void *arg)
{
	struct config *c = arg;

	for (int i = 0; i < TURNS; i++) {
		config_take(c);
		config_give(c);
	}
	config_give(c);
	return NULL;
}

static void the_last_user_frees_it_on_whatever_thread(void)
{
	pthread_t threads[READERS];
	struct scene s;

	open_contract(&s);
	for (int i = 0; i < READERS; i++)
		config_take(s.config);
	for (int i = 0; i < READERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, take_and_give,
		                                     s.config),
		                      0);
	config_give(s.config);
	for (int i = 0; i < READERS; i++)
		CU_ASSERT_EQUAL(pthread_join(threads[i], NULL), 0);
	s.config = NULL;                                /* a leak checker sees the rest */
	config_give(NULL);
	scene_fini(&s);
}

static const struct unit_test tests[] = {
	{ "the example of the contract loads", the_example_of_the_contract_loads },
	{ "providers have their keys, timeouts and limits",
	  providers_have_their_keys_timeouts_and_limits },
	{ "models are found by name and alias", models_are_found_by_name_and_alias },
	{ "capabilities and unpriced are kept", capabilities_and_unpriced_are_kept },
	{ "options of plugins are passed on as they are",
	  options_of_plugins_are_passed_on_as_they_are },
	{ "proxies, addresses and URLs are written one way",
	  proxies_addresses_and_urls_are_written_one_way },
	{ "the installed files load without a word", the_installed_files_load_without_a_word },
	{ "loading again is a configuration of its own",
	  loading_again_is_a_configuration_of_its_own },
	{ "the last user frees it, on whatever thread",
	  the_last_user_frees_it_on_whatever_thread },
	{ NULL, NULL }
};
const struct unit_suite config_config_suite = { "config/config", tests };
