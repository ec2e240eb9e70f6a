/* usage/journal.c - rings of finished lines, one a worker, and the thread that writes them.
 * What a line says is line.c's affair.
 * SPDX-License-Identifier: MIT */
#include "usage/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "usage/line.h"

enum { RING_SIZE = 512 << 10, RINGS_MAX = 512, BATCH_PARTS = 64 };
/* The thread is never woken by workers: it looks by itself, more often while much comes. */
enum { WAKE_MS = 50, WAKE_BUSY_MS = 10, BUSY_BYTES = RING_SIZE / 8, CLOSE_MS = 5000 };
enum { WHY_SIZE = 256 };

/* One writes (its worker), one reads (the thread); head and tail only grow. */
struct ring {
	char *_Atomic bytes;                           /* taken with the first line */
	_Atomic uint64_t head;                         /* worker's */
	_Atomic uint64_t dropped;
	uint64_t tail_seen;                            /* worker's own last look at tail */
	char apart[64];                                /* from the other side's cache line */
	_Atomic uint64_t tail;                         /* thread's */
	char apart_next[64];
};

struct journal {
	unsigned count;
	struct ring *rings;
	size_t (*print)(const struct journal_line *l, char out[LINE_MAX_SIZE]);
	bool off;
	int fd;
	char *path;                                    /* NULL: fd is not ours */
	pthread_t thread;
	pthread_mutex_t lock;                          /* guards what follows up to lost */
	pthread_cond_t woken;
	bool closing, reopen;
	bool ended, abandoned;                         /* who frees: see journal_close */
	_Atomic uint64_t lost;                         /* lines that could not be written */
};

/* A pipe without a reader is refused, not waited for. */
static int open_path(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);

	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, O_APPEND);    /* a failure costs lines, not time */
	return fd;
}

static uint64_t count_lines(cdt_str s)
{
	uint64_t n = 0;
	cdt_str rest = s;

	while (rest.n) {
		size_t at = str_find(rest, '\n');

		n += at < rest.n;
		rest = str_skip(rest, at + 1);
	}
	return n;
}

/* Writes all of it or counts what is lost. */
static void write_parts(struct journal *j, struct iovec *part, size_t count)
{
	while (count) {
		ssize_t n = writev(j->fd, part, (int)count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		for (; count && (size_t)n >= part->iov_len; part++, count--)
			n -= (ssize_t)part->iov_len;
		if (count) {
			part->iov_base = (char *)part->iov_base + n;
			part->iov_len -= (size_t)n;
		}
	}
	for (; count; part++, count--)
		atomic_fetch_add_explicit(&j->lost, count_lines(str_from(part->iov_base,
		                          part->iov_len)), memory_order_relaxed);
}

/* What waits in one ring, in one or two parts; returns how many parts. */
static size_t gather(struct ring *r, struct iovec *part, uint64_t *head)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	char *bytes = atomic_load_explicit(&r->bytes, memory_order_acquire);
	size_t at = tail % RING_SIZE, n, first;

	*head = atomic_load_explicit(&r->head, memory_order_acquire);
	n = (size_t)(*head - tail);
	if (!n)
		return 0;
	first = n < RING_SIZE - at ? n : RING_SIZE - at;
	part[0] = (struct iovec){ bytes + at, first };
	part[1] = (struct iovec){ bytes, n - first };
	return n == first ? 1 : 2;
}

/* One write for all that waits in up to BATCH_PARTS / 2 rings.  True: much came. */
static bool drain_some(struct journal *j, unsigned from, unsigned to)
{
	struct iovec part[BATCH_PARTS];
	uint64_t head[BATCH_PARTS / 2];
	size_t count = 0;
	bool busy = false;

	for (unsigned i = from; i < to; i++) {
		struct ring *r = &j->rings[i];

		count += gather(r, part + count, &head[i - from]);
		busy |= head[i - from] - atomic_load_explicit(&r->tail, memory_order_relaxed) >
		        BUSY_BYTES;
	}
	if (!count)
		return false;
	write_parts(j, part, count);
	for (unsigned i = from; i < to; i++)
		atomic_store_explicit(&j->rings[i].tail, head[i - from], memory_order_release);
	return busy;
}

static bool drain(struct journal *j)
{
	bool busy = false;

	for (unsigned i = 0; i < j->count; i += BATCH_PARTS / 2) {
		unsigned end = i + BATCH_PARTS / 2;

		busy |= drain_some(j, i, end < j->count ? end : j->count);
	}
	return busy;
}

static void reopen(struct journal *j)
{
	int fd = j->path ? open_path(j->path) : -1;

	if (fd >= 0) {
		(void)close(j->fd);                    /* each write was checked */
		j->fd = fd;
	} else if (j->path) {
		log_error(LOG_USAGE, NULL, "can not reopen the access log, going on with the "
		          "old file: %s", strerror(errno));
	}
}

static struct timespec time_in(unsigned ms)
{
	uint64_t until_us = clock_us() + ms * UINT64_C(1000);

	return (struct timespec){ (time_t)(until_us / 1000000),
	                          (long)(until_us % 1000000) * 1000 };
}

/* Until it is time to look again; false when it is time to end. */
static bool nap(struct journal *j, unsigned ms, bool *wants_reopen)
{
	struct timespec until = time_in(ms);
	bool closing;

	pthread_mutex_lock(&j->lock);
	if (!j->closing && !j->reopen)
		(void)pthread_cond_timedwait(&j->woken, &j->lock, &until); /* early is fine */
	closing = j->closing;
	*wants_reopen = j->reopen;
	j->reopen = false;
	pthread_mutex_unlock(&j->lock);
	return !closing;
}

static void free_journal(struct journal *j)
{
	for (unsigned i = 0; i < j->count; i++)
		mem_free(atomic_load(&j->rings[i].bytes));
	if (j->path && j->fd >= 0)
		(void)close(j->fd);                    /* each write was checked */
	pthread_cond_destroy(&j->woken);
	pthread_mutex_destroy(&j->lock);
	mem_free(j->path);
	mem_free(j->rings);
	mem_free(j);
}

static void *run_thread(void *arg)
{
	struct journal *j = arg;
	bool busy = false, wants_reopen, abandoned;

	(void)pthread_setname_np(pthread_self(), "journal");       /* for the reader of top */
	while (nap(j, busy ? WAKE_BUSY_MS : WAKE_MS, &wants_reopen)) {
		busy = drain(j);
		if (wants_reopen)
			reopen(j);
	}
	(void)drain(j);
	pthread_mutex_lock(&j->lock);
	j->ended = true;
	abandoned = j->abandoned;
	pthread_cond_signal(&j->woken);
	pthread_mutex_unlock(&j->lock);
	if (abandoned)
		free_journal(j);
	return NULL;
}

static bool start_thread(struct journal *j)
{
	sigset_t all, old;
	int failed;

	sigfillset(&all);                              /* signals are main's */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&j->thread, NULL, run_thread, j);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return !failed;
}

/* The descriptor of where; opens it when it is a path. */
static bool choose(struct journal *j, const char *where)
{
	static const struct { const char *name; int fd; } known[] = {
		{ "off", -1 }, { "stderr", STDERR_FILENO }, { "stdout", STDOUT_FILENO },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(where, known[i].name)) {
			j->fd = known[i].fd;
			j->off = j->fd < 0;
			return true;
		}
	j->path = mem_text(where, strlen(where));
	j->fd = open_path(where);
	return j->fd >= 0;
}

struct journal *journal_open(const char *where, enum journal_format format, unsigned workers,
                             char why[256])
{
	struct journal *j = mem_new(sizeof *j);
	pthread_condattr_t monotonic;

	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&j->woken, &monotonic);
	pthread_condattr_destroy(&monotonic);
	j->fd = -1;
	if (workers > RINGS_MAX || !choose(j, where)) {
		(void)snprintf(why, WHY_SIZE, "can not write the access log to %.120s: %s",
		               where, workers > RINGS_MAX ? "too many workers"
		                                          : strerror(errno));
		free_journal(j);
		return NULL;
	}
	j->print = format == JOURNAL_COMBINED ? line_print_combined : line_print;
	j->count = workers;
	j->rings = mem_new_array(workers, sizeof *j->rings);
	if (j->off || start_thread(j))
		return j;
	(void)snprintf(why, WHY_SIZE, "can not start the thread of the access log");
	free_journal(j);
	return NULL;
}

/* A reader of our pipe that sleeps must not keep us: then the thread frees what is left,
 * should it ever wake. */
void journal_close(struct journal *j)
{
	struct timespec until;
	pthread_t thread;
	bool stuck;
	int rc = 0;

	if (!j)
		return;
	if (j->off) {
		free_journal(j);
		return;
	}
	until = time_in(CLOSE_MS);
	pthread_mutex_lock(&j->lock);
	j->closing = true;
	pthread_cond_signal(&j->woken);
	while (!j->ended && !rc)
		rc = pthread_cond_timedwait(&j->woken, &j->lock, &until);
	stuck = j->abandoned = !j->ended;
	thread = j->thread;
	pthread_mutex_unlock(&j->lock);
	if (stuck) {
		log_warn(LOG_USAGE, NULL, "the access log's reader is stuck, lines are lost");
		(void)pthread_detach(thread);          /* it is joinable: can not fail */
		return;
	}
	(void)pthread_join(thread, NULL);
	free_journal(j);
}

void journal_reopen(struct journal *j)
{
	if (j->off)
		return;
	pthread_mutex_lock(&j->lock);
	j->reopen = true;
	pthread_cond_signal(&j->woken);
	pthread_mutex_unlock(&j->lock);
}

/* [worker] False: the line does not fit before the thread has read. */
static bool push(struct ring *r, cdt_str line)
{
	char *bytes = atomic_load_explicit(&r->bytes, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t at = head % RING_SIZE, first = RING_SIZE - at;

	if (head + line.n - r->tail_seen > RING_SIZE)
		r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
	if (head + line.n - r->tail_seen > RING_SIZE)
		return false;
	if (!bytes) {
		bytes = mem_new(RING_SIZE);
		atomic_store_explicit(&r->bytes, bytes, memory_order_release);
	}
	first = line.n < first ? line.n : first;
	memcpy(bytes + at, line.p, first);
	memcpy(bytes, line.p + first, line.n - first);
	atomic_store_explicit(&r->head, head + line.n, memory_order_release);
	return true;
}

void journal_write(struct journal *j, unsigned number, const struct journal_line *line)
{
	char text[LINE_MAX_SIZE];
	struct ring *r;

	if (j->off || number >= j->count)
		return;
	r = &j->rings[number];
	if (!push(r, str_from(text, j->print(line, text))))
		atomic_fetch_add_explicit(&r->dropped, 1, memory_order_relaxed);
}

uint64_t journal_dropped(const struct journal *j)
{
	uint64_t n = atomic_load_explicit(&j->lost, memory_order_relaxed);

	for (unsigned i = 0; i < j->count; i++)
		n += atomic_load_explicit(&j->rings[i].dropped, memory_order_relaxed);
	return n;
}
