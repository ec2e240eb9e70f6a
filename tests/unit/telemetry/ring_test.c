/* Records between two threads: whole, in order, or counted as dropped.
 * SPDX-License-Identifier: MIT */
#include "telemetry/ring.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

enum { MANY = 20000 };

/* Its texts and attempts differ in size from one to the next. */
static void make(struct telemetry_record *r, int i, char room[256])
{
	int n = snprintf(room, 256, "request-%d-%.*s", i, i % 90,
	                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx");

	*r = (struct telemetry_record){ .wall_ms = i, .attempt_count = (uint32_t)i % 7 };
	r->id = str_from(room, (size_t)n);
	r->content = i % 5 ? CDT_STR("") : r->id;
	for (uint32_t k = 0; k < r->attempt_count; k++)
		r->attempt[k] = (struct telemetry_attempt){
			.target = r->id, .base_url = CDT_STR("http://x"), .start_us = k,
		};
}

static bool same(const struct telemetry_record *a, const struct telemetry_record *b)
{
	bool all = a->wall_ms == b->wall_ms && a->attempt_count == b->attempt_count;

	for (size_t i = 0; all && i < RECORD_TEXTS; i++)
		all = str_eq(a->text[i], b->text[i]);
	for (uint32_t k = 0; all && k < a->attempt_count; k++)
		all = str_eq(a->attempt[k].target, b->attempt[k].target) &&
		      str_eq(a->attempt[k].base_url, b->attempt[k].base_url) &&
		      a->attempt[k].model.n == 0 && a->attempt[k].start_us == k;
	return all;
}

static void what_goes_in_comes_out_in_order(void)
{
	struct telemetry_record in, out;
	char room[256];
	struct record_ring r;
	int put = 0, taken = 0;

	record_ring_init(&r, 16 << 10);
	CU_ASSERT_FALSE(record_ring_look(&r, &out));
	record_ring_pass(&r);                                 /* of nothing */
	while (taken < MANY) {
		make(&in, put, room);
		if (put < MANY && put - taken < 3 + put % 5 && record_ring_put(&r, &in)) {
			put++;
			continue;
		}
		CU_ASSERT_FATAL(record_ring_look(&r, &out));
		make(&in, taken, room);
		CU_ASSERT_FATAL(same(&in, &out));
		record_ring_pass(&r);
		taken++;
	}
	CU_ASSERT_FALSE(record_ring_look(&r, &out));
	record_ring_fini(&r);
}

static void what_does_not_fit_is_counted(void)
{
	struct telemetry_record in, out;
	char room[256], large[8 << 10];
	struct record_ring r;
	uint64_t put = 0;

	record_ring_init(&r, 8 << 10);
	make(&in, 6, room);                            /* with six attempts */
	while (record_ring_put(&r, &in))
		put++;
	CU_ASSERT(put > 2);
	CU_ASSERT_EQUAL(r.dropped, 7);
	make(&in, 7, room);
	in.content = str_from(large, sizeof large);    /* never fits */
	memset(large, 'x', sizeof large);
	CU_ASSERT_FALSE(record_ring_put(&r, &in));
	CU_ASSERT_EQUAL(r.dropped, 8);
	while (record_ring_look(&r, &out)) {
		record_ring_pass(&r);
		put--;
	}
	CU_ASSERT_EQUAL(put, 0);
	CU_ASSERT_FALSE(record_ring_put(&r, &in));
	make(&in, 6, room);
	CU_ASSERT(record_ring_put(&r, &in));                  /* there is room again */
	record_ring_fini(&r);
}

struct putter { struct record_ring *ring; _Atomic bool done; };

static void *put_many(void *arg)
{
	struct putter *p = arg;
	struct telemetry_record in;
	char room[256];

	for (int i = 0; i < MANY; i++) {
		make(&in, i, room);
		in.attempt_count = 0;
		(void)record_ring_put(p->ring, &in);          /* counts what it drops */
	}
	p->done = true;
	return NULL;
}

static void two_threads_lose_nothing_unseen(void)
{
	struct telemetry_record want, out;
	uint64_t taken = 0;
	int64_t last = -1;
	char room[256];
	struct record_ring r;
	struct putter p = { .ring = &r };
	pthread_t thread;

	record_ring_init(&r, 64 << 10);
	pthread_create(&thread, NULL, put_many, &p);
	for (bool done = false, any = true; any || !done;) {
		done = p.done;                         /* then what is there is all */
		any = record_ring_look(&r, &out);
		if (!any)
			continue;
		make(&want, (int)out.wall_ms, room);
		want.attempt_count = 0;
		CU_ASSERT(out.wall_ms > last && same(&want, &out));
		last = out.wall_ms;
		record_ring_pass(&r);
		taken++;
	}
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(taken + atomic_load(&r.dropped), MANY);
	record_ring_fini(&r);
}

static const struct unit_test tests[] = {
	{ "what goes in comes out in order", what_goes_in_comes_out_in_order },
	{ "what does not fit is counted", what_does_not_fit_is_counted },
	{ "two threads lose nothing unseen", two_threads_lose_nothing_unseen },
	{ NULL, NULL },
};
const struct unit_suite telemetry_ring_suite = { "telemetry/ring", tests };
