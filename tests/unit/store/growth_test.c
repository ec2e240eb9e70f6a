/* A map that fills up grows, readers or not; and the image of a store is a store (store_copy).
 * SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "unit/unit.h"

enum { MAP = 1 << 20, ROWS = 2000, ROW_BYTES = 4000, READERS = 3 };

static cdt_status put_row(void *arg, struct store_txn *t)
{
	char key[16], value[ROW_BYTES];

	memset(value, 'v', sizeof value);
	(void)snprintf(key, sizeof key, "%08u", *(unsigned *)arg);
	return txn_put(t, STORE_KEYS, str_z(key), str_from(value, sizeof value));
}

static struct store *open_in(const char *dir)
{
	char why[256] = "";
	struct store *s = store_open(dir, MAP, why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static unsigned rows_of(struct store *s)
{
	struct store_read *r = store_read_begin(s);
	cdt_str key = CDT_STR(""), value;
	unsigned n = 0;

	while (r && store_next(r, STORE_KEYS, n > 0, &key, &value) == CDT_OK)
		n += value.n == ROW_BYTES;
	store_read_end(r);
	return n;
}

static atomic_bool stop;

static void *read_on(void *arg)
{
	while (!atomic_load(&stop))
		(void)rows_of(arg);
	return NULL;
}

static void a_map_grows_beside_readers(void)
{
	char *dir = unit_dir_new();
	struct store *s = open_in(dir);
	pthread_t reader[READERS];
	unsigned failed = 0;

	store_let_grow(s);
	atomic_store(&stop, false);
	for (unsigned i = 0; i < READERS; i++)
		CU_ASSERT_EQUAL(pthread_create(&reader[i], NULL, read_on, s), 0);
	for (unsigned i = 0; i < ROWS; i++)
		failed += store_run(s, put_row, &i) != CDT_OK;
	atomic_store(&stop, true);
	for (unsigned i = 0; i < READERS; i++)
		(void)pthread_join(reader[i], NULL);
	CU_ASSERT_EQUAL(failed, 0);
	CU_ASSERT_EQUAL(rows_of(s), ROWS);
	CU_ASSERT(store_counts(s).bytes_max >= 8 * MAP);
	store_close(s);
	s = open_in(dir);              /* although it says 1 MiB again */
	CU_ASSERT_EQUAL(rows_of(s), ROWS);
	store_close(s);
	unit_dir_drop(dir);
}

/* Who stays inside holds the growth up, but not the writer for long; what did not fit fits when
 * they have left. */
static void a_reader_that_stays_delays_growth(void)
{
	char *dir = unit_dir_new();
	struct store *s = open_in(dir);
	struct store_read *r;
	unsigned i = 0, tries = 0;
	cdt_status st;

	store_let_grow(s);
	CU_ASSERT_EQUAL(store_run(s, put_row, &i), CDT_OK);
	r = store_read_begin(s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	do {
		st = store_run(s, put_row, &(unsigned){ ++i });
	} while (st == CDT_OK && i < ROWS);
	CU_ASSERT_EQUAL(st, CDT_E_LIMIT);
	store_read_end(r);
	while (store_run(s, put_row, &i) != CDT_OK && tries++ < 500)
		usleep(10000);
	CU_ASSERT(tries < 500);
	CU_ASSERT_EQUAL(rows_of(s), i + 1);
	store_close(s);
	unit_dir_drop(dir);
}

#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__      /* they want it all */
/* No more addresses than are used now, and so many bytes. */
static void limit_addresses(struct rlimit *before, size_t more)
{
	unsigned long long pages = 0;
	struct rlimit now;
	FILE *f = fopen("/proc/self/statm", "r");

	CU_ASSERT_FATAL(f && fscanf(f, "%llu", &pages) == 1);
	(void)fclose(f);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_AS, before), 0);
	now = *before;
	now.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_AS, &now), 0);
}

/* What LMDB would have done: drop the old map, and then find that there is no new one. */
static void a_map_that_can_not_grow_is_kept(void)
{
	char *dir = unit_dir_new();
	struct store *s = open_in(dir);
	uint64_t size;
	struct rlimit before;
	unsigned i = 0, tries = 0;
	cdt_status st = CDT_OK;

	store_let_grow(s);
	while (i < ROWS && store_counts(s).bytes_max < 8 * MAP)
		CU_ASSERT_EQUAL(store_run(s, put_row, &(unsigned){ i++ }), CDT_OK);
	size = store_counts(s).bytes_max;
	limit_addresses(&before, size);
	for (; i < 4 * ROWS && st == CDT_OK; i++)
		st = store_run(s, put_row, &i);
	CU_ASSERT_EQUAL(st, CDT_E_LIMIT);
	CU_ASSERT_EQUAL(store_counts(s).bytes_max, size);
	CU_ASSERT_EQUAL(rows_of(s), i - 1);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_AS, &before), 0);
	while (store_run(s, put_row, &i) != CDT_OK && tries++ < 500)
		usleep(10000);
	CU_ASSERT(tries < 500);
	CU_ASSERT(store_counts(s).bytes_max > size);
	CU_ASSERT_EQUAL(rows_of(s), i);
	store_close(s);
	unit_dir_drop(dir);
}
#endif

static void an_image_is_a_store(void)
{
	char *dir = unit_dir_new(), *other = unit_dir_new(), path[512];
	struct store *s = open_in(dir);
	int fd;

	for (unsigned i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(store_run(s, put_row, &i), CDT_OK);
	(void)snprintf(path, sizeof path, "%s/ledger", other);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/ledger/data.mdb", other);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	CU_ASSERT_EQUAL(store_copy(s, fd), CDT_OK);
	(void)close(fd);
	CU_ASSERT_EQUAL(store_run(s, put_row, &(unsigned){ 100 }), CDT_OK);
	store_close(s);
	s = open_in(other);
	CU_ASSERT_EQUAL(rows_of(s), 100);
	store_close(s);
	unit_dir_drop(dir);
	unit_dir_drop(other);
}

static const struct unit_test tests[] = {
	{ "a map grows beside readers", a_map_grows_beside_readers },
	{ "a reader that stays delays growth", a_reader_that_stays_delays_growth },
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
	{ "a map that can not grow is kept", a_map_that_can_not_grow_is_kept },
#endif
	{ "an image is a store", an_image_is_a_store },
	{ NULL, NULL }
};
const struct unit_suite store_growth_suite = { "store/growth", tests };
