/* usage/tally.h - sums by time and names, gathered while sums are read.  Private to the room.
 * One thread.
 * SPDX-License-Identifier: MIT */
#ifndef USAGE_TALLY_H
#define USAGE_TALLY_H
#include "usage/inside.h"

struct tally_row {
	uint32_t bucket, name[USAGE_DIMS], spare;      /* 0 where it is not asked by */
	int64_t sum[USAGE_SUM_COUNT];
};
struct tally {
	struct tally_row *rows;
	size_t count, room;
	uint32_t *slots;                       /* 1 + place in rows; 0 = free */
	size_t slot_count;                     /* a power of two */
};
void tally_init(struct tally *t);
void tally_fini(struct tally *t);
/* The row of these, made when it is not there; NULL: it would be one too many.  Good until
 * the next call. */
struct tally_row *tally_at(struct tally *t, uint32_t bucket, const uint32_t name[USAGE_DIMS]);

#endif
