/* crash/recorder.c - for LD_PRELOAD: writes down, in order, what a program writes to its
 * database and its promises, and when it has been told that they are durable.
 *
 * Record: type, offset (8 bytes), length (4), then the bytes.  Types: 'w' a write; 'd' one
 * that is durable when it returns (O_DSYNC); 's' all before are durable; 'a' a promise; 'W'
 * and 'S' are those of the side journal.
 *
 * FAULT=ENOSPC:N or EIO:N in the environment: from the Nth time on that the database would be
 * made durable all its writes fail so.  Without RECORD_TO nothing is written down.
 * SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PATH_BYTES = 512, HEAD_BYTES = 13 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at);
off_t lseek64(int fd, off_t at, int whence);

static void record(char type, uint64_t at, const void *p, size_t n)
{
	unsigned char head[HEAD_BYTES] = { (unsigned char)type };
	uint32_t n32 = (uint32_t)n;
	const char *to = getenv("RECORD_TO");
	struct iovec v[2] = { { head, sizeof head }, { NULL, n } };

	if (!to)
		return;
	memcpy(head + 1, &at, 8);
	memcpy(head + 9, &n32, 4);
	memcpy(&v[1].iov_base, &p, sizeof p);
	pthread_mutex_lock(&lock);
	if (out < 0)
		out = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (out < 0 || syscall(SYS_writev, out, v, 2) != (ssize_t)(sizeof head + n))
		abort();
	pthread_mutex_unlock(&lock);
}

/* 'w' or 'd' for the database, 'W' for the side journal, 'a' for promises, 0 for all others. */
static char type_of(int fd)
{
	char link[64], path[PATH_BYTES];
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n <= 0)
		return 0;
	path[n] = '\0';
	if (n > 5 && !strcmp(path + n - 5, "/acks"))
		return 'a';
	if (n > 5 && !strcmp(path + n - 5, "/side"))
		return 'W';
	if (n < 9 || strcmp(path + n - 9, "/data.mdb") != 0)
		return 0;
	return fcntl(fd, F_GETFL) & O_DSYNC ? 'd' : 'w';
}

/* 0, or the errno that what is written to the database gets now. */
static int fault_of(char type, int is_sync)
{
	static atomic_int syncs;
	const char *fault = getenv("FAULT");
	int after;

	if (!fault || (type != 'w' && type != 'd'))
		return 0;
	after = (int)strtol(strchr(fault, ':') + 1, NULL, 10);
	if ((is_sync ? atomic_fetch_add(&syncs, 1) + 1 : atomic_load(&syncs)) < after)
		return 0;
	return strncmp(fault, "EIO", 3) ? ENOSPC : EIO;
}

static void note(int fd, const struct iovec *v, int count, uint64_t at)
{
	char type = type_of(fd);

	for (int i = 0; type && i < count; i++) {
		record(type, at, v[i].iov_base, v[i].iov_len);
		at += v[i].iov_len;
	}
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	char type = type_of(fd);
	ssize_t done;

	errno = fault_of(type, type == 'd');
	if (errno)
		return -1;
	done = syscall(SYS_pwrite64, fd, p, n, at);
	if (done > 0 && type)
		record(type, (uint64_t)at, p, (size_t)done);
	return done;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return pwrite64(fd, p, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int count)
{
	uint64_t at = (uint64_t)lseek64(fd, 0, SEEK_CUR);
	ssize_t done;

	errno = fault_of(type_of(fd), 0);
	if (errno)
		return -1;
	done = syscall(SYS_writev, fd, v, count);
	if (done > 0)
		note(fd, v, count, at);
	return done;
}

ssize_t write(int fd, const void *p, size_t n)
{
	char type = type_of(fd);
	uint64_t at = type == 'a' ? 0 : (uint64_t)lseek64(fd, 0, SEEK_CUR);
	ssize_t done = syscall(SYS_write, fd, p, n);

	if (done > 0 && type)
		record(type, at, p, (size_t)done);
	return done;
}

static int synced(int fd, long call)
{
	char type = type_of(fd);
	int rc;

	errno = fault_of(type, 1);
	if (errno)
		return -1;
	rc = (int)syscall(call, fd);
	if (!rc && (type == 'w' || type == 'd'))
		record('s', 0, "", 0);
	if (!rc && type == 'W')
		record('S', 0, "", 0);
	return rc;
}

int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }
int fsync(int fd) { return synced(fd, SYS_fsync); }
