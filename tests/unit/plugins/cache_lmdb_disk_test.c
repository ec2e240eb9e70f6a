/* unit/plugins/cache_lmdb_disk_test.c - the cache of LMDB and its disk: full, full of others'
 * things, spoilt files, a size that changes, a process that is killed.
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit/plugins/cache_rig.h"
#include "unit/unit.h"

enum { BARRIER = 1 << 30, TTL_S = 1000, KIB = 1 << 10, MIB = 1 << 20 };

static void begin(struct cacherig *r, const char *more)
{
	cacherig_init(r, "lmdb");
	CU_ASSERT_TRUE_FATAL(cacherig_open(r, "lmdb", more));
}

static void again(struct cacherig *r, const char *more)
{
	cacherig_close(r);
	CU_ASSERT_TRUE_FATAL(cacherig_open(r, "lmdb", more));
}

static void settle(struct cacherig *r)
{
	CU_ASSERT_EQUAL(cacherig_drop(r, BARRIER), CDT_OK);
}

static struct cdt_cache_stats stats_of(struct cacherig *r)
{
	struct cdt_cache_stats s;

	cache_stats(r->instance, &s);
	return s;
}

/* --- the bound --- */

static void stays_within_its_size_while_ten_times_of_it_is_put(void)
{
	const uint64_t count = 10 * 8 * MIB / (4 * KIB);
	struct cdt_cache_stats s;
	struct cacherig r;

	begin(&r, "\"size\":\"8MiB\"");
	for (uint64_t n = 0; n < count; n++) {
		cacherig_put_surely(r.self, n, 0, 4 * KIB);
		if (n % 16 == 0)
			CU_ASSERT_TRUE(cacherig_disk(&r) <= 8 * MIB);
	}
	settle(&r);
	CU_ASSERT_TRUE(cacherig_has(&r, count - 1));
	CU_ASSERT_FALSE(cacherig_has(&r, 0));
	s = stats_of(&r);
	CU_ASSERT_TRUE(s.entries > 0 && s.evictions > 0);
	CU_ASSERT_EQUAL(s.entries + s.evictions, (int64_t)count);
	CU_ASSERT_TRUE(s.bytes > 4 * MIB && s.bytes <= 8 * MIB);
	CU_ASSERT_EQUAL(s.bytes_max, 8 * MIB);
	CU_ASSERT_EQUAL(s.failures, 0);
	CU_ASSERT_TRUE(cacherig_disk(&r) <= 8 * MIB);
	cacherig_fini(&r);
}

static void keeps_what_is_used(void)
{
	const uint64_t count = 3 * 8 * MIB / (4 * KIB), hot = 1u << 20;
	struct cacherig r;

	begin(&r, "\"size\":\"8MiB\"");
	for (uint64_t n = 0; n < 10; n++)
		cacherig_put_surely(r.self, hot + n, 0, 1000);
	for (uint64_t n = 0; n < count; n++) {
		cacherig_put_surely(r.self, n, 0, 4 * KIB);
		if (n % 50)
			continue;
		for (uint64_t k = 0; k < 5; k++)
			CU_ASSERT_TRUE(cacherig_has(&r, hot + k));
		settle(&r);
	}
	for (uint64_t k = 0; k < 10; k++)
		CU_ASSERT_EQUAL(cacherig_has(&r, hot + k), k < 5);
	again(&r, "\"size\":\"8MiB\"");
	for (uint64_t k = 0; k < 10; k++)
		CU_ASSERT_EQUAL(cacherig_has(&r, hot + k), k < 5);
	cacherig_fini(&r);
}

static void put_within(struct cacherig *r, uint64_t from, uint64_t to, int64_t most)
{
	for (uint64_t n = from; n < to; n++) {
		cacherig_put_surely(r->self, n, 0, 64 * KIB);
		CU_ASSERT_TRUE(cacherig_disk(r) <= most);
		CU_ASSERT_TRUE(cacherig_has(r, n));
	}
	settle(r);
	CU_ASSERT_TRUE(cacherig_has(r, to - 1));
}

static void follows_a_size_that_changes(void)
{
	static const struct { const char *more; int64_t most; } sizes[] = {
		{ "\"size\":\"8MiB\"", 8 * MIB }, { "\"size\":\"32MiB\"", 32 * MIB },
		{ "\"size\":\"8MiB\"", 8 * MIB },
	};
	const uint64_t count = 40 * MIB / (64 * KIB);
	struct cacherig r;

	cacherig_init(&r, "lmdb");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		again(&r, sizes[i].more);
		CU_ASSERT_TRUE(cacherig_disk(&r) <= sizes[i].most);
		put_within(&r, i * count, (i + 1) * count, sizes[i].most);
	}
	cacherig_fini(&r);
}

/* --- spoilt files --- */

static void spoil(struct cacherig *r, const char *name, size_t length, bool cut)
{
	char path[CACHERIG_PATH_SIZE + 64];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", r->folder, name);
	fd = open(path, O_WRONLY | (cut ? O_TRUNC : 0));
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	for (size_t i = 0; i < length; i += 8)
		CU_ASSERT_EQUAL(write(fd, "garbage!", 8), 8);
	(void)close(fd);
}

static void begins_anew_where_files_are_spoilt(void)
{
	static const struct { const char *name; size_t length; bool cut, kept; } cases[] = {
		{ "0000000000000001.segment", 0, true, false },
		{ "0000000000000001.segment", 100, true, false },
		{ "0000000000000001.segment", 8192, true, false },
		{ "0000000000000001.segment", 8192, false, false },
		{ "0000000000000001.segment", 2 * MIB, false, false },
		{ "0000000000000001.segment-lock", 8192, true, true },
		{ "0000000000000001.filter", 0, true, true },
		{ "0000000000000001.filter", 4096, false, true },
		{ "format", 16, true, false },
		{ "format", 0, true, false },
		{ "lock", 4096, true, true },
	};
	struct cacherig r;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin(&r, "\"size\":\"16MiB\"");
		cacherig_put_surely(r.self, 1, 0, 2000);
		cacherig_close(&r);
		spoil(&r, cases[i].name, cases[i].length, cases[i].cut);
		CU_ASSERT_TRUE_FATAL(cacherig_open(&r, "lmdb", "\"size\":\"16MiB\""));
		CU_ASSERT_EQUAL(cacherig_has(&r, 1), cases[i].kept);
		cacherig_put_surely(r.self, 2, 0, 2000);
		again(&r, "\"size\":\"16MiB\"");
		CU_ASSERT_TRUE(cacherig_has(&r, 2));
		CU_ASSERT_EQUAL(cacherig_has(&r, 1), cases[i].kept);
		CU_ASSERT_TRUE(cacherig_disk(&r) <= 16 * MIB);
		cacherig_fini(&r);
	}
}

/* A file that lost its end, by one page. */
static void throws_away_a_file_that_was_cut(void)
{
	char path[CACHERIG_PATH_SIZE + 64];
	struct cacherig r;
	struct stat st;

	begin(&r, "\"size\":\"16MiB\"");
	cacherig_put_surely(r.self, 1, 0, 2000);
	cacherig_close(&r);
	(void)snprintf(path, sizeof path, "%s/0000000000000001.segment", r.folder);
	CU_ASSERT_EQUAL_FATAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(truncate(path, st.st_size - 4096), 0);
	CU_ASSERT_TRUE_FATAL(cacherig_open(&r, "lmdb", "\"size\":\"16MiB\""));
	CU_ASSERT_FALSE(cacherig_has(&r, 1));
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	cacherig_fini(&r);
}

static void leaves_files_of_others_alone(void)
{
	static const char *const names[] = { "notes.txt", "0000000000000001.segment.bak",
		"1.segment", "zzzzzzzzzzzzzzzz.filter" };
	char path[CACHERIG_PATH_SIZE + 64];
	struct cacherig r;

	begin(&r, "\"size\":\"16MiB\"");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", r.folder, names[i]);
		(void)close(open(path, O_WRONLY | O_CREAT, 0600));
	}
	again(&r, "\"size\":\"16MiB\"");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", r.folder, names[i]);
		CU_ASSERT_EQUAL(access(path, F_OK), 0);
	}
	cacherig_fini(&r);
}

/* --- a full disk --- */

/* A file system of 6 MiB where the cache's folder will be; false: not for us to mount. */
static bool mount_small(struct cacherig *r)
{
	char parent[CACHERIG_PATH_SIZE];

	(void)snprintf(parent, sizeof parent, "%s/a", r->dir);
	return !mkdir(parent, 0700) && !mount("none", parent, "tmpfs", 0, "size=6m,mode=700");
}

static void unmount_small(struct cacherig *r)
{
	char parent[CACHERIG_PATH_SIZE];

	(void)snprintf(parent, sizeof parent, "%s/a", r->dir);
	CU_ASSERT_EQUAL(umount(parent), 0);
}

static bool fill_disk(struct cacherig *r, char *path, size_t size)
{
	static const char zeros[64 * KIB];
	int fd;

	(void)snprintf(path, size, "%s/a/filler", r->dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (fd >= 0 && write(fd, zeros, sizeof zeros) > 0)
		;
	return fd >= 0 && !close(fd);
}

static void makes_do_with_a_disk_that_is_smaller_than_its_size(void)
{
	struct cacherig r;

	cacherig_init(&r, "lmdb");
	if (mount_small(&r)) {
		CU_ASSERT_TRUE_FATAL(cacherig_open(&r, "lmdb", "\"size\":\"16MiB\""));
		put_within(&r, 0, 500, 6 * MIB);
		CU_ASSERT_EQUAL(stats_of(&r).failures, 0);
		CU_ASSERT_TRUE(stats_of(&r).evictions > 0);
		again(&r, "\"size\":\"16MiB\"");
		CU_ASSERT_TRUE(cacherig_has(&r, 499));
		cacherig_close(&r);
		unmount_small(&r);
	}
	cacherig_fini(&r);
}

/* Some seconds long: the rest after a failure is one. */
static bool puts_again(struct cacherig *r, uint64_t n)
{
	const struct timespec nap = { .tv_nsec = 20000000 };

	for (int i = 0; i < 500; i++) {
		if (cacherig_put(r->self, n, 0, 100, TTL_S) == CDT_OK &&
		    cacherig_drop(r, BARRIER) == CDT_OK && cacherig_has(r, n))
			return true;
		(void)nanosleep(&nap, NULL);
	}
	return false;
}

static void refuses_while_the_disk_is_full_and_goes_on_after(void)
{
	char filler[CACHERIG_PATH_SIZE];
	struct cacherig r;

	cacherig_init(&r, "lmdb");
	if (mount_small(&r)) {
		CU_ASSERT_TRUE(fill_disk(&r, filler, sizeof filler));
		CU_ASSERT_TRUE_FATAL(cacherig_open(&r, "lmdb", "\"size\":\"16MiB\""));
		CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 0, 100, TTL_S), CDT_OK);
		CU_ASSERT_TRUE(cacherig_has(&r, 1));   /* it waits */
		CU_ASSERT_EQUAL(cacherig_drop(&r, 2), CDT_E_UPSTREAM);
		CU_ASSERT_FALSE(cacherig_has(&r, 1));
		CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 0, 100, TTL_S), CDT_E_LIMIT);
		CU_ASSERT_TRUE(stats_of(&r).failures > 0);
		CU_ASSERT_EQUAL(unlink(filler), 0);
		CU_ASSERT_TRUE(puts_again(&r, 3));
		again(&r, "\"size\":\"16MiB\"");
		CU_ASSERT_TRUE(cacherig_has(&r, 3));
		cacherig_close(&r);
		unmount_small(&r);
	}
	cacherig_fini(&r);
}

/* --- kill -9 --- */

enum { CYCLES = 20, KEYS = 4000 };

/* Puts, overwrites and drops until it is killed. */
static void live(struct cacherig *r, uint64_t turn)
{
	if (!cacherig_open(r, "lmdb", "\"size\":\"8MiB\""))
		_exit(1);
	for (uint64_t i = 0;; i++) {
		uint64_t n = (i * 7919 + turn) % KEYS;
		size_t length = 20 + (n * 37 + i) % 6000;

		if (i % 1000 == 999)
			(void)cacherig_drop(r, n);
		else if (i % 5000 == 4999)
			(void)cache_clear(r->instance);
		else
			(void)cacherig_put(r->self, n, turn, length, TTL_S);
	}
}

static void run_and_kill(struct cacherig *r, uint64_t turn)
{
	const struct timespec life = { .tv_nsec = (long)(5 + turn * 13 % 90) * 1000000 };
	int status = 0;
	pid_t child = fork();

	CU_ASSERT_TRUE_FATAL(child >= 0);
	if (child == 0)
		live(r, turn);
	(void)nanosleep(&life, NULL);
	CU_ASSERT_EQUAL(kill(child, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_TRUE(WIFSIGNALED(status));
}

static void opens_after_every_kill_and_gives_no_wrong_value(void)
{
	struct cacherig r;
	int64_t found = 0;

	cacherig_init(&r, "lmdb");
	for (uint64_t turn = 1; turn <= CYCLES; turn++) {
		run_and_kill(&r, turn);
		CU_ASSERT_TRUE_FATAL(cacherig_open(&r, "lmdb", "\"size\":\"8MiB\""));
		for (uint64_t n = 0; n < KEYS; n++)
			found += cacherig_has(&r, n);  /* and looks at every byte */
		CU_ASSERT_TRUE(cacherig_disk(&r) <= 8 * MIB);
		cacherig_put_surely(r.self, KEYS + turn, turn, 100);
		cacherig_close(&r);
	}
	CU_ASSERT_TRUE(found > 0);
	CU_ASSERT_EQUAL(r.report.warnings, 0);
	cacherig_fini(&r);
}

static const struct unit_test tests[] = {
	{ "stays within its size while ten times of it is put",
	  stays_within_its_size_while_ten_times_of_it_is_put },
	{ "keeps what is used", keeps_what_is_used },
	{ "follows a size that changes", follows_a_size_that_changes },
	{ "begins anew where files are spoilt", begins_anew_where_files_are_spoilt },
	{ "throws away a file that was cut", throws_away_a_file_that_was_cut },
	{ "leaves files of others alone", leaves_files_of_others_alone },
	{ "makes do with a disk that is smaller than its size",
	  makes_do_with_a_disk_that_is_smaller_than_its_size },
	{ "refuses while the disk is full, and goes on after",
	  refuses_while_the_disk_is_full_and_goes_on_after },
	{ "opens after every kill, and gives no wrong value",
	  opens_after_every_kill_and_gives_no_wrong_value },
	{ NULL, NULL },
};
const struct unit_suite plugins_cache_lmdb_disk_suite = { "cache_lmdb/disk", tests };
