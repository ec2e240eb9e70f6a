/* cache_lmdb/folder.c - makes, locks and lists the folder.  Files with other names than ours
 * are left alone.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE                            /* O_CLOEXEC and its like */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BASE = 16, DIGITS = 16, LOCK_TRIES = 50, LOCK_NAP_NS = 10000000 };

static const char version[] = "conduit cache_lmdb 1\n";
static const char *const suffixes[] = { ".segment", ".segment-lock", ".filter", ".filter.new" };

/* With all that is above it. */
static bool make(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(path, 0700);               /* the last one tells */
		*p = '/';
	}
	return !mkdir(path, 0700) || errno == EEXIST;
}

/* A child of a gateway that was killed may hold the lock for a moment. */
static bool lock(int fd)
{
	const struct timespec nap = { .tv_nsec = LOCK_NAP_NS };

	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || i == LOCK_TRIES)
			return false;
		(void)nanosleep(&nap, NULL);           /* shorter is fine */
	}
	return true;
}

static void note_owner(int fd)
{
	char pid[24];
	int n = snprintf(pid, sizeof pid, "%ld", (long)getpid());

	if (ftruncate(fd, 0) || pwrite(fd, pid, (size_t)n, 0) != n)
		return;                                /* full disk: only a message is poorer */
}

static void say_owner(int fd, const char *path, char *why)
{
	char pid[24];
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	(void)snprintf(why, FOLDER_WHY_SIZE, "%.150s is in use by process %s: a cache has its "
	               "folder for itself", path, n > 0 ? pid : "(unknown)");
}

bool folder_take(struct folder *f, const char *path, size_t length, char why[FOLDER_WHY_SIZE])
{
	char name[FOLDER_FILE_SIZE];
	int fd;

	if (!length || length >= sizeof f->path || memchr(path, '\0', length)) {
		(void)snprintf(why, FOLDER_WHY_SIZE, "path must name a folder, in less than %d "
		               "bytes", FOLDER_PATH_SIZE);
		return false;
	}
	memcpy(f->path, path, length);
	f->path[length] = '\0';
	(void)snprintf(name, sizeof name, "%s/lock", f->path);     /* has room */
	fd = make(f->path) ? open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (fd < 0) {
		(void)snprintf(why, FOLDER_WHY_SIZE, "can not use the folder %.150s: %s",
		               f->path, strerror(errno));
		return false;
	}
	if (!lock(fd)) {
		say_owner(fd, f->path, why);
		(void)close(fd);                       /* not ours */
		return false;
	}
	note_owner(fd);
	f->lock_fd = fd;
	return true;
}

void folder_give(struct folder *f)
{
	(void)close(f->lock_fd);                       /* the lock goes with it */
}

char *folder_file(const struct folder *f, uint64_t number, const char *suffix,
                  char out[FOLDER_FILE_SIZE])
{
	(void)snprintf(out, FOLDER_FILE_SIZE, "%s/%016" PRIx64 "%s", f->path, number, suffix);
	return out;
}

/* NULL: the name is none of ours; else its suffix. */
static const char *suffix_of(const char *name, uint64_t *number)
{
	char *end;

	if (strspn(name, "0123456789abcdef") != DIGITS)
		return NULL;
	*number = strtoull(name, &end, BASE);
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (!strcmp(end, suffixes[i]))
			return suffixes[i];
	return NULL;
}

/* 1: ours.  0: there is none.  -1: of another version, or not readable. */
static int version_there(const struct folder *f)
{
	char name[FOLDER_FILE_SIZE], text[sizeof version] = "";
	ssize_t n;
	int fd;

	(void)snprintf(name, sizeof name, "%s/format", f->path);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	n = read(fd, text, sizeof text);
	(void)close(fd);                               /* only read */
	return n == sizeof version - 1 && !memcmp(text, version, (size_t)n) ? 1 : -1;
}

/* Keeps the newest when there are too many. */
static size_t insert(uint64_t number[FOLDER_LIST_MAX], size_t count, uint64_t one)
{
	size_t at = count;

	while (at && number[at - 1] < one)
		at--;
	if (at == FOLDER_LIST_MAX)
		return count;
	count -= count == FOLDER_LIST_MAX;
	memmove(number + at + 1, number + at, (count - at) * sizeof *number);
	number[at] = one;
	return count + 1;
}

size_t folder_list(const struct folder *f, uint64_t number[FOLDER_LIST_MAX], bool *stranger)
{
	int there = version_there(f);
	DIR *dir = opendir(f->path);
	const struct dirent *e;
	size_t count = 0;
	uint64_t one;

	while (dir && (e = readdir(dir))) {
		const char *suffix = suffix_of(e->d_name, &one);

		if (suffix == suffixes[0] && one <= INT64_MAX)
			count = insert(number, count, one);
	}
	if (dir)
		(void)closedir(dir);                   /* only read */
	*stranger = there < 0 || (there == 0 && count);
	return *stranger ? 0 : count;
}

bool folder_note_version(const struct folder *f)
{
	char name[FOLDER_FILE_SIZE];
	bool good;
	int fd;

	if (version_there(f) == 1)
		return true;
	(void)snprintf(name, sizeof name, "%s/format", f->path);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	good = fd >= 0 && write(fd, version, sizeof version - 1) == sizeof version - 1 &&
	       !fsync(fd);
	return fd >= 0 && !close(fd) && good;
}

void folder_sync(const struct folder *f)
{
	int fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);                               /* then a power cut may undo it */
	(void)close(fd);                               /* only read */
}

static bool is_kept(uint64_t number, const uint64_t *keep, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (keep[i] == number)
			return true;
	return false;
}

void folder_sweep(const struct folder *f, const uint64_t *keep, size_t count)
{
	DIR *dir = opendir(f->path);
	const struct dirent *e;
	uint64_t number;

	/* What can not be removed is tried again at the next start. */
	while (dir && (e = readdir(dir)))
		if (suffix_of(e->d_name, &number) && !is_kept(number, keep, count))
			(void)unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		(void)closedir(dir);                   /* only read */
}
