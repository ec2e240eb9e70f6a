/* store/env.c - the folder "ledger": made whole or not at all, opened with LMDB's default,
 * durable flags, its schema checked.  What is in the tables is others' affair.
 * SPDX-License-Identifier: MIT */
#include "store/parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"

enum { READERS_MAX = 512, MAP_SIZE_MIN = 1 << 20 };

static const struct { const char *name; unsigned count; } names[] = {
#define TABLE_NAME(id, name) { name, 0 },
#define RING_NAME(id, name, count) { name, count },
	STORE_TABLES(TABLE_NAME) STORE_RINGS(RING_NAME)
};

const char *store_table_name(enum store_table t, char out[STORE_NAME_SIZE])
{
	unsigned n = (unsigned)t;
	size_t i = 0;

	for (; names[i].count ? n >= names[i].count : n > 0; i++)
		n -= names[i].count ? names[i].count : 1;
	if (names[i].count)
		(void)snprintf(out, STORE_NAME_SIZE, "%s.%u", names[i].name, n);
	else
		(void)snprintf(out, STORE_NAME_SIZE, "%s", names[i].name);
	return out;
}

static char *path_of(char out[STORE_PATH_SIZE], const char *dir, const char *name)
{
	int n = snprintf(out, STORE_PATH_SIZE, "%s/%s", dir, name);

	return n > 0 && n < STORE_PATH_SIZE ? out : NULL;
}

static cdt_status fail(char *why, const char *what, const char *path, int rc)
{
	(void)snprintf(why, STORE_WHY_SIZE, "%s %.150s: %s", what, path, mdb_strerror(rc));
	return store_status(rc) == CDT_E_LIMIT ? CDT_E_LIMIT : CDT_E_UPSTREAM;
}

static int env_open(MDB_env **out, const char *path, uint64_t map_size)
{
	MDB_env *env;
	int rc = mdb_env_create(&env);

	if (rc)
		return rc;
	if (map_size < MAP_SIZE_MIN)
		map_size = MAP_SIZE_MIN;
	rc = mdb_env_set_mapsize(env, map_size);
	if (!rc)
		rc = mdb_env_set_maxdbs(env, STORE_TABLE_COUNT);
	if (!rc)
		rc = mdb_env_set_maxreaders(env, READERS_MAX);
	if (!rc)
		rc = mdb_env_open(env, path, MDB_NOTLS, 0600);
	if (rc) {
		mdb_env_close(env);
		return rc;
	}
	*out = env;
	return 0;
}

/* 0 = new, -1 = not readable. */
static int64_t schema_of(const struct tables *t, MDB_txn *txn)
{
	MDB_val k = { 6, (char[]){ "schema" } }, v;
	int64_t schema;
	int rc = mdb_get(txn, t->dbi[STORE_META], &k, &v);

	if (rc)
		return rc == MDB_NOTFOUND ? 0 : -1;
	return str_i64(str_from(v.mv_data, v.mv_size), &schema) && schema > 0 ? schema : -1;
}

static int put_schema(const struct tables *t, MDB_txn *txn)
{
	char text[16];
	MDB_val k = { 6, (char[]){ "schema" } }, v = { 0, text };

	v.mv_size = (size_t)snprintf(text, sizeof text, "%d", STORE_SCHEMA);
	return mdb_put(txn, t->dbi[STORE_META], &k, &v, 0);
}

/* Opens the tables, makes those that are missing. */
static cdt_status open_tables(struct tables *t, const char *path, char *why)
{
	char name[STORE_NAME_SIZE];
	int64_t schema;
	MDB_txn *txn;
	int rc = mdb_txn_begin(t->env, NULL, 0, &txn);

	if (rc)
		return fail(why, "can not write to", path, rc);
	for (unsigned i = 0; !rc && i < STORE_TABLE_COUNT; i++)
		rc = mdb_dbi_open(txn, store_table_name(i, name), MDB_CREATE, &t->dbi[i]);
	schema = rc ? -1 : schema_of(t, txn);
	if (schema == 0)
		rc = put_schema(t, txn);
	if (rc || schema < 0 || schema > STORE_SCHEMA)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	if (rc)
		return fail(why, "can not open the tables of", path, rc);
	if (schema > STORE_SCHEMA)
		(void)snprintf(why, STORE_WHY_SIZE, "%.100s was written by a newer version "
		               "(schema %lld, this one knows %d): install that version or "
		               "restore a backup", path, (long long)schema, STORE_SCHEMA);
	if (schema < 0)
		(void)snprintf(why, STORE_WHY_SIZE, "%.120s is damaged (its schema record is "
		               "not readable): restore a backup", path);
	return schema < 0 || schema > STORE_SCHEMA ? CDT_E_UNSUPPORTED : CDT_OK;
}

/* Built under another name and renamed, so that a power cut leaves all or nothing. */
static cdt_status create(const char *dir, const char *path, uint64_t map_size, char *why)
{
	char fresh[STORE_PATH_SIZE], file[STORE_PATH_SIZE];
	struct tables t = { .env = NULL };
	cdt_status st;
	int rc;

	if (!path_of(fresh, dir, "ledger.new"))
		return CDT_E_LIMIT;
	if (path_of(file, fresh, "data.mdb"))
		(void)unlink(file);                    /* of a start that was cut short */
	if (path_of(file, fresh, "lock.mdb"))
		(void)unlink(file);
	if (mkdir(fresh, 0700) && errno != EEXIST)
		return fail(why, "can not make", fresh, errno);
	rc = env_open(&t.env, fresh, map_size);
	if (rc)
		return fail(why, "can not open", fresh, rc);
	st = open_tables(&t, fresh, why);
	mdb_env_close(t.env);
	if (st != CDT_OK)
		return st;
	if (!dir_sync(fresh) || rename(fresh, path) || !dir_sync(dir))
		return fail(why, "can not make", path, errno);
	return CDT_OK;
}

static cdt_status open_there(struct tables *t, const char *path, uint64_t map_size, char *why)
{
	int dead = 0, rc;
	cdt_status st;

	if (!verify_env(path)) {
		(void)snprintf(why, STORE_WHY_SIZE, "%.160s is damaged: restore a backup",
		               path);
		return CDT_E_UPSTREAM;
	}
	rc = env_open(&t->env, path, map_size);
	if (rc)
		return fail(why, "can not open", path, rc);
	/* Readers of a process that was killed would keep old pages for ever. */
	rc = mdb_reader_check(t->env, &dead);
	if (dead)
		log_info(LOG_STORE, NULL, "dropped readers of a dead process count=%d", dead);
	st = rc ? fail(why, "can not read the readers of", path, rc)
	        : open_tables(t, path, why);
	if (st != CDT_OK)
		tables_close(t);
	return st;
}

/* The ledger that was there has been moved aside, the other one is not there yet. */
static bool is_half_restored(const char *dir)
{
	char path[STORE_PATH_SIZE];
	struct stat about;

	return path_of(path, dir, "restore.new/ledger") && !stat(path, &about);
}

cdt_status tables_open(struct tables *t, const char *dir, uint64_t map_size, char *why)
{
	char path[STORE_PATH_SIZE];
	struct stat about;
	cdt_status st = CDT_OK;

	if (!path_of(path, dir, "ledger")) {
		(void)snprintf(why, STORE_WHY_SIZE, "the state directory's path is too long");
		return CDT_E_LIMIT;
	}
	if (stat(path, &about) && errno == ENOENT && is_half_restored(dir)) {
		(void)snprintf(why, STORE_WHY_SIZE, "restoring a backup into %.100s was cut "
		               "short: restore it again, with --force", dir);
		return CDT_E_UPSTREAM;
	}
	if (stat(path, &about))
		st = errno == ENOENT ? create(dir, path, map_size, why)
		                     : fail(why, "can not read", path, errno);
	return st == CDT_OK ? open_there(t, path, map_size, why) : st;
}

void tables_close(struct tables *t)
{
	if (t->env)
		mdb_env_close(t->env);
	t->env = NULL;
}
