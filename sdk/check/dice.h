/* check/dice.h - random numbers that are the same in every run with the same seed.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_DICE_H
#define CHECK_DICE_H
#include <stddef.h>
#include <stdint.h>

struct dice { uint64_t state; };

static inline uint64_t dice_next(struct dice *d)       /* splitmix64 */
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 <= r < n; 0 when n is 0. */
static inline size_t dice_below(struct dice *d, size_t n)
{
	return n ? (size_t)(dice_next(d) % n) : 0;
}

#endif
