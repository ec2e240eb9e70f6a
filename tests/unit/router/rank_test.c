/* unit/router/rank_test.c - the order of targets and credentials for one request.
 * SPDX-License-Identifier: MIT */
#include "router/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "unit/router/rig.h"

static const char config[] =
	"providers = (\n"
	"  { name = \"a\"; type = \"openai\"; keys = ( { id = \"k1\"; secret = \"env:RANK_TEST_K1\"; weight = 3; },\n"
	"      { id = \"k2\"; secret = \"env:RANK_TEST_K2\"; weight = 1; } ); },\n"
	"  { name = \"b\"; type = \"openai\"; keys = ( ); },\n"
	"  { name = \"c\"; type = \"mock\"; keys = ( ); }\n"
	");\n"
	"models = (\n"
	"  { name = \"flat\"; targets = ( { provider = \"b\"; model = \"x\"; },\n"
	"      { provider = \"c\"; model = \"y\"; }, { provider = \"b\"; model = \"z\"; } ); },\n"
	"  { name = \"heavy\"; targets = ( { provider = \"b\"; model = \"x\"; weight = 6; },\n"
	"      { provider = \"c\"; model = \"y\"; weight = 3; }, { provider = \"b\"; model = \"z\"; weight = 1; } ); },\n"
	"  { name = \"keys\"; targets = ( { provider = \"a\"; model = \"x\"; }, { provider = \"b\"; model = \"y\"; } ); }\n"
	");\n"
	"allow_direct = true;\n";

static void open_rig(struct routerig *r)
{
	CU_ASSERT_EQUAL(setenv("RANK_TEST_K1", "one-secret", 1) | setenv("RANK_TEST_K2", "two-secret", 1), 0);
	routerig_open(r, config);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->roster);
}

static void equal_weights_keep_the_configured_order(void)
{
	struct routerig r;
	char out[1024];

	open_rig(&r);
	for (int i = 0; i < 50; i++)
		CU_ASSERT_STRING_EQUAL(routerig_rank(&r, "flat", out), "b/x:- c/y:- b/z:-");
	CU_ASSERT_STRING_EQUAL(routerig_rank(&r, "b/any", out), "b/any:-");
	routerig_close(&r);
}

static bool near(unsigned count, unsigned wanted)
{
	return count + 350 > wanted && count < wanted + 350;       /* seven sigma */
}

static void weights_are_shares_of_the_first_place(void)
{
	unsigned first[3] = { 0 }, other = 0;
	struct routerig r;
	char out[1024];

	open_rig(&r);
	for (int i = 0; i < 10000; i++) {
		const char *order = routerig_rank(&r, "heavy", out);

		if (!strcmp(order, "b/x:- c/y:- b/z:-"))
			first[0]++;
		else if (!strcmp(order, "c/y:- b/x:- b/z:-"))
			first[1]++;
		else if (!strcmp(order, "b/z:- b/x:- c/y:-"))
			first[2]++;
		else
			other++;
	}
	CU_ASSERT_EQUAL(other, 0);
	CU_ASSERT(near(first[0], 6000) && near(first[1], 3000) && near(first[2], 1000));
	routerig_close(&r);
}

static void credentials_stand_in_a_row_and_are_drawn_by_weight(void)
{
	unsigned first[2] = { 0 }, other = 0;
	struct routerig r;
	char out[1024];

	open_rig(&r);
	for (int i = 0; i < 10000; i++) {
		const char *order = routerig_rank(&r, "keys", out);

		if (!strcmp(order, "a/x:k1 a/x:k2 b/y:-"))
			first[0]++;
		else if (!strcmp(order, "a/x:k2 a/x:k1 b/y:-"))
			first[1]++;
		else
			other++;
	}
	CU_ASSERT_EQUAL(other, 0);
	CU_ASSERT(near(first[0], 7500) && near(first[1], 2500));
	routerig_close(&r);
}

struct routing_case { const char *order[3], *only[3], *ignore[3], *ranked; };

static size_t take(const char *const from[3], cdt_str to[ASK_NAMES_MAX])
{
	size_t n = 0;

	while (n < 3 && from[n]) {
		to[n] = str_z(from[n]);
		n++;
	}
	return n;
}

static void the_client_may_choose(void)
{
	static const struct routing_case wishes[] = {
		{ { NULL }, { "b" }, { NULL }, "b/x:- b/z:-" },
		{ { NULL }, { "b/z" }, { NULL }, "b/z:-" },
		{ { NULL }, { "c", "b/z" }, { NULL }, "c/y:- b/z:-" },
		{ { NULL }, { "a" }, { NULL }, "" },
		{ { NULL }, { NULL }, { "b" }, "c/y:-" },
		{ { NULL }, { NULL }, { "b/x", "c" }, "b/z:-" },
		{ { NULL }, { "b" }, { "b" }, "" },
		{ { "c" }, { NULL }, { NULL }, "c/y:- b/x:- b/z:-" },
		{ { "b/z", "c" }, { NULL }, { NULL }, "b/z:- c/y:- b/x:-" },
		{ { "b", "c" }, { NULL }, { NULL }, "b/x:- b/z:- c/y:-" },
		{ { "nobody", "c", "c" }, { NULL }, { NULL }, "c/y:- b/x:- b/z:-" },
		{ { "c", "b/z" }, { NULL }, { "c" }, "b/z:- b/x:-" },
	};
	struct routerig r;
	char out[1024];

	open_rig(&r);
	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		r.wishes = (struct ask_routing){ .order_count = 0 };
		r.wishes.order_count = take(wishes[i].order, r.wishes.order);
		r.wishes.only_count = take(wishes[i].only, r.wishes.only);
		r.wishes.ignore_count = take(wishes[i].ignore, r.wishes.ignore);
		CU_ASSERT_STRING_EQUAL(routerig_rank(&r, "flat", out), wishes[i].ranked);
	}
	routerig_close(&r);
}

static void targets_that_can_not_do_it_are_left_out(void)
{
	struct routerig r;
	char out[1024];

	open_rig(&r);
	r.ask.op = CDT_OP_COUNT;
	CU_ASSERT_STRING_EQUAL(routerig_rank(&r, "flat", out), "");
	r.ask.op = CDT_OP_EMBED;
	CU_ASSERT_STRING_EQUAL(routerig_rank(&r, "flat", out), "b/x:- c/y:- b/z:-");
	routerig_close(&r);
}

static void a_provider_without_its_plugin_is_left_out(void)
{
	struct routerig r = { .roster = NULL };
	char out[1024];

	/* As environment.cfg does: a provider that may go unserved in silence. */
	scene_init(&r.scene, "providers_from_environment = true;\n"
	           "providers = ( { name = \"b\"; type = \"openai\"; keys = ( ); } );\n"
	           "models = ( { name = \"far\"; targets = ( { provider = \"gone\"; model = \"x\"; },\n"
	           "    { provider = \"b\"; model = \"y\"; } ); } );\n");
	scene_write(&r.scene, "environment.cfg", "providers = ( { name = \"gone\"; type = \"nowhere\";\n"
	            "  if_env = \"PATH\"; keys = ( ); } );\n", 0600);
	r.scene.source.environment_file = scene_path(&r.scene, "environment.cfg");
	scene_load(&r.scene);
	routerig_finish(&r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.roster);
	CU_ASSERT_STRING_EQUAL(routerig_rank(&r, "far", out), "b/y:-");
	routerig_close(&r);
}

static const struct unit_test tests[] = {
	{ "equal weights keep the configured order", equal_weights_keep_the_configured_order },
	{ "weights are shares of the first place", weights_are_shares_of_the_first_place },
	{ "credentials stand in a row and are drawn by weight",
	  credentials_stand_in_a_row_and_are_drawn_by_weight },
	{ "the client may choose", the_client_may_choose },
	{ "targets that can not do it are left out", targets_that_can_not_do_it_are_left_out },
	{ "a provider without its plugin is left out", a_provider_without_its_plugin_is_left_out },
	{ NULL, NULL }
};
const struct unit_suite router_rank_suite = { "router/rank", tests };
