/* config/file.c - which files may be read, and their bytes.  Does not know what they say.
 * SPDX-License-Identifier: MIT */
#include "config/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

static bool may_trust(struct config_report *r, const char *path, struct config_origin from,
                      const struct stat *st)
{
	bool ours = st->st_uid == 0 || st->st_uid == geteuid();

	if (!S_ISREG(st->st_mode)) {
		config_report_error(r, from, "%s is not a regular file", path);
		return false;
	}
	if (!ours && st->st_mode & (S_IWGRP | S_IWOTH)) {
		config_report_error(r, from,
		                    "%s belongs to user %u and can be written by others: chown "
		                    "it to root or to the user of this service, and chmod go-w",
		                    path, (unsigned)st->st_uid);
		return false;
	}
	if (st->st_mode & S_IWOTH)
		config_report_warning(r, from, "%s can be written by everybody: chmod o-w",
		                      path);
	return true;
}

static bool read_all(int fd, struct buf *out)
{
	for (;;) {
		ssize_t n;

		if (buf_reserve(out, 4096) != CDT_OK)
			return errno = EFBIG, false;
		n = read(fd, out->p + out->n, 4096);
		if (n == 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		out->n += n > 0 ? (size_t)n : 0;
	}
}

bool file_read(struct config_report *r, const char *path, struct config_origin from,
               struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	bool ok = false;

	buf_init(out, FILE_MAX + 4096);
	if (fd < 0 || fstat(fd, &st) != 0)
		config_report_error(r, from, "can not open %s: %s", path, strerror(errno));
	else if (!may_trust(r, path, from, &st))
		;
	else if (!read_all(fd, out) || out->n > FILE_MAX)
		config_report_error(r, from, "can not read %s: %s", path,
		                    strerror(out->n >= FILE_MAX ? EFBIG : errno));
	else
		ok = true;
	if (fd >= 0)
		(void)close(fd);                /* was only read */
	if (!ok)
		buf_fini(out);
	return ok;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool file_readable(const char *path)
{
	return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t file_list(struct config_report *r, const char *dir, size_t max, char ***out)
{
	DIR *d = opendir(dir);
	size_t count = 0;

	*out = NULL;
	if (!d && errno != ENOENT && errno != ENOTDIR)
		config_report_error(r, (struct config_origin){ dir, 0 },
		                    "can not be listed: %s", strerror(errno));
	if (!d)
		return 0;
	*out = mem_new_array(max, sizeof **out);
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (e->d_name[0] == '.' || !str_ends(str_z(e->d_name), ".cfg"))
			continue;
		if (count == max) {
			config_report_error(r, (struct config_origin){ dir, 0 },
			                    "has more than %zu .cfg files", max);
			break;
		}
		(*out)[count++] = mem_text(e->d_name, strlen(e->d_name));
	}
	(void)closedir(d);                      /* was only read */
	qsort(*out, count, sizeof **out, by_name);
	return count;
}
