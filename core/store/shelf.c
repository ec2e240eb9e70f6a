/* store/shelf.c - the door, and the one thread that writes: takes what waits, one commit, tells
 * the askers; between, it drops what is over.  How values lie in the file is pieces.c's.
 *
 * So that the file keeps to its size, values take three quarters of it at most: the rest is for
 * pages that are still read, and for those that a commit writes anew.
 * SPDX-License-Identifier: MIT */
#include "store/shelf.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/worker.h"
#include "store/parts.h"
#include "store/pieces.h"

/* PART: of the file, for one value, and for one commit. */
enum { WAITING_MAX = 2 * SHELF_VALUE_MAX, PART = 16, SWEEP_MS = 5000, SWEEP_PIECES = 4096,
       TELL_MS = 60000, ORDERS_MAX = 65536 };

struct shelf_order {
	struct list link, all;         /* of what waits, or of a batch; of all that live */
	struct shelf *shelf;
	struct shelf_value value;
	struct worker *worker;
	void (*finished)(void *arg, cdt_status st);    /* its worker's own; NULL: forgotten */
	void *arg;
	cdt_status st;
};

struct shelf {
	struct pieces pieces;
	uint64_t size;
	pthread_t thread;
	pthread_mutex_t lock;          /* guards waiting, waiting_bytes, all, count, closing */
	pthread_cond_t woken;
	struct list waiting, all;
	size_t waiting_bytes, count;
	bool closing, started;
	/* The thread's own. */
	uint64_t sweep_ms, tell_ms;    /* clock_ms */
	size_t unripe;                 /* dropped before their time, and not told yet */
	bool broken;                   /* the disk failed: nothing is written any more */
};

/* --- orders --- */

static size_t cost_of(const struct shelf_order *o)
{
	return o->value.bytes.n + sizeof *o;
}

static void order_free(struct shelf_order *o)
{
	buf_fini(&o->value.bytes);
	mem_free(o);
}

/* [its worker] */
static void deliver(void *arg)
{
	struct shelf_order *o = arg;
	struct shelf *s = o->shelf;

	pthread_mutex_lock(&s->lock);
	list_remove(&o->all);
	s->count--;
	pthread_mutex_unlock(&s->lock);
	if (o->finished)
		o->finished(o->arg, o->st);
	order_free(o);
}

struct shelf_order *shelf_put(struct shelf *s, struct shelf_value *v, struct worker *w,
                              void (*finished)(void *arg, cdt_status st), void *arg)
{
	struct shelf_order *o = mem_new(sizeof *o);
	bool fits;

	o->shelf = s;
	o->value = *v;
	o->worker = w;
	o->finished = finished;
	o->arg = arg;
	buf_init(&v->bytes, 0);
	fits = o->value.bytes.n <= s->size / PART && o->value.bytes.n <= SHELF_VALUE_MAX;
	pthread_mutex_lock(&s->lock);
	fits = fits && s->waiting_bytes + cost_of(o) <= WAITING_MAX && s->count < ORDERS_MAX;
	if (fits) {
		list_push(&s->waiting, &o->link);
		list_push(&s->all, &o->all);
		s->waiting_bytes += cost_of(o);
		s->count++;
		pthread_cond_signal(&s->woken);
	}
	pthread_mutex_unlock(&s->lock);
	if (fits)
		return o;
	order_free(o);
	return NULL;
}

void shelf_forget(struct shelf_order *o)
{
	o->finished = NULL;
}

cdt_status shelf_get(struct shelf *s, const uint8_t key[SHELF_KEY_SIZE], int64_t now_ms,
                     struct arena *a, cdt_str *value)
{
	return pieces_get(&s->pieces, key, now_ms, a, value);
}

/* --- the thread --- */

/* Once in a while. */
static bool may_tell(struct shelf *s)
{
	uint64_t now_ms = clock_ms();

	if (now_ms < s->tell_ms)
		return false;
	s->tell_ms = now_ms + TELL_MS;
	return true;
}

/* After EIO nobody knows what the file holds: only a restart may go on. */
static void note_failure(struct shelf *s, int rc)
{
	cdt_status st = store_status(rc);

	s->broken = st == CDT_E_ABORTED || st == CDT_E_UPSTREAM;
	if (s->broken || may_tell(s))
		log_error(LOG_STORE, NULL, "writing to the shelf failed: %s%s",
		          mdb_strerror(rc),
		          s->broken ? "; nothing is kept there until a restart" : "");
}

/* In a transaction of its own: what is freed is free only in later ones. */
static int drop(struct shelf *s, struct drop *d)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->pieces.env, NULL, 0, &txn);

	if (rc)
		return rc;
	rc = pieces_drop(&s->pieces, txn, d);
	if (rc || !d->values) {
		mdb_txn_abort(txn);
		return rc;
	}
	s->unripe += d->unripe;
	return mdb_txn_commit(txn);
}

static int bytes_now(struct shelf *s, uint64_t *bytes)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->pieces.env, NULL, MDB_RDONLY, &txn);

	if (rc)
		return rc;
	rc = pieces_bytes(&s->pieces, txn, bytes);
	mdb_txn_abort(txn);
	return rc;
}

/* The oldest go until there is room for so much more. */
static int make_room(struct shelf *s, uint64_t bytes)
{
	const uint64_t most = s->size / 4 * 3;
	uint64_t used;
	int rc;

	while (!(rc = bytes_now(s, &used)) && used + bytes + bytes / 8 > most) {
		struct drop d = { .until_ms = INT64_MAX, .pieces_max = SWEEP_PIECES,
		                  .now_ms = clock_wall_ms() };

		rc = drop(s, &d);
		if (rc || !d.values)
			break;
	}
	if (s->unripe && may_tell(s)) {
		log_warn(LOG_STORE, NULL, "the shelf is full: answers are dropped before their "
		         "time count=%zu size=%llu", s->unripe, (unsigned long long)s->size);
		s->unripe = 0;
	}
	return rc;
}

static int write_all(struct shelf *s, struct list *batch)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->pieces.env, NULL, 0, &txn);

	if (rc)
		return rc;
	for (struct list *it = batch->next; it != batch && !rc; it = it->next) {
		const struct shelf_value *v = &LIST_OF(it, struct shelf_order, link)->value;

		rc = pieces_put(&s->pieces, txn, v->key, v->expires_ms, buf_str(&v->bytes));
	}
	if (!rc)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

/* Orders that one commit takes, from what waits. */
static size_t take_batch(struct shelf *s, struct list *batch)
{
	size_t bytes = 0;

	list_init(batch);
	pthread_mutex_lock(&s->lock);
	while (!list_empty(&s->waiting)) {
		struct shelf_order *o = LIST_OF(s->waiting.next, struct shelf_order, link);

		if (bytes && bytes + cost_of(o) > s->size / PART)
			break;
		bytes += cost_of(o);
		list_remove(&o->link);
		list_push(batch, &o->link);
	}
	s->waiting_bytes -= bytes;
	pthread_mutex_unlock(&s->lock);
	return bytes;
}

static void write_batch(struct shelf *s)
{
	struct list batch;
	size_t bytes = take_batch(s, &batch);
	int rc = 0;

	if (!bytes)
		return;
	if (!s->broken)
		rc = make_room(s, bytes);
	if (!s->broken && !rc)
		rc = write_all(s, &batch);
	/* Free pages may be those of a moment ago: once more, with more of them. */
	if (rc == MDB_MAP_FULL && !make_room(s, s->size / 4))
		rc = write_all(s, &batch);
	if (rc)
		note_failure(s, rc);
	LIST_EACH(it, &batch) {
		struct shelf_order *o = LIST_OF(it, struct shelf_order, link);

		list_remove(&o->link);
		o->st = s->broken ? CDT_E_ABORTED : store_status(rc);
		worker_post(o->worker, deliver, o);
	}
}

/* What is over goes, a little at a time. */
static void sweep(struct shelf *s)
{
	int64_t now_ms = clock_wall_ms();
	struct drop d = { .until_ms = now_ms, .pieces_max = SWEEP_PIECES, .now_ms = now_ms };
	int rc;

	if (s->broken || clock_ms() < s->sweep_ms)
		return;
	rc = drop(s, &d);
	if (rc)
		note_failure(s, rc);
	if (rc || d.pieces < SWEEP_PIECES)
		s->sweep_ms = clock_ms() + SWEEP_MS;
}

/* Until there is something to do; false when it is time to end. */
static bool wait(struct shelf *s)
{
	uint64_t until_ms = s->sweep_ms > clock_ms() ? s->sweep_ms : clock_ms();
	struct timespec until = { .tv_sec = (time_t)(until_ms / 1000),
	                          .tv_nsec = (long)(until_ms % 1000) * 1000000 };
	bool goes_on;

	pthread_mutex_lock(&s->lock);
	while (list_empty(&s->waiting) && !s->closing)
		if (pthread_cond_timedwait(&s->woken, &s->lock, &until))
			break;
	goes_on = !s->closing || !list_empty(&s->waiting);
	pthread_mutex_unlock(&s->lock);
	return goes_on;
}

static void *run_thread(void *arg)
{
	struct shelf *s = arg;

	(void)pthread_setname_np(pthread_self(), "shelf");         /* for the reader of top */
	while (wait(s)) {
		write_batch(s);
		sweep(s);
	}
	return NULL;
}

static bool start(struct shelf *s)
{
	sigset_t all, old;

	sigfillset(&all);                              /* signals are main's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	s->started = !pthread_create(&s->thread, NULL, run_thread, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return s->started;
}

/* --- opening --- */

static bool fail(char *why, const char *path, const char *reason)
{
	(void)snprintf(why, STORE_WHY_SIZE, "can not open %.150s: %s", path, reason);
	return false;
}

/* Answers that are lost cost money once more, those that are wrong cost trust. */
static bool set_aside(const char *dir, const char *path, char *why)
{
	char aside[STORE_PATH_SIZE], file[2 * STORE_PATH_SIZE];

	(void)snprintf(aside, sizeof aside, "%.4000s.damaged", path);
	(void)snprintf(file, sizeof file, "%s/data.mdb", aside);
	(void)unlink(file);                            /* of an earlier time, if any */
	(void)snprintf(file, sizeof file, "%s/lock.mdb", aside);
	(void)unlink(file);
	(void)rmdir(aside);
	if (rename(path, aside) || !dir_sync(dir) || (mkdir(path, 0700) && errno != EEXIST))
		return fail(why, path, strerror(errno));
	log_error(LOG_STORE, NULL, "%s was damaged: its answers are lost, it is now %s", path,
	          aside);
	return true;
}

static bool open_pieces(struct shelf *s, const char *dir, const char *name, char *why)
{
	char path[STORE_PATH_SIZE], file[STORE_PATH_SIZE + 16];
	struct stat about;
	bool there;
	int rc;

	if (strlen(dir) + strlen(name) + 32 > sizeof path)
		return fail(why, name, "the state directory's path is too long");
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	(void)snprintf(file, sizeof file, "%s/data.mdb", path);
	if (mkdir(path, 0700) && errno != EEXIST)
		return fail(why, path, strerror(errno));
	there = !stat(file, &about) && about.st_size;
	if (there && !verify_env(path) && !set_aside(dir, path, why))
		return false;
	rc = pieces_open(&s->pieces, path, s->size);
	if (!rc && !there && (!dir_sync(path) || !dir_sync(dir)))
		rc = errno;
	return rc ? fail(why, path, mdb_strerror(rc)) : true;
}

struct shelf *shelf_open(const char *dir, const char *name, uint64_t size, char why[256])
{
	struct shelf *s = mem_new(sizeof *s);
	pthread_condattr_t monotonic;

	s->size = size > SHELF_SIZE_MIN ? size : SHELF_SIZE_MIN;
	list_init(&s->waiting);
	list_init(&s->all);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->woken, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (!open_pieces(s, dir, name, why) ||
	    (!start(s) && !fail(why, name, "no thread can be started"))) {
		shelf_close(s);
		return NULL;
	}
	return s;
}

void shelf_close(struct shelf *s)
{
	if (!s)
		return;
	if (s->started) {
		pthread_mutex_lock(&s->lock);
		s->closing = true;
		pthread_cond_signal(&s->woken);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	/* Their workers have ended before they were told. */
	LIST_EACH(it, &s->all)
		order_free(LIST_OF(it, struct shelf_order, all));
	pieces_close(&s->pieces);
	pthread_cond_destroy(&s->woken);
	pthread_mutex_destroy(&s->lock);
	mem_free(s);
}
