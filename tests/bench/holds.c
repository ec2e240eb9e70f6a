/* bench/holds.c - what a durable hold and its settlement cost a request, at a steady rate.
 *   holds DIR RATE SECONDS         prints p50, p99 and the longest of both, in microseconds
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "ledger/ledger.h"
#include "loop/worker.h"
#include "store/store.h"

enum { MAP_BYTES = 1 << 30, TICK_MS = 1, KEYS = 50 };

struct bench {
	struct ledger *ledger;
	struct worker *worker;
	struct timer tick;
	uint64_t begin_us, rate, total, sent, done;
	uint32_t *held_us, *settled_us;
};

struct one {
	struct bench *bench;
	struct ledger_hold *hold;
	uint64_t number, at_us;
};

static void on_settled(void *arg)
{
	struct one *o = arg;
	struct bench *b = o->bench;

	b->settled_us[o->number] = (uint32_t)(clock_us() - o->at_us);
	mem_free(o);
	if (++b->done == b->total)
		worker_stop(b->worker);
}

static void on_held(void *arg, enum ledger_answer a, uint32_t refused)
{
	struct one *o = arg;
	struct entry e = { .kind = ENTRY_POST, .reason = REASON_REPORTED, .amount = 500 };
	uint64_t now_us = clock_us();

	(void)refused;
	if (a != LEDGER_GRANTED)
		abort();
	o->bench->held_us[o->number] = (uint32_t)(now_us - o->at_us);
	o->at_us = now_us;
	ledger_settle(o->hold, &e, NULL, on_settled, o);
}

static void send_one(struct bench *b)
{
	const int64_t limits[2] = { INT64_MAX, INT64_MAX };
	struct hold h = { .amount = 1000, .account_count = 2 };
	struct one *o = mem_new(sizeof *o);
	char owner[OWNER_SIZE];

	*o = (struct one){ b, NULL, b->sent++, clock_us() };
	(void)snprintf(owner, sizeof owner, "key%u", (unsigned)(o->number % KEYS));
	for (uint32_t i = 0; i < 2; i++) {
		h.account[i].kind = OWNER_KEY;
		h.account[i].budget = i;
		fixed_text(h.account[i].owner, OWNER_SIZE, str_z(owner));
	}
	o->hold = ledger_hold(b->ledger, &h, limits, b->worker, on_held, o);
}

static void on_tick(void *arg)
{
	struct bench *b = arg;
	uint64_t due = (clock_us() - b->begin_us) * b->rate / 1000000;

	while (b->sent < due && b->sent < b->total)
		send_one(b);
	if (b->sent < b->total)
		timer_set(&b->tick, clock_ms(), TICK_MS);
}

static void start(void *arg)
{
	struct bench *b = arg;

	b->begin_us = clock_us();
	timer_set(&b->tick, clock_ms(), TICK_MS);
}

static int compare(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static void print(const char *what, uint32_t *us, uint64_t n)
{
	qsort(us, n, sizeof *us, compare);
	printf("%s p50 %u p99 %u longest %u us\n", what, us[n / 2], us[n - 1 - n / 100],
	       us[n - 1]);
}

int main(int argc, char **argv)
{
	static const struct ledger_policy policy = { .charge_all = false };
	struct bench b = { .worker = worker_new(0) };
	char why[256] = "usage: holds DIR RATE SECONDS";
	struct store *s = argc == 4 ? store_open(argv[1], MAP_BYTES, why) : NULL;
	struct book_sums sums;

	b.ledger = s ? ledger_open(s, &policy, 1, why) : NULL;
	if (!b.ledger) {
		(void)fprintf(stderr, "holds: %s\n", why);
		return 2;
	}
	b.rate = strtoull(argv[2], NULL, 10);
	b.total = b.rate * strtoull(argv[3], NULL, 10);
	b.held_us = mem_new_array(b.total, sizeof *b.held_us);
	b.settled_us = mem_new_array(b.total, sizeof *b.settled_us);
	timer_init(&b.tick, b.worker, on_tick, &b);
	worker_post(b.worker, start, &b);
	worker_run(b.worker);
	if (ledger_verify(b.ledger, &sums, why) != CDT_OK || sums.entries != b.total)
		abort();
	for (uint64_t i = 0; i < b.total; i++)         /* before they are sorted apart */
		b.settled_us[i] += b.held_us[i];
	print("hold          ", b.held_us, b.total);
	print("hold and settle", b.settled_us, b.total);
	printf("%" PRIu64 " commits for %" PRIu64 " requests\n", store_counts(s).commits,
	       b.total);
	timer_fini(&b.tick);
	store_close(s);
	ledger_close(b.ledger);
	worker_free(b.worker);
	mem_free(b.held_us);
	mem_free(b.settled_us);
	return 0;
}
