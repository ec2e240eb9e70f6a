/* ledger/archive.c - makes a backup of a store that is in use.
 * SPDX-License-Identifier: MIT */
#include "ledger/archive.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "ledger/inside.h"
#include "ledger/manifest.h"
#include "ledger/tables.h"

enum { PATH_SIZE = 4096, PIECE = 64 << 10, SPARE_BYTES = 320 << 20 };

struct archive {
	struct buf head;               /* the manifest; secret */
	uint64_t image_bytes;
	int fd;                        /* of the image */
};

static bool fail(char *why, const char *what, const char *path)
{
	(void)snprintf(why, 256, "%s %.150s: %s", what, path, strerror(errno));
	return false;
}

/* The copy must not be what closes the ledger for lack of space. */
static bool has_room(struct store *s, char *why)
{
	const uint64_t need = store_counts(s).bytes_used + SPARE_BYTES;
	struct statvfs disk;

	if (statvfs(store_dir(s), &disk))
		return fail(why, "can not ask for the free space of", store_dir(s));
	if ((uint64_t)disk.f_bavail * disk.f_frsize >= need)
		return true;
	(void)snprintf(why, 256, "a backup needs %" PRIu64 " MiB of free space in the state "
	               "folder", need >> 20);
	return false;
}

static bool read_pepper(const char *dir, struct manifest *m, char *why)
{
	char path[PATH_SIZE];
	bool good = false;
	int fd;

	(void)snprintf(path, sizeof path, "%s/pepper", dir);       /* too long: open says so */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail(why, "can not open", path);
	if (read(fd, m->pepper, PEPPER_SIZE) == PEPPER_SIZE)
		good = strspn(m->pepper, "0123456789abcdef") == PEPPER_SIZE;
	(void)close(fd);                               /* only read */
	if (!good)
		(void)snprintf(why, 256, "%.150s does not hold 64 hex digits", path);
	return good;
}

/* What the image has at least: it may be a little newer. */
static bool read_head(struct store *s, struct manifest *m, char *why)
{
	struct store_read *r = store_read_begin(s);
	struct book b = book_of_read(r);
	cdt_status st = r ? book_head_get(&b, &m->head) : CDT_E_LIMIT;

	store_read_end(r);
	if (st != CDT_OK)
		(void)snprintf(why, 256, st == CDT_E_LIMIT ? "the store is busy; try again"
		               : "the head of the ledger can not be read");
	return st == CDT_OK;
}

/* A file that goes with its last descriptor. */
static int open_nameless(const char *dir, char *why)
{
	char path[PATH_SIZE];
	int fd;

	(void)snprintf(path, sizeof path, "%s/backup.new", dir);
	(void)unlink(path);                            /* of one that was cut short */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		(void)fail(why, "can not make", path);
	else
		(void)unlink(path);                    /* if not: the next one does */
	return fd;
}

static bool measure(int fd, struct manifest *m)
{
	struct sha256_sum *sum = sha256_sum_new();
	char *piece = mem_new(PIECE);
	ssize_t n;

	while ((n = pread(fd, piece, PIECE, (off_t)m->image_bytes)) > 0) {
		sha256_sum_add(sum, str_from(piece, (size_t)n));
		m->image_bytes += (uint64_t)n;
	}
	sha256_sum_end_free(sum, m->image_sha256);
	mem_free(piece);
	return n == 0;
}

static bool copy_store(struct archive *a, struct store *s, struct manifest *m, char *why)
{
	a->fd = open_nameless(store_dir(s), why);
	if (a->fd < 0)
		return false;
	if (store_copy(s, a->fd) != CDT_OK || !measure(a->fd, m)) {
		(void)snprintf(why, 256, "the store can not be copied into the state folder; "
		               "the log may say more");
		return false;
	}
	a->image_bytes = m->image_bytes;
	return true;
}

struct archive *archive_new(struct ledger *l, const char *version, int64_t wall_ms,
                            char why[256])
{
	struct manifest m = { .created_ms = wall_ms, .schema = STORE_SCHEMA,
	                      .epoch = l->epoch };
	struct archive *a = mem_new(sizeof *a);
	bool good;

	a->fd = -1;
	buf_init(&a->head, MANIFEST_LINES * MANIFEST_LINE_MAX);
	(void)snprintf(m.version, sizeof m.version, "%s", version);
	good = read_pepper(store_dir(l->store), &m, why) && has_room(l->store, why) &&
	       read_head(l->store, &m, why) && copy_store(a, l->store, &m, why);
	if (good)
		manifest_print(&m, &a->head);
	explicit_bzero(&m, sizeof m);
	if (good && a->head.status == CDT_OK)
		return a;
	archive_free(a);
	return NULL;
}

void archive_free(struct archive *a)
{
	if (!a)
		return;
	if (a->head.n)
		explicit_bzero(a->head.p, a->head.n);
	buf_fini(&a->head);
	if (a->fd >= 0)
		(void)close(a->fd);                    /* nobody needs it any more */
	mem_free(a);
}

uint64_t archive_size(const struct archive *a)
{
	return a->head.n + a->image_bytes;
}

int64_t archive_read(const struct archive *a, uint64_t at, char *out, size_t n)
{
	if (at >= a->head.n)
		return pread(a->fd, out, n, (off_t)(at - a->head.n));
	if (n > a->head.n - at)
		n = a->head.n - at;
	memcpy(out, a->head.p + at, n);
	return (int64_t)n;
}
