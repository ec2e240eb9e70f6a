/* auth/pepper.c - the file of the pepper: 64 hex digits, 0600.  The digits themselves are the
 * HMAC key.
 * SPDX-License-Identifier: MIT */
#include "auth/pepper.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"

enum { PATH_SIZE = 4096, PEPPER_BYTES = 32, PEPPER_SIZE = 2 * PEPPER_BYTES, WHY_SIZE = 256 };

static struct hmac_key *fail(char *why, const char *what, const char *path)
{
	(void)snprintf(why, WHY_SIZE, "can not %s %.150s: %s", what, path, strerror(errno));
	return NULL;
}

static bool sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd);                       /* nothing was written through it */
	return good;
}

static bool write_whole(const char *path)
{
	uint8_t bytes[PEPPER_BYTES];
	char text[PEPPER_SIZE + 1];
	int fd;
	bool good;

	(void)unlink(path);                            /* of a start that was cut short */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	rand_bytes(bytes, sizeof bytes);
	hex_of(bytes, sizeof bytes, text);
	text[PEPPER_SIZE] = '\n';
	good = write(fd, text, sizeof text) == (ssize_t)sizeof text && fsync(fd) == 0;
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(text, sizeof text);
	return close(fd) == 0 && good;
}

static bool make(const char *state_dir, const char *path)
{
	char fresh[PATH_SIZE];
	int n = snprintf(fresh, sizeof fresh, "%s.new", path);

	return n < PATH_SIZE && write_whole(fresh) && rename(fresh, path) == 0 &&
	       sync_dir(state_dir);
}

static struct hmac_key *read_pepper(int fd, const char *path, char *why)
{
	char text[PEPPER_SIZE + 2];
	struct hmac_key *k = NULL;
	struct stat about;
	ssize_t n = read(fd, text, sizeof text);
	bool good = n == PEPPER_SIZE || (n == PEPPER_SIZE + 1 && text[PEPPER_SIZE] == '\n');

	for (size_t i = 0; good && i < PEPPER_SIZE; i++)
		good = isxdigit((unsigned char)text[i]);
	if (good)
		k = hmac_key_new(str_from(text, PEPPER_SIZE));
	else
		(void)snprintf(why, WHY_SIZE, "%.150s must hold 64 hex digits: restore it from "
		               "a backup", path);
	explicit_bzero(text, sizeof text);
	if (k && !fstat(fd, &about) && (about.st_mode & 077))
		log_warn(LOG_AUTH, NULL, "others may read the pepper, make it 0600 file=%s",
		         path);
	return k;
}

struct hmac_key *pepper_open(const char *state_dir, bool may_make, char why[256])
{
	char path[PATH_SIZE];
	struct hmac_key *k;
	int fd;

	(void)snprintf(path, sizeof path, "%s/pepper", state_dir); /* too long: open says so */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT && !may_make) {
		(void)snprintf(why, WHY_SIZE, "%.120s is missing, and without it no stored key "
		               "can be checked: restore it from a backup", path);
		return NULL;
	}
	if (fd < 0 && errno == ENOENT) {
		if (!make(state_dir, path))
			return fail(why, "make", path);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0)
		return fail(why, "open", path);
	k = read_pepper(fd, path, why);
	(void)close(fd);                               /* only read */
	return k;
}
