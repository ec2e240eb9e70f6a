/* store/growth.c - a map that fills up is made twice as large while the gateway serves.  LMDB
 * wants nobody inside meanwhile: readers pass a gate, which is shut for a moment.
 * SPDX-License-Identifier: MIT */
#include "store/parts.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum { FULL_PERCENT = 80, PATIENCE_MS = 100, AGAIN_MS = 1000, TELL_MS = 60000,
       MAP_UNIT = 1 << 20 };

void gate_init(struct gate *g)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&g->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&g->empty, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void gate_fini(struct gate *g)
{
	pthread_cond_destroy(&g->empty);
	pthread_mutex_destroy(&g->lock);
}

bool gate_enter(struct gate *g)
{
	bool open;

	pthread_mutex_lock(&g->lock);
	open = !g->shut;
	g->inside += open;
	pthread_mutex_unlock(&g->lock);
	return open;
}

void gate_leave(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	if (--g->inside == 0 && g->shut)
		pthread_cond_signal(&g->empty);
	pthread_mutex_unlock(&g->lock);
}

static struct timespec moment(uint64_t at_ms)
{
	return (struct timespec){ .tv_sec = (time_t)(at_ms / 1000),
	                          .tv_nsec = (long)(at_ms % 1000) * 1000000 };
}

/* Nobody is inside, and nobody comes in.  False: somebody stays too long. */
static bool gate_shut(struct gate *g, uint64_t patience_ms)
{
	struct timespec until = moment(clock_ms() + patience_ms);
	bool empty;

	pthread_mutex_lock(&g->lock);
	g->shut = true;
	while (g->inside && !pthread_cond_timedwait(&g->empty, &g->lock, &until))
		;
	empty = !g->inside;
	g->shut = empty;
	pthread_mutex_unlock(&g->lock);
	return empty;
}

static void gate_open(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->shut = false;
	pthread_mutex_unlock(&g->lock);
}

/* Twice as much, but not more than the disk can hold. */
static uint64_t next_size(const struct tables *t, uint64_t used, uint64_t size)
{
	struct statvfs disk;
	const char *path;
	uint64_t room;

	if (mdb_env_get_path(t->env, &path) || statvfs(path, &disk))
		return size;
	room = used + (uint64_t)disk.f_bavail * disk.f_frsize;
	size = 2 * size < t->gate->map_max ? 2 * size : t->gate->map_max;
	size = size < room ? size : room;
	return size - size % MAP_UNIT;
}

/* why: errno's number, or 0. */
static void tell(struct gate *g, uint64_t used, uint64_t size, int why)
{
	uint64_t now_ms = clock_ms();

	if (now_ms < g->tell_ms)
		return;
	g->tell_ms = now_ms + TELL_MS;
	log_warn(LOG_STORE, NULL, "the store's map fills up used=%llu size=%llu%s%s",
	         (unsigned long long)used, (unsigned long long)size,
	         why ? " and can not grow: " : "", why ? mdb_strerror(why) : "");
}

/* LMDB drops the old map before it makes the new one, and has none when that fails: it is only
 * asked for what is to be had.  0, or errno's number. */
static int try_map(const struct tables *t, uint64_t size)
{
	mdb_filehandle_t fd;
	void *p;
	int rc = mdb_env_get_fd(t->env, &fd);

	if (rc)
		return rc;
	p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? errno : munmap(p, size) ? errno : 0;
}

/* The gate stays shut when there is no map any more: whoever came in would crash. */
static int replace_map(const struct tables *t, uint64_t size)
{
	int rc = mdb_env_set_mapsize(t->env, size);

	t->gate->lost = rc != 0;
	if (rc)
		log_error(LOG_STORE, NULL, "the store's map is lost, nothing can be read or "
		          "written until a restart: %s", mdb_strerror(rc));
	else
		gate_open(t->gate);
	return rc;
}

static void grow(const struct tables *t, uint64_t used, uint64_t size, uint64_t patience_ms)
{
	uint64_t larger = next_size(t, used, size);
	int rc = larger > size ? try_map(t, larger) : 0;

	if (rc || larger <= size || !gate_shut(t->gate, patience_ms)) {
		t->gate->again_ms = clock_ms() + AGAIN_MS;
		tell(t->gate, used, size, rc);
		return;
	}
	if (!replace_map(t, larger))
		log_info(LOG_STORE, NULL, "the store's map has grown used=%llu size=%llu",
		         (unsigned long long)used, (unsigned long long)larger);
}

void tables_size(const struct tables *t, uint64_t *used, uint64_t *size)
{
	MDB_envinfo about;
	MDB_stat pages;

	*used = *size = 0;
	if (mdb_env_info(t->env, &about) || mdb_env_stat(t->env, &pages))
		return;
	*used = (uint64_t)(about.me_last_pgno + 1) * pages.ms_psize;
	*size = about.me_mapsize;
}

bool tables_make_room(const struct tables *t, bool full)
{
	struct gate *g = t->gate;
	uint64_t used, size;

	if (g->lost)
		return false;
	tables_size(t, &used, &size);
	/* When nothing can be written any more, it can not wait. */
	if (full || (size / 100 * FULL_PERCENT <= used && clock_ms() >= g->again_ms))
		grow(t, used, size, full ? AGAIN_MS : PATIENCE_MS);
	return !g->lost;
}
