/* limit/bucket.h - one token bucket in whole numbers.  Knows time and counts, not keys.  One
 * thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef LIMIT_BUCKET_H
#define LIMIT_BUCKET_H
#include "conduit/base.h"

#include <stdbool.h>

/* A unit (a request, a token) is period_ms parts, so a bucket of max units a period gains max
 * parts in each millisecond: no fraction, nothing is ever rounded.  It holds at most max units;
 * so in any window of w ms at most max + max * w / period_ms units are let through. */
struct bucket {
	int64_t level;                 /* parts; below zero: a debt, refilled first */
	int64_t max, period_ms;        /* max 0: has not been set */
	uint64_t at_ms;                /* of the level */
};

/* Before all else: the bucket as it is at now_ms, with this maximum.  A new bucket is full; one
 * whose maximum changes keeps what was taken from it.  Time that goes back is no time. */
void bucket_refill(struct bucket *b, int64_t max, int64_t period_ms, uint64_t now_ms);
/* What n units ask for: more than the whole bucket can not be asked for. */
int64_t bucket_need(const struct bucket *b, int64_t n);
bool bucket_has(const struct bucket *b, int64_t n);
/* Below zero, if it must; n below 0 gives back.  Never above the maximum. */
void bucket_take(struct bucket *b, int64_t n);
/* How long until it has n units; 0: it has. */
uint64_t bucket_wait_ms(const struct bucket *b, int64_t n);
/* Whole units that are there. */
int64_t bucket_left(const struct bucket *b);

#endif
