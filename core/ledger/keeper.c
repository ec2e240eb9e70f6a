/* ledger/keeper.c - one thread: jobs, clearing, looking at the disk.
 * SPDX-License-Identifier: MIT */
#include "ledger/keeper.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "ledger/side.h"
#include "loop/worker.h"

enum { ROUND_MS = 1000, AT_ONCE = 256 };

struct keeper {
	pthread_t thread;
	pthread_mutex_t lock;          /* guards jobs, live, closing */
	pthread_cond_t woken;
	struct list jobs;
	uint64_t live;                 /* given to us, and not in the store yet */
	bool closing, is_running;
	struct side *side;             /* the thread's */
	bool is_full;                  /* the same: and that was logged */
	char *dir;
	uint64_t reserve_bytes;
	_Atomic uint64_t free_bytes, journal_bytes;
	_Atomic bool is_short;
};

/* An unknown amount of space is enough: the store says when it is not. */
static void look(struct keeper *k)
{
	struct statvfs disk;
	bool is_short;
	uint64_t bytes;

	if (statvfs(k->dir, &disk))
		return;
	bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	is_short = bytes < k->reserve_bytes;
	atomic_store_explicit(&k->free_bytes, bytes, memory_order_relaxed);
	if (atomic_exchange_explicit(&k->is_short, is_short, memory_order_relaxed) == is_short)
		return;
	if (is_short)
		log_error(LOG_STORE, NULL, "the disk of the state folder is nearly full: no "
		          "more budgets are granted free_mib=%llu needed_mib=%llu",
		          (unsigned long long)(bytes >> 20),
		          (unsigned long long)(k->reserve_bytes >> 20));
	else
		log_info(LOG_STORE, NULL, "the disk of the state folder has room again "
		         "free_mib=%llu", (unsigned long long)(bytes >> 20));
}

/* Some jobs; or none: it is time to look, to clear or to end. */
static size_t take(struct keeper *k, struct keeper_job **taken, bool *clear, bool *over)
{
	uint64_t until_ms = clock_ms() + ROUND_MS;
	struct timespec until = { .tv_sec = (time_t)(until_ms / 1000),
	                          .tv_nsec = (long)(until_ms % 1000) * 1000000 };
	size_t n = 0;

	pthread_mutex_lock(&k->lock);
	while (list_empty(&k->jobs) && !k->closing &&
	       (k->live || !atomic_load_explicit(&k->journal_bytes, memory_order_relaxed)))
		if (pthread_cond_timedwait(&k->woken, &k->lock, &until))
			break;
	while (n < AT_ONCE && !list_empty(&k->jobs)) {
		taken[n] = LIST_OF(k->jobs.next, struct keeper_job, link);
		list_remove(&taken[n++]->link);
	}
	*clear = !k->live;
	*over = k->closing && !n;
	pthread_mutex_unlock(&k->lock);
	return n;
}

/* [the job's worker] */
static void deliver(void *arg)
{
	struct keeper_job *job = arg;

	job->written(job->arg, job->st);
}

static void tell_full(struct keeper *k)
{
	if (!k->is_full)
		log_error(LOG_STORE, NULL, "the side journal is full: what the store refuses "
		          "waits in memory");
	k->is_full = true;
}

static void write_jobs(struct keeper *k, struct keeper_job **jobs, size_t n)
{
	const struct entry *entries[AT_ONCE];
	bool closing;
	cdt_status st;

	for (size_t i = 0; i < n; i++)
		entries[i] = jobs[i]->entry;
	st = side_append(k->side, entries, n);
	if (st == CDT_E_LIMIT)
		tell_full(k);
	pthread_mutex_lock(&k->lock);
	closing = k->closing;
	k->live -= st == CDT_OK ? 0 : n;
	pthread_mutex_unlock(&k->lock);
	for (size_t i = 0; i < n && !closing; i++) {
		jobs[i]->st = st;
		worker_post(jobs[i]->worker, deliver, jobs[i]);
	}
}

static void clear_journal(struct keeper *k)
{
	if (side_clear(k->side) == CDT_OK)             /* else it is replayed, without effect */
		k->is_full = false;
}

static void *run_thread(void *arg)
{
	struct keeper_job *jobs[AT_ONCE];
	struct keeper *k = arg;
	bool clear, over;

	do {
		size_t n = take(k, jobs, &clear, &over);

		if (n)
			write_jobs(k, jobs, n);
		else if (clear)
			clear_journal(k);
		atomic_store_explicit(&k->journal_bytes, side_bytes(k->side),
		                      memory_order_relaxed);
		look(k);
	} while (!over);
	return NULL;
}

struct keeper *keeper_new(struct side *side, const char *dir, uint64_t reserve_bytes)
{
	struct keeper *k = mem_new(sizeof *k);
	pthread_condattr_t monotonic;

	list_init(&k->jobs);
	k->side = side;
	k->dir = mem_text(dir, strlen(dir));
	k->reserve_bytes = reserve_bytes;
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&k->woken, &monotonic);
	pthread_condattr_destroy(&monotonic);
	look(k);                       /* before anybody asks */
	k->is_running = thread_start(&k->thread, "keeper", run_thread, k);
	if (k->is_running)
		return k;
	keeper_free(k);
	return NULL;
}

void keeper_free(struct keeper *k)
{
	if (!k)
		return;
	pthread_mutex_lock(&k->lock);
	k->closing = true;
	pthread_cond_signal(&k->woken);
	pthread_mutex_unlock(&k->lock);
	if (k->is_running)
		pthread_join(k->thread, NULL);
	pthread_cond_destroy(&k->woken);
	pthread_mutex_destroy(&k->lock);
	side_close(k->side);
	mem_free(k->dir);
	mem_free(k);
}

void keeper_write(struct keeper *k, struct keeper_job *job)
{
	pthread_mutex_lock(&k->lock);
	list_push(&k->jobs, &job->link);
	k->live++;
	pthread_cond_signal(&k->woken);
	pthread_mutex_unlock(&k->lock);
}

void keeper_done(struct keeper *k)
{
	pthread_mutex_lock(&k->lock);
	if (--k->live == 0)
		pthread_cond_signal(&k->woken);
	pthread_mutex_unlock(&k->lock);
}

bool keeper_is_short(const struct keeper *k)
{
	return atomic_load_explicit(&k->is_short, memory_order_relaxed);
}

uint64_t keeper_free_bytes(const struct keeper *k)
{
	return atomic_load_explicit(&k->free_bytes, memory_order_relaxed);
}

uint64_t keeper_journal_bytes(const struct keeper *k)
{
	return atomic_load_explicit(&k->journal_bytes, memory_order_relaxed);
}
