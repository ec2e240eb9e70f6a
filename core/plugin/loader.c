/* plugin/loader.c - opens plugin files and nothing else; what is in the module table is
 * checked by the registry.  The file is copied to a private folder under its hash and the
 * copy is opened: overwriting a mapped .so would kill the gateway.  Never closed again.
 * SPDX-License-Identifier: MIT */
#include "plugin/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"

enum { FILE_MODE = 0500, DIR_MODE = 0700 };

__attribute__((format(printf, 2, 3)))
static cdt_status refuse(char why[PLUGIN_WHY_SIZE], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(why, PLUGIN_WHY_SIZE, fmt, args);      /* a long path may be cut */
	va_end(args);
	return CDT_E_INVALID;
}

/* NULL, or what is wrong with who may change it. */
static const char *owner_flaw(const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "belongs to somebody else than root or this user";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "can be written by others than its owner";
	return NULL;
}

cdt_status loader_trusts_dir(const char *dir, char why[PLUGIN_WHY_SIZE])
{
	struct stat st;
	const char *flaw;

	if (stat(dir, &st)) {
		(void)refuse(why, "%s", strerror(errno));
		return errno == ENOENT ? CDT_E_ABSENT : CDT_E_INVALID;
	}
	flaw = S_ISDIR(st.st_mode) ? owner_flaw(&st) : "is not a folder";
	return flaw ? refuse(why, "%s", flaw) : CDT_OK;
}

/* The rest of fd, at most cap bytes, appended to out. */
static cdt_status read_all(int fd, size_t size, struct buf *out)
{
	ssize_t got = 1;

	while (got > 0 && buf_reserve(out, size - out->n + 1) == CDT_OK) {
		got = read(fd, out->p + out->n, size - out->n + 1);
		if (got > 0)
			out->n += (size_t)got;
		if (out->n > size)
			return CDT_E_INVALID;           /* it grows while we read */
	}
	return got < 0 ? CDT_E_INVALID : out->status;
}

static cdt_status read_open(int fd, bool trust_any_owner, struct buf *out,
                            char why[PLUGIN_WHY_SIZE])
{
	struct stat st;
	const char *flaw;

	if (fstat(fd, &st))
		return refuse(why, "%s", strerror(errno));
	flaw = !S_ISREG(st.st_mode) ? "is not a plain file"
	     : trust_any_owner ? NULL : owner_flaw(&st);
	if (flaw)
		return refuse(why, "%s", flaw);
	if (st.st_size > PLUGIN_FILE_MAX_BYTES)
		return refuse(why, "larger than %d MiB", PLUGIN_FILE_MAX_BYTES >> 20);
	if (read_all(fd, (size_t)st.st_size, out) != CDT_OK)
		return refuse(why, "can not be read: %s",
		              errno ? strerror(errno) : "it changes");
	return CDT_OK;
}

static cdt_status read_file(const char *path, bool trust_any_owner, struct buf *out,
                            char why[PLUGIN_WHY_SIZE])
{
	int follow = trust_any_owner ? 0 : O_NOFOLLOW;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | follow);
	cdt_status st;

	if (fd < 0)
		return refuse(why, "%s",
		              errno == ELOOP ? "is a symbolic link" : strerror(errno));
	errno = 0;
	st = read_open(fd, trust_any_owner, out, why);
	(void)close(fd);                                /* only read from */
	return st;
}

static int private_open(const char *dir, char why[PLUGIN_WHY_SIZE])
{
	struct stat st;
	int fd;

	if (mkdir(dir, DIR_MODE) && errno != EEXIST) {
		(void)refuse(why, "the private folder %s: %s", dir, strerror(errno));
		return -1;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && !fstat(fd, &st) && st.st_uid == geteuid() && !(st.st_mode & 077))
		return fd;
	(void)refuse(why, "the private folder %s is not ours alone (mode 0700)", dir);
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* Is the copy there already, with the very same bytes? */
static bool has_copy(int dir, const char *name, cdt_str bytes)
{
	char ignored[PLUGIN_WHY_SIZE];
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct buf there;
	bool same;

	if (fd < 0)
		return false;
	buf_init(&there, PLUGIN_FILE_MAX_BYTES + 1);
	same = read_open(fd, false, &there, ignored) == CDT_OK && there.n == bytes.n &&
	       memcmp(there.p, bytes.p, bytes.n) == 0;
	buf_fini(&there);
	(void)close(fd);
	return same;
}

static bool write_all(int fd, cdt_str bytes)
{
	size_t at = 0;

	while (at < bytes.n) {
		ssize_t put = write(fd, bytes.p + at, bytes.n - at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += (size_t)put;
	}
	return true;
}

/* Under another name first: a copy that is there is a whole one. */
static bool make_copy(int dir, const char *name, cdt_str bytes)
{
	char draft[SHA256_TEXT_SIZE + 32];
	int fd;
	bool done;

	(void)snprintf(draft, sizeof draft, ".%s.%ld", name, (long)getpid());
	(void)unlinkat(dir, draft, 0);                  /* of a process that died, if at all */
	fd = openat(dir, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return false;
	done = write_all(fd, bytes);
	done = !close(fd) && done && !renameat(dir, draft, dir, name);
	if (!done)
		(void)unlinkat(dir, draft, 0);          /* errno has the cause already */
	return done;
}

static cdt_status copy_private(const char *dir, const char *sha256_text, cdt_str bytes,
                               char path[PATH_MAX], char why[PLUGIN_WHY_SIZE])
{
	char name[SHA256_TEXT_SIZE + 8];
	char whole[PATH_MAX];
	int fd = private_open(dir, why);
	bool there;

	if (fd < 0)
		return CDT_E_INVALID;
	(void)snprintf(name, sizeof name, "%s.so", sha256_text);
	there = has_copy(fd, name, bytes) || make_copy(fd, name, bytes);
	(void)close(fd);
	if (!there)
		return refuse(why, "can not be copied to %s: %s", dir, strerror(errno));
	if (!realpath(dir, whole) ||
	    snprintf(path, PATH_MAX, "%s/%s", whole, name) >= PATH_MAX)
		return refuse(why, "the path of the private folder %s is too long", dir);
	return CDT_OK;
}

static cdt_status enter_module(const char *copy, const struct cdt_module **out,
                               char why[PLUGIN_WHY_SIZE])
{
	const struct cdt_module *(*entry)(void);
	void *symbol, *opened = dlopen(copy, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const char *said;

	if (!opened) {
		said = dlerror();
		/* The copy's name says nothing to the operator. */
		if (said && !strncmp(said, copy, strlen(copy)))
			said += strlen(copy) + strspn(said + strlen(copy), ": ");
		return refuse(why, "can not be loaded: %s", said ? said : "no reason given");
	}
	symbol = dlsym(opened, "conduit_module_1");
	if (!symbol)
		return refuse(why, "has no conduit_module_1");
	memcpy(&entry, &symbol, sizeof entry);          /* POSIX: they have one size */
	*out = entry();
	return *out ? CDT_OK : refuse(why, "conduit_module_1 returned nothing");
}

static cdt_status open_bytes(cdt_str bytes, const char *private_dir, const char *sha256_text,
                             const struct cdt_module **out, char why[PLUGIN_WHY_SIZE])
{
	char copy[PATH_MAX];
	cdt_status st = elf_check(bytes, why);

	if (st == CDT_OK)
		st = copy_private(private_dir, sha256_text, bytes, copy, why);
	return st == CDT_OK ? enter_module(copy, out, why) : st;
}

cdt_status loader_open(const char *path, const char *private_dir, bool trust_any_owner,
                       char sha256_text[SHA256_TEXT_SIZE], const struct cdt_module **out,
                       char why[PLUGIN_WHY_SIZE])
{
	uint8_t hash[SHA256_SIZE];
	struct buf bytes;
	cdt_status st;

	buf_init(&bytes, PLUGIN_FILE_MAX_BYTES + 1);
	st = read_file(path, trust_any_owner, &bytes, why);
	if (st == CDT_OK) {
		sha256(buf_str(&bytes), hash);
		(void)hex_of(hash, sizeof hash, sha256_text);
		st = open_bytes(buf_str(&bytes), private_dir, sha256_text, out, why);
	}
	buf_fini(&bytes);
	return st;
}
