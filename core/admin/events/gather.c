/* admin/events/gather.c - what is new: asked of the rooms that know it, and put into the ring.
 * SPDX-License-Identifier: MIT */
#include "admin/events/events.h"

#include <string.h>

#include "admin/listing.h"
#include "admin/usage.h"
#include "base/clock.h"
#include "base/str.h"
#include "ledger/money.h"
#include "usage/tape.h"

/* Of records in a quarter of a second: more than anybody reads, and little work under load. */
enum { RECORDS_MAX = 64, ENTRIES_MAX = 64, NAME_MAX_BYTES = 512 };
enum { PART_BYTES = 48 << 10 };        /* of requests in one event, about */
enum { ARENA_FIRST = 4096, ARENA_MAX = 1 << 20 };

static struct router *router_of(const struct events *e)
{
	return e->admin->parts.ops->router(e->admin->parts.arg);
}

static void begin(struct events *e, struct jsonw *w)
{
	char text[CLOCK_TEXT_SIZE];

	buf_clear(&e->text);
	jsonw_init(w, &e->text);
	jsonw_open(w, '{');
	jsonw_put_z(w, "time", clock_text(clock_wall_ms(), text));
}

static void finish(struct events *e, struct jsonw *w, enum topic t, uint64_t now_ms)
{
	jsonw_close(w);
	if (jsonw_status(w) == CDT_OK)
		ring_put(e->ring, t, buf_str(&e->text), now_ms);
	else
		ring_skip(e->ring, t);
	buf_clear(&e->text);
}

/* --- figures --- */

static void put_quantiles(struct jsonw *w, const char *name, const int64_t us[TAPE_RANKS])
{
	static const char *const ranks[TAPE_RANKS] = { "p50", "p95", "p99" };

	jsonw_key(w, name);
	jsonw_open(w, '{');
	for (int i = 0; i < TAPE_RANKS; i++)
		list_put_known(w, ranks[i], us[i]);
	jsonw_close(w);
}

static void put_faults(struct jsonw *w, const struct tape_figures *f)
{
	jsonw_key(w, "errors");
	jsonw_open(w, '{');
	for (enum tape_fault k = TAPE_NONE + 1; k < TAPE_FAULT_COUNT; k++)
		if (f->faults[k])
			jsonw_put_i64(w, tape_fault_name(k), (int64_t)f->faults[k]);
	jsonw_close(w);
}

static void add_inflight(struct map *sums, const struct target *t, uint64_t now_ms)
{
	uintptr_t sum = (uintptr_t)map_find(sums, t->provider);
	struct reading now;

	figures_merge(t->figures, now_ms, &now);
	if (now.inflight)
		(void)map_put(sums, t->provider, (void *)(sum + now.inflight));    /* was sum */
}

/* How many requests each provider has; several routes may lead to one target. */
static void sum_inflight(const struct router *router, struct map *sums, uint64_t now_ms)
{
	static const char here[] = "";
	void *seen = (void *)(uintptr_t)here;
	const struct route *r;
	struct map names;

	map_init_lent(&names);
	for (size_t i = 0; (r = router_at(router, i)); i++)
		for (size_t k = 0; k < r->target_count; k++)
			if (!map_put(&names, r->targets[k]->name, seen))
				add_inflight(sums, r->targets[k], now_ms);
	map_fini(&names);
}

static void put_inflight(struct events *e, struct jsonw *w, uint64_t now_ms)
{
	struct map sums;
	cdt_str name;
	void *value;
	size_t it = 0;

	map_init(&sums);
	if (e->wanted_ms[TOPIC_STATS])
		sum_inflight(router_of(e), &sums, now_ms);
	jsonw_key(w, "inflight");
	jsonw_open(w, '{');
	while (map_next(&sums, &it, &name, &value)) {
		char text[NAME_MAX_BYTES];
		size_t n = name.n < sizeof text ? name.n : sizeof text - 1;

		memcpy(text, name.p, n);
		text[n] = '\0';
		jsonw_put_i64(w, text, (int64_t)(uintptr_t)value);
	}
	jsonw_close(w);
	map_fini(&sums);
}

void gather_stats(struct events *e, uint64_t now_ms)
{
	char usd[MONEY_TEXT_SIZE];
	struct admin_status status;
	struct tape_figures f;
	struct jsonw w;

	tape_read(e->admin->parts.tape, &f);
	e->admin->parts.ops->status(e->admin->parts.arg, &status);
	begin(e, &w);
	jsonw_put_i64(&w, "requests", (int64_t)f.requests);
	put_faults(&w, &f);
	jsonw_put_i64(&w, "input_tokens", f.input);
	jsonw_put_i64(&w, "output_tokens", f.output);
	jsonw_put_i64(&w, "cached_tokens", f.cached);
	jsonw_put_z(&w, "cost_usd", money_text(f.cost, usd));
	put_quantiles(&w, "latency_us", f.us[TAPE_TOTAL]);
	put_quantiles(&w, "ttft_us", f.us[TAPE_FIRST]);
	list_put_known(&w, "overhead_p99_us", f.us[TAPE_OVERHEAD][TAPE_P99]);
	jsonw_put_i64(&w, "streams", f.streams);
	jsonw_put_i64(&w, "active", (int64_t)status.active);
	put_inflight(e, &w, now_ms);
	jsonw_put_i64(&w, "cache_hits", (int64_t)f.hits);
	finish(e, &w, TOPIC_STATS, now_ms);
}

/* --- requests --- */

struct batch {
	struct events *events;
	struct arena arena;
	size_t count;
	uint64_t now_ms;
};

/* One alone is told as it is, several as a list. */
static void put_batch(struct batch *b)
{
	struct buf *text = &b->events->text;
	cdt_str json;

	if (b->count > 1)
		buf_add_c(text, ']');
	json = buf_str(text);
	if (b->count && text->status == CDT_OK)
		ring_put(b->events->ring, TOPIC_REQUESTS, b->count == 1 ? str_skip(json, 1)
		                                                        : json, b->now_ms);
	else if (b->count)
		ring_skip(b->events->ring, TOPIC_REQUESTS);
	buf_clear(text);
	b->count = 0;
}

static void on_record(void *arg, const struct usage_record *r)
{
	struct batch *b = arg;
	struct jsonw w;
	struct sheet s = { .arena = &b->arena, .w = &w };

	buf_add_c(&b->events->text, b->count ? ',' : '[');
	jsonw_init(&w, &b->events->text);
	usage_put_record(&s, r);
	b->count++;
	if (b->events->text.n > PART_BYTES)
		put_batch(b);
}

void gather_requests(struct events *e, uint64_t now_ms)
{
	struct batch b = { .events = e, .now_ms = now_ms };
	uint64_t lost;

	buf_clear(&e->text);
	arena_init(&b.arena, ARENA_FIRST, ARENA_MAX);
	lost = tape_records(e->admin->parts.tape, RECORDS_MAX, on_record, &b);
	put_batch(&b);
	arena_fini(&b.arena);
	if (!lost)
		return;
	viewers_feed(e, now_ms);               /* those that there are, before the gap */
	ring_skip(e->ring, TOPIC_REQUESTS);
}

/* --- health --- */

static void put_sight(struct events *e, const struct target *t, size_t i, uint64_t now_ms,
                      enum health_sight was)
{
	struct jsonw w;

	begin(e, &w);
	jsonw_put_text(&w, "target", t->name);
	jsonw_put_text(&w, "provider", t->provider);
	jsonw_put_text(&w, "model", t->model);
	jsonw_put_z(&w, "was", health_sight_name(was));
	jsonw_put_z(&w, "state", health_sight_name(target_sight(t, i, now_ms, 0)));
	jsonw_key(&w, "credential");
	list_put_credential(&w, t, i, now_ms);
	finish(e, &w, TOPIC_HEALTH, now_ms);
}

static void look_at(struct events *e, const struct target *t, size_t i, uint64_t now_ms)
{
	const char *id = t->config->credential_count ? t->config->credentials[i].id : "";
	uintptr_t sight = (uintptr_t)target_sight(t, i, now_ms, 0) + 1, was;
	char name[NAME_MAX_BYTES];
	size_t n = t->name.n < sizeof name / 2 ? t->name.n : sizeof name / 2;

	memcpy(name, t->name.p, n);
	name[n++] = '\n';
	for (; *id && n < sizeof name; id++)
		name[n++] = *id;
	was = (uintptr_t)map_find(&e->sights, str_from(name, n));
	if (was == sight)
		return;
	(void)map_put(&e->sights, str_from(name, n), (void *)sight);   /* that was `was` */
	if (e->knows_sights)
		put_sight(e, t, i, now_ms, was ? (enum health_sight)(was - 1) : HEALTH_READY);
}

void gather_health(struct events *e, uint64_t now_ms)
{
	const struct route *r;

	for (size_t i = 0; (r = router_at(router_of(e), i)); i++)
		for (size_t k = 0; k < r->target_count; k++)
			for (size_t c = 0; c < credential_count(r->targets[k]->config); c++)
				look_at(e, r->targets[k], c, now_ms);
	e->knows_sights = true;
}

/* --- changes --- */

static void on_entry(void *arg, cdt_str json)
{
	struct events *e = arg;
	struct jsonw w;

	begin(e, &w);
	jsonw_put_z(&w, "type", "audit");
	jsonw_put_raw(&w, "entry", json);
	finish(e, &w, TOPIC_CHANGES, clock_ms());
}

void gather_changes(struct events *e, uint64_t now_ms)
{
	(void)now_ms;
	audit_follow(e->admin->parts.store, e->audit, ENTRIES_MAX, on_entry, e);
}

void events_reloaded(struct events *e, bool good)
{
	struct admin_status status;
	struct jsonw w;

	if (good) {                            /* other targets are there */
		map_fini(&e->sights);
		map_init(&e->sights);
		e->knows_sights = false;
	}
	if (!e->wanted_ms[TOPIC_CHANGES])
		return;
	e->admin->parts.ops->status(e->admin->parts.arg, &status);
	begin(e, &w);
	jsonw_put_z(&w, "type", "reload");
	jsonw_put_flag(&w, "ok", good);
	jsonw_put_i64(&w, "generation", status.generation);
	jsonw_put_z(&w, "last_reload", status.last_reload);
	finish(e, &w, TOPIC_CHANGES, clock_ms());
}

/* --- */

void gather_begin(struct events *e, enum topic t, uint64_t now_ms)
{
	if (t == TOPIC_STATS)
		return;                        /* is always gathered */
	ring_skip(e->ring, t);
	if (t == TOPIC_REQUESTS) {             /* some may be left of those who have gone */
		(void)tape_records(e->admin->parts.tape, 0, on_record, NULL);
		tape_want(e->admin->parts.tape, true);
	}
	if (t == TOPIC_CHANGES)
		audit_end(e->admin->parts.store, e->audit);
	if (t == TOPIC_HEALTH) {
		e->knows_sights = false;
		gather_health(e, now_ms);
	}
}
