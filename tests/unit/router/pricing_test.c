/* unit/router/pricing_test.c - which row prices a target, and what a bad catalogue means.
 * SPDX-License-Identifier: MIT */
#include "router/route.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/router/rig.h"

static const char catalogue[] =
	"{\"meta\":{\"currency\":\"USD\",\"sources\":{\"generated\":\"2026-11-20\"}},\n"
	"\"models\":{\n"
	"\"openai\":{\"gpt\":{\"ctx\":1000,\"max_out\":100,\"price\":{\"in\":1,\"out\":2},"
	"\"tiers\":[{\"above\":500,\"in\":3,\"out\":4}]},\"bare\":{\"ctx\":7}},\n"
	"\"groq\":{\"gpt\":{\"price\":{\"in\":5,\"out\":6}}}\n"
	"}}\n";

/* A configuration beside a catalogue. */
static void open_rig(struct routerig *r, const char *config, const char *models)
{
	*r = (struct routerig){ .roster = NULL };
	scene_init(&r->scene, config);
	if (models)
		scene_write(&r->scene, "models.json", models, 0600);
	scene_load(&r->scene);
	if (r->scene.config)
		routerig_finish(r);
}

static bool report_has(const struct routerig *r, const char *what)
{
	cdt_str text = buf_str(&r->report.text);
	bool found = str_search(text, str_z(what)) < text.n;

	if (!found)
		fprintf(stderr, "\n%.*s\n", STR_ARG(text));
	return found;
}

#define FILE_LINE "models_file = \"models.json\"; allow_direct = true;\n"
#define PROVIDER(name, more) "{ name = \"" name "\"; type = \"openai\"; keys = ( ); " more "}"
#define MODEL(name, more) \
	"models = ( { name = \"" name "\"; targets = ( { provider = \"p\"; model = \"gpt\"; } ); " \
	more "} );\n"

static const struct target *first_target(struct routerig *r, const char *model)
{
	const struct route *route = r->router ? routerig_find(r, model) : NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(route);
	return route->targets[0];
}

static int64_t input_rate(const struct target *t)
{
	return t->price ? t->price->tier[0].rate[PRICE_INPUT] : PRICE_UNKNOWN;
}

static void the_catalogue_prices_what_the_configuration_does_not(void)
{
	const struct target *t;
	struct routerig r;

	open_rig(&r, FILE_LINE "providers = ( " PROVIDER("p", "") " );\n" MODEL("m", ""),
	         catalogue);
	t = first_target(&r, "m");
	CU_ASSERT_PTR_NOT_NULL_FATAL(t->price);
	CU_ASSERT(str_is(t->price_row, "openai/gpt 2026-11-20"));
	CU_ASSERT_EQUAL(t->price->tier_count, 2);
	CU_ASSERT_EQUAL(input_rate(t), 1000000);
	CU_ASSERT_EQUAL(t->context_window, 1000);
	CU_ASSERT_EQUAL(t->max_output, 100);
	CU_ASSERT_FALSE(t->is_free);
	routerig_close(&r);
}

static void a_targets_own_price_comes_before_its_models(void)
{
	const struct route *route;
	struct routerig r;

	open_rig(&r, FILE_LINE "providers = ( " PROVIDER("p", "") " );\n"
	         "models = ( { name = \"m\"; context_window = 9; price = { output = \"8\"; };\n"
	         "targets = ( { provider = \"p\"; model = \"gpt\";\n"
	         "  price = { input = \"7\"; }; }, { provider = \"p\"; model = \"gpt\"; } ); } );\n",
	         catalogue);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.router);
	route = routerig_find(&r, "m");
	CU_ASSERT_EQUAL_FATAL(route->target_count, 2);
	CU_ASSERT_EQUAL(input_rate(route->targets[0]), 7000000);
	CU_ASSERT_EQUAL(route->targets[0]->price->tier[0].rate[PRICE_OUTPUT], PRICE_UNKNOWN);
	CU_ASSERT_EQUAL(route->targets[0]->price->tier_count, 1);
	CU_ASSERT(str_starts(route->targets[0]->price_row, "config "));
	CU_ASSERT(str_ends(route->targets[0]->price_row, "conduit.cfg:5"));
	CU_ASSERT_EQUAL(input_rate(route->targets[1]), PRICE_UNKNOWN);
	CU_ASSERT_EQUAL(route->targets[1]->price->tier[0].rate[PRICE_OUTPUT], 8000000);
	CU_ASSERT(str_ends(route->targets[1]->price_row, "conduit.cfg:3"));
	CU_ASSERT_EQUAL(route->targets[0]->context_window, 9);         /* the configuration's */
	CU_ASSERT_EQUAL(route->targets[0]->max_output, 100);           /* the catalogue's */
	routerig_close(&r);
}

static void every_member_of_a_configured_price_arrives(void)
{
	static const int64_t first[PRICE_KINDS] = {
		[PRICE_INPUT] = 1000000, [PRICE_CACHED_INPUT] = 2000000,
		[PRICE_CACHE_WRITE] = 3000000, [PRICE_CACHE_WRITE_HOUR] = 4000000,
		[PRICE_OUTPUT] = 5000000, [PRICE_REASONING] = 6000000,
		[PRICE_AUDIO_IN] = 7000000, [PRICE_AUDIO_OUT] = 8000000,
		[PRICE_IMAGE_IN] = 9000000, [PRICE_IMAGE_OUT] = 10000000,
	};
	const struct price *p;
	struct routerig r;

	open_rig(&r, "providers = ( " PROVIDER("p", "") " );\n"
	         MODEL("m", "price = { input = \"1\"; cached_input = \"2\"; cache_write = \"3\"; "
	         "cache_write_1h = \"4\"; output = \"5\"; reasoning = \"6\"; audio_input = \"7\"; "
	         "audio_output = \"8\"; image_input = \"9\"; image_output = \"10\"; "
	         "per_search = \"0.002\"; per_request = \"0.01\"; per_image = \"0.000000001\"; "
	         "per_second = \"0.00010278\"; per_character = \"0.000015\"; tiers = ( "
	         "{ above = 10; input = \"0.000001\"; }, { above = 20; output = \"9\"; } ); }; "),
	         NULL);
	p = first_target(&r, "m")->price;
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT(price_ok(p));
	CU_ASSERT_EQUAL(memcmp(p->tier[0].rate, first, sizeof first), 0);
	CU_ASSERT_EQUAL(p->per_call, 10000000000);
	CU_ASSERT_EQUAL(p->per_image, 1000);
	CU_ASSERT_EQUAL(p->per_second, 102780000);
	CU_ASSERT_EQUAL(p->per_character, 15000000);
	CU_ASSERT_EQUAL(p->per_search, 2000000000);
	CU_ASSERT_EQUAL_FATAL(p->tier_count, 3);
	CU_ASSERT_EQUAL(p->tier[1].above, 10);
	CU_ASSERT_EQUAL(p->tier[1].rate[PRICE_INPUT], 1);
	CU_ASSERT_EQUAL(p->tier[1].rate[PRICE_OUTPUT], PRICE_UNKNOWN);
	CU_ASSERT_EQUAL(p->tier[2].rate[PRICE_OUTPUT], 9000000);
	routerig_close(&r);
	open_rig(&r, "providers = ( " PROVIDER("p", "") " );\n"
	         MODEL("m", "price = { per_request = \"0.01\"; }; "), NULL);
	CU_ASSERT_EQUAL(input_rate(first_target(&r, "m")), 0);
	routerig_close(&r);
}

static void another_host_does_not_have_the_prices_of_its_type(void)
{
	static const struct { const char *more; int64_t rate; } rows[] = {
		{ "", 1000000 },
		{ "base_url = \"https://api.openai.com/v1\"; ", 1000000 },
		{ "base_url = \"https://eu.api.OpenAI.com:443\"; ", 1000000 },
		{ "base_url = \"https://openai.com\"; ", 1000000 },
		{ "base_url = \"https://api.groq.com/openai/v1\"; ", PRICE_UNKNOWN },
		{ "base_url = \"https://mine.openai.azure.com/openai/v1\"; ", PRICE_UNKNOWN },
		{ "base_url = \"http://openai:8000/v1\"; ", PRICE_UNKNOWN },
		{ "base_url = \"http://127.0.0.1:8000/v1\"; ", PRICE_UNKNOWN },
		{ "base_url = \"http://[::1]:8000/openai.com\"; ", PRICE_UNKNOWN },
		{ "base_url = \"http://127.0.0.1:8000/v1\"; catalog = \"groq\"; ", 5000000 },
		{ "base_url = \"http://127.0.0.1:8000/v1\"; catalog = \"openai\"; ", 1000000 },
		{ "catalog = \"groq\"; ", 5000000 },
	};
	char config[1024];
	struct routerig r;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(config, sizeof config, FILE_LINE "providers = ( { name = \"p\"; "
		               "type = \"openai\"; keys = ( ); %s} );\n" MODEL("m", ""),
		               rows[i].more);
		open_rig(&r, config, catalogue);
		if (input_rate(first_target(&r, "m")) != rows[i].rate)
			fprintf(stderr, "\n%s\n", rows[i].more);
		CU_ASSERT_EQUAL(input_rate(first_target(&r, "m")), rows[i].rate);
		routerig_close(&r);
	}
}

static void direct_routes_are_priced_in_their_arena(void)
{
	const struct target *t;
	struct routerig r;
	size_t cap;

	open_rig(&r, FILE_LINE "providers = ( " PROVIDER("p", "") " );\n", catalogue);
	t = first_target(&r, "p/gpt-2024-08-06");
	CU_ASSERT_EQUAL(input_rate(t), 1000000);
	CU_ASSERT(str_is(t->price_row, "openai/gpt 2026-11-20"));
	CU_ASSERT_EQUAL(t->max_output, 100);
	t = first_target(&r, "p/bare");
	CU_ASSERT_PTR_NULL(t->price);
	CU_ASSERT_FALSE(t->is_free);
	CU_ASSERT_EQUAL(t->context_window, 7);
	t = first_target(&r, "p/other");
	CU_ASSERT_PTR_NULL(t->price);
	CU_ASSERT_EQUAL(t->price_row.n, 0);
	CU_ASSERT_EQUAL(t->context_window, -1);
	cap = 0;
	do {                                           /* room for a route, none for a price */
		arena_fini(&r.arena);
		arena_init(&r.arena, 256, ++cap);
	} while (!routerig_find(&r, "p/any"));
	arena_reset(&r.arena);
	CU_ASSERT_PTR_NULL(routerig_find(&r, "p/gpt"));
	routerig_close(&r);
}

static const char known[] =
	"{\"meta\":{\"currency\":\"USD\",\"sources\":{\"generated\":\"2026-11-20\"}},\n"
	"\"models\":{\n"
	"\"openai\":{\"gpt\":{\"mode\":\"chat\",\"caps\":[\"vision\"],\"ctx\":1000,"
	"\"price\":{\"in\":1}},\"old\":{\"mode\":\"chat\",\"deprecated\":\"2001-01-01\"},"
	"\"aging\":{\"deprecated\":true},\"late\":{\"deprecated\":\"2999-01-01\"}}\n"
	"}}\n";

/* A deployment may be called anything. */
static void a_target_may_say_its_name_in_the_catalogue(void)
{
	const struct target *t;
	struct routerig r;

	open_rig(&r, FILE_LINE "providers = ( " PROVIDER("p", "") " );\n"
	         "models = ( { name = \"m\"; targets = ( { provider = \"p\"; model = \"ours-eu\";\n"
	         "  catalog_model = \"gpt\"; } ); },\n{ name = \"n\"; targets = (\n"
	         "  { provider = \"p\"; model = \"gpt\"; catalog_model = \"none\"; } ); } );\n",
	         known);
	t = first_target(&r, "m");
	CU_ASSERT_EQUAL(input_rate(t), 1000000);
	CU_ASSERT(str_is(t->price_row, "openai/gpt 2026-11-20"));
	CU_ASSERT(str_is(t->known.row, "openai/gpt 2026-11-20"));
	CU_ASSERT(str_is(t->model, "ours-eu"));
	CU_ASSERT_PTR_NULL(first_target(&r, "n")->price);
	CU_ASSERT(report_has(&r, "conduit.cfg:6: warning: model 'n': the catalogue's list "
	                         "'openai' has no 'none'"));
	CU_ASSERT_EQUAL(r.report.errors, 0);
	routerig_close(&r);
}

static const char lists[] =
	"{\"meta\":{\"currency\":\"USD\",\"sources\":{\"generated\":\"2026-11-20\"}},\n"
	"\"models\":{\n"
	"\"alpha\":{\"vendor.m\":{\"price\":{\"in\":1}},\"us.vendor.m:2\":{\"price\":{\"in\":2}},"
	"\"m\":{\"price\":{\"in\":9}}},\n"
	"\"beta\":{\"vendor.m\":{\"price\":{\"in\":3}}},\n"
	"\"catalog\":{\"vendor.m\":{\"price\":{\"in\":4}}}}}\n";

static void a_plugin_knows_its_list_and_its_names(void)
{
	static const struct { const char *more, *model; int64_t rate; } rows[] = {
		{ "", "vendor.m", 1000000 },
		{ "", "eu.vendor.m", 1000000 },
		{ "", "eu.vendor.m:1", 1000000 },
		{ "", "us.vendor.m:2", 2000000 },              /* by its whole name first */
		{ "", "vendor.m:free", 9000000 },              /* the plugin's own decision */
		{ "", "other.n", PRICE_UNKNOWN },
		{ "", "bad.x", PRICE_UNKNOWN },                /* that name is not a part of it */
		{ "base_url = \"https://beta.example\"; ", "vendor.m", 3000000 },
		{ "base_url = \"https://api.catalog.com\"; ", "vendor.m", PRICE_UNKNOWN },
		{ "base_url = \"https://beta.example\"; catalog = \"catalog\"; ", "vendor.m", 4000000 },
	};
	char config[1024];
	struct routerig r;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		(void)snprintf(config, sizeof config, FILE_LINE "providers = ( { name = \"p\"; "
		               "type = \"catalog\"; keys = ( ); %s} );\nmodels = ( { name = \"m\"; "
		               "targets = ( { provider = \"p\"; model = \"%s\"; } ); } );\n",
		               rows[i].more, rows[i].model);
		open_rig(&r, config, lists);
		if (input_rate(first_target(&r, "m")) != rows[i].rate)
			fprintf(stderr, "\n%s %s\n", rows[i].more, rows[i].model);
		CU_ASSERT_EQUAL(input_rate(first_target(&r, "m")), rows[i].rate);
		routerig_close(&r);
	}
}

static const char drawers[] =
	"{\"meta\":{\"currency\":\"USD\",\"sources\":{\"generated\":\"2026-11-20\"}},\n"
	"\"models\":{\n"
	"\"openai\":{\"fees\":{\"mode\":\"image_generation\",\"price\":{\"img\":0.04},"
	"\"img_by\":{\"hd/1x1\":0.08}},"
	"\"tokens\":{\"mode\":\"image_generation\",\"price\":{\"in\":1,\"iout\":40}},"
	"\"voice\":{\"mode\":\"audio_speech\",\"price\":{\"char_in\":15}}}}}\n";

/* Policies and max_price see what is not billed by text. */
static void estimates_know_pictures_and_characters(void)
{
	struct wish w = { .affinity = { "", 0 }, .input = 10,
	                  .units = { .images = 2, .characters = 100 } };
	struct routerig r;

	open_rig(&r, FILE_LINE "providers = ( " PROVIDER("p", "") " );\n", drawers);
	CU_ASSERT_EQUAL(roster_cost(r.roster, first_target(&r, "p/fees"), &w), 80000000);
	CU_ASSERT_EQUAL(roster_cost(r.roster, first_target(&r, "p/voice"), &w), 1500000);
	CU_ASSERT_EQUAL(roster_cost(r.roster, first_target(&r, "p/tokens"), &w),
	                10 * 1000 + 2 * 1600 * 40000);
	w.units.shape = (struct price_shape){ CDT_STR("1x1"), CDT_STR("hd") };
	CU_ASSERT_EQUAL(roster_cost(r.roster, first_target(&r, "p/fees"), &w), 160000000);
	routerig_close(&r);
}

/* What each of our plugins says, by the catalogue that we ship. */
static void our_plugins_find_their_models(void)
{
	static const struct { const char *provider, *model, *row; } rows[] = {
		{ "type = \"gemini\"; ", "gemini-2.5-pro", "gemini/gemini-2.5-pro" },
		{ "type = \"gemini\"; base_url = \"https://generativelanguage.googleapis.com\"; ",
		  "gemini-2.5-pro", "gemini/gemini-2.5-pro" },
		{ "type = \"gemini\"; base_url = \"http://127.0.0.1:1\"; ", "gemini-2.5-pro", "" },
		{ "type = \"vertex\"; options = { project = \"p\"; auth = \"token\"; }; ",
		  "gemini-2.5-pro", "vertex/gemini-2.5-pro" },
		{ "type = \"bedrock\"; options = { region = \"us-east-1\"; }; ",
		  "us.anthropic.claude-opus-4-1-20250805-v1:0",
		  "bedrock/us.anthropic.claude-opus-4-1-20250805-v1:0" },
		{ "type = \"bedrock\"; options = { region = \"us-east-1\"; }; ",
		  "us.anthropic.claude-3-7-sonnet-20240620-v1:0", "bedrock/anthropic.claude-3-7-sonnet-20240620-v1:0 " },
		{ "type = \"cohere\"; ", "rerank-v3.5", "cohere/rerank-v3.5" },
		{ "type = \"mistral\"; ", "mistral-embed", "mistral/mistral-embed" },
		{ "type = \"groq\"; ", "whisper-large-v3", "groq/whisper-large-v3" },
		{ "type = \"azure\"; base_url = \"https://mine.openai.azure.com\"; ", "gpt-image-1",
		  "azure/gpt-image-1" },
		{ "type = \"compatible\"; options = { host = \"deepseek\"; }; ", "deepseek-v4-pro",
		  "deepseek/deepseek-v4-pro" },
		{ "type = \"compatible\"; options = { host = \"deepseek\"; }; "
		  "base_url = \"https://proxy.example/v1\"; ", "deepseek-v4-pro", "" },
		{ "type = \"compatible\"; options = { host = \"vllm\"; }; ", "deepseek-v4-pro", "" },
		{ "type = \"compatible\"; base_url = \"https://api.deepseek.com\"; ",
		  "deepseek-v4-pro", "" },
	};
	const char *dir = getenv("CONDUIT_SRCDIR");
	char config[2048];
	struct routerig r;

	for (size_t i = 0; dir && i < sizeof rows / sizeof *rows; i++) {
		const struct target *t;

		(void)snprintf(config, sizeof config, "models_file = \"%s/etc/models.json\";\n"
		               "allow_direct = true; providers = ( { name = \"p\"; keys = ( ); %s} );\n"
		               "models = ( { name = \"m\"; targets = ( { provider = \"p\"; model = \"%s\"; "
		               "} ); } );\n", dir, rows[i].provider, rows[i].model);
		open_rig(&r, config, NULL);
		t = r.router ? first_target(&r, "m") : NULL;
		if (!t || !str_starts(t->price_row, rows[i].row) ||
		    !t->price != !rows[i].row[0])
			fprintf(stderr, "\n%s%s\n", rows[i].provider, rows[i].model);
		CU_ASSERT(t && str_starts(t->price_row, rows[i].row));
		CU_ASSERT(t && !t->price == !rows[i].row[0]);
		routerig_close(&r);
	}
}

static void models_that_end_are_told_at_start(void)
{
	struct routerig r;

	open_rig(&r, FILE_LINE "providers = ( " PROVIDER("p", "") " );\n"
	         "models = (\n{ name = \"a\"; targets = ( { provider = \"p\"; model = \"old\"; } ); },\n"
	         "{ name = \"b\"; targets = ( { provider = \"p\"; model = \"aging\"; } ); },\n"
	         "{ name = \"c\"; targets = ( { provider = \"p\"; model = \"late\"; } ); },\n"
	         "{ name = \"d\"; targets = ( { provider = \"p\"; model = \"old\"; },\n"
	         "  { provider = \"p\"; model = \"gpt\"; } ); } );\n", known);
	CU_ASSERT(report_has(&r, "conduit.cfg:4: warning: model 'a': p/old was shut down on "
	                         "2001-01-01, says the catalogue"));
	CU_ASSERT(report_has(&r, "conduit.cfg:5: warning: model 'b': p/aging is deprecated, says"));
	CU_ASSERT(report_has(&r, "model 'c': p/late is deprecated and ends on 2999-01-01, says"));
	CU_ASSERT_EQUAL(r.report.warnings, 4);
	CU_ASSERT_STRING_EQUAL(route_status(routerig_find(&r, "a"), 1), "unavailable");
	CU_ASSERT_STRING_EQUAL(route_status(routerig_find(&r, "b"), 1), "deprecated");
	CU_ASSERT_STRING_EQUAL(route_status(routerig_find(&r, "c"), 1), "deprecated");
	CU_ASSERT_STRING_EQUAL(route_status(routerig_find(&r, "d"), 1), "available");
	CU_ASSERT_STRING_EQUAL(route_status(routerig_find(&r, "p/gpt"), 1), "available");
	routerig_close(&r);
}

static void abilities_are_the_configurations_else_the_catalogues(void)
{
	const struct route *own, *its;
	struct routerig r;

	open_rig(&r, FILE_LINE "providers = ( " PROVIDER("p", "") " );\n"
	         "models = ( { name = \"own\"; capabilities = [ \"tools\", \"my-word\" ];\n"
	         "  targets = ( { provider = \"p\"; model = \"gpt\"; } ); },\n"
	         "  { name = \"its\"; targets = ( { provider = \"p\"; model = \"gpt\"; } ); } );\n",
	         known);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.router);
	own = routerig_find(&r, "own");
	its = routerig_find(&r, "its");
	CU_ASSERT_STRING_EQUAL(route_ability(own, 0), "tools");
	CU_ASSERT_STRING_EQUAL(route_ability(own, 1), "my-word");
	CU_ASSERT_PTR_NULL(route_ability(own, 2));
	CU_ASSERT_STRING_EQUAL(route_ability(its, 0), "chat");
	CU_ASSERT_STRING_EQUAL(route_ability(its, 1), "streaming");
	CU_ASSERT_STRING_EQUAL(route_ability(its, 2), "vision");
	CU_ASSERT_PTR_NULL(route_ability(its, 3));
	CU_ASSERT_TRUE(route_is_able(own, CDT_STR("function_calling")));
	CU_ASSERT_TRUE(route_is_able(own, CDT_STR("my-word")));
	CU_ASSERT_FALSE(route_is_able(own, CDT_STR("vision")));
	CU_ASSERT_TRUE(route_is_able(its, CDT_STR("vision")));
	CU_ASSERT_FALSE(route_is_able(its, CDT_STR("tools")));
	routerig_close(&r);
}

static void only_what_is_unpriced_can_be_free(void)
{
	struct routerig r;

	open_rig(&r, "providers = ( " PROVIDER("p", "") " );\n" MODEL("m", "unpriced = \"free\"; "),
	         NULL);
	CU_ASSERT(first_target(&r, "m")->is_free);
	CU_ASSERT_PTR_NULL(first_target(&r, "m")->price);
	routerig_close(&r);
	open_rig(&r, FILE_LINE "providers = ( " PROVIDER("p", "") " );\n"
	         MODEL("m", "unpriced = \"free\"; "), catalogue);
	CU_ASSERT_FALSE(first_target(&r, "m")->is_free);
	routerig_close(&r);
	open_rig(&r, "providers = ( " PROVIDER("p", "") " );\n" MODEL("m", ""), NULL);
	CU_ASSERT_FALSE(first_target(&r, "m")->is_free);
	routerig_close(&r);
}

static void unknown_lists_are_errors_with_a_suggestion(void)
{
	struct routerig r;

	open_rig(&r, FILE_LINE "providers = (\n" PROVIDER("p", "catalog = \"grok\"; ") " );\n",
	         catalogue);
	CU_ASSERT_PTR_NULL(r.router);
	CU_ASSERT(report_has(&r, "conduit.cfg:3: error: provider 'p': the catalogue "));
	CU_ASSERT(report_has(&r, "models.json has no 'grok'; did you mean 'groq'?\n    3 | { name"));
	CU_ASSERT_EQUAL(r.report.errors, 1);
	routerig_close(&r);
}

static void a_named_catalogue_must_be_good(void)
{
	struct routerig r;

	open_rig(&r, "\n" FILE_LINE "providers = ( " PROVIDER("p", "") " );\n", NULL);
	CU_ASSERT_PTR_NULL(r.router);
	CU_ASSERT(report_has(&r, "conduit.cfg:2: error: models_file: "));
	CU_ASSERT(report_has(&r, "models.json: No such file or directory\n    2 | models_file"));
	routerig_close(&r);
	open_rig(&r, FILE_LINE "providers = ( " PROVIDER("p", "") " );\n",
	         "{\"meta\":{\"currency\":\"USD\",\"sources\":{\"generated\":\"2026-11-20\"}},\n"
	         "\"models\":{\"a\":{\n\"m\":{\"price\":{\"in\":-1}}}}}\n");
	CU_ASSERT_PTR_NULL(r.router);
	CU_ASSERT(report_has(&r, "models.json:3: error: the catalogue of models is damaged: a/m: "
	                         "price.in must be USD, 0 to 1000000\n    3 | \"m\""));
	routerig_close(&r);
}

static void without_the_default_catalogue_nothing_is_known(void)
{
	struct routerig r = { .roster = NULL };

	scene_init(&r.scene, "providers = ( " PROVIDER("p", "catalog = \"groq\"; ") " );\n"
	           MODEL("m", "max_output = 5; "));
	r.scene.source.default_models_file = "/nowhere/models.json";
	scene_load(&r.scene);
	routerig_finish(&r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.router);
	CU_ASSERT_EQUAL(r.report.errors, 0);
	CU_ASSERT_EQUAL(r.report.warnings, 1);
	CU_ASSERT(report_has(&r, "/nowhere/models.json: warning: the catalogue of models can not be "
	                         "used, so it gives no prices: No such file or directory\n"));
	CU_ASSERT_PTR_NULL(first_target(&r, "m")->price);
	CU_ASSERT_EQUAL(first_target(&r, "m")->max_output, 5);
	routerig_close(&r);
}

/* A wrong name of a list in environment.cfg would be silent. */
static void providers_of_the_environment_are_priced(void)
{
	static const struct { const char *variable, *model; } rows[] = {
		{ "OPENAI_API_KEY", "openai/gpt-4o" }, { "GEMINI_API_KEY", "gemini/gemini-2.5-pro" },
		{ "MISTRAL_API_KEY", "mistral/mistral-medium-latest" },
		{ "COHERE_API_KEY", "cohere/command-r" }, { "GROQ_API_KEY", "groq/llama-3.1-8b-instant" },
		{ "DEEPSEEK_API_KEY", "deepseek/deepseek-v4-pro" },
		{ "TOGETHER_API_KEY", "together/Qwen/Qwen3-235B-A22B-Thinking-2507" },
		{ "OPENROUTER_API_KEY", "openrouter/anthropic/claude-3-haiku" },
		{ "XAI_API_KEY", "xai/grok-3" },
	};
	struct routerig r = { .roster = NULL };
	const char *dir = getenv("CONDUIT_SRCDIR");
	char environment[512], models[512];

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	(void)snprintf(environment, sizeof environment, "%s/etc/environment.cfg", dir);
	(void)snprintf(models, sizeof models, "%s/etc/models.json", dir);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CU_ASSERT_EQUAL(setenv(rows[i].variable, "sk-test", 1), 0);
	scene_init(&r.scene, NULL);
	r.scene.source.environment_file = environment;
	r.scene.source.default_models_file = models;
	scene_load(&r.scene);
	routerig_finish(&r);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct target *t = first_target(&r, rows[i].model);

		if (!t->price)
			fprintf(stderr, "\n%s\n", rows[i].model);
		CU_ASSERT_PTR_NOT_NULL(t->price);
		CU_ASSERT(str_starts(t->price_row, rows[i].model));
		CU_ASSERT_EQUAL(unsetenv(rows[i].variable), 0);
	}
	routerig_close(&r);
}

static const struct unit_test tests[] = {
	{ "the catalogue prices what the configuration does not",
	  the_catalogue_prices_what_the_configuration_does_not },
	{ "a target's own price comes before its model's",
	  a_targets_own_price_comes_before_its_models },
	{ "every member of a configured price arrives", every_member_of_a_configured_price_arrives },
	{ "another host does not have the prices of its type",
	  another_host_does_not_have_the_prices_of_its_type },
	{ "direct routes are priced in their arena", direct_routes_are_priced_in_their_arena },
	{ "a target may say its name in the catalogue", a_target_may_say_its_name_in_the_catalogue },
	{ "a plugin knows its list and its names", a_plugin_knows_its_list_and_its_names },
	{ "estimates know pictures and characters", estimates_know_pictures_and_characters },
	{ "our plugins find their models", our_plugins_find_their_models },
	{ "models that end are told at start", models_that_end_are_told_at_start },
	{ "abilities are the configuration's, else the catalogue's",
	  abilities_are_the_configurations_else_the_catalogues },
	{ "only what is unpriced can be free", only_what_is_unpriced_can_be_free },
	{ "unknown lists are errors with a suggestion", unknown_lists_are_errors_with_a_suggestion },
	{ "a named catalogue must be good", a_named_catalogue_must_be_good },
	{ "providers of the environment are priced", providers_of_the_environment_are_priced },
	{ "without the default catalogue nothing is known",
	  without_the_default_catalogue_nothing_is_known },
	{ NULL, NULL }
};
const struct unit_suite router_pricing_suite = { "router/pricing", tests };
