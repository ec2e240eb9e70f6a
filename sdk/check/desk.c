/* check/desk.c - asks a cache backend as the gateway does, and compares what it gives.
 * SPDX-License-Identifier: MIT */
#include "check/desk.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"

enum { WAIT_MAX_MS = 5000, WORD_BYTES = 8 };

/* --- items --- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* The value's bytes from at on; returns how many of them are in out. */
static size_t piece(const struct item *i, size_t at, char out[WORD_BYTES])
{
	uint64_t word = mix(i->seed + at);

	memcpy(out, &word, WORD_BYTES);
	return i->n - at < WORD_BYTES ? i->n - at : WORD_BYTES;
}

static char *value_new(const struct item *i)
{
	char *all = mem_new(i->n + WORD_BYTES);

	for (size_t at = 0; at < i->n; at += WORD_BYTES)
		(void)piece(i, at, all + at);      /* the last one may write past n */
	return all;
}

static bool is_value(const struct item *i, cdt_str v)
{
	char wanted[WORD_BYTES];

	if (v.n != i->n)
		return false;
	for (size_t at = 0; at < v.n; at += WORD_BYTES)
		if (memcmp(v.p + at, wanted, piece(i, at, wanted)) != 0)
			return false;
	return true;
}

struct item item_new(size_t n)
{
	struct item i = { .n = n };

	rand_bytes(i.key, sizeof i.key);
	rand_bytes(&i.seed, sizeof i.seed);
	return i;
}

void item_change(struct item *i, size_t n)
{
	i->seed = mix(i->seed + n + 1);
	i->n = n;
}

/* --- operations --- */

static void on_alarm(void *arg)
{
	worker_stop(((struct desk *)arg)->worker);
}

void desk_init(struct desk *d, struct worker *w)
{
	*d = (struct desk){ .worker = w };
	list_init(&d->open);
	timer_init(&d->alarm, w, on_alarm, d);
}

void desk_fini(struct desk *d)
{
	timer_fini(&d->alarm);
}

static void on_answer(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct op *op = arg;
	struct desk *d = op->desk;

	(void)lasts_ms;
	op->times++;
	op->st = st;
	op->n = value.n;
	op->same = st == CDT_OK && is_value(op->item, value);
	list_remove(&op->link);
	if (d->turning && list_empty(&d->open))
		worker_stop(d->worker);
}

static struct cache_order begin(struct desk *d, struct op *op, const struct item *i)
{
	*op = (struct op){ .desk = d, .item = i, .st = CDT_E_ABORTED };
	list_push(&d->open, &op->link);
	return (struct cache_order){
		{ (const char *)i->key, sizeof i->key }, on_answer, op };
}

static void asked(struct op *op, cdt_status st)
{
	if (st != CDT_OK)
		on_answer(op, st, CDT_STR(""), 0);
}

void desk_get(struct desk *d, struct op *op, const struct item *i)
{
	struct cache_order o = begin(d, op, i);

	asked(op, cache_get(d->self, &o, &op->wait));
}

/* The value is gone when put has returned, and spoiled before: who keeps a pointer is found. */
void desk_put(struct desk *d, struct op *op, const struct item *i, uint32_t ttl_s)
{
	struct cache_order o = begin(d, op, i);
	uint8_t key[sizeof i->key];
	char *value = value_new(i);

	memcpy(key, i->key, sizeof key);
	o.key.p = (const char *)key;
	asked(op, cache_put(d->self, &o, str_from(value, i->n), ttl_s, &op->wait));
	memset(key, 0, sizeof key);
	memset(value, '#', i->n);
	mem_free(value);
}

void desk_drop(struct desk *d, struct op *op, const struct item *i)
{
	struct cache_order o = begin(d, op, i);

	asked(op, cache_drop(d->self, &o, &op->wait));
}

void desk_forget(struct desk *d)
{
	LIST_EACH(link, &d->open) {
		struct op *op = LIST_OF(link, struct op, link);

		list_remove(link);
		cache_forget(op->wait);
	}
}

/* --- the loop --- */

bool desk_settle(struct desk *d)
{
	uint64_t now = clock_ms(), until = now + WAIT_MAX_MS;

	d->turning = true;
	for (; !list_empty(&d->open) && now < until; now = clock_ms()) {
		timer_set(&d->alarm, now, until - now);
		worker_run(d->worker);
	}
	d->turning = false;
	timer_stop(&d->alarm);
	if (list_empty(&d->open))
		return true;
	d->silent = true;
	desk_forget(d);
	return false;
}

void desk_turn(struct desk *d, uint64_t ms)
{
	uint64_t now = clock_ms(), until = now + ms;

	for (; now < until; now = clock_ms()) {
		timer_set(&d->alarm, now, until - now);
		worker_run(d->worker);
	}
	timer_stop(&d->alarm);
}
