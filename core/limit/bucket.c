/* limit/bucket.c - the arithmetic of one token bucket: integers, saturating, exact.
 * SPDX-License-Identifier: MIT */
#include "limit/bucket.h"

/* No debt is deeper: about 10^9 tokens over a limit of minutes that allows the most. */
#define LEVEL_MIN (INT64_MIN / 4)

static int64_t times(int64_t a, int64_t b)
{
	int64_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return (a < 0) == (b < 0) ? INT64_MAX : INT64_MIN;
	return product;
}

static int64_t plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int64_t full(const struct bucket *b)
{
	return b->max * b->period_ms;          /* config/limits.c: fits */
}

static void set_level(struct bucket *b, int64_t level)
{
	int64_t most = full(b);

	b->level = level > most ? most : level < LEVEL_MIN ? LEVEL_MIN : level;
}

static void change(struct bucket *b, int64_t max, int64_t period_ms)
{
	int64_t before = b->max * period_ms;

	b->period_ms = period_ms;
	b->max = max;
	set_level(b, plus(b->level, max * period_ms - before));
}

void bucket_refill(struct bucket *b, int64_t max, int64_t period_ms, uint64_t now_ms)
{
	uint64_t gone_ms = now_ms > b->at_ms ? now_ms - b->at_ms : 0;

	if (!b->max) {
		*b = (struct bucket){ max * period_ms, max, period_ms, now_ms };
		return;
	}
	if (gone_ms) {
		/* What was gained until now was gained at the maximum of then. */
		set_level(b, plus(b->level,
		                  times(b->max, gone_ms < INT64_MAX ? (int64_t)gone_ms
		                                                    : INT64_MAX)));
		b->at_ms = now_ms;
	}
	if (b->max != max)
		change(b, max, period_ms);
}

int64_t bucket_need(const struct bucket *b, int64_t n)
{
	return n < b->max ? n : b->max;
}

bool bucket_has(const struct bucket *b, int64_t n)
{
	return b->level >= times(n, b->period_ms);
}

void bucket_take(struct bucket *b, int64_t n)
{
	int64_t parts = times(n, b->period_ms);

	set_level(b, parts == INT64_MIN ? INT64_MAX : plus(b->level, -parts));
}

uint64_t bucket_wait_ms(const struct bucket *b, int64_t n)
{
	int64_t lacking = plus(times(n, b->period_ms), -b->level);

	if (lacking <= 0)
		return 0;
	return ((uint64_t)lacking + (uint64_t)b->max - 1) / (uint64_t)b->max;
}

int64_t bucket_left(const struct bucket *b)
{
	return b->level > 0 ? b->level / b->period_ms : 0;
}
