/* The schema record, an interrupted first start, and damaged files (env.c and verify.c).
 * SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/rand.h"
#include "base/str.h"
#include "base/thread.h"
#include "store/parts.h"
#include "unit/unit.h"

enum { MAP = 16 << 20, FLIPS = 60 };

static cdt_status put_schema(void *arg, struct store_txn *t)
{
	return txn_put(t, STORE_META, CDT_STR("schema"), str_z(arg));
}

static void set_schema(const char *dir, char *text)
{
	char why[256];
	struct store *s = store_open(dir, MAP, why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(store_run(s, put_schema, text), CDT_OK);
	store_close(s);
}

static void a_newer_schema_is_refused(void)
{
	char why[256] = "", newer[] = "2", *dir = unit_dir_new();

	set_schema(dir, newer);
	CU_ASSERT_PTR_NULL(store_open(dir, MAP, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "newer version (schema 2, this one knows 1)"));
	unit_dir_drop(dir);
}

static void a_schema_that_is_no_number_is_refused(void)
{
	char why[256] = "", odd[] = "one", *dir = unit_dir_new();

	set_schema(dir, odd);
	CU_ASSERT_PTR_NULL(store_open(dir, MAP, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "is damaged"));
	unit_dir_drop(dir);
}

static cdt_status put_mark(void *arg, struct store_txn *t)
{
	(void)arg;
	return txn_put(t, STORE_MARKS, CDT_STR("k"), CDT_STR("v"));
}

/* As an older version has left it: without the newest table. */
static void drop_table(const char *dir, const char *name)
{
	char path[512];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	(void)snprintf(path, sizeof path, "%s/ledger", dir);
	CU_ASSERT_EQUAL_FATAL(mdb_env_create(&env), 0);
	CU_ASSERT_EQUAL(mdb_env_set_maxdbs(env, 1), 0);
	CU_ASSERT_EQUAL_FATAL(mdb_env_open(env, path, 0, 0600), 0);
	CU_ASSERT_EQUAL_FATAL(mdb_txn_begin(env, NULL, 0, &txn), 0);
	CU_ASSERT_EQUAL_FATAL(mdb_dbi_open(txn, name, 0, &dbi), 0);
	CU_ASSERT_EQUAL(mdb_drop(txn, dbi, 1), 0);
	CU_ASSERT_EQUAL(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static void a_table_that_an_older_version_had_not_is_made(void)
{
	char why[256], same[] = "1", *dir = unit_dir_new();
	struct store *s;

	set_schema(dir, same);
	drop_table(dir, "marks");
	s = store_open(dir, MAP, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(store_run(s, put_mark, NULL), CDT_OK);
	store_close(s);
	unit_dir_drop(dir);
}

static void a_first_start_that_was_cut_short_is_made_again(void)
{
	char why[256], path[512], *dir = unit_dir_new();
	struct store *s;
	int fd;

	(void)snprintf(path, sizeof path, "%s/ledger.new", dir);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/ledger.new/data.mdb", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	CU_ASSERT_EQUAL(write(fd, "half", 4), 4);
	(void)close(fd);
	s = store_open(dir, MAP, why);
	CU_ASSERT_PTR_NOT_NULL(s);
	store_close(s);
	(void)snprintf(path, sizeof path, "%s/ledger.new", dir);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	unit_dir_drop(dir);
}

static cdt_status put_rows(void *arg, struct store_txn *t)
{
	char key[16], value[600];

	(void)arg;
	memset(value, 'v', sizeof value);
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(key, sizeof key, "%08u", i);
		(void)txn_put(t, STORE_KEYS, str_z(key), str_from(value, sizeof value));
	}
	return CDT_OK;
}

static int open_file(const char *dir, off_t *size)
{
	char path[512];
	struct stat about = { .st_size = 0 };
	int fd;

	(void)snprintf(path, sizeof path, "%s/ledger/data.mdb", dir);
	fd = open(path, O_RDWR);
	(void)fstat(fd, &about);
	*size = about.st_size;
	return fd;
}

static void a_cut_file_is_refused(void)
{
	char why[256], *dir = unit_dir_new();
	struct store *s = store_open(dir, MAP, why);
	off_t size;
	int fd;

	CU_ASSERT_EQUAL(store_run(s, put_rows, NULL), CDT_OK);
	store_close(s);
	fd = open_file(dir, &size);
	CU_ASSERT_EQUAL(ftruncate(fd, size / 2), 0);
	(void)close(fd);
	CU_ASSERT_PTR_NULL(store_open(dir, MAP, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "is damaged: restore a backup"));
	unit_dir_drop(dir);
}

/* Opened or refused, but we live.  What is opened can be walked. */
static void flipped_bits_do_not_kill_us(void)
{
	char why[256], *dir = unit_dir_new();
	struct store *s = store_open(dir, MAP, why);
	unsigned refused = 0;
	off_t size;
	int fd;

	CU_ASSERT_EQUAL(store_run(s, put_rows, NULL), CDT_OK);
	store_close(s);
	fd = open_file(dir, &size);
	for (unsigned i = 0; i < FLIPS; i++) {
		/* Headers of pages are what hurts. */
		off_t at = (off_t)(rand_below((uint64_t)size / 4096) * 4096 + rand_below(64));
		unsigned char was, now;

		CU_ASSERT_EQUAL(pread(fd, &was, 1, at), 1);
		now = (unsigned char)(was ^ (1u << rand_below(8)));
		CU_ASSERT_EQUAL(pwrite(fd, &now, 1, at), 1);
		s = store_open(dir, MAP, why);
		refused += !s;
		store_close(s);
		CU_ASSERT_EQUAL(pwrite(fd, &was, 1, at), 1);
	}
	(void)close(fd);
	CU_ASSERT(refused > 0);
	unit_dir_drop(dir);
}

static void *run_verify(void *arg)
{
	return verify_env(arg) ? arg : NULL;
}

/* A pipe instead of the file: the child has to wait for us. */
static int pipe_once_it_is_read(const char *path)
{
	const struct timespec soon = { 0, 1000000 };
	int fd;

	while ((fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0)
		(void)nanosleep(&soon, NULL);
	return fd;
}

static void who_looks_for_damage_keeps_no_lock(void)
{
	char why[256], path[256], *dir = unit_dir_new();
	int lock, pipe;
	pthread_t thread;
	void *good;

	(void)snprintf(path, sizeof path, "%s/data.mdb", dir);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	lock = store_dir_take(dir, why);
	CU_ASSERT_FATAL(lock >= 0);
	CU_ASSERT_FATAL(thread_start(&thread, "verify", run_verify, dir));
	pipe = pipe_once_it_is_read(path);
	(void)close(lock);                     /* as if we had died */
	lock = store_dir_take(dir, why);
	CU_ASSERT(lock >= 0);
	(void)close(lock);
	(void)close(pipe);
	(void)pthread_join(thread, &good);
	CU_ASSERT_PTR_NULL(good);
	unit_dir_drop(dir);
}

static const struct unit_test tests[] = {
	{ "a newer schema is refused", a_newer_schema_is_refused },
	{ "a schema that is no number is refused", a_schema_that_is_no_number_is_refused },
	{ "a table that an older version had not is made",
	  a_table_that_an_older_version_had_not_is_made },
	{ "a first start that was cut short is made again",
	  a_first_start_that_was_cut_short_is_made_again },
	{ "a cut file is refused", a_cut_file_is_refused },
	{ "flipped bits do not kill us", flipped_bits_do_not_kill_us },
	{ "who looks for damage keeps no lock", who_looks_for_damage_keeps_no_lock },
	{ NULL, NULL },
};
const struct unit_suite store_env_suite = { "store/env", tests };
