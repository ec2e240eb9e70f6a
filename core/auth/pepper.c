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

#include "base/file.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"

enum { PATH_SIZE = 4096, PEPPER_BYTES = 32, PEPPER_SIZE = 2 * PEPPER_BYTES, WHY_SIZE = 256 };

static struct hmac_key *fail(char *why, const char *what, const char *path)
{
	(void)snprintf(why, WHY_SIZE, "can not %s %.150s: %s", what, path, strerror(errno));
	return NULL;
}

static bool make(const char *state_dir)
{
	uint8_t bytes[PEPPER_BYTES];
	char text[PEPPER_SIZE + 1];
	bool good;

	rand_bytes(bytes, sizeof bytes);
	hex_of(bytes, sizeof bytes, text);
	text[PEPPER_SIZE] = '\n';
	good = file_make(state_dir, "pepper", str_from(text, sizeof text));
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(text, sizeof text);
	return good;
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
		if (!make(state_dir))
			return fail(why, "make", path);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0)
		return fail(why, "open", path);
	k = read_pepper(fd, path, why);
	(void)close(fd);                               /* only read */
	return k;
}
