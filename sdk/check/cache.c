/* check/cache.c - what every cache backend has to do, tried on a real host: a value comes back
 * whole and under its own key or not at all, and each operation is answered once.  That a
 * backend forgets is fine, but not everything and not at once.
 * SPDX-License-Identifier: MIT */
#include "check/ward.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { LONG_S = 600, SHORT_S = 1, SHORT_MS = 1000, SLACK_MS = 250, COMES_MAX_MS = 3000,
       COMES_EACH_MS = 20, MANY = 10000, FEW = 1000, ROUNDS = 2000, SMALL = 100, USUAL = 4096,
       LARGE = 1 << 20, TOO_LARGE = 65 << 20 };

static const char never[] = "an operation was not answered in five seconds";

/* --- one operation after the other --- */

static struct op settled(struct ward *w, struct op *op)
{
	if (!desk_settle(&w->desk[0]))
		ward_fail(w, "%s", never);
	return *op;
}

static struct op put(struct ward *w, const struct item *i, uint32_t ttl_s)
{
	struct op op;

	desk_put(&w->desk[0], &op, i, ttl_s);
	return settled(w, &op);
}

static struct op get(struct ward *w, const struct item *i)
{
	struct op op;

	desk_get(&w->desk[0], &op, i);
	return settled(w, &op);
}

static void keep(struct ward *w, const struct item *i, uint32_t ttl_s)
{
	struct op op = put(w, i, ttl_s);

	if (op.st != CDT_OK)
		ward_fail(w, "put of %zu bytes ended with status %d", i->n, op.st);
}

/* What was kept a moment ago. */
static void find(struct ward *w, const struct item *i)
{
	struct op op = get(w, i);

	if (op.st == CDT_E_ABSENT)
		ward_fail(w, "put kept %zu bytes (CDT_OK), and get does not find them: is the "
		             "backend there at all?", i->n);
	else if (op.st != CDT_OK)
		ward_fail(w, "get of what put has kept ended with status %d", op.st);
	else if (op.n != i->n)
		ward_fail(w, "get gave %zu bytes of the %zu that were kept", op.n, i->n);
	else if (!op.same)
		ward_fail(w, "get gave other bytes than were kept");
}

static void miss(struct ward *w, const struct item *i, const char *what)
{
	struct op op = get(w, i);

	if (op.st == CDT_OK)
		ward_fail(w, "get gave %zu bytes for %s", op.n, what);
	else if (op.st != CDT_E_ABSENT)
		ward_fail(w, "get ended with status %d for %s, not with CDT_E_ABSENT", op.st,
		          what);
}

/* One behind a network refuses what it is given until it has reached its server. */
static void comes(struct ward *w, struct desk *d)
{
	uint64_t until_ms = clock_ms() + COMES_MAX_MS;
	struct item i = item_new(SMALL);
	struct op op;

	for (;;) {
		desk_put(d, &op, &i, LONG_S);
		if (!desk_settle(d) || op.st == CDT_OK || clock_ms() >= until_ms)
			break;
		desk_turn(d, COMES_EACH_MS);
	}
	if (op.st != CDT_OK)
		ward_fail(w, "put still ends with status %d after %d ms: is its server there?",
		          op.st, COMES_MAX_MS);
}

static void begins(struct ward *w)
{
	for (size_t k = 0; k < STAGE_WORKERS; k++)
		comes(w, &w->desk[k]);
}

static void misses(struct ward *w)
{
	struct item i = item_new(SMALL);

	miss(w, &i, "a key that nobody has kept");
}

static void keeps(struct ward *w)
{
	static const size_t sizes[] = { 1, SMALL, USUAL, USUAL + 1 };

	for (size_t k = 0; k < sizeof sizes / sizeof *sizes && !w->why[0]; k++) {
		struct item i = item_new(sizes[k]);

		keep(w, &i, LONG_S);
		find(w, &i);
		find(w, &i);
	}
}

/* Refused (then what was there may stay) or kept, but never a part of it. */
static void keeps_or_refuses(struct ward *w, size_t n)
{
	struct item small = item_new(SMALL), i = small;
	struct op op = put(w, &small, LONG_S), kept;

	item_change(&i, n);
	kept = put(w, &i, LONG_S);
	op = get(w, &i);
	if (kept.st == CDT_OK && n <= LARGE && op.st != CDT_OK)
		ward_fail(w, "put kept %zu bytes (CDT_OK), get ended with status %d", n, op.st);
	if (op.st != CDT_OK || op.same)
		return;
	op = get(w, &small);
	if (kept.st == CDT_OK || !op.same)
		ward_fail(w, "put of %zu bytes ended with status %d, get gave %zu others", n,
		          kept.st, op.n);
}

static void keeps_large_ones(struct ward *w)
{
	keeps_or_refuses(w, LARGE);
}

static void keeps_too_large_ones(struct ward *w)
{
	keeps_or_refuses(w, TOO_LARGE);
	keeps(w);
}

static void overwrites(struct ward *w)
{
	static const size_t sizes[] = { USUAL, SMALL, USUAL, USUAL };
	struct item i = item_new(1);

	for (size_t k = 0; k < sizeof sizes / sizeof *sizes && !w->why[0]; k++) {
		item_change(&i, sizes[k]);
		keep(w, &i, LONG_S);
		find(w, &i);
	}
}

static void drops(struct ward *w)
{
	struct item i = item_new(SMALL);
	struct op op;

	keep(w, &i, LONG_S);
	desk_drop(&w->desk[0], &op, &i);
	op = settled(w, &op);
	if (op.st != CDT_OK)
		ward_fail(w, "drop ended with status %d", op.st);
	miss(w, &i, "what was dropped");
	desk_drop(&w->desk[0], &op, &i);
	op = settled(w, &op);
	if (op.st != CDT_OK && op.st != CDT_E_ABSENT)
		ward_fail(w, "drop of what is not there ended with status %d", op.st);
}

static void expires(struct ward *w)
{
	struct item i = item_new(SMALL), longer = item_new(SMALL);
	uint64_t before_ms = clock_ms();

	keep(w, &longer, UINT32_MAX);
	keep(w, &i, SHORT_S);
	if (clock_ms() - before_ms < SHORT_MS / 2)
		find(w, &i);
	desk_turn(&w->desk[0], SHORT_MS + SLACK_MS);
	miss(w, &i, "what was kept for one second, a second later");
	find(w, &longer);
}

/* --- many --- */

/* The number of those that were found; what is found must be right. */
static size_t look_at(struct ward *w, const struct op *ops, size_t n)
{
	size_t found = 0;

	for (size_t k = 0; k < n; k++) {
		found += ops[k].st == CDT_OK;
		if (ops[k].st == CDT_OK && !ops[k].same)
			ward_fail(w, "get gave %zu bytes that are not what was kept under its "
			             "key (%zu bytes)", ops[k].n, ops[k].item->n);
	}
	return found;
}

static void takes_many(struct ward *w)
{
	struct item *items = mem_new_array(MANY, sizeof *items);
	struct op *ops = mem_new_array(MANY, sizeof *ops);
	size_t kept = 0, found;

	for (size_t k = 0; k < MANY; k++) {
		items[k] = item_new(SMALL + k % FEW);
		desk_put(&w->desk[0], &ops[k], &items[k], LONG_S);
	}
	if (!desk_settle(&w->desk[0]))
		ward_fail(w, "%s", never);
	for (size_t k = 0; k < MANY; k++)
		kept += ops[k].st == CDT_OK;
	for (size_t k = 0; k < MANY; k++)
		desk_get(&w->desk[0], &ops[k], &items[k]);
	if (!desk_settle(&w->desk[0]))
		ward_fail(w, "%s", never);
	found = look_at(w, ops, MANY);
	if (!found)
		ward_fail(w, "of %d puts at once %zu were kept, and none is found", MANY, kept);
	mem_free(items);
	mem_free(ops);
}

static void is_forgotten(struct ward *w)
{
	struct item *items = mem_new_array(FEW, sizeof *items);
	struct op *puts = mem_new_array(FEW, sizeof *puts);
	struct op *gets = mem_new_array(FEW, sizeof *gets);

	for (size_t k = 0; k < FEW; k++) {
		items[k] = item_new(SMALL);
		desk_put(&w->desk[0], &puts[k], &items[k], LONG_S);
		desk_get(&w->desk[0], &gets[k], &items[k]);
		desk_forget(&w->desk[0]);
	}
	(void)look_at(w, gets, FEW);                   /* those that were answered at once */
	mem_free(items);
	mem_free(puts);
	mem_free(gets);
	keeps(w);
}

/* What one of two workers does: both keep the same items, and look at them. */
struct shift {
	struct desk *desk;
	struct item *items;                            /* of both */
	size_t wrong, found, first;
};

static void *work(void *arg)
{
	struct shift *s = arg;

	for (size_t k = 0; k < ROUNDS && !s->desk->silent; k++) {
		struct op put_op, get_op;

		desk_put(s->desk, &put_op, &s->items[(s->first + k) % FEW], LONG_S);
		desk_get(s->desk, &get_op, &s->items[(s->first + k * 7) % FEW]);
		(void)desk_settle(s->desk);            /* desk->silent says it */
		s->found += get_op.st == CDT_OK;
		s->wrong += get_op.st == CDT_OK && !get_op.same;
	}
	return NULL;
}

static void serves_two(struct ward *w)
{
	struct item *items = mem_new_array(FEW, sizeof *items);
	struct shift one = { .desk = &w->desk[0], .items = items };
	struct shift two = { .desk = &w->desk[1], .items = items, .first = FEW / 2 };
	pthread_t thread;

	for (size_t k = 0; k < FEW; k++)
		items[k] = item_new(SMALL + k);
	if (pthread_create(&thread, NULL, work, &two) == 0) {
		(void)work(&one);
		pthread_join(thread, NULL);
	} else {
		ward_fail(w, "no thread can be made");
	}
	if (w->desk[0].silent || w->desk[1].silent)
		ward_fail(w, "%s", never);
	if (one.wrong + two.wrong)
		ward_fail(w, "%zu gets gave what was not kept under their key",
		          one.wrong + two.wrong);
	if (!one.found || !two.found)
		ward_fail(w, "a worker found nothing of what it had kept");
	mem_free(items);
}

/* --- the end of a worker, operators --- */

static void closes_early(struct ward *w)
{
	struct desk *d = &w->desk[1];
	struct item *items = mem_new_array(FEW, sizeof *items);
	struct op *ops = mem_new_array(FEW, sizeof *ops);

	for (size_t k = 0; k < FEW; k++) {
		items[k] = item_new(SMALL);
		desk_get(d, &ops[k], &items[k]);
	}
	instance_worker_close(d->self);
	list_init(&d->open);                           /* no answer comes any more */
	desk_turn(d, SLACK_MS);
	d->self = instance_worker_open(w->instance, d->worker);
	if (!d->self)
		ward_fail(w, "worker_open gave no self the second time");
	mem_free(items);
	mem_free(ops);
	keeps(w);
}

static void is_cared_for(struct ward *w)
{
	struct item i = item_new(SMALL);
	struct cdt_cache_stats s;
	cdt_status st;

	keep(w, &i, LONG_S);
	cache_stats(w->instance, &s);
	if (s.entries == 0)
		ward_fail(w, "stats says that there are no entries, after a put");
	if (s.bytes_max > 0 && s.bytes > s.bytes_max)
		ward_fail(w, "stats says that there are %lld bytes of at most %lld",
		          (long long)s.bytes, (long long)s.bytes_max);
	st = cache_clear(w->instance);
	if (st == CDT_E_UNSUPPORTED)
		return;
	if (st != CDT_OK)
		ward_fail(w, "clear ended with status %d", st);
	miss(w, &i, "what was there when the cache was cleared");
	keeps(w);
}

const struct ward_step cache_steps[] = {
	{ "takes entries", begins }, { "a miss", misses },
	{ "kept and given back", keeps }, { "a megabyte", keeps_large_ones },
	{ "overwritten", overwrites }, { "dropped", drops }, { "its time is over", expires },
	{ "ten thousand at once", takes_many }, { "nobody waits", is_forgotten },
	{ "two workers", serves_two }, { "a worker closes under way", closes_early },
	{ "too large", keeps_too_large_ones }, { "stats and clear", is_cared_for },
	{ NULL, NULL },
};
