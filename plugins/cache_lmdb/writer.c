/* cache_lmdb/writer.c - the one thread that writes: commits what waits, a batch at a time,
 * begins a segment when the newest is full.
 *
 * Trouble with the disk costs the batch, and a second without writing; then it goes on in
 * another segment.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE                            /* sigset_t */
#include "cache.h"

#include <signal.h>
#include <stdio.h>

enum { PAUSE_MS = 100, REST_MS = 1000, PAGE = 4096, PAGES_OF_BATCH = 16, BATCH_MIN = 64 };
enum { BYTES_OF_BATCH = 8 };

struct segment *cache_newest(const struct cache *c)
{
	return c->shelf.count ? c->shelf.segment[0] : NULL;
}

/* --- one operation, inside a transaction --- */

static int put(struct cache *c, MDB_txn *txn, const struct op *o)
{
	const struct kept k = { o->until_ms, o->value, o->n };

	return segment_put(cache_newest(c), txn, o->key, &k);
}

/* The copy in another segment can not be taken out of it: it is hidden. */
static int drop(struct cache *c, MDB_txn *txn, const struct op *o)
{
	static const struct kept nothing = { 0, "", 0 };
	struct loan l;
	int rc = segment_remove(cache_newest(c), txn, o->key);

	if (rc || !reader_begin(&c->reader, o->key, o->hash, 0, 1, &l))
		return rc;
	rc = l.kept.until_ms ? segment_put(cache_newest(c), txn, o->key, &nothing) : 0;
	reader_end(&c->reader, &l);
	return rc;
}

static int apply(struct cache *c, MDB_txn *txn, const struct op *o)
{
	/* Put before the cache was cleared, into a segment that began after it. */
	if (o->era != cache_newest(c)->era)
		return 0;
	return o->kind == OP_PUT ? put(c, txn, o) : drop(c, txn, o);
}

/* --- batches --- */

static int commit(struct cache *c, size_t count)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(cache_newest(c)->env, NULL, 0, &txn);

	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		rc = apply(c, txn, c->batch[i]);
		if (rc) {
			mdb_txn_abort(txn);
			return rc;
		}
	}
	return segment_commit(cache_newest(c), txn);
}

static void settle(struct cache *c, size_t count, cdt_status st)
{
	queue_shift(&c->queue, c->batch, count);
	for (size_t i = 0; i < count; i++) {
		struct cdt_ticket *t = c->batch[i]->ticket;

		if (st != CDT_OK && c->batch[i]->kind == OP_PUT)
			atomic_fetch_add_explicit(&c->refused, 1, memory_order_relaxed);
		if (t)
			t->api->done(t, st, CDT_STR(""));
		op_give(c->batch[i]);
	}
}

static void fail(struct cache *c, int rc)
{
	char text[160];

	atomic_fetch_add_explicit(&c->failures, 1, memory_order_relaxed);
	atomic_store_explicit(&c->resting, true, memory_order_relaxed);
	c->full = true;
	(void)snprintf(text, sizeof text, "writing failed, nothing new is kept until it can be "
	               "written again: %s", mdb_strerror(rc));
	if (!c->failing)
		c->host->log(c->host, CDT_LOG_WARN, text);
	c->failing = true;
}

static void succeed(struct cache *c)
{
	if (c->failing)
		c->host->log(c->host, CDT_LOG_INFO, "writing works again");
	c->failing = false;
}

/* What was put after a clear goes into a segment that was begun after it. */
static bool has_room(const struct cache *c, uint32_t era)
{
	return cache_newest(c) && !c->full && (int32_t)(cache_newest(c)->era - era) >= 0;
}

static int begin_segment(struct cache *c)
{
	uint32_t era;
	uint64_t number = queue_number(&c->queue, &era);
	int rc = shelf_begin(&c->shelf, number, era);

	c->full = rc != 0;
	return rc;
}

/* Those of one era, from the front. */
static size_t same_era(const struct cache *c, size_t count)
{
	size_t n = 1;

	while (n < count && c->batch[n]->era == c->batch[0]->era)
		n++;
	return n < count ? n : count;
}

/* How many are settled then; *rc tells why it was in vain. */
static size_t write_some(struct cache *c, size_t count, int *rc)
{
	bool fresh = false;

	count = same_era(c, count);
	if (c->batch[0]->era != queue_era(&c->queue))
		return count;                          /* cleared before it was written */
	while (count) {
		if (!has_room(c, c->batch[0]->era) && !fresh) {
			*rc = begin_segment(c);
			fresh = !*rc;
			if (*rc)
				return count;
		}
		*rc = commit(c, count);
		if (*rc != MDB_MAP_FULL && *rc != MDB_TXN_FULL)
			return count;
		if (*rc == MDB_MAP_FULL && !fresh) {
			c->full = true;                /* and again, into the next one */
			continue;
		}
		if (count == 1)
			return count;
		count /= 2;
	}
	return count;
}

static void write_batch(struct cache *c)
{
	size_t count = queue_peek(&c->queue, c->batch, c->batch_max, c->batch_bytes_max);
	int rc = 0;

	if (!count)
		return;
	count = write_some(c, count, &rc);
	if (rc)
		fail(c, rc);
	else
		succeed(c);
	shelf_count(&c->shelf);
	settle(c, count, rc ? CDT_E_UPSTREAM : CDT_OK);
}

/* The era that a clear began. */
static void follow_clear(struct cache *c)
{
	uint32_t era = queue_era(&c->queue);

	shelf_drop_to(&c->shelf,
	              atomic_load_explicit(&c->queue.cleared, memory_order_acquire));
	c->era = era;
}

static void *run(void *arg)
{
	struct cache *c = arg;

	while (queue_wait(&c->queue, c->era, PAUSE_MS)) {
		if (queue_era(&c->queue) != c->era)
			follow_clear(c);
		write_batch(c);
		while (rescue_some(c))
			write_batch(c);
		if (atomic_load_explicit(&c->resting, memory_order_relaxed))
			queue_rest(&c->queue, REST_MS);
		atomic_store_explicit(&c->resting, false, memory_order_relaxed);
	}
	return NULL;
}

/* A commit copies a page for nearly each key, and those that it replaces come free two commits
 * later: many small entries at once would take the room of many others. */
static void size_batches(struct cache *c)
{
	size_t pages = c->shelf.share_bytes / PAGE, max = pages / PAGES_OF_BATCH;

	c->batch_max = max < BATCH_MIN ? BATCH_MIN : max < BATCH_MAX ? max : BATCH_MAX;
	c->batch_bytes_max = c->shelf.share_bytes / BYTES_OF_BATCH < BATCH_BYTES_MAX
	                     ? c->shelf.share_bytes / BYTES_OF_BATCH : BATCH_BYTES_MAX;
	c->queue.urgent_count = c->batch_max;
	c->queue.urgent_bytes = c->batch_bytes_max;
}

bool writer_start(struct cache *c)
{
	sigset_t all, old;
	int failed;

	size_batches(c);
	reader_init(&c->reader, &c->shelf);
	sigfillset(&all);                              /* signals are the gateway's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&c->writer, NULL, run, c);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!failed)
		return true;
	reader_fini(&c->reader);
	return false;
}

void writer_stop(struct cache *c)
{
	queue_close(&c->queue);
	(void)pthread_join(c->writer, NULL);           /* it is there */
	reader_fini(&c->reader);
}
