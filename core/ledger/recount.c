/* ledger/recount.c - book_verify over a store that goes on changing.
 * SPDX-License-Identifier: MIT */
#include "ledger/recount.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/thread.h"
#include "ledger/tables.h"
#include "loop/worker.h"
#include "store/store.h"

enum { SLICE = 10000, READ_TRIES = 200, READ_WAIT_US = 10000 };

struct recount {
	pthread_t thread;
	atomic_bool stopped;
	struct store *store;
	struct store_read *read;       /* the current snapshot; NULL: none could be had */
	size_t left;                   /* entries of this slice still to come */
	struct worker *worker;
	void (*finished)(void *arg, const struct recount_result *result);
	void *arg;
	struct recount_result result;
};

/* A newer snapshot; the map may be about to be replaced. */
static bool renew(struct recount *r)
{
	store_read_end(r->read);
	r->read = NULL;
	for (int i = 0; i < READ_TRIES && !r->read && !atomic_load(&r->stopped); i++) {
		r->read = store_read_begin(r->store);
		if (!r->read)
			(void)usleep(READ_WAIT_US);
	}
	r->left = SLICE;
	return r->read != NULL;
}

static cdt_status next(void *arg, enum book_table t, cdt_str *key, cdt_str *value)
{
	struct recount *r = arg;
	char at[ACCOUNT_KEY_SIZE];
	struct book b;

	if (atomic_load_explicit(&r->stopped, memory_order_relaxed))
		return CDT_E_ABORTED;
	/* After the last entry all is read from the snapshot that had no more. */
	if (t == BOOK_ENTRIES && r->left-- == 0) {
		if (key->n > sizeof at)
			return CDT_E_UPSTREAM;
		memcpy(at, key->p, key->n);            /* it lies in the old snapshot */
		*key = str_from(at, key->n);
		if (!renew(r))
			return CDT_E_LIMIT;
		r->left--;
	}
	b = book_of_read(r->read);
	return b.ops->next(b.arg, t, key, value);
}

static cdt_status get(void *arg, enum book_table t, cdt_str key, cdt_str *value)
{
	struct book b = book_of_read(((struct recount *)arg)->read);

	return b.ops->get(b.arg, t, key, value);
}

static cdt_status put(void *arg, enum book_table t, cdt_str key, cdt_str value)
{
	(void)arg, (void)t, (void)key, (void)value;
	return CDT_E_UNSUPPORTED;
}

static cdt_status drop(void *arg, enum book_table t, cdt_str key)
{
	(void)arg, (void)t, (void)key;
	return CDT_E_UNSUPPORTED;
}

/* [worker] */
static void deliver(void *arg)
{
	struct recount *r = arg;

	r->finished(r->arg, &r->result);
}

static void *run_thread(void *arg)
{
	static const struct book_ops ops = { get, put, drop, next };
	struct recount *r = arg;
	struct book b = { &ops, r };
	struct recount_result *out = &r->result;
	uint64_t begun_ms = clock_ms();

	out->st = renew(r) ? book_verify(&b, &out->sums, out->why) : CDT_E_LIMIT;
	if (out->st == CDT_OK)
		out->st = book_head_get(&b, &out->head);
	store_read_end(r->read);
	r->read = NULL;
	out->took_ms = clock_ms() - begun_ms;
	worker_post(r->worker, deliver, r);
	return NULL;
}

struct recount *recount_new(struct store *s, struct worker *w,
                            void (*finished)(void *arg, const struct recount_result *result),
                            void *arg)
{
	struct recount *r = mem_new(sizeof *r);

	r->store = s;
	r->worker = w;
	r->finished = finished;
	r->arg = arg;
	if (thread_start(&r->thread, "recount", run_thread, r))
		return r;
	mem_free(r);
	return NULL;
}

void recount_free(struct recount *r)
{
	if (!r)
		return;
	atomic_store(&r->stopped, true);
	pthread_join(r->thread, NULL);
	mem_free(r);
}
