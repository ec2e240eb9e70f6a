/* Lines from workers to the file.
 * SPDX-License-Identifier: MIT */
#include "usage/journal.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

/* LINES of one worker fit its ring; those of two rounds do not. */
enum { WORKERS = 3, LINES = 2000, ROUNDS = 3, FILE_MAX = 32 << 20 };

static char *path_in(const char *dir, const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	buf_init(out, FILE_MAX);
	while (fd >= 0 && buf_reserve(out, 65536) == CDT_OK &&
	       (n = read(fd, out->p + out->n, 65536)) > 0)
		out->n += (size_t)n;
	if (fd >= 0)
		(void)close(fd);
}

static void write_line(struct journal *j, unsigned worker, int64_t i)
{
	struct journal_line l = { .wall_ms = 1, .bytes_in = i, .attempts = worker };

	journal_write(j, worker, &l);
}

/* Lines of one worker come in their order; next[] counts them. */
static void check_order(cdt_str text, int64_t next[WORKERS])
{
	while (text.n) {
		struct json *j = json_parse(str_cut(&text, '\n'));
		int64_t worker = json_i64(json_get(j, "attempts"), -1);

		CU_ASSERT_FATAL(worker >= 0 && worker < WORKERS);
		CU_ASSERT_EQUAL(json_i64(json_get(j, "bytes_in"), -1), next[worker]);
		next[worker]++;
		json_free(j);
	}
}

static size_t count_lines(const char *path)
{
	struct buf text;
	size_t n = 0;

	read_file(path, &text);
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	buf_fini(&text);
	return n;
}

static void wait_for_lines(const char *path, size_t n)
{
	static const struct timespec pause = { 0, 10000000 };

	for (int i = 0; i < 500 && count_lines(path) < n; i++)
		(void)nanosleep(&pause, NULL);
}

struct scribe { struct journal *j; unsigned number; int64_t from; };

static void *write_many(void *arg)
{
	struct scribe *me = arg;

	for (int64_t i = 0; i < LINES; i++)
		write_line(me->j, me->number, me->from + i);
	return NULL;
}

static void write_round(struct journal *j, int64_t round)
{
	struct scribe scribes[WORKERS];
	pthread_t threads[WORKERS];

	for (unsigned i = 0; i < WORKERS; i++) {
		scribes[i] = (struct scribe){ j, i, round * LINES };
		pthread_create(&threads[i], NULL, write_many, &scribes[i]);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
}

static void each_worker_keeps_its_order_and_nothing_is_lost(void)
{
	char why[256], *dir = unit_dir_new(), *path = path_in(dir, "access.log");
	struct journal *j = journal_open(path, JOURNAL_JSON, WORKERS, why);
	int64_t next[WORKERS] = { 0 };
	struct stat about;
	struct buf text;

	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	for (int64_t round = 0; round < ROUNDS; round++) {
		write_round(j, round);
		wait_for_lines(path, (size_t)((round + 1) * LINES * WORKERS));
	}
	CU_ASSERT_EQUAL(journal_dropped(j), 0);
	journal_close(j);
	read_file(path, &text);
	check_order(buf_str(&text), next);
	for (unsigned i = 0; i < WORKERS; i++)
		CU_ASSERT_EQUAL(next[i], LINES * ROUNDS);
	CU_ASSERT_EQUAL(stat(path, &about), 0);
	CU_ASSERT_EQUAL(about.st_mode & 0137, 0);      /* 0640 less the umask */
	buf_fini(&text);
	unit_dir_drop(dir);
}

static void a_line_is_there_soon(void)
{
	char why[256], *dir = unit_dir_new(), *path = path_in(dir, "access.log");
	struct journal *j = journal_open(path, JOURNAL_JSON, 1, why);
	static const struct timespec pause = { 0, 10000000 };
	struct stat about = { .st_size = 0 };

	write_line(j, 0, 0);
	for (int i = 0; i < 200 && !about.st_size; i++) {
		(void)nanosleep(&pause, NULL);
		CU_ASSERT_EQUAL(stat(path, &about), 0);
	}
	CU_ASSERT(about.st_size > 0);
	journal_close(j);
	unit_dir_drop(dir);
}

/* Nobody reads the pipe: the ring fills, lines are dropped and counted, nobody waits. */
static void a_stuck_reader_costs_lines_not_time(void)
{
	char why[256], *dir = unit_dir_new(), *path = path_in(dir, "pipe");
	static const struct timespec pause = { 0, 1000000 };
	struct journal *j;
	struct buf text;
	int64_t got = 0;
	int reader;

	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	j = journal_open(path, JOURNAL_JSON, 1, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	for (int64_t i = 0; i < 20000; i++)
		write_line(j, 0, i);
	CU_ASSERT(journal_dropped(j) > 0);
	buf_init(&text, FILE_MAX);
	for (int turn = 0; turn < 20000 && got + (int64_t)journal_dropped(j) < 20000; turn++) {
		ssize_t n = buf_reserve(&text, 65536) == CDT_OK
		            ? read(reader, text.p + text.n, 65536) : 0;

		for (ssize_t i = 0; i < n; i++)
			got += text.p[text.n + (size_t)i] == '\n';
		if (n > 0)
			text.n += (size_t)n;
		(void)nanosleep(&pause, NULL);
	}
	CU_ASSERT_EQUAL(got + (int64_t)journal_dropped(j), 20000);
	CU_ASSERT(got > 1000);
	journal_close(j);
	(void)close(reader);
	buf_fini(&text);
	unit_dir_drop(dir);
}

static void closing_does_not_wait_for_ever(void)
{
	char why[256], *dir = unit_dir_new(), *path = path_in(dir, "pipe");
	uint64_t from_ms;
	struct journal *j;
	int reader;

	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	j = journal_open(path, JOURNAL_JSON, 1, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	for (int64_t i = 0; i < 3000; i++)
		write_line(j, 0, i);
	from_ms = clock_ms();
	journal_close(j);
	CU_ASSERT(clock_ms() - from_ms < 6000);
	(void)close(reader);
	unit_dir_drop(dir);
}

static void wait_for(const char *path)
{
	static const struct timespec pause = { 0, 5000000 };

	for (int i = 0; i < 400 && access(path, F_OK) != 0; i++)
		(void)nanosleep(&pause, NULL);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
}

static void reopening_follows_a_rotation(void)
{
	char why[256], *dir = unit_dir_new(), path[512], *old;
	struct journal *j;
	struct buf before, after;

	(void)snprintf(path, sizeof path, "%s/access.log", dir);
	old = path_in(dir, "access.log.1");
	j = journal_open(path, JOURNAL_JSON, 1, why);
	write_line(j, 0, 1);
	CU_ASSERT_EQUAL(rename(path, old), 0);
	journal_reopen(j);
	wait_for(path);
	write_line(j, 0, 2);
	journal_close(j);
	read_file(old, &before);
	read_file(path, &after);
	CU_ASSERT(str_search(buf_str(&before), CDT_STR("\"bytes_in\":1,")) < before.n);
	CU_ASSERT(str_search(buf_str(&after), CDT_STR("\"bytes_in\":2,")) < after.n);
	CU_ASSERT(str_search(buf_str(&after), CDT_STR("\"bytes_in\":1,")) == after.n);
	buf_fini(&before);
	buf_fini(&after);
	unit_dir_drop(dir);
}

static void opening_again_appends(void)
{
	char why[256], *dir = unit_dir_new(), *path = path_in(dir, "access.log");
	int64_t next[WORKERS] = { 0 };
	struct buf text;

	for (int64_t i = 0; i < 3; i++) {
		struct journal *j = journal_open(path, JOURNAL_JSON, 1, why);

		write_line(j, 0, i);
		journal_close(j);
	}
	read_file(path, &text);
	check_order(buf_str(&text), next);
	CU_ASSERT_EQUAL(next[0], 3);
	buf_fini(&text);
	unit_dir_drop(dir);
}

static void off_writes_nothing(void)
{
	char why[256];
	struct journal *j = journal_open("off", JOURNAL_JSON, 1, why);

	write_line(j, 0, 1);
	journal_reopen(j);
	CU_ASSERT_EQUAL(journal_dropped(j), 0);
	journal_close(j);
	journal_close(NULL);
}

static void a_path_that_can_not_be_is_explained(void)
{
	char why[256] = "";

	CU_ASSERT_PTR_NULL(journal_open("/proc/nowhere/access.log", JOURNAL_JSON, 1, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "can not write the access log to /proc/nowhere"));
}

static void a_full_disk_is_counted(void)
{
	char why[256];
	struct journal *j = journal_open("/dev/full", JOURNAL_JSON, 1, why);
	static const struct timespec pause = { 0, 10000000 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	for (int64_t i = 0; i < 5; i++)
		write_line(j, 0, i);
	for (int i = 0; i < 200 && journal_dropped(j) < 5; i++)
		(void)nanosleep(&pause, NULL);
	CU_ASSERT_EQUAL(journal_dropped(j), 5);
	journal_close(j);
}

static const struct unit_test tests[] = {
	{ "each worker keeps its order and nothing is lost",
	  each_worker_keeps_its_order_and_nothing_is_lost },
	{ "a line is there soon", a_line_is_there_soon },
	{ "a stuck reader costs lines, not time", a_stuck_reader_costs_lines_not_time },
	{ "closing does not wait for ever", closing_does_not_wait_for_ever },
	{ "reopening follows a rotation", reopening_follows_a_rotation },
	{ "opening again appends", opening_again_appends },
	{ "off writes nothing", off_writes_nothing },
	{ "a path that can not be is explained", a_path_that_can_not_be_is_explained },
	{ "a full disk is counted", a_full_disk_is_counted },
	{ NULL, NULL },
};
const struct unit_suite usage_journal_suite = { "usage/journal", tests };
