/* Figures of what has ended since the last look, and records handed over by threads.
 * SPDX-License-Identifier: MIT */
#include "usage/tape.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"
#include "usage/record.h"

static const struct tape_end one = { TAPE_NONE, true, 100, 40, 7, 1500, 1000, 200, 30 };

static void nothing_has_no_times(void)
{
	struct tape *t = tape_new();
	struct tape_figures f;

	tape_read(t, &f);
	CU_ASSERT(f.requests == 0 && f.cost == 0 && f.streams == 0);
	for (int s = 0; s < TAPE_SPANS; s++)
		for (int r = 0; r < TAPE_RANKS; r++)
			CU_ASSERT(f.us[s][r] == -1);
	tape_free(t);
	tape_free(NULL);
	tape_close(NULL);
}

static void lanes_are_summed_and_read_once(void)
{
	struct tape *t = tape_new();
	struct tape_lane *a = tape_open(t), *b = tape_open(t);
	struct tape_end failed = { TAPE_PROVIDER, false, -1, -1, -1, 0, 500, -1, 20 };
	struct tape_figures f;

	tape_count(a, &one);
	tape_count(b, &one);
	tape_count(b, &failed);
	tape_stream(a, true);
	tape_stream(b, true);
	tape_read(t, &f);
	CU_ASSERT(f.requests == 3 && f.hits == 2 && f.faults[TAPE_NONE] == 2);
	CU_ASSERT(f.faults[TAPE_PROVIDER] == 1 && f.faults[TAPE_GONE] == 0);
	CU_ASSERT(f.input == 200 && f.cached == 80 && f.output == 14 && f.cost == 3000);
	CU_ASSERT(f.streams == 2);
	tape_stream(b, false);
	tape_read(t, &f);
	CU_ASSERT(f.requests == 0 && f.cost == 0 && f.us[TAPE_TOTAL][TAPE_P50] == -1);
	CU_ASSERT(f.streams == 1);                     /* of now, not since */
	tape_close(a);
	tape_close(b);
	tape_free(t);
}

static bool is_near(int64_t got, int64_t wanted)
{
	return got >= wanted - wanted / 8 && got <= wanted + wanted / 8;
}

static void times_are_known_within_an_eighth(void)
{
	static const int64_t times[] = { 0, 1, 7, 8, 9, 100, 1023, 1024, 4096, 123456, 70000000,
	                                 INT64_C(4294967295) };
	struct tape *t = tape_new();
	struct tape_lane *l = tape_open(t);
	struct tape_end e = one;
	struct tape_figures f;

	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		e.total_us = times[i];
		tape_count(l, &e);
		tape_read(t, &f);
		for (int r = 0; r < TAPE_RANKS; r++)
			CU_ASSERT(is_near(f.us[TAPE_TOTAL][r], times[i]));
	}
	e.total_us = INT64_MAX;                        /* the last bucket has it */
	tape_count(l, &e);
	tape_read(t, &f);
	CU_ASSERT(f.us[TAPE_TOTAL][TAPE_P50] > INT64_C(3900000000));
	for (int i = 1; i <= 1000; i++) {
		e.total_us = i * 1000;
		tape_count(l, &e);
	}
	tape_read(t, &f);
	CU_ASSERT(is_near(f.us[TAPE_TOTAL][TAPE_P50], 500000));
	CU_ASSERT(is_near(f.us[TAPE_TOTAL][TAPE_P95], 950000));
	CU_ASSERT(is_near(f.us[TAPE_TOTAL][TAPE_P99], 990000));
	tape_close(l);
	tape_free(t);
}

/* --- records --- */

static void record(struct tape_lane *l, int64_t n)
{
	struct usage_record r = { .wall_ms = n, .id = CDT_STR("id"), .outcome = CDT_STR("OK") };

	struct usage_sheaf *sheaf = NULL;
	struct usage_post *p = usage_post_into(&sheaf, &r);

	tape_record(l, p);
	usage_post_free(p);                            /* the tape has its share */
	usage_sheaf_give(sheaf);
}

struct seen { int64_t last[2], count; bool ordered; };

static void see(void *arg, const struct usage_record *r)
{
	struct seen *s = arg;
	int64_t lane = r->wall_ms % 2;

	s->ordered &= r->wall_ms > s->last[lane] && str_is(r->id, "id");
	s->last[lane] = r->wall_ms;
	s->count++;
}

static void records_come_only_when_wanted_and_no_more_than_asked(void)
{
	struct tape *t = tape_new();
	struct tape_lane *l = tape_open(t);
	struct seen s = { .ordered = true };

	record(l, 2);
	CU_ASSERT(tape_records(t, 10, see, &s) == 0 && s.count == 0);
	tape_want(t, true);
	for (int64_t i = 1; i <= 5; i++)
		record(l, i * 2);
	CU_ASSERT(tape_records(t, 3, see, &s) == 2);
	CU_ASSERT(s.count == 3 && s.last[0] == 6 && s.ordered);
	for (int64_t i = 10; i < 1000; i++)
		record(l, i * 2);
	s.count = 0;
	CU_ASSERT(tape_records(t, 2000, see, &s) == 990 - 256);        /* nobody looked */
	CU_ASSERT(s.count == 256 && s.ordered);
	record(l, 5000);
	tape_want(t, false);
	record(l, 5002);
	CU_ASSERT(tape_records(t, 10, see, &s) == 0 && s.count == 257);
	tape_want(t, true);
	record(l, 6000);                               /* freed with its lane */
	tape_close(l);
	tape_free(t);
}

enum { EACH = 20000 };
struct writer { struct tape_lane *lane; int64_t first; _Atomic bool done; };

static void *write_many(void *arg)
{
	struct writer *w = arg;

	for (int64_t i = 0; i < EACH; i++) {
		tape_count(w->lane, &one);
		record(w->lane, w->first + 2 * i);
	}
	atomic_store(&w->done, true);
	return NULL;
}

static void threads_lose_nothing_untold(void)
{
	struct tape *t = tape_new();
	struct writer w[2] = { { .lane = tape_open(t), .first = 2 },
	                       { .lane = tape_open(t), .first = 1 } };
	struct seen s = { .ordered = true };
	uint64_t lost = 0, requests = 0;
	struct tape_figures f;
	pthread_t thread[2];
	bool done;

	tape_want(t, true);
	for (int i = 0; i < 2; i++)
		CU_ASSERT(pthread_create(&thread[i], NULL, write_many, &w[i]) == 0);
	do {
		done = atomic_load(&w[0].done) && atomic_load(&w[1].done);
		lost += tape_records(t, 100, see, &s);
		tape_read(t, &f);
		requests += f.requests;
	} while (!done);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT(pthread_join(thread[i], NULL) == 0);
		tape_close(w[i].lane);
	}
	CU_ASSERT(s.ordered && s.count > 0);
	CU_ASSERT((uint64_t)s.count + lost == UINT64_C(2) * EACH);
	CU_ASSERT(requests == UINT64_C(2) * EACH);
	tape_free(t);
}

static const struct unit_test tests[] = {
	{ "nothing has no times", nothing_has_no_times },
	{ "lanes are summed, and read once", lanes_are_summed_and_read_once },
	{ "times are known within an eighth", times_are_known_within_an_eighth },
	{ "records come only when wanted, and no more than asked",
	  records_come_only_when_wanted_and_no_more_than_asked },
	{ "threads lose nothing untold", threads_lose_nothing_untold },
	{ NULL, NULL },
};
const struct unit_suite usage_tape_suite = { "usage/tape", tests };
