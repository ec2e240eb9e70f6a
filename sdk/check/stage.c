/* check/stage.c - the real loader, registry and instances around one plugin.
 * SPDX-License-Identifier: MIT */
#include "check/stage.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

struct opened {
	struct opened *next;
	const struct cdt_feature *feature;
	char *options, *name;
	struct instance *instance;
	struct instance_self *self;
};

struct stage {
	char dir[PATH_MAX];
	int64_t wall_ms;
	struct metrics *metrics;
	struct registry *registry;
	struct worker *worker;
	struct opened *opened;
	unsigned count;
};

static const char *const kinds[][2] = {
	{ "conduit.provider/1", "provider" }, { "conduit.policy/1", "policy" },
	{ "conduit.cache/1", "cache" },
};

static const char *word_of(const char *kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i][0], kind) == 0)
			return kinds[i][1];
	return NULL;
}

/* The service is there, so that plugins that need it open; nothing is ever sent. */
static struct fetch *no_network(struct worker *w)
{
	(void)w;
	return NULL;
}

static bool begin(struct stage *s, const char *path, bool still, char why[STAGE_WHY_SIZE])
{
	struct plugin_surroundings around = { .version = PACKAGE_VERSION, .private_dir = s->dir,
		.fetch_of = no_network, .trust_any_owner = 1,
		.wall_ms = still ? &s->wall_ms : NULL };
	const char *parent = getenv("TMPDIR");

	s->wall_ms = STAGE_WALL_MS;
	(void)snprintf(s->dir, sizeof s->dir, "%s/conduit-check.XXXXXX",
	               parent ? parent : "/tmp");
	if (!mkdtemp(s->dir)) {
		(void)snprintf(why, STAGE_WHY_SIZE, "no temporary folder can be made");
		s->dir[0] = '\0';
		return false;
	}
	around.metrics = s->metrics = metrics_new(STAGE_WORKERS);
	s->worker = worker_new(0);
	s->registry = registry_new(&around);
	return registry_load_file(s->registry, path, why) == CDT_OK;
}

static struct stage *new_stage(const char *path, bool still, char why[STAGE_WHY_SIZE])
{
	struct stage *s = mem_new(sizeof *s);

	if (begin(s, path, still, why))
		return s;
	stage_free(s);
	return NULL;
}

struct stage *stage_new(const char *path, char why[STAGE_WHY_SIZE])
{
	return new_stage(path, true, why);
}

struct stage *stage_new_live(const char *path, char why[STAGE_WHY_SIZE])
{
	return new_stage(path, false, why);
}

static void close_one(struct opened *o)
{
	instance_worker_close(o->self);
	instance_close(o->instance);
	mem_free(o->options);
	mem_free(o->name);
	mem_free(o);
}

/* The loader's copies have names that are hashes: only what it made is removed. */
static void drop_dir(const char *dir, const struct plugin_module *m)
{
	char path[PATH_MAX + 80];

	(void)snprintf(path, sizeof path, "%s/%s.so", dir, m ? m->sha256 : "");
	(void)unlink(path);                    /* it may never have been made */
	(void)rmdir(dir);                      /* a folder too many in the worst case */
}

void stage_free(struct stage *s)
{
	if (!s)
		return;
	while (s->opened) {
		struct opened *o = s->opened;

		s->opened = o->next;
		close_one(o);
	}
	if (s->dir[0])
		drop_dir(s->dir, s->registry ? registry_modules(s->registry) : NULL);
	registry_free(s->registry);
	worker_free(s->worker);
	metrics_free(s->metrics);
	mem_free(s);
}

const struct cdt_module *stage_module(const struct stage *s)
{
	return registry_modules(s->registry)->module;
}

const struct cdt_feature *stage_feature(const struct stage *s, const char *kind, cdt_str name)
{
	const struct cdt_feature *const *f = stage_module(s)->features;

	for (; f && *f; f++)
		if (strcmp((*f)->kind, kind) == 0 && (!name.n || str_is(name, (*f)->name)))
			return *f;
	return NULL;
}

struct instance *stage_instance(struct stage *s, const struct cdt_feature *f, const char *name,
                                const char *options, const struct json *usual,
                                char why[STAGE_WHY_SIZE])
{
	struct jsonscan scan;
	struct config_options given = { NULL, NULL };
	struct instance_order order = { word_of(f->kind), f->name, name, &given,
		{ "options", 0 }, usual };
	struct config_origin *origins;
	struct config_report report;
	struct instance *i;

	if (jsonscan(&scan, str_z(options)) != CDT_OK || scan.type != CDT_MAP) {
		(void)snprintf(why, STAGE_WHY_SIZE, "its options are not a JSON map");
		return NULL;
	}
	given.values = json_parse(str_z(options));
	given.origins = origins = mem_new_array(scan.count + 1, sizeof *origins);
	for (size_t k = 0; k < scan.count; k++)
		origins[k] = (struct config_origin){ "options", 0 };
	config_report_init(&report);
	i = instance_open(s->registry, &order, &report);
	if (!i)
		(void)snprintf(why, STAGE_WHY_SIZE, "%.*s",
		               STR_ARG(str_trim(buf_str(&report.text))));
	config_report_fini(&report);
	mem_free(origins);
	json_free(given.values);
	return i;
}

struct instance_self *stage_self(struct stage *s, const struct cdt_feature *f, cdt_str options,
                                 char why[STAGE_WHY_SIZE])
{
	struct opened *o = s->opened;
	char name[32];

	while (o && (o->feature != f || !str_is(options, o->options)))
		o = o->next;
	if (o)
		return o->self;
	o = mem_new(sizeof *o);
	(void)snprintf(name, sizeof name, "it%u", s->count++);
	*o = (struct opened){ s->opened, f, mem_text(options.p, options.n),
		mem_text(name, strlen(name)), NULL, NULL };
	why[0] = '\0';
	o->instance = stage_instance(s, f, o->name, o->options, NULL, why);
	if (o->instance)
		o->self = instance_worker_open(o->instance, s->worker);
	if (o->instance && !o->self)
		(void)snprintf(why, STAGE_WHY_SIZE, "worker_open gave no self");
	if (!o->self) {
		close_one(o);
		return NULL;
	}
	return (s->opened = o)->self;
}

void stage_set_clock(struct stage *s, int64_t wall_ms)
{
	s->wall_ms = wall_ms;
}

unsigned stage_misuses_of(struct stage *s, const char *name)
{
	uint32_t id = metrics_declare(s->metrics, METRICS_COUNTER, "plugin_misuse_total",
	                              "plugin", "");
	cdt_str label = str_z(name);

	return (unsigned)metrics_read(s->metrics, metrics_series(s->metrics, id, &label));
}

unsigned stage_misuses(struct stage *s)
{
	unsigned sum = 0;

	for (const struct opened *o = s->opened; o; o = o->next)
		sum += stage_misuses_of(s, o->name);
	return sum;
}
