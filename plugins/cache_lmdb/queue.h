/* cache_lmdb/queue.h - what waits to be written: bounded, in order, and found by key, so that
 * a hit follows a put at once.
 *
 * Clearing the cache begins another era: what was put before, in the queue or in a segment that
 * had begun, is not given any more.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_LMDB_QUEUE_H
#define CACHE_LMDB_QUEUE_H
#include <conduit/host.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "segment.h"

enum { QUEUE_COUNT_MAX = 16384, QUEUE_BYTES_MAX = 64 << 20, QUEUE_BUCKETS = 4096 };

enum op_kind { OP_PUT, OP_DROP };

struct op {
	enum op_kind kind;
	uint32_t era;
	_Atomic unsigned holders;
	struct op *next;               /* in the order of the calls */
	struct op *older;              /* in its bucket, newest first */
	struct cdt_ticket *ticket;     /* of OP_DROP: done when it is committed */
	uint64_t hash;
	uint8_t key[KEY_SIZE];
	int64_t until_ms;
	size_t n;
	char value[];
};

struct queue {
	pthread_mutex_t lock;          /* guards what follows; the heads are read without */
	struct op *first, **last;
	size_t count, bytes;
	int64_t entries;               /* puts of this era */
	size_t bytes_max;
	size_t urgent_count, urgent_bytes;     /* so much is worth a commit of its own */
	unsigned drops;
	uint32_t era;
	bool closing;
	uint64_t newest;               /* number of the newest segment */
	_Atomic uint64_t cleared;      /* segments up to this number are not read any more */
	struct op *_Atomic bucket[QUEUE_BUCKETS];
	int wake_fd;
};

/* bytes_max: most of it that waits.  False: no descriptors are left. */
bool queue_init(struct queue *q, size_t bytes_max);
void queue_fini(struct queue *q);

/* The bytes of value are copied.  CDT_E_LIMIT: too much is waiting. */
struct entry { const uint8_t *key; uint64_t hash; int64_t until_ms; cdt_str value; };
cdt_status queue_put(struct queue *q, const struct entry *e);
cdt_status queue_drop(struct queue *q, const struct entry *e, struct cdt_ticket *t);

/* False: nothing of that key waits.  *out: the value, op_give gives it back; NULL: dropped. */
bool queue_find(struct queue *q, const struct entry *e, struct op **out);
void op_give(struct op *o);

void queue_clear(struct queue *q);
/* Puts that wait, but for what was cleared. */
int64_t queue_entries(struct queue *q);
void queue_close(struct queue *q);
uint32_t queue_era(struct queue *q);
/* A segment begins: its number, and the era it belongs to. */
uint64_t queue_number(struct queue *q, uint32_t *era);

/* [writer] Waits until there is something to do; false: closing, and nothing is left.  Returns
 * soon for a drop, a clear, or much that waits, else when what waits is pause_ms old. */
bool queue_wait(struct queue *q, uint32_t era, int pause_ms);
/* [writer] So long, or until something is urgent. */
void queue_rest(struct queue *q, int ms);
/* [writer] The first ones, at most max, their values at most bytes (but one in any case). */
size_t queue_peek(struct queue *q, struct op **out, size_t max, size_t bytes);
/* [writer] Takes these first ones out; op_give each. */
void queue_shift(struct queue *q, struct op *const *ops, size_t count);

#endif
