/* base/file.c
 * SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

bool dir_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd);                       /* nothing was written through it */
	return good;
}

static bool write_whole(const char *path, cdt_str text)
{
	bool good;
	int fd;

	(void)unlink(path);                            /* of an attempt that was cut short */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	good = write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
	return close(fd) == 0 && good;
}

bool file_make(const char *dir, const char *name, cdt_str text)
{
	char path[PATH_SIZE], fresh[PATH_SIZE];
	int n = snprintf(fresh, sizeof fresh, "%s/%s.new", dir, name);

	if (n < 0 || n >= PATH_SIZE) {
		errno = ENAMETOOLONG;
		return false;
	}
	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	return write_whole(fresh, text) && rename(fresh, path) == 0 && dir_sync(dir);
}
