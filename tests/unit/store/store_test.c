/* One owner; what was acknowledged is there after a kill.
 * SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "unit/unit.h"

enum { MAP = 16 << 20, CYCLES = 5, ACKS_BEFORE_KILL = 40 };

static cdt_status put_number(void *arg, struct store_txn *t)
{
	const unsigned *n = arg;
	char key[16];

	(void)snprintf(key, sizeof key, "%08u", *n);
	return txn_put(t, STORE_KEYS, str_z(key), CDT_STR("there"));
}

static bool has(struct store *s, unsigned n)
{
	struct store_read *r = store_read_begin(s);
	char key[16];
	cdt_str v;
	bool found;

	(void)snprintf(key, sizeof key, "%08u", n);
	found = store_get(r, STORE_KEYS, str_z(key), &v) == CDT_OK && str_is(v, "there");
	store_read_end(r);
	return found;
}

static void keeps_what_it_has_after_reopening(void)
{
	char why[256], *dir = unit_dir_new();
	struct store *s = store_open(dir, MAP, why);
	unsigned n = 7;

	CU_ASSERT_EQUAL(store_run(s, put_number, &n), CDT_OK);
	store_close(s);
	s = store_open(dir, MAP, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT(has(s, 7));
	CU_ASSERT(!has(s, 8));
	store_close(s);
	unit_dir_drop(dir);
}

static void makes_its_folder_for_its_owner_only(void)
{
	char why[256], *dir = unit_dir_new(), path[512];
	struct stat about;
	struct store *s;

	(void)snprintf(path, sizeof path, "%s/state", dir);
	s = store_open(path, MAP, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(stat(path, &about), 0);
	CU_ASSERT_EQUAL(about.st_mode & 0777, 0700);
	(void)snprintf(path, sizeof path, "%s/state/ledger/data.mdb", dir);
	CU_ASSERT_EQUAL(stat(path, &about), 0);
	CU_ASSERT_EQUAL(about.st_mode & 0777, 0600);
	store_close(s);
	unit_dir_drop(dir);
}

static void a_folder_that_can_not_be_is_explained(void)
{
	char why[256] = "";

	CU_ASSERT_PTR_NULL(store_open("/proc/nowhere/state", MAP, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "can not make the state directory /proc/nowhere"));
}

static void a_second_owner_is_refused(void)
{
	char why[256] = "", mine[32], *dir = unit_dir_new();
	struct store *s = store_open(dir, MAP, why);
	int status = -1;
	pid_t child;

	CU_ASSERT_PTR_NULL(store_open(dir, MAP, why));         /* in this process */
	(void)snprintf(mine, sizeof mine, "process %ld:", (long)getpid());
	CU_ASSERT_PTR_NOT_NULL(strstr(why, mine));
	child = fork();
	if (child == 0) {
		struct store *other = store_open(dir, MAP, why);

		_exit(other ? 1 : 0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	store_close(s);
	s = store_open(dir, MAP, why);                         /* free again */
	CU_ASSERT_PTR_NOT_NULL(s);
	store_close(s);
	unit_dir_drop(dir);
}

/* [child] Acknowledges each commit by a number through the pipe, until it is killed. */
static void write_for_ever(const char *dir, unsigned from, int fd)
{
	char why[256];
	struct store *s = store_open(dir, MAP, why);

	for (unsigned n = from; s; n++)
		if (store_run(s, put_number, &n) != CDT_OK || write(fd, &n, sizeof n) < 0)
			break;
	_exit(1);
}

static unsigned run_and_kill(const char *dir, unsigned from)
{
	int fds[2], status;
	unsigned last = from, n;
	pid_t child;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	child = fork();
	if (child == 0)
		write_for_ever(dir, from, fds[1]);
	(void)close(fds[1]);
	for (unsigned i = 0; i < ACKS_BEFORE_KILL; i++)
		if (read(fds[0], &n, sizeof n) == sizeof n)
			last = n;
	(void)kill(child, SIGKILL);
	while (read(fds[0], &n, sizeof n) == sizeof n)
		last = n;
	(void)close(fds[0]);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFSIGNALED(status));
	return last;
}

static void acknowledged_writes_survive_a_kill(void)
{
	char why[256], *dir = unit_dir_new();
	unsigned next = 0, missing = 0;

	for (unsigned cycle = 0; cycle < CYCLES; cycle++) {
		unsigned last = run_and_kill(dir, next);
		struct store *s = store_open(dir, MAP, why);

		CU_ASSERT_PTR_NOT_NULL_FATAL(s);
		CU_ASSERT(last >= next + ACKS_BEFORE_KILL - 1);
		for (unsigned n = 0; n <= last; n++)
			missing += !has(s, n);
		next = last + 1;
		store_close(s);
	}
	CU_ASSERT_EQUAL(missing, 0);
	unit_dir_drop(dir);
}

static const struct unit_test tests[] = {
	{ "keeps what it has after reopening", keeps_what_it_has_after_reopening },
	{ "makes its folder for its owner only", makes_its_folder_for_its_owner_only },
	{ "a folder that can not be is explained", a_folder_that_can_not_be_is_explained },
	{ "a second owner is refused", a_second_owner_is_refused },
	{ "acknowledged writes survive a kill", acknowledged_writes_survive_a_kill },
	{ NULL, NULL },
};
const struct unit_suite store_store_suite = { "store/store", tests };
