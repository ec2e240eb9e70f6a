/* unit/usage/many.h - many records, always the same ones, in a store of their own.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_USAGE_MANY_H
#define UNIT_USAGE_MANY_H
#include "store/store.h"
#include "usage/query.h"

enum { MANY = 1500 };
#define MANY_NOW_MS INT64_C(1795322005123)     /* 2026-11-22T04:33:25.123Z */

struct many {
	char *dir;
	struct store *store;
	struct usage_record record[MANY];
	char ids[MANY][16];
};

/* Times of the last 40 days, a third of them of the last two hours, in no order. */
struct many *many_new(void);
void many_free(struct many *m);
/* Opens the store again. */
void many_reopen(struct many *m);
void many_put(struct store *s, const struct usage_record *r);
/* So many like it, each later by each_ms. */
void many_put_more(struct store *s, struct usage_record like, size_t count, int64_t each_ms);

#endif
