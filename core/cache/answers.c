/* cache/answers.c - the backend: opened once, asked with a deadline, never waited for when it
 * keeps something.
 * SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "cache/cache.h"
#include "plugin/cache.h"
#include "store/store.h"

enum { SCRATCH_KEEP = 256 << 10 };     /* one large answer must not stay for ever */
enum { PATH_MAX_BYTES = 4096, WHY_SIZE = 256 };
enum { COUNTS = sizeof(struct answers_counts) / sizeof(int64_t) };

struct answers {
	struct instance *backend;              /* NULL: none */
	struct marks *marks;
	struct flights *flights;
	_Atomic int64_t counts[COUNTS];        /* members of answers_counts */
};

struct desk {
	struct answers *answers;
	struct worker *worker;
	struct instance_self *self;            /* NULL: no backend, or not on this worker */
	struct fingerprints *fingerprints;
	struct buf scratch;
};

/* What a backend finds in options of these names when the operator gave none. */
static struct json *usual_options(const struct config_cache *c, const char *state_dir)
{
	struct json *usual = json_new_map();
	char path[PATH_MAX_BYTES];

	(void)snprintf(path, sizeof path, "%s/cache", state_dir);
	json_set_give(usual, "size", json_new_i64((int64_t)c->size));
	json_set_give(usual, "path", json_new_text(str_z(path)));
	return usual;
}

static struct marks *open_marks(struct store *store, const struct config_cache *c,
                                struct config_report *report)
{
	char why[WHY_SIZE];
	struct marks *m = marks_open(store, clock_wall_ms(), why);

	if (!m)
		config_report_error(report, c->origin, "%s", why);
	return m;
}

struct answers *answers_new(struct registry *plugins, const struct config_cache *c,
                            struct store *store, struct config_report *report)
{
	struct answers *a = mem_new(sizeof *a);
	struct json *usual = usual_options(c, store_dir(store));
	struct instance_order order = {
		.kind = "cache", .type = c->type, .name = c->type, .options = &c->options,
		.usual = usual, .at = c->origin,
	};

	if (c->type)
		a->backend = instance_open(plugins, &order, report);
	json_free(usual);
	if (a->backend || !c->type)
		a->marks = open_marks(store, c, report);
	if (!a->marks) {
		instance_close(a->backend);
		mem_free(a);
		return NULL;
	}
	a->flights = flights_new();
	return a;
}

void answers_free(struct answers *a)
{
	if (!a)
		return;
	instance_close(a->backend);
	marks_close(a->marks);
	flights_free(a->flights);
	mem_free(a);
}

const struct instance *answers_backend(const struct answers *a)
{
	return a->backend;
}

struct marks *answers_marks(const struct answers *a)
{
	return a->marks;
}

void answers_count(struct answers *a, const struct answers_counts *more)
{
	int64_t by[COUNTS];

	memcpy(by, more, sizeof by);
	for (size_t i = 0; i < COUNTS; i++)
		if (by[i])
			atomic_fetch_add_explicit(&a->counts[i], by[i], memory_order_relaxed);
}

void answers_counts(struct answers *a, struct answers_counts *out)
{
	int64_t now[COUNTS];

	for (size_t i = 0; i < COUNTS; i++)
		now[i] = a->counts[i];
	memcpy(out, now, sizeof now);
}

struct desk *desk_open(struct answers *a, struct worker *w)
{
	struct desk *d = mem_new(sizeof *d);

	d->answers = a;
	d->worker = w;
	d->self = a->backend ? instance_worker_open(a->backend, w) : NULL;
	d->fingerprints = fingerprints_new();
	buf_init(&d->scratch, FLIGHT_BYTES_MAX);
	return d;
}

void desk_close(struct desk *d)
{
	if (!d)
		return;
	if (d->self)
		instance_worker_close(d->self);
	fingerprints_free(d->fingerprints);
	buf_fini(&d->scratch);
	mem_free(d);
}

bool desk_keeps(const struct desk *d)
{
	return d->self != NULL;
}

struct answers *desk_answers(const struct desk *d)
{
	return d->answers;
}

struct flights *desk_flights(const struct desk *d)
{
	return d->answers->flights;
}

struct fingerprints *desk_fingerprints(const struct desk *d)
{
	return d->fingerprints;
}

struct buf *desk_scratch(struct desk *d)
{
	if (d->scratch.room > SCRATCH_KEEP)
		buf_fini(&d->scratch);
	buf_clear(&d->scratch);
	return &d->scratch;
}

static cdt_str key_str(const uint8_t key[KEPT_KEY_SIZE])
{
	return (cdt_str){ (const char *)key, KEPT_KEY_SIZE };
}

/* --- looking --- */

static void on_value(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct look *l = arg;

	(void)lasts_ms;
	l->wait = NULL;
	timer_fini(&l->deadline);
	l->found(l->arg, st == CDT_OK && value.n ? value : (cdt_str){ NULL, 0 });
}

static void on_deadline(void *arg)
{
	struct look *l = arg;

	desk_forget(l);
	l->found(l->arg, (cdt_str){ NULL, 0 });
}

bool desk_look(struct desk *d, const uint8_t key[KEPT_KEY_SIZE], uint32_t deadline_ms,
               struct look *l)
{
	struct cache_order o = { key_str(key), on_value, l };

	l->wait = NULL;
	if (!d->self || cache_get(d->self, &o, &l->wait) != CDT_OK) {
		l->found(l->arg, (cdt_str){ NULL, 0 });
		return true;
	}
	if (!l->wait)
		return true;
	if (!deadline_ms)
		return false;
	timer_init(&l->deadline, d->worker, on_deadline, l);
	timer_set(&l->deadline, clock_ms(), deadline_ms);
	return false;
}

void desk_forget(struct look *l)
{
	if (!l->wait)
		return;
	cache_forget(l->wait);
	l->wait = NULL;
	timer_fini(&l->deadline);
}

/* --- keeping --- */

static void on_kept(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	(void)arg;
	(void)value;
	(void)lasts_ms;
	if (st != CDT_OK && st != CDT_E_ABSENT)
		log_debug(LOG_CACHE, NULL, "an answer was not kept status=%d", st);
}

void desk_keep(struct desk *d, const uint8_t key[KEPT_KEY_SIZE], cdt_str value, int64_t ttl_ms)
{
	struct cache_order o = { key_str(key), on_kept, NULL };
	int64_t ttl_s = (ttl_ms + 999) / 1000;
	const struct answers_counts one = { .stored = 1 };
	struct ticket *wait;

	if (d->self && ttl_s > 0 &&
	    cache_put(d->self, &o, value, ttl_s < UINT32_MAX ? (uint32_t)ttl_s : UINT32_MAX,
	              &wait) == CDT_OK)
		answers_count(d->answers, &one);
}

void desk_drop(struct desk *d, const uint8_t key[KEPT_KEY_SIZE])
{
	struct cache_order o = { key_str(key), on_kept, NULL };
	struct ticket *wait;

	if (d->self)
		(void)cache_drop(d->self, &o, &wait);
}
