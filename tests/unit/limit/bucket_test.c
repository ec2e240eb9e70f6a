/* The arithmetic of one token bucket: exact against a slow model that lives through every
 * millisecond, never above its promise, and safe at the ends of the numbers.
 * SPDX-License-Identifier: MIT */
#include "limit/bucket.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/limits.h"
#include "unit/unit.h"

enum { MINUTE = 60000, DAY = 86400000, SEEDS = 40, STEPS = 400 };

static struct bucket fresh(int64_t max, int64_t period_ms, uint64_t now_ms)
{
	struct bucket b = { .level = 0 };

	bucket_refill(&b, max, period_ms, now_ms);
	return b;
}

static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % below;
}

static void a_new_bucket_is_full_and_empties(void)
{
	struct bucket b = fresh(3, MINUTE, 1000);

	for (int i = 3; i > 0; i--) {
		CU_ASSERT_EQUAL(bucket_left(&b), i);
		CU_ASSERT_TRUE(bucket_has(&b, 1));
		bucket_take(&b, 1);
	}
	CU_ASSERT_FALSE(bucket_has(&b, 1));
	CU_ASSERT_EQUAL(bucket_wait_ms(&b, 1), 20000);
	CU_ASSERT_EQUAL(bucket_wait_ms(&b, 3), 60000);
	bucket_refill(&b, 3, MINUTE, 20999);
	CU_ASSERT_FALSE(bucket_has(&b, 1));
	CU_ASSERT_EQUAL(bucket_wait_ms(&b, 1), 1);
	bucket_refill(&b, 3, MINUTE, 21000);
	CU_ASSERT_TRUE(bucket_has(&b, 1));
	bucket_refill(&b, 3, MINUTE, 500000);
	CU_ASSERT_EQUAL(bucket_left(&b), 3);
}

static void a_bucket_of_a_day_gains_one_request_in_its_share_of_it(void)
{
	struct bucket b = fresh(7, DAY, 0);

	bucket_take(&b, 7);
	/* A seventh of a day is no whole number of milliseconds. */
	CU_ASSERT_EQUAL(bucket_wait_ms(&b, 1), 12342858);
	for (uint64_t now = 0; now < 12342857; now += 977)
		bucket_refill(&b, 7, DAY, now);
	bucket_refill(&b, 7, DAY, 12342857);
	CU_ASSERT_FALSE(bucket_has(&b, 1));
	bucket_refill(&b, 7, DAY, 12342858);
	CU_ASSERT_TRUE(bucket_has(&b, 1));
	bucket_refill(&b, 7, DAY, DAY);
	CU_ASSERT_TRUE(bucket_has(&b, 7));
}

static void a_debt_is_refilled_first(void)
{
	struct bucket b = fresh(100, MINUTE, 0);

	bucket_take(&b, 250);
	CU_ASSERT_EQUAL(bucket_left(&b), 0);
	CU_ASSERT_EQUAL(bucket_wait_ms(&b, 1), 90600);
	bucket_refill(&b, 100, MINUTE, 90600);
	CU_ASSERT_TRUE(bucket_has(&b, 1));
	CU_ASSERT_FALSE(bucket_has(&b, 2));
	bucket_take(&b, -50);
	CU_ASSERT_EQUAL(bucket_left(&b), 51);
	bucket_take(&b, -500);
	CU_ASSERT_EQUAL(bucket_left(&b), 100);
}

static void a_new_maximum_keeps_what_was_taken(void)
{
	struct bucket b = fresh(10, MINUTE, 0);

	bucket_take(&b, 8);
	bucket_refill(&b, 20, MINUTE, 0);
	CU_ASSERT_EQUAL(bucket_left(&b), 12);
	bucket_refill(&b, 5, MINUTE, 0);
	CU_ASSERT_EQUAL(bucket_left(&b), 0);
	CU_ASSERT_EQUAL(bucket_wait_ms(&b, 1), 48000);
	bucket_refill(&b, 10, MINUTE, 0);
	CU_ASSERT_EQUAL(bucket_left(&b), 2);
}

static void time_that_goes_back_gives_nothing(void)
{
	struct bucket b = fresh(60, MINUTE, 100000);

	bucket_take(&b, 60);
	bucket_refill(&b, 60, MINUTE, 50000);
	CU_ASSERT_EQUAL(bucket_left(&b), 0);
	bucket_refill(&b, 60, MINUTE, 101000);
	CU_ASSERT_EQUAL(bucket_left(&b), 1);
}

static void more_than_the_whole_asks_for_the_whole(void)
{
	struct bucket b = fresh(10, MINUTE, 0);

	CU_ASSERT_EQUAL(bucket_need(&b, 11), 10);
	CU_ASSERT_EQUAL(bucket_need(&b, 9), 9);
}

static void the_ends_of_the_numbers_are_safe(void)
{
	int64_t most = limit_rows[LIMIT_TPM].most;
	struct bucket b = fresh(most, MINUTE, 0);

	bucket_take(&b, INT64_MAX);
	CU_ASSERT_EQUAL(bucket_left(&b), 0);
	CU_ASSERT_TRUE(bucket_wait_ms(&b, most) > 0);
	bucket_refill(&b, most, MINUTE, UINT64_MAX);
	CU_ASSERT_EQUAL(bucket_left(&b), most);
	bucket_take(&b, INT64_MIN);
	CU_ASSERT_EQUAL(bucket_left(&b), most);
	b = fresh(limit_rows[LIMIT_RPD].most, DAY, 0);
	CU_ASSERT_EQUAL(bucket_left(&b), limit_rows[LIMIT_RPD].most);
	for (int i = 0; i < 100; i++)
		bucket_take(&b, INT64_MAX / 2);
	CU_ASSERT_FALSE(bucket_has(&b, 1));
	bucket_refill(&b, 1, DAY, 1);
	CU_ASSERT_FALSE(bucket_has(&b, 1));
}

/* Lives one millisecond after the other, in sixtieths of thousandths of units. */
struct model { int64_t parts, max; uint64_t at_ms; };

static void model_live(struct model *m, uint64_t now_ms)
{
	for (; m->at_ms < now_ms; m->at_ms++)
		if (m->parts + m->max <= m->max * MINUTE)
			m->parts += m->max;
		else
			m->parts = m->max * MINUTE;
}

struct taken { uint64_t at_ms; int64_t n; };

/* In no window more than the maximum and what is gained in it. */
static bool promise_is_kept(const struct taken *t, size_t count, int64_t max)
{
	for (size_t i = 0; i < count; i++) {
		int64_t sum = 0;

		for (size_t k = i; k < count; k++) {
			sum += t[k].n;
			if (sum * MINUTE > max * MINUTE +
			                   max * (int64_t)(t[k].at_ms - t[i].at_ms))
				return false;
		}
	}
	return true;
}

/* One request at now; true when both let it through. */
static bool step(struct bucket *b, struct model *m, int64_t n, uint64_t now)
{
	bool fits;

	model_live(m, now);
	bucket_refill(b, m->max, MINUTE, now);
	fits = m->parts >= n * MINUTE;
	CU_ASSERT_EQUAL(bucket_has(b, n), fits);
	if (fits) {
		bucket_take(b, n);
		m->parts -= n * MINUTE;
	}
	return fits;
}

static void any_schedule_is_that_of_the_slow_model(void)
{
	static struct taken taken[STEPS];

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		uint64_t state = seed, now = draw(&state, 1000000);
		int64_t max = 1 + draw(&state, 300);
		struct bucket b = fresh(max, MINUTE, now);
		struct model m = { max * MINUTE, max, now };
		size_t count = 0;

		for (int i = 0; i < STEPS; i++) {
			int64_t n = 1 + draw(&state, (uint32_t)max);

			now += draw(&state, 4) ? draw(&state, 300) : draw(&state, 20000);
			if (step(&b, &m, n, now))
				taken[count++] = (struct taken){ now, n };
		}
		CU_ASSERT_TRUE(promise_is_kept(taken, count, max));
		CU_ASSERT_TRUE(count > 0 && count < STEPS);
	}
}

static void what_it_says_to_wait_is_exact(void)
{
	uint64_t state = 99;

	for (int i = 0; i < 2000; i++) {
		int64_t max = 1 + draw(&state, 5000), n = 1 + draw(&state, (uint32_t)max);
		struct bucket b = fresh(max, i % 2 ? MINUTE : DAY, 0), early;
		uint64_t wait;

		bucket_take(&b, max + draw(&state, 100));
		bucket_refill(&b, max, b.period_ms, draw(&state, 5000));
		wait = bucket_wait_ms(&b, n);
		if (!wait)
			continue;
		early = b;
		bucket_refill(&early, max, b.period_ms, b.at_ms + wait - 1);
		CU_ASSERT_FALSE(bucket_has(&early, n));
		bucket_refill(&b, max, b.period_ms, b.at_ms + wait);
		CU_ASSERT_TRUE(bucket_has(&b, n));
	}
}

static const struct unit_test tests[] = {
	{ "a new bucket is full and empties", a_new_bucket_is_full_and_empties },
	{ "a bucket of a day gains one request in its share of it",
	  a_bucket_of_a_day_gains_one_request_in_its_share_of_it },
	{ "a debt is refilled first", a_debt_is_refilled_first },
	{ "a new maximum keeps what was taken", a_new_maximum_keeps_what_was_taken },
	{ "time that goes back gives nothing", time_that_goes_back_gives_nothing },
	{ "more than the whole asks for the whole", more_than_the_whole_asks_for_the_whole },
	{ "the ends of the numbers are safe", the_ends_of_the_numbers_are_safe },
	{ "any schedule is that of the slow model", any_schedule_is_that_of_the_slow_model },
	{ "what it says to wait is exact", what_it_says_to_wait_is_exact },
	{ NULL, NULL }
};
const struct unit_suite limit_bucket_suite = { "limit/bucket", tests };
