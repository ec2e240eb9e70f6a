/* ledger/restore.c - puts a backup into a state folder: read, checked and recomputed beside
 * what is there, then renamed.  The ledger comes last, and while "restore.new" holds one no
 * store is opened without (store/env.c): a power cut in between is noticed.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "ledger/archive.h"
#include "ledger/manifest.h"
#include "ledger/tables.h"
#include "store/store.h"

enum { PATH_SIZE = 4096, PIECE = 64 << 10 };

static const char fresh[] = "restore.new";

/* The backup, as it comes. */
struct source { int fd; size_t at, n; char bytes[PIECE]; };

static cdt_status fail(char *why, const char *what, const char *path)
{
	(void)snprintf(why, 256, "can not %s %.150s: %s", what, path, strerror(errno));
	return CDT_E_ABORTED;
}

static cdt_status invalid(char *why, const char *what)
{
	(void)snprintf(why, 256, "%s", what);
	return CDT_E_INVALID;
}

static char *path_of(char out[PATH_SIZE], const char *dir, const char *name)
{
	size_t n = strlen(dir), more = strlen(name);

	/* One that is too long names nothing: open says so. */
	out[0] = '\0';
	if (n + more + 2 > PATH_SIZE)
		return out;
	memcpy(out, dir, n);
	out[n] = '/';
	memcpy(out + n + 1, name, more + 1);
	return out;
}

/* --- reading --- */

static bool fill(struct source *s)
{
	ssize_t n = read(s->fd, s->bytes + s->n, sizeof s->bytes - s->n);

	s->n += n > 0 ? (size_t)n : 0;
	return n > 0;
}

static cdt_status read_manifest(struct source *s, struct manifest *m, char *why)
{
	cdt_str line[MANIFEST_LINES];
	size_t at, i;

	do {
		cdt_str rest = { s->bytes, s->n };

		for (i = 0; i < MANIFEST_LINES; i++) {
			at = str_find(rest, '\n');
			if (at == rest.n)
				break;
			line[i] = str_from(rest.p, at);
			rest = str_skip(rest, at + 1);
		}
		s->at = s->n - rest.n;
	} while (i < MANIFEST_LINES && s->n < MANIFEST_LINES * MANIFEST_LINE_MAX && fill(s));
	if (i == MANIFEST_LINES)
		return manifest_read(line, m, why);
	return invalid(why, str_starts(str_from(s->bytes, s->n), "CONDUIT BACKUP ")
	               ? "the backup is damaged: it ends in its manifest"
	               : "this is no backup of Conduit");
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t did = write(fd, p, n);

		if (did <= 0)
			return false;
		p += did;
		n -= (size_t)did;
	}
	return true;
}

static cdt_status read_image(struct source *s, const struct manifest *m, int fd,
                             const char *path, char *why)
{
	struct sha256_sum *sum = sha256_sum_new();
	uint8_t hash[SHA256_SIZE];
	uint64_t total = 0;
	cdt_status st = CDT_OK;

	do {
		size_t n = s->n - s->at;

		total += n;
		sha256_sum_add(sum, str_from(s->bytes + s->at, n));
		if (total <= m->image_bytes && !write_all(fd, s->bytes + s->at, n))
			st = fail(why, "write", path);
		s->at = s->n = 0;
	} while (st == CDT_OK && fill(s));
	sha256_sum_end_free(sum, hash);
	if (st != CDT_OK)
		return st;
	if (total != m->image_bytes)
		return invalid(why, total < m->image_bytes
		               ? "the backup is damaged: its end is missing"
		               : "the backup is damaged: more follows its end");
	if (memcmp(hash, m->image_sha256, SHA256_SIZE) != 0)
		return invalid(why, "the backup is damaged: its image does not match "
		               "its digest");
	return fsync(fd) ? fail(why, "write", path) : CDT_OK;
}

/* --- restore.new --- */

static void remove_files(const char *dir)
{
	char path[PATH_SIZE];
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlink(path_of(path, dir, entry->d_name));       /* or stays */
	if (d)
		(void)closedir(d);
}

static void remove_fresh(const char *dir)
{
	char top[PATH_SIZE], inner[PATH_SIZE];

	path_of(top, dir, fresh);
	path_of(inner, top, "ledger");
	remove_files(inner);
	(void)rmdir(inner);
	remove_files(top);
	(void)rmdir(top);
}

static cdt_status unpack(struct source *s, const struct manifest *m, const char *top,
                         char *why)
{
	char inner[PATH_SIZE], path[PATH_SIZE];
	cdt_status st;
	int fd;

	if (mkdir(top, 0700) || mkdir(path_of(inner, top, "ledger"), 0700))
		return fail(why, "make", top);
	fd = open(path_of(path, inner, "data.mdb"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	          0600);
	if (fd < 0)
		return fail(why, "make", path);
	st = read_image(s, m, fd, path, why);
	if (close(fd) && st == CDT_OK)
		st = fail(why, "write", path);
	return st;
}

/* The entry that the manifest names is in the image. */
static bool has_head(struct book *b, const struct book_head *want)
{
	char key[ENTRY_KEY_SIZE];
	uint8_t chain[CHAIN_SIZE];
	cdt_str bytes;

	if (!want->number)
		return true;
	if (b->ops->get(b->arg, BOOK_ENTRIES, entry_key(want->number, key), &bytes) != CDT_OK)
		return false;
	entry_chain(bytes, chain);
	return !memcmp(chain, want->chain, CHAIN_SIZE);
}

/* Opens it as the next start will, and recomputes all of it. */
static cdt_status recompute(const char *top, const struct restore_order *o,
                            const struct manifest *m, struct book_sums *sums, char *why)
{
	char what[256] = "";
	struct store *s = store_open(top, o->map_size, why);
	struct store_read *r = s ? store_read_begin(s) : NULL;
	struct book b = book_of_read(r);
	cdt_status st;

	if (!s)
		return CDT_E_INVALID;
	st = r ? book_verify(&b, sums, what) : CDT_E_LIMIT;
	if (st == CDT_OK && !has_head(&b, &m->head)) {
		st = CDT_E_INVALID;
		(void)snprintf(what, sizeof what, "the newest entry is missing");
	}
	store_read_end(r);
	store_close(s);
	if (st == CDT_OK)
		return CDT_OK;
	(void)snprintf(why, 256, "the ledger in the backup is wrong: %.200s", what);
	return CDT_E_INVALID;
}

/* --- into place --- */

static bool is_there(const char *dir, const char *name)
{
	char path[PATH_SIZE];
	struct stat about;

	return !lstat(path_of(path, dir, name), &about);
}

static cdt_status move_aside(const char *dir, const char *name, const char *suffix, char *why)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	if (!is_there(dir, name))
		return CDT_OK;
	(void)snprintf(to, sizeof to, "%s/%s%s", dir, name, suffix);
	return rename(path_of(from, dir, name), to) ? fail(why, "rename", from) : CDT_OK;
}

static cdt_status move_in(const char *dir, const char *name, char *why)
{
	char top[PATH_SIZE], from[PATH_SIZE], to[PATH_SIZE];

	path_of(from, path_of(top, dir, fresh), name);
	return rename(from, path_of(to, dir, name)) ? fail(why, "rename", from) : CDT_OK;
}

static void name_aside(int64_t wall_ms, char out[ASIDE_SIZE])
{
	time_t second = (time_t)(wall_ms / 1000);
	struct tm utc;

	if (!gmtime_r(&second, &utc) ||
	    !strftime(out, ASIDE_SIZE, ".before-restore-%Y%m%dT%H%M%SZ", &utc))
		(void)snprintf(out, ASIDE_SIZE, ".before-restore");
}

static cdt_status exchange(const struct restore_order *o, struct restore_outcome *out,
                           char *why)
{
	cdt_status st;

	out->aside[0] = '\0';
	if (is_there(o->dir, "ledger") || is_there(o->dir, "pepper"))
		name_aside(o->wall_ms, out->aside);
	st = move_aside(o->dir, "ledger", out->aside, why);
	if (st == CDT_OK)
		st = move_aside(o->dir, "pepper", out->aside, why);
	if (st == CDT_OK)
		st = move_in(o->dir, "pepper", why);
	if (st == CDT_OK && !dir_sync(o->dir))
		st = fail(why, "write", o->dir);
	if (st == CDT_OK)
		st = move_in(o->dir, "ledger", why);
	if (st == CDT_OK && !dir_sync(o->dir))
		st = fail(why, "write", o->dir);
	return st;
}

static cdt_status prepare(const struct restore_order *o, struct source *s,
                          struct restore_outcome *out, char *why)
{
	char top[PATH_SIZE], line[PEPPER_SIZE + 2];
	struct manifest m;
	cdt_status st = read_manifest(s, &m, why);

	if (st != CDT_OK)
		return st;
	remove_fresh(o->dir);                          /* of one that was cut short */
	st = unpack(s, &m, path_of(top, o->dir, fresh), why);
	if (st == CDT_OK)
		st = recompute(top, o, &m, &out->sums, why);
	(void)snprintf(line, sizeof line, "%s\n", m.pepper);
	if (st == CDT_OK && !file_make(top, "pepper", str_from(line, PEPPER_SIZE + 1)))
		st = fail(why, "write", top);
	out->created_ms = m.created_ms;
	explicit_bzero(&m, sizeof m);
	explicit_bzero(line, sizeof line);
	return st;
}

cdt_status archive_restore(const struct restore_order *o, struct restore_outcome *out,
                           char why[256])
{
	int lock = store_dir_take(o->dir, why);
	struct source *s;
	bool keep;
	cdt_status st;

	if (lock < 0)
		return CDT_E_ABORTED;
	if (!o->force && (is_there(o->dir, "ledger") || is_there(o->dir, "pepper"))) {
		(void)snprintf(why, 256, "%.120s has a ledger or a pepper already: --force "
		               "moves both aside", o->dir);
		(void)close(lock);                     /* gives the folder up */
		return CDT_E_ABORTED;
	}
	s = mem_new(sizeof *s);
	s->fd = o->fd;
	st = prepare(o, s, out, why);
	explicit_bzero(s, sizeof *s);
	mem_free(s);
	keep = st == CDT_OK;
	if (st == CDT_OK)
		st = exchange(o, out, why);
	if (!keep || is_there(o->dir, "ledger"))       /* or it tells that something is amiss */
		remove_fresh(o->dir);
	(void)close(lock);                             /* gives the folder up */
	return st;
}
