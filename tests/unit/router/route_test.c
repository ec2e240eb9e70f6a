/* unit/router/route_test.c - which route a model's name leads to.
 * SPDX-License-Identifier: MIT */
#include "router/route.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/router/rig.h"

#define PROVIDERS \
	"providers = (\n" \
	"  { name = \"mock\"; type = \"mock\"; keys = ( ); },\n" \
	"  { name = \"up\"; type = \"openai\"; base_url = \"https://up.example/v1\"; keys = ( ); }\n" \
	");\n"
#define MODELS \
	"models = (\n" \
	"  { name = \"one\"; aliases = [ \"first\", \"uno-*\" ]; context_window = 1000;\n" \
	"    targets = ( { provider = \"up\"; model = \"big\"; } ); },\n" \
	"  { name = \"two\"; aliases = [ \"uno-dos\", \"*-two\" ];\n" \
	"    targets = ( { provider = \"mock\"; model = \"m\"; weight = 3; },\n" \
	"                { provider = \"up\"; model = \"a/b\"; } ); }\n" \
	");\n"

static void finds_names_aliases_and_patterns(void)
{
	static const struct { const char *asked, *route; } rows[] = {
		{ "one", "one" }, { "first", "one" }, { "two", "two" },
		{ "uno-dos", "two" },                  /* a whole name before a pattern */
		{ "uno-tres", "one" }, { "uno-", "one" }, { "uno-two", "one" },
		{ "any-two", "two" }, { "One", NULL }, { "uno", NULL }, { "", NULL },
		{ "uno-*", "one" }, { "two ", NULL }, { "up/x", NULL },
	};
	struct routerig r;

	routerig_open(&r, PROVIDERS MODELS);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct route *route = routerig_find(&r, rows[i].asked);
		bool same =
		    rows[i].route ? route && str_is(route->name, rows[i].route) : !route;

		if (!same)
			fprintf(stderr, "\n'%s'\n", rows[i].asked);
		CU_ASSERT(same);
	}
	routerig_close(&r);
}

static void a_route_knows_its_targets(void)
{
	const struct route *route;
	struct routerig r;

	routerig_open(&r, PROVIDERS MODELS);
	route = routerig_find(&r, "two");
	CU_ASSERT_EQUAL_FATAL(route->target_count, 2);
	CU_ASSERT(str_is(route->targets[0]->name, "mock/m"));
	CU_ASSERT_EQUAL(route->targets[0]->weight, 3);
	CU_ASSERT(str_is(route->targets[1]->name, "up/a/b"));
	CU_ASSERT(str_is(route->targets[1]->provider, "up"));
	CU_ASSERT(str_is(route->targets[1]->model, "a/b"));
	CU_ASSERT(str_is(route->targets[1]->head, "x-conduit-provider: up\r\nx-conduit-model: a/b\r\n"
	                                          "x-conduit-target: up/a/b\r\n"));
	CU_ASSERT(provider_speaks(route->targets[1]->instance, CDT_STR("openai.chat"), CDT_STR("m"),
	                          CDT_STR("")));
	CU_ASSERT_EQUAL(routerig_find(&r, "one")->targets[0]->context_window, 1000);
	CU_ASSERT(str_is(router_at(r.router, 0)->name, "one"));
	CU_ASSERT(str_is(router_at(r.router, 1)->name, "two"));
	CU_ASSERT_PTR_NULL(router_at(r.router, 2));
	routerig_close(&r);
}

static void direct_names_need_permission(void)
{
	const struct route *route;
	struct routerig r;

	routerig_open(&r, PROVIDERS MODELS "allow_direct = true;\n");
	route = routerig_find(&r, "up/org/some-model");
	CU_ASSERT_PTR_NOT_NULL_FATAL(route);
	CU_ASSERT_PTR_NULL(route->model);
	CU_ASSERT_EQUAL(route->target_count, 1);
	CU_ASSERT(str_is(route->targets[0]->model, "org/some-model"));
	CU_ASSERT(str_is(route->targets[0]->name, "up/org/some-model"));
	CU_ASSERT_PTR_NULL(routerig_find(&r, "up/"));
	CU_ASSERT_PTR_NULL(routerig_find(&r, "up"));
	CU_ASSERT_PTR_NULL(routerig_find(&r, "/x"));
	CU_ASSERT_PTR_NULL(routerig_find(&r, "nobody/x"));
	CU_ASSERT_PTR_NULL(routerig_find(&r, "up/x\r\nset-cookie: a"));
	CU_ASSERT_PTR_NULL(routerig_find(&r, "up/x\x7f"));
	arena_fini(&r.arena);
	arena_init(&r.arena, 256, 100);                /* no room for a route */
	CU_ASSERT_PTR_NULL(routerig_find(&r, "up/x"));
	routerig_close(&r);
}

static void suggests_the_nearest_name(void)
{
	struct routerig r;

	routerig_open(&r, PROVIDERS MODELS);
	CU_ASSERT_STRING_EQUAL(router_nearest(r.router, CDT_STR("ona")), "one");
	CU_ASSERT_STRING_EQUAL(router_nearest(r.router, CDT_STR("tow")), "two");
	CU_ASSERT_PTR_NULL(router_nearest(r.router, CDT_STR("something-else")));
	routerig_close(&r);
}

static bool refused(const char *text, const char *why)
{
	struct routerig r;
	bool found;

	routerig_open(&r, text);
	found = !r.router && r.report.errors > 0 &&
	        str_search(buf_str(&r.report.text), str_z(why)) < r.report.text.n;
	if (!found)
		fprintf(stderr, "\n%.*s\n", STR_ARG(buf_str(&r.report.text)));
	routerig_close(&r);                            /* what was open already is closed */
	return found;
}

static void says_why_a_plugin_can_not_be_opened(void)
{
	CU_ASSERT(refused("providers = ( { name = \"m\"; type = \"mock\"; keys = ( ); },\n"
	                  "  { name = \"x\"; type = \"opanai\"; keys = ( ); } );\n",
	                  "unknown provider type 'opanai'; did you mean 'openai'"));
	CU_ASSERT(refused("providers = ( { name = \"m\"; type = \"mock\"; keys = ( ); },\n"
	                  "  { name = \"x\"; type = \"openai\"; keys = ( );\n"
	                  "    options = { max_tokens_member = \"both\"; }; } );\n",
	                  "refused its options"));
	CU_ASSERT(refused(PROVIDERS "policies = ( { name = \"p\"; type = \"simplest\"; } );\n",
	                  "unknown policy type 'simplest'"));
}

static void models_name_policies_that_exist(void)
{
	struct routerig r;

	CU_ASSERT(refused(PROVIDERS "models = ( { name = \"m\"; policy = \"fsat\"; targets = ( { "
	                  "provider = \"mock\"; model = \"x\"; } ); } );\n"
	                  "policies = ( { name = \"fast\"; type = \"simple\"; } );\n",
	                  "model 'm': unknown policy 'fsat'; did you mean 'fast'?"));
	/* By its type, too, in any spelling. */
	routerig_open(&r, PROVIDERS "models = ( { name = \"m\"; policy = \"Simple\"; targets = "
	              "( { provider = \"mock\"; model = \"x\"; } ); } );\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.router);
	CU_ASSERT_NOT_EQUAL(routerig_find(&r, "m")->policy_number, NO_POLICY);
	CU_ASSERT_EQUAL(router_policy(r.router, CDT_STR("s_i-MPLE")),
	                routerig_find(&r, "m")->policy_number);
	CU_ASSERT_EQUAL(router_policy(r.router, CDT_STR("one")), NO_POLICY);
	CU_ASSERT_EQUAL(router_policy(r.router, CDT_STR("")), NO_POLICY);
	CU_ASSERT_STRING_EQUAL(router_nearest_policy(r.router, CDT_STR("simpel")), "simple");
	CU_ASSERT_STRING_EQUAL(router_nearest_provider(r.router, CDT_STR("mokc")), "mock");
	routerig_close(&r);
}

static void keeps_its_configuration_in_use(void)
{
	struct routerig r;

	routerig_open(&r, PROVIDERS MODELS);
	config_give(r.scene.config);
	r.scene.config = NULL;
	CU_ASSERT_STRING_EQUAL(router_config(r.router)->models[0].name, "one");
	CU_ASSERT(str_is(routerig_find(&r, "first")->name, "one"));
	routerig_close(&r);
}

static const struct unit_test tests[] = {
	{ "finds names, aliases and patterns", finds_names_aliases_and_patterns },
	{ "a route knows its targets", a_route_knows_its_targets },
	{ "direct names need permission", direct_names_need_permission },
	{ "suggests the nearest name", suggests_the_nearest_name },
	{ "says why a plugin can not be opened", says_why_a_plugin_can_not_be_opened },
	{ "models name policies that exist", models_name_policies_that_exist },
	{ "keeps its configuration in use", keeps_its_configuration_in_use },
	{ NULL, NULL }
};
const struct unit_suite router_route_suite = { "router/route", tests };
