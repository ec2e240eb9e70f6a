/* unit/plugin/rig.c - what the tests of the plugin host stand on.
 * SPDX-License-Identifier: MIT */
#include "unit/plugin/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

enum { TURN_MAX_MS = 10000, MEMBERS_MAX = 32 };

char *plugrig_path(const char *plugin, char out[PLUGRIG_PATH_SIZE])
{
	const char *dir = getenv("CONDUIT_TEST_PLUGINS");

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);             /* set it to where fixtures/ are built */
	(void)snprintf(out, PLUGRIG_PATH_SIZE, "%s/%s.so", dir, plugin);
	return out;
}

void plugrig_init(struct plugrig *g, const char *plugin)
{
	struct plugin_surroundings s = { .version = "0.0.0", .trust_any_owner = 1 };
	char why[256] = "";

	*g = (struct plugrig){ .dir = unit_dir_new(), .metrics = metrics_new(1) };
	(void)snprintf(g->private_dir, sizeof g->private_dir, "%s/private", g->dir);
	s.private_dir = g->private_dir;
	s.metrics = g->metrics;
	g->registry = registry_new(&s);
	config_report_init(&g->report);
	if (plugin && plugrig_load(g, plugin, why) != CDT_OK)
		CU_FAIL_FATAL("a fixture does not load");
}

void plugrig_offer_fetch(struct plugrig *g, struct fetch *(*fetch_of)(struct worker *w))
{
	struct plugin_surroundings s = *registry_surroundings(g->registry);
	struct registry *second;
	char why[256];

	s.fetch_of = fetch_of;
	second = registry_new(&s);
	registry_free(g->registry);
	g->registry = second;
	CU_ASSERT_EQUAL_FATAL(plugrig_load(g, "good", why), CDT_OK);
}

static void close_instance(struct plugrig *g)
{
	instance_worker_close(g->self);
	instance_close(g->instance);
	g->self = NULL;
	g->instance = NULL;
}

void plugrig_fini(struct plugrig *g)
{
	close_instance(g);
	registry_free(g->registry);
	metrics_free(g->metrics);
	config_report_fini(&g->report);
	unit_dir_drop(g->dir);
}

cdt_status plugrig_load(struct plugrig *g, const char *plugin, char why[256])
{
	char path[PLUGRIG_PATH_SIZE];

	return registry_load_file(g->registry, plugrig_path(plugin, path), why);
}

struct instance_self *plugrig_open(struct plugrig *g, const char *kind, const char *type,
                               const char *options, struct worker *w)
{
	struct config_origin origins[MEMBERS_MAX];
	struct config_options given = { json_parse(str_z(options ? options : "{}")), origins };
	struct instance_order order = { kind, type, "it", &given, { "t.cfg", 1 }, NULL };

	for (uint32_t i = 0; i < MEMBERS_MAX; i++)
		origins[i] = (struct config_origin){ "t.cfg", 10 + i };
	close_instance(g);
	g->instance = instance_open(g->registry, &order, &g->report);
	json_free(given.values);
	g->self = g->instance ? instance_worker_open(g->instance, w) : NULL;
	return g->self;
}

unsigned plugrig_misuses(struct plugrig *g)
{
	uint32_t id = metrics_declare(g->metrics, METRICS_COUNTER, "plugin_misuse_total",
	                              "plugin", "");
	cdt_str it = CDT_STR("it");

	return (unsigned)metrics_read(g->metrics, metrics_series(g->metrics, id, &it));
}

char *plugrig_body(const struct outreq *o)
{
	struct buf all;
	char *text;

	buf_init(&all, 1 << 24);
	for (size_t i = 0; i < o->piece_count; i++)
		buf_add(&all, o->piece[i]);
	text = mem_text(buf_str(&all).p, all.n);
	buf_fini(&all);
	return text;
}

void plugrig_turn(struct worker *w, const bool *done)
{
	uint64_t until_ms = clock_ms() + TURN_MAX_MS;

	while (!*done && clock_ms() < until_ms) {
		struct timeval soon = { 0, 20000 };

		(void)event_base_loopexit(worker_base(w), &soon);
		(void)event_base_loop(worker_base(w), EVLOOP_ONCE);
	}
}
