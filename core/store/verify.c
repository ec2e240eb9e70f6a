/* store/verify.c - walks a file of LMDB in a child before we map it: a damaged one makes LMDB
 * abort or fault, and that must not be us.  Does not know what the values mean.
 * SPDX-License-Identifier: MIT */
#include "store/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* A file that takes longer is only walked in part; a walk that hangs is ended. */
enum { VERIFY_MS = 2000, VERIFY_HANG_SECONDS = 10 };
enum { FREE_PAGES = 0 };               /* LMDB's own list of them */
enum { TOUCH_BYTES = 512, LATER_TABLES = 64 };

/* [child] Are there as many entries as the table says it has? */
static int count_table(MDB_txn *txn, MDB_dbi dbi, size_t n)
{
	MDB_stat about;
	int rc = mdb_stat(txn, dbi, &about);

	return rc || about.ms_entries == n ? rc : MDB_CORRUPTED;
}

/* [child] Touches every page. */
static int walk_table(MDB_txn *txn, MDB_dbi dbi, uint64_t until_ms)
{
	MDB_val k, v;
	MDB_cursor *cursor;
	volatile unsigned char sum = 0;
	size_t n = 0;
	int rc = mdb_cursor_open(txn, dbi, &cursor);

	while (!rc && !(rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT))) {
		for (size_t i = 0; i < v.mv_size; i += TOUCH_BYTES)
			sum = (unsigned char)(sum + ((const unsigned char *)v.mv_data)[i]);
		if (k.mv_size == 0 || (++n % 1024 == 0 && clock_ms() > until_ms))
			return k.mv_size == 0;
	}
	return rc == MDB_NOTFOUND ? count_table(txn, dbi, n) : rc;
}

/* [child] The names of the tables.  One that is not found is made when the file is opened;
 * on a damaged page that would be our end. */
static int walk_names(MDB_txn *txn)
{
	MDB_val k, v, last = { 0, NULL };
	MDB_cursor *cursor;
	MDB_dbi names;
	size_t n = 0;
	int rc = mdb_dbi_open(txn, NULL, 0, &names);

	if (!rc)
		rc = mdb_cursor_open(txn, names, &cursor);
	while (!rc && !(rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT))) {
		if (n++ && mdb_cmp(txn, names, &last, &k) >= 0)
			return MDB_CORRUPTED;
		last = k;
	}
	return rc == MDB_NOTFOUND ? count_table(txn, names, n) : rc;
}

/* [child] All that have a name. */
static int walk_tables(MDB_txn *txn, uint64_t until_ms)
{
	char name[STORE_NAME_SIZE];
	MDB_val k, v;
	MDB_cursor *cursor;
	MDB_dbi names, dbi;
	int rc = mdb_dbi_open(txn, NULL, 0, &names);

	if (!rc)
		rc = mdb_cursor_open(txn, names, &cursor);
	while (!rc && !(rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT))) {
		(void)snprintf(name, sizeof name, "%.*s", (int)k.mv_size,
		               (const char *)k.mv_data);
		rc = mdb_dbi_open(txn, name, 0, &dbi);
		if (!rc)
			rc = walk_table(txn, dbi, until_ms);
		else if (rc == MDB_NOTFOUND)
			rc = 0;                /* of a later version, and its name is long */
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

/* [child] */
static int walk(const char *path)
{
	const uint64_t until_ms = clock_ms() + VERIFY_MS;
	MDB_env *env;
	MDB_txn *txn;
	int rc = mdb_env_create(&env);

	if (rc)
		return rc;
	rc = mdb_env_set_maxdbs(env, STORE_TABLE_COUNT + LATER_TABLES);
	if (!rc)
		rc = mdb_env_open(env, path, MDB_RDONLY | MDB_NOLOCK, 0);
	if (!rc)
		rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (!rc)
		rc = walk_table(txn, FREE_PAGES, until_ms);
	if (!rc)
		rc = walk_names(txn);
	if (!rc)
		rc = walk_tables(txn, until_ms);
	return rc;
}

/* [child] Dies quietly: LMDB writes its assertions to stderr.  Dies with its parent; that is
 * not at once, so the lock of the state directory must not be ours meanwhile. */
static void be_quiet(void)
{
	static const int deadly[] = { SIGSEGV, SIGBUS, SIGABRT, SIGALRM };
	const struct rlimit none = { 0, 0 };
	int null;

	closefrom(STDERR_FILENO + 1);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		(void)signal(deadly[i], SIG_DFL);      /* only its exit status counts */
	(void)setrlimit(RLIMIT_CORE, &none);
	if (null >= 0)
		(void)dup2(null, STDERR_FILENO);
	(void)alarm(VERIFY_HANG_SECONDS);
}

bool verify_env(const char *path)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		be_quiet();
		_exit(walk(path) ? 1 : 0);
	}
	if (child < 0)
		return false;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
