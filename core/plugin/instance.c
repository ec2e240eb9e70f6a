/* plugin/instance.c - opens and closes configured features and the selves that workers get of
 * them.  What a kind's calls look like is in kind_*.c.
 * SPDX-License-Identifier: MIT */
#include "plugin/instance.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "plugin/host_ticket.h"
#include "plugin/inside.h"
#include "plugin/options.h"
#include "plugin/tokens.h"

static const struct plugin_kind *const kinds[] = { &kind_provider, &kind_policy, &kind_cache };

void plugin_copy_sized(void *out, size_t out_size, const void *from)
{
	uint32_t size;

	memset(out, 0, out_size);
	memcpy(&size, from, sizeof size);
	memcpy(out, from, size < out_size ? size : out_size);
}

static const struct plugin_kind *kind_of(const char *word)
{
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
		if (strcmp(kinds[k]->word, word) == 0)
			return kinds[k];
	return NULL;
}

static const struct cdt_feature *find_feature(const struct registry *r,
                                              const struct plugin_kind *kind, const char *type,
                                              struct config_origin at,
                                              struct config_report *report)
{
	const struct cdt_feature *f = registry_find(r, kind->id, type);
	const char *near;

	if (f)
		return f;
	near = config_nearest(str_z(type), registry_names(r, kind->id));
	if (near)
		config_report_error(report, at, "unknown %s type '%s'; did you mean '%s'?",
		                    kind->word, type, near);
	else
		config_report_error(report, at, "unknown %s type '%s': no plugin offers it",
		                    kind->word, type);
	return NULL;
}

static void declare_metrics(struct instance *i)
{
	static const char *const names[] = {
#define ENTER_NAME(id, name) name,
		ENTER_CALLS(ENTER_NAME)
	};
	struct metrics *m = i->host.surroundings->metrics;
	cdt_str labels[2] = { str_z(i->name) };
	uint32_t seconds, misuse;

	i->seen = mem_new(sizeof *i->seen);
	if (!m)
		return;
	seconds = metrics_declare(m, METRICS_HISTOGRAM, "plugin_seconds", "plugin,call",
	                          "Time inside calls of plugins; one frame in 16 is measured.");
	misuse = metrics_declare(m, METRICS_COUNTER, "plugin_misuse_total", "plugin",
	                         "Breaches of the plugin contract.");
	i->misuse = misuse ? metrics_series(m, misuse, labels) : 0;
	for (size_t k = 0; seconds && k < ENTER_CALL_COUNT; k++) {
		labels[1] = str_z(names[k]);
		i->seconds[k] = metrics_series(m, seconds, labels);
	}
}

static void instance_free(struct instance *i)
{
	json_free(i->options);
	mem_free(i->dialects);
	mem_free(i->seen);
	pthread_mutex_destroy(&i->lock);
	mem_free(i->name);
	mem_free(i);
}

static struct instance *instance_new(struct registry *r, const struct plugin_kind *kind,
                                     const struct cdt_feature *f, const char *name)
{
	struct instance *i = mem_new(sizeof *i);

	i->kind = kind;
	i->feature = f;
	i->registry = r;
	i->name = mem_text(name, strlen(name));
	list_init(&i->pools);
	pthread_mutex_init(&i->lock, NULL);
	host_init(&i->host, registry_surroundings(r), i->name, f->name);
	kind->adopt(&i->ops, &i->life, f->ops);
	declare_metrics(i);
	return i;
}

static void close_self(struct instance *i)
{
	struct enter e;

	if (!i->life.close)
		return;
	enter_begin(&e, i, ENTER_OPEN);
	i->life.close(i->self);
	enter_end(&e);
}

/* open, and what the kind asks once.  False: nothing stays open. */
static bool open_self(struct instance *i)
{
	struct enter e;

	if (i->life.open) {
		enter_begin(&e, i, ENTER_OPEN);
		i->self = i->life.open(&i->host.abi, json_val(i->options));
		enter_end(&e);
		if (!i->self)
			return false;
	}
	if (!i->kind->opened || i->kind->opened(i))
		return true;
	close_self(i);
	return false;
}

struct instance *instance_open(struct registry *r, const struct instance_order *o,
                               struct config_report *report)
{
	const struct plugin_kind *k = kind_of(o->kind);
	const struct cdt_feature *f = k ? find_feature(r, k, o->type, o->at, report) : NULL;
	const struct cdt_option *table;
	struct instance *i;
	bool open;

	if (!f)
		return NULL;
	i = instance_new(r, k, f, o->name);
	table = CDT_HAS(struct cdt_feature, f, options) ? f->options : NULL;
	i->options = options_check(table, o->options, o->at, o->name, report);
	if (i->options)
		options_give_usual(table, o->options, o->usual, i->options);
	i->host.opening = true;
	open = i->options && open_self(i);
	i->host.opening = false;
	if (open)
		return i;
	if (i->options)
		config_report_error(report, o->at,
		                    "%s '%s' of type '%s' refused its options: %s", o->kind,
		                    o->name, o->type,
		                    i->host.last_words[0] ? i->host.last_words
		                                          : "it did not say why");
	instance_free(i);
	return NULL;
}

void instance_close(struct instance *i)
{
	if (!i)
		return;
	close_self(i);
	/* From here on the plugin may not finish tickets any more. */
	tickets_sweep(&i->pools, registry_graves(i->registry));
	instance_free(i);
}

const char *instance_name(const struct instance *i)
{
	return i->name;
}

const char *instance_type(const struct instance *i)
{
	return i->feature->name;
}

const struct cdt_host *instance_host(const struct instance *i)
{
	return &i->host.abi;
}

struct instance_self *instance_worker_open(struct instance *i, struct worker *w)
{
	struct instance_self *s = mem_new(sizeof *s);
	struct enter e;

	s->instance = i;
	s->worker = w;
	s->self = i->self;
	if (i->life.worker_open) {
		enter_begin(&e, i, ENTER_OPEN);
		s->self = i->life.worker_open(i->self, (struct cdt_worker *)(void *)w);
		enter_end(&e);
		s->own = true;
	}
	if (s->own && !s->self) {
		log_error(LOG_PLUGIN, NULL, "plugin gave no self for a worker plugin=%s",
		          i->name);
		mem_free(s);
		return NULL;
	}
	s->tickets = tickets_new(i, w);
	return s;
}

void instance_worker_close(struct instance_self *s)
{
	struct enter e;

	if (!s)
		return;
	if (s->own && s->instance->life.worker_close) {
		enter_begin(&e, s->instance, ENTER_OPEN);
		s->instance->life.worker_close(s->self);
		enter_end(&e);
	}
	tokens_free(s->tokens);
	tickets_close(s->tickets);
	pthread_mutex_lock(&s->instance->lock);
	tickets_park(s->tickets, &s->instance->pools);
	pthread_mutex_unlock(&s->instance->lock);
	mem_free(s);
}

const struct instance *instance_of(const struct instance_self *s)
{
	return s->instance;
}
