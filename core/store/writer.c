/* store/writer.c - the one thread that writes: takes whatever waits, one commit, tells the
 * askers.  What an operation does is its owner's affair.
 * SPDX-License-Identifier: MIT */
#include "store/parts.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "loop/worker.h"

/* A commit holds at most so many operations and bytes, so that LMDB need not spill pages. */
enum { BATCH_MAX = 1024, BATCH_BYTES_MAX = 4 << 20, QUEUE_FIRST = 64 };

struct queue { struct store_op *op; size_t count, room; };

struct writer {
	const struct tables *tables;
	pthread_t thread;
	pthread_mutex_t lock;          /* guards waiting, unfinished, closing */
	pthread_cond_t woken;
	struct queue waiting;
	size_t unfinished;             /* waiting + those the thread works on */
	bool closing;
	/* The thread's own. */
	struct queue active;
	struct store_txn txn;
	cdt_status result[BATCH_MAX];
	bool failing;                  /* the last commit failed, and that was logged */
	bool broken;                   /* the disk failed: nothing is written any more */
	_Atomic uint64_t commits, operations, failed;
};

/* The verdict on its way to a worker. */
struct verdict {
	void (*finished)(void *arg, cdt_status st);
	void *arg;
	cdt_status st;
};

static void deliver(void *arg)
{
	struct verdict *v = arg;

	v->finished(v->arg, v->st);
	mem_free(v);
}

static void tell(const struct store_op *op, cdt_status st)
{
	struct verdict *v;

	if (!op->finished)
		return;
	if (!op->worker) {
		op->finished(op->arg, st);
		return;
	}
	v = mem_new(sizeof *v);
	*v = (struct verdict){ op->finished, op->arg, st };
	worker_post(op->worker, deliver, v);
}

/* After EIO the kernel may have dropped pages that it did not write: what the file holds is
 * no longer known, so only a restart may go on. */
static void note_failure(struct writer *w, int rc)
{
	cdt_status st = store_status(rc);

	if (!w->failing)
		log_error(LOG_STORE, NULL, "writing failed: %s", mdb_strerror(rc));
	w->failing = true;
	if (st == CDT_E_ABORTED || st == CDT_E_UPSTREAM)
		w->broken = true;
}

/* Runs operations into one transaction until it is full.  *rc: LMDB's own failure, which
 * takes the whole batch with it.  Returns how many were run. */
static size_t fill(struct writer *w, MDB_txn *txn, const struct store_op *op, size_t count,
                   int *rc)
{
	size_t n = 0, bytes = 0, changes = 0;

	while (n < count && n < BATCH_MAX && bytes < BATCH_BYTES_MAX && !*rc) {
		cdt_status st;

		txn_begin(&w->txn, txn);
		st = op[n].apply(op[n].arg, &w->txn);
		if (st == CDT_OK)
			st = w->txn.status;
		if (st == CDT_OK)
			st = txn_flush(&w->txn, rc);
		if (st == CDT_OK) {
			bytes += w->txn.bytes.n;
			changes += w->txn.count;
		}
		w->result[n++] = st;
	}
	if (*rc || !changes) {
		mdb_txn_abort(txn);
		return n;
	}
	*rc = mdb_txn_commit(txn);
	if (!*rc) {
		atomic_fetch_add_explicit(&w->commits, 1, memory_order_relaxed);
		w->failing = false;
	}
	return n;
}

/* One commit; returns how many operations it settled. */
static size_t run_batch(struct writer *w, const struct store_op *op, size_t count)
{
	MDB_txn *txn;
	size_t n = count < BATCH_MAX ? count : BATCH_MAX, failed = 0;
	int rc;

	rc = tables_make_room(w->tables, false) && !w->broken
	     ? mdb_txn_begin(w->tables->env, NULL, 0, &txn) : MDB_PANIC;
	if (rc) {
		for (size_t i = 0; i < n; i++)
			w->result[i] = CDT_OK;
	} else {
		n = fill(w, txn, op, count, &rc);
	}
	if (rc && !w->broken)
		note_failure(w, rc);
	if (rc == MDB_MAP_FULL)
		(void)tables_make_room(w->tables, true);       /* those that come next fit */
	for (size_t i = 0; i < n; i++) {
		if (rc && w->result[i] == CDT_OK)
			w->result[i] = store_status(rc);
		failed += w->result[i] != CDT_OK;
	}
	atomic_fetch_add_explicit(&w->failed, failed, memory_order_relaxed);
	atomic_fetch_add_explicit(&w->operations, n, memory_order_relaxed);
	for (size_t i = 0; i < n; i++)
		tell(&op[i], w->result[i]);
	return n;
}

/* Waits; false when it is time to end. */
static bool take_waiting(struct writer *w)
{
	struct queue empty = w->active;
	bool some;

	pthread_mutex_lock(&w->lock);
	w->unfinished -= w->active.count;
	while (!w->waiting.count && !w->closing)
		pthread_cond_wait(&w->woken, &w->lock);
	some = w->waiting.count > 0;
	empty.count = 0;
	w->active = w->waiting;
	w->waiting = empty;
	pthread_mutex_unlock(&w->lock);
	return some;
}

static void *run_thread(void *arg)
{
	struct writer *w = arg;

	(void)pthread_setname_np(pthread_self(), "store");         /* for the reader of top */
	while (take_waiting(w))
		for (size_t at = 0; at < w->active.count;)
			at += run_batch(w, w->active.op + at, w->active.count - at);
	return NULL;
}

struct writer *writer_new(const struct tables *t)
{
	struct writer *w = mem_new(sizeof *w);
	sigset_t all, old;
	int failed;

	w->tables = w->txn.tables = t;
	buf_init(&w->txn.bytes, STORE_CHANGE_BYTES_MAX);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->woken, NULL);
	sigfillset(&all);                              /* signals are main's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&w->thread, NULL, run_thread, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!failed)
		return w;
	pthread_cond_destroy(&w->woken);
	pthread_mutex_destroy(&w->lock);
	mem_free(w);
	return NULL;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->closing = true;
	pthread_cond_signal(&w->woken);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->woken);
	pthread_mutex_destroy(&w->lock);
	buf_fini(&w->txn.bytes);
	mem_free(w->waiting.op);
	mem_free(w->active.op);
	mem_free(w);
}

/* [lock held] */
static void push(struct queue *q, const struct store_op *op)
{
	if (q->count == q->room) {
		q->room = q->room ? 2 * q->room : QUEUE_FIRST;
		q->op = mem_resize(q->op, q->room * sizeof *q->op);
	}
	q->op[q->count++] = *op;
}

cdt_status writer_submit(struct writer *w, const struct store_op *op)
{
	cdt_status st = CDT_OK;
	bool wake;

	pthread_mutex_lock(&w->lock);
	if (w->closing)
		st = CDT_E_ABORTED;
	else if (w->unfinished == STORE_QUEUE_MAX)
		st = CDT_E_LIMIT;
	wake = st == CDT_OK && !w->waiting.count;
	if (st == CDT_OK) {
		push(&w->waiting, op);
		w->unfinished++;
	}
	pthread_mutex_unlock(&w->lock);
	if (wake)
		pthread_cond_signal(&w->woken);
	return st;
}

bool writer_is_here(const struct writer *w)
{
	return pthread_equal(pthread_self(), w->thread);
}

void writer_counts(const struct writer *w, struct store_counts *out)
{
	out->commits = atomic_load_explicit(&w->commits, memory_order_relaxed);
	out->operations = atomic_load_explicit(&w->operations, memory_order_relaxed);
	out->failed = atomic_load_explicit(&w->failed, memory_order_relaxed);
}
