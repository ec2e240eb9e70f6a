/* cache_lmdb/segment.c - makes, opens, reads and fills one segment.  An entry is the wall-clock
 * millisecond that it ends at, and its value.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE                            /* fallocate */
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Data reach the disk before the page that points to them: a power cut may undo the last
 * commits, but leaves a sound tree. */
enum { ENV_FLAGS = MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD | MDB_NOMETASYNC };
enum { FILTER_SHARE = 128, USED_PART = 4, FILTER_BYTES_MIN = 4096, PAGE = 4096 };

static int fail(struct segment *s, int rc)
{
	if (s && s->env)
		mdb_env_close(s->env);
	if (s) {
		filter_free(s->filter);
		filter_free(s->used);
	}
	free(s);
	return rc;
}

/* map_bytes 0: as large as it was made. */
static int env_open(MDB_env **out, const struct folder *f, uint64_t number, size_t map_bytes)
{
	char path[FOLDER_FILE_SIZE];
	MDB_env *env;
	int rc = mdb_env_create(&env);

	if (rc)
		return rc;
	folder_file(f, number, ".segment", path);
	rc = mdb_env_set_maxreaders(env, SEGMENT_READERS_MAX);
	if (!rc && map_bytes)
		rc = mdb_env_set_mapsize(env, map_bytes);
	if (!rc)
		rc = mdb_env_open(env, path, ENV_FLAGS, 0600);
	if (rc)
		mdb_env_close(env);
	else
		*out = env;
	return rc;
}

/* The whole file has its blocks now, so that no commit meets a full disk, and a file that was
 * cut is told by its length. */
static int take_blocks(MDB_env *env, size_t bytes)
{
	mdb_filehandle_t fd;
	int rc = mdb_env_get_fd(env, &fd);

	if (rc)
		return rc;
	if (!fallocate(fd, 0, 0, (off_t)bytes))
		return 0;
	if (errno != EOPNOTSUPP)
		return errno;
	return ftruncate(fd, (off_t)bytes) ? errno : 0;
}

static int count(struct segment *s, MDB_txn *txn)
{
	MDB_stat st;
	int rc = mdb_stat(txn, s->dbi, &st);

	if (!rc)
		s->entries = st.ms_entries;
	return rc;
}

static void measure(struct segment *s)
{
	MDB_envinfo about;
	MDB_stat st;

	if (!mdb_env_info(s->env, &about) && !mdb_env_stat(s->env, &st))
		s->used_bytes = (about.me_last_pgno + 1) * st.ms_psize;
}

static int open_table(struct segment *s, bool is_new)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->env, NULL, is_new ? 0 : MDB_RDONLY, &txn);

	if (rc)
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &s->dbi);
	if (!rc)
		rc = count(s, txn);
	if (rc)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	measure(s);
	return rc;
}

static size_t filter_bytes_for(size_t bytes)
{
	size_t part = bytes / FILTER_SHARE;

	return part > FILTER_BYTES_MIN ? part : FILTER_BYTES_MIN;
}

static int fill_in(struct segment *s, size_t share_bytes)
{
	size_t filter_bytes = filter_bytes_for(share_bytes);
	int rc;

	s->file_bytes = share_bytes;
	s->map_bytes = (share_bytes - filter_bytes - SEGMENT_SLACK_BYTES) / PAGE * PAGE;
	s->filter = filter_new(s->number, filter_bytes);
	s->used = filter_new(s->number, filter_bytes / USED_PART);
	if (!s->filter || !s->used)
		return ENOMEM;
	rc = env_open(&s->env, s->folder, s->number, s->map_bytes);
	if (!rc)
		rc = take_blocks(s->env, s->map_bytes);
	return rc ? rc : open_table(s, true);
}

static void remove_files(const struct folder *f, uint64_t number)
{
	char path[FOLDER_FILE_SIZE];

	/* What can not be removed is tried again at the next start. */
	(void)unlink(folder_file(f, number, ".filter", path));
	(void)unlink(folder_file(f, number, ".segment", path));
	(void)unlink(folder_file(f, number, ".segment-lock", path));
}

struct segment *segment_new(const struct folder *f, uint64_t number, size_t share_bytes,
                            int *rc)
{
	struct segment *s = calloc(1, sizeof *s);

	*rc = s ? 0 : ENOMEM;
	if (!s)
		return NULL;
	*s = (struct segment){ .folder = f, .number = number };
	*rc = fill_in(s, share_bytes);
	if (!*rc)
		return s;
	*rc = fail(s, *rc);
	remove_files(f, number);
	return NULL;
}

/* LMDB looks at the first two pages only; past the end of a file that was cut is death. */
static bool is_whole(struct segment *s)
{
	MDB_envinfo about;
	mdb_filehandle_t fd;
	struct stat st;

	if (mdb_env_info(s->env, &about) || mdb_env_get_fd(s->env, &fd) || fstat(fd, &st))
		return false;
	s->map_bytes = about.me_mapsize;
	return st.st_size >= 0 && (uint64_t)st.st_size == about.me_mapsize;
}

struct segment *segment_open(const struct folder *f, uint64_t number, bool to_fill)
{
	struct segment *s = calloc(1, sizeof *s);
	char path[FOLDER_FILE_SIZE];

	if (!s)
		return NULL;
	*s = (struct segment){ .folder = f, .number = number, .sealed = !to_fill };
	if (!env_open(&s->env, f, number, 0) && is_whole(s) && !open_table(s, false))
		s->used = filter_new(number, filter_bytes_for(s->map_bytes) / USED_PART);
	if (!s->used) {
		(void)fail(s, 0);
		return NULL;
	}
	s->filter = filter_load(folder_file(f, number, ".filter", path), number, to_fill);
	if (to_fill)
		(void)unlink(path);                    /* it will not know what is put now */
	s->file_bytes = s->map_bytes + filter_bytes_for(s->map_bytes) + SEGMENT_SLACK_BYTES;
	return s;
}

void segment_seal(struct segment *s)
{
	char path[FOLDER_FILE_SIZE];

	if (s->sealed)
		return;
	s->sealed = true;
	/* Should either fail: a start finds an older tree, or none of the filter. */
	(void)mdb_env_sync(s->env, 1);
	folder_file(s->folder, s->number, ".filter", path);
	if (s->filter)
		(void)filter_save(s->filter, path);
}

void segment_note_use(const struct segment *s, uint64_t hash)
{
	if (!filter_may_have(s->used, hash))
		filter_add(s->used, hash);
}

bool segment_was_used(const struct segment *s, uint64_t hash)
{
	return filter_may_have(s->used, hash);
}

void segment_close(struct segment *s)
{
	(void)fail(s, 0);
}

void segment_drop(struct segment *s)
{
	const struct folder *f = s->folder;
	uint64_t number = s->number;

	segment_close(s);
	remove_files(f, number);
}

bool segment_get(const struct segment *s, MDB_txn *txn, const uint8_t *key, struct kept *out)
{
	MDB_val k = { KEY_SIZE, (void *)(uintptr_t)key }, v;

	if (mdb_get(txn, s->dbi, &k, &v) || v.mv_size < sizeof out->until_ms)
		return false;                          /* in trouble: a miss, too */
	memcpy(&out->until_ms, v.mv_data, sizeof out->until_ms);
	out->value = (const char *)v.mv_data + sizeof out->until_ms;
	out->n = v.mv_size - sizeof out->until_ms;
	return true;
}

int segment_put(struct segment *s, MDB_txn *txn, const uint8_t *key, const struct kept *k)
{
	MDB_val name = { KEY_SIZE, (void *)(uintptr_t)key };
	MDB_val v = { sizeof k->until_ms + k->n, NULL };
	int rc = mdb_put(txn, s->dbi, &name, &v, MDB_RESERVE);

	if (rc)
		return rc;
	memcpy(v.mv_data, &k->until_ms, sizeof k->until_ms);
	if (k->n)
		memcpy((char *)v.mv_data + sizeof k->until_ms, k->value, k->n);
	if (s->filter)
		filter_add(s->filter, segment_hash(key));      /* before any reader can ask */
	return 0;
}

int segment_remove(struct segment *s, MDB_txn *txn, const uint8_t *key)
{
	MDB_val k = { KEY_SIZE, (void *)(uintptr_t)key };
	int rc = mdb_del(txn, s->dbi, &k, NULL);

	return rc == MDB_NOTFOUND ? 0 : rc;
}

int segment_commit(struct segment *s, MDB_txn *txn)
{
	int rc = count(s, txn);

	if (rc) {
		mdb_txn_abort(txn);
		return rc;
	}
	rc = mdb_txn_commit(txn);
	measure(s);
	return rc;
}

uint64_t segment_hash(const uint8_t *key)
{
	uint64_t word[KEY_SIZE / sizeof(uint64_t)], h = 0;

	memcpy(word, key, sizeof word);
	for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
		h = (h ^ word[i]) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}
