/* store/store.c - the door: one owner of the state directory, one writer, many readers.
 * SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/parts.h"

#define LOCK_WAIT_MS 500

/* Somebody who waits for one operation. */
struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_over;
	cdt_status st;
	cdt_status (*apply)(void *arg, struct store_txn *txn);
	void *arg;
};

static void say_owner(int fd, const char *dir, char *why)
{
	char pid[16];
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	(void)snprintf(why, STORE_WHY_SIZE, "%.150s is in use by process %s: one conduitd for "
	               "a state directory", dir, n > 0 ? pid : "(unknown)");
}

/* The child that looks for damage (verify.c) may outlive a conduitd that was killed, by a
 * moment, and hold its lock that long: worth a short wait. */
static int take_lock(int fd)
{
	const uint64_t until_ms = clock_ms() + LOCK_WAIT_MS;
	const struct timespec moment = { .tv_nsec = 5000000 };

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EINTR && (errno != EWOULDBLOCK || clock_ms() >= until_ms))
			return -1;
		(void)nanosleep(&moment, NULL);
	}
	return 0;
}

int store_dir_take(const char *dir, char why[256])
{
	char path[STORE_PATH_SIZE], pid[16];
	int fd, n;

	if (mkdir(dir, 0700) && errno != EEXIST) {
		(void)snprintf(why, STORE_WHY_SIZE, "can not make the state directory %.150s: "
		               "%s", dir, strerror(errno));
		return -1;
	}
	(void)snprintf(path, sizeof path, "%s/lock", dir);         /* too long: open says so */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		(void)snprintf(why, STORE_WHY_SIZE, "can not open %.150s: %s", path,
		               strerror(errno));
		return -1;
	}
	if (take_lock(fd)) {
		say_owner(fd, dir, why);
		(void)close(fd);                       /* not ours */
		return -1;
	}
	n = snprintf(pid, sizeof pid, "%ld", (long)getpid());
	if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) != n) {
		(void)snprintf(why, STORE_WHY_SIZE, "can not write %.150s: %s", path,
		               strerror(errno));
		(void)close(fd);                       /* the lock goes with it */
		return -1;
	}
	return fd;
}

struct store *store_open(const char *dir, uint64_t map_size, char why[256])
{
	struct store *s;
	int fd = store_dir_take(dir, why);

	if (fd < 0)
		return NULL;
	s = mem_new(sizeof *s);
	s->lock_fd = fd;
	s->dir = mem_text(dir, strlen(dir));
	gate_init(&s->gate);
	s->tables.gate = &s->gate;
	if (tables_open(&s->tables, dir, map_size, why) != CDT_OK) {
		store_close(s);
		return NULL;
	}
	s->writer = writer_new(&s->tables);
	if (!s->writer) {
		(void)snprintf(why, STORE_WHY_SIZE, "can not start the writer thread");
		store_close(s);
		return NULL;
	}
	return s;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	writer_free(s->writer);
	tables_close(&s->tables);
	gate_fini(&s->gate);
	(void)close(s->lock_fd);                       /* gives the directory up */
	mem_free(s->dir);
	mem_free(s);
}

cdt_status store_submit(struct store *s, const struct store_op *op)
{
	return writer_submit(s->writer, op);
}

static cdt_status apply_waiter(void *arg, struct store_txn *txn)
{
	struct waiter *w = arg;

	return w->apply(w->arg, txn);
}

static void wake_waiter(void *arg, cdt_status st)
{
	struct waiter *w = arg;

	pthread_mutex_lock(&w->lock);
	w->st = st;
	w->is_over = true;
	pthread_cond_signal(&w->done);                 /* inside: w is gone after the unlock */
	pthread_mutex_unlock(&w->lock);
}

cdt_status store_run(struct store *s, cdt_status (*apply)(void *arg, struct store_txn *txn),
                     void *arg)
{
	struct waiter w = { .apply = apply, .arg = arg };
	struct store_op op = { apply_waiter, wake_waiter, &w, NULL };
	cdt_status st;

	if (writer_is_here(s->writer))
		return CDT_E_MISUSE;                   /* it would wait for itself */
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.done, NULL);
	st = store_submit(s, &op);
	if (st == CDT_OK) {
		pthread_mutex_lock(&w.lock);
		while (!w.is_over)
			pthread_cond_wait(&w.done, &w.lock);
		st = w.st;
		pthread_mutex_unlock(&w.lock);
	}
	pthread_cond_destroy(&w.done);
	pthread_mutex_destroy(&w.lock);
	return st;
}

static cdt_status apply_nothing(void *arg, struct store_txn *txn)
{
	(void)arg, (void)txn;
	return CDT_OK;
}

void store_settle(struct store *s)
{
	(void)store_run(s, apply_nothing, NULL);       /* the writer takes all in turn */
}

struct store_counts store_counts(struct store *s)
{
	struct store_counts c = { 0 };

	writer_counts(s->writer, &c);
	if (gate_enter(&s->gate)) {
		tables_size(&s->tables, &c.bytes_used, &c.bytes_max);
		gate_leave(&s->gate);
	}
	return c;
}

const char *store_dir(const struct store *s)
{
	return s->dir;
}

static cdt_status apply_growth(void *arg, struct store_txn *txn)
{
	(void)txn;
	((struct store *)arg)->gate.map_max = STORE_MAP_MAX;
	return CDT_OK;
}

void store_let_grow(struct store *s)
{
	(void)store_run(s, apply_growth, s);           /* too busy at start: can not be */
}

cdt_status store_copy(struct store *s, int fd)
{
	int rc;

	if (!gate_enter(&s->gate))
		return CDT_E_LIMIT;
	rc = mdb_env_copyfd2(s->tables.env, fd, MDB_CP_COMPACT);
	gate_leave(&s->gate);
	return store_status(rc);
}
