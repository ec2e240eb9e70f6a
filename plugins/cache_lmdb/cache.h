/* cache_lmdb/cache.h - one cache: its shelf, its queue and the thread between them.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_LMDB_CACHE_H
#define CACHE_LMDB_CACHE_H
#include "queue.h"
#include "shelf.h"

/* As many as one commit takes at most. */
enum { BATCH_MAX = 4096, BATCH_BYTES_MAX = 8 << 20 };

/* How far the oldest segment was searched for what is used. */
struct rescue { uint64_t number; bool over; uint8_t next[KEY_SIZE]; size_t bytes; };

struct cache {
	const struct cdt_host *host;
	struct shelf shelf;
	struct queue queue;
	size_t value_max_bytes;
	_Atomic int64_t refused, failures;
	_Atomic bool resting;                  /* the disk failed a moment ago */
	/* The writer's. */
	pthread_t writer;
	struct reader reader;
	struct op *batch[BATCH_MAX];
	size_t batch_max, batch_bytes_max;     /* so much, for segments of this size */
	uint32_t era;                          /* that the shelf is of */
	struct rescue rescue;
	bool full;                             /* the newest segment */
	bool failing;                          /* the last commit failed, and that was logged */
};

/* NULL: none could be begun so far. */
struct segment *cache_newest(const struct cache *c);

/* [writer] One commit of entries that the oldest segment would take with it, though they are
 * used.  False: there is no need, or no more. */
bool rescue_some(struct cache *c);

/* False: there is no thread to be had. */
bool writer_start(struct cache *c);
/* All that waits is written. */
void writer_stop(struct cache *c);

#endif
