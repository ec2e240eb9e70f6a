/* unit/router/rig.c - opens all that a router stands on.
 * SPDX-License-Identifier: MIT */
#include "unit/router/rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"

static const char plugins[][32] = {
	"provider_mock", "provider_openai", "policy_simple", "provider_azure",
	"provider_bedrock", "provider_cohere", "provider_compatible", "provider_gemini",
	"provider_groq", "provider_mistral", "provider_vertex",
};

static void load_plugins(struct routerig *r)
{
	struct plugin_surroundings s = { .version = "0.0.0", .trust_any_owner = 1 };
	const char *dir = getenv("CONDUIT_BUILDDIR"), *fixtures = getenv("CONDUIT_TEST_PLUGINS");
	char path[512], why[256];

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);             /* the folder that make ran in */
	(void)snprintf(r->private_dir, sizeof r->private_dir, "%s/private", r->scene.dir);
	r->metrics = metrics_new(1);
	r->stats = stats_new(1);
	s.private_dir = r->private_dir;
	s.metrics = r->metrics;
	r->registry = registry_new(&s);
	for (size_t i = 0; i < sizeof plugins / sizeof *plugins; i++) {
		(void)snprintf(path, sizeof path, "%s/plugins/%s.so", dir, plugins[i]);
		CU_ASSERT_EQUAL_FATAL(registry_load_file(r->registry, path, why), CDT_OK);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(fixtures);
	(void)snprintf(path, sizeof path, "%s/catalog.so", fixtures);
	CU_ASSERT_EQUAL_FATAL(registry_load_file(r->registry, path, why), CDT_OK);
}

void routerig_finish(struct routerig *r)
{
	if (r->scene.text[0])
		fprintf(stderr, "\n%s\n", r->scene.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->scene.config);
	load_plugins(r);
	config_report_init(&r->report);
	arena_init(&r->arena, 1024, 1 << 20);
	r->ask = (struct ask){ .op = CDT_OP_CHAT, .routing = &r->wishes };
	r->router = router_new(r->scene.config, r->registry, r->stats, &r->report);
	if (!r->router)
		return;
	r->worker = worker_new(0);
	r->roster = roster_open(r->router, r->worker);
}

void routerig_open(struct routerig *r, const char *text)
{
	*r = (struct routerig){ .roster = NULL };
	scene_open(&r->scene, text);
	routerig_finish(r);
}

void routerig_close(struct routerig *r)
{
	roster_close(r->roster);
	router_free(r->router);
	stats_free(r->stats);
	worker_free(r->worker);
	registry_free(r->registry);
	metrics_free(r->metrics);
	arena_fini(&r->arena);
	config_report_fini(&r->report);
	scene_fini(&r->scene);
}

const struct route *routerig_find(struct routerig *r, const char *model)
{
	return router_find(r->router, str_z(model), &r->arena);
}

const char *routerig_rank(struct routerig *r, const char *model, char out[1024])
{
	struct wish w = { .ask = &r->ask, .key_id = "key", .group = "", .input = 100,
	                  .output = 100, .policy_number = NO_POLICY, .now_ms = clock_ms() };
	const struct route *route = routerig_find(r, model);
	size_t at = 0;

	if (!route)
		return NULL;
	w.tags = json_absent();
	roster_rank(r->roster, route, &w, &r->plan);
	out[0] = 0;
	for (size_t i = 0; i < r->plan.count && at < 900; i++) {
		const struct candidate *c = &r->plan.candidates[i];

		at += (size_t)snprintf(out + at, 1024 - at, "%s%.*s:%s", i ? " " : "",
		                       STR_ARG(c->target->name),
		                       c->credential ? c->credential->id : "-");
	}
	return out;
}
