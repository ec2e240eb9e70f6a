/* check/desk.h - one thread's side of a cache backend: a worker whose loop this thread turns,
 * the self that the backend gave it, and what it was asked for.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_DESK_H
#define CHECK_DESK_H
#include "base/digest.h"
#include "base/list.h"
#include "loop/worker.h"
#include "plugin/cache.h"

/* A key and the value that is kept under it: n bytes that follow from seed. */
struct item {
	uint8_t key[SHA256_SIZE];
	uint64_t seed;
	size_t n;
};
/* Nobody has used its key before, in this run or another. */
struct item item_new(size_t n);
/* Another value for the same key. */
void item_change(struct item *i, size_t n);

struct desk {
	struct worker *worker;
	struct instance_self *self;
	struct timer alarm;
	struct list open;                      /* of struct op: they wait for their answer */
	bool turning, silent;                  /* silent: an answer never came */
};

struct op {
	struct list link;
	struct desk *desk;
	const struct item *item;
	struct ticket *wait;
	unsigned times;
	cdt_status st;                         /* CDT_E_ABORTED before the answer */
	bool same;                             /* CDT_OK, and the item's value */
	size_t n;                              /* of the value that came */
};

void desk_init(struct desk *d, struct worker *w);
void desk_fini(struct desk *d);

/* Answered later, or already.  op and item live until then. */
void desk_get(struct desk *d, struct op *op, const struct item *i);
void desk_put(struct desk *d, struct op *op, const struct item *i, uint32_t ttl_s);
void desk_drop(struct desk *d, struct op *op, const struct item *i);
/* Until all are answered; false: some are not after seconds, and are forgotten. */
bool desk_settle(struct desk *d);
/* Nobody waits for them any more. */
void desk_forget(struct desk *d);
/* Lets time pass. */
void desk_turn(struct desk *d, uint64_t ms);

#endif
