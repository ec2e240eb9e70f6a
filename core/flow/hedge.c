/* flow/hedge.c - when a second target is asked, and what becomes of the two.
 * SPDX-License-Identifier: MIT */
#include "flow/hedge.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "flow/recall.h"
#include "flow/untold.h"
#include "ledger/money.h"

enum { SAMPLES = 128, SAMPLES_LEAST = 20, EVERY = 16, RECENT = 1 << 14 };

/* Of one model. */
struct pace {
	uint32_t ms[SAMPLES];                  /* of the latest answers */
	uint64_t count;
	uint32_t p95_ms;                       /* 0: too few are known */
	uint64_t requests, hedged;             /* halved now and then */
};
struct hedges { struct map paces; };

struct hedges *hedges_new(void)
{
	struct hedges *h = mem_new(sizeof *h);

	map_init(&h->paces);
	return h;
}

void hedges_free(struct hedges *h)
{
	size_t it = 0;
	cdt_str name;
	void *pace;

	if (!h)
		return;
	while (map_next(&h->paces, &it, &name, &pace))
		mem_free(pace);
	map_fini(&h->paces);
	mem_free(h);
}

/* --- when --- */

static struct pace *pace_of(struct exchange *x)
{
	struct map *paces = &flow_hedges(x->flow)->paces;
	struct pace *p = map_find(paces, x->route->name);

	if (!p) {
		p = mem_new(sizeof *p);
		(void)map_put(paces, x->route->name, p);       /* models: the configuration's */
	}
	return p;
}

static int by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void learn(struct pace *p, uint64_t took_ms)
{
	uint32_t sorted[SAMPLES];
	size_t n;

	p->ms[p->count++ % SAMPLES] = took_ms < UINT32_MAX ? (uint32_t)took_ms : UINT32_MAX;
	n = p->count < SAMPLES ? (size_t)p->count : SAMPLES;
	if (n < SAMPLES_LEAST || p->count % EVERY)
		return;
	memcpy(sorted, p->ms, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, by_size);
	p->p95_ms = sorted[n * 95 / 100] + 1;
}

static const struct config_hedge *rule_of(const struct exchange *x)
{
	const struct config_hedge *h = x->route->model ? &x->route->model->hedge : NULL;

	return h && h->most_millionths && !x->ask.stream ? h : NULL;
}

static bool is_allowed(const struct pace *p, const struct config_hedge *rule)
{
	return (p->hedged + 1) * 1000000 <= p->requests * rule->most_millionths;
}

/* Another target that is ready. */
static const struct candidate *second_of(const struct exchange *x)
{
	for (size_t i = 0; i < x->candidate_count; i++) {
		const struct candidate *c = &x->candidates[i];

		if (c->target != x->tried->target && c->sight == HEALTH_READY &&
		    items_suit(x, c))
			return c;
	}
	return NULL;
}

static void on_time(void *arg)
{
	struct exchange *x = arg, *twin;
	struct pace *pace = pace_of(x);
	const struct candidate *c = second_of(x);

	if (!x->attempt || !x->request || x->twin || !c || !is_allowed(pace, rule_of(x)))
		return;
	twin = exchange_twin(x);
	twin->candidates = c;
	twin->candidate_count = 1;
	twin->twin = x;
	x->twin = twin;
	pace->hedged++;
	flow_count_retry(x, c->target, "hedge");
	attempt_hedge(twin);
}

void hedge_arm(struct exchange *x)
{
	const struct config_hedge *rule = rule_of(x);
	struct pace *p;
	uint32_t after_ms;

	if (!rule || x->attempts != 1 || x->twin || x->ask.routing->no_fallback)
		return;
	p = pace_of(x);
	if (++p->requests > RECENT) {
		p->requests /= 2;
		p->hedged /= 2;
	}
	after_ms = rule->after_ms ? rule->after_ms : p->p95_ms;
	if (!after_ms)
		return;
	timer_init(&x->hedge_timer, flow_worker(x->flow), on_time, x);
	timer_set(&x->hedge_timer, clock_ms(), after_ms);
}

void hedge_disarm(struct exchange *x)
{
	if (x->hedge_timer.worker)
		timer_stop(&x->hedge_timer);
}

/* --- what becomes of the two --- */

static struct exchange *part(struct exchange *x)
{
	struct exchange *other = x->twin;

	x->twin = other->twin = NULL;
	return other;
}

/* So many of x's, behind the n that are there. */
static uint32_t add_attempts(struct usage_attempt all[ATTEMPTS_MAX], uint32_t n,
                             const struct exchange *x)
{
	for (uint32_t k = 0; k < x->attempts && n < ATTEMPTS_MAX; k++)
		all[n++] = x->tries ? x->tries[k] : (struct usage_attempt){ .cost = 0 };
	return n;
}

/* What from has done is into's, too.  into's attempts stand last: one of them may be under way,
 * and the last is the one that answers. */
static void merge(struct exchange *into, const struct exchange *from)
{
	struct usage_attempt all[ATTEMPTS_MAX];
	uint32_t n;

	if (!money_add(into->cost, from->cost, &into->cost))
		into->cost = INT64_MAX;
	untold_merge(into, from);
	into->estimated |= from->estimated;
	into->held = from->held > into->held ? from->held : into->held;
	n = add_attempts(all, 0, from);
	n = add_attempts(all, n, into);
	if (!into->tries)
		into->tries = arena_take(&into->arena, sizeof all);
	if (into->tries)
		memcpy(into->tries, all, n * sizeof *all);
	into->attempts = n;
}

/* Nobody wants its answer. */
static void leave(struct exchange *x)
{
	x->overtaken = true;
	hedge_disarm(x);
	charge_abandon(x);
	limit_attempt_end(x, false);
	live_leave(x);
}

/* Client, limits and the rest of the candidates pass from the first to its twin. */
static void inherit(struct exchange *twin, struct exchange *first)
{
	twin->request = first->request;
	first->request = NULL;
	twin->lease = first->lease;
	twin->serving_lease = first->serving_lease;
	first->lease.count = first->serving_lease.count = 0;
	recall_inherit(twin, first);
	twin->candidates = first->candidates;
	twin->candidate_count = first->candidate_count;
	twin->candidate_next = first->candidate_next;
	twin->waited_us += twin->attempt_us - first->attempt_us;       /* it was waited for */
	twin->is_hedge = false;
	exchange_keep(twin, first);
	relay_watch(twin);
}

void hedge_won(struct exchange *x)
{
	struct exchange *other;

	hedge_disarm(x);
	if (rule_of(x) && !x->problem.cause)
		learn(pace_of(x), (clock_us() - x->attempt_us) / 1000);
	if (!x->twin)
		return;
	other = part(x);
	leave(other);
	merge(x, other);
	if (x->is_hedge)
		inherit(x, other);
	else
		exchange_free(other);
}

bool hedge_lost(struct exchange *x)
{
	struct exchange *other;

	if (!x->twin)
		return false;
	other = part(x);
	merge(other, x);
	limit_attempt_end(x, false);
	live_leave(x);
	if (x->is_hedge)
		exchange_free(x);
	else
		inherit(other, x);
	return true;
}

void hedge_drop(struct exchange *x)
{
	struct exchange *other;

	hedge_disarm(x);
	if (!x->twin)
		return;
	other = part(x);
	leave(other);
	merge(x, other);
	exchange_free(other);
}
