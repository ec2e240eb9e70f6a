/* admin/token.c - where the admin token comes from: the configuration (which knows
 * CONDUIT_MASTER_KEY), else a file that is made at first start.
 * SPDX-License-Identifier: MIT */
#include "admin/inquiry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"

enum { PATH_SIZE = 4096, WHY_SIZE = 256 };
enum { TOKEN_BYTES = 32, TOKEN_SIZE = 43, TOKEN_MIN = 16, TOKEN_MAX = 1024 };

static struct secret *fail(char *why, const char *what, const char *path)
{
	(void)snprintf(why, WHY_SIZE, "can not %s %.150s: %s", what, path, strerror(errno));
	return NULL;
}

static bool make(const char *state_dir)
{
	uint8_t bytes[TOKEN_BYTES];
	char text[TOKEN_SIZE + 1];
	bool good;

	rand_bytes(bytes, sizeof bytes);
	base62_encode(bytes, sizeof bytes, text, TOKEN_SIZE);
	text[TOKEN_SIZE] = '\n';
	good = file_make(state_dir, "admin.token", str_from(text, sizeof text));
	explicit_bzero(bytes, sizeof bytes);
	explicit_bzero(text, sizeof text);
	return good;
}

static struct secret *read_token(int fd, const char *path, char *why)
{
	char bytes[TOKEN_MAX + 1];
	struct secret *s = NULL;
	struct stat about;
	ssize_t n = read(fd, bytes, sizeof bytes);
	cdt_str text = str_trim(str_from(bytes, n > 0 ? (size_t)n : 0));

	if (n > TOKEN_MAX || text.n < TOKEN_MIN)
		(void)snprintf(why, WHY_SIZE, "%.150s must hold one line of %d to %d "
		               "characters; remove it to get a new one", path, TOKEN_MIN,
		               TOKEN_MAX);
	else
		s = secret_new(text);
	explicit_bzero(bytes, sizeof bytes);
	if (s && !fstat(fd, &about) && (about.st_mode & 077))
		log_warn(LOG_ADMIN, NULL, "others may read the admin token, make it 0600 "
		         "file=%s", path);
	return s;
}

void admin_token_judge(const struct secret *s, const char *name)
{
	if (s && secret_bytes(s).n < TOKEN_MIN)
		log_warn(LOG_ADMIN, NULL, "%s is short: it can be guessed", name);
}

struct secret *admin_token_open(const struct config *c, char why[256])
{
	char path[PATH_SIZE];
	struct secret *s;
	int fd;

	if (c->admin_token) {
		admin_token_judge(c->admin_token, "the admin token");
		return secret_new(secret_bytes(c->admin_token));
	}
	/* A path that is too long is cut: open says so. */
	(void)snprintf(path, sizeof path, "%s/admin.token", c->state_dir);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) {
		if (!make(c->state_dir))
			return fail(why, "make", path);
		log_info(LOG_ADMIN, NULL, "the admin token was made file=%s", path);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0)
		return fail(why, "open", path);
	s = read_token(fd, path, why);
	(void)close(fd);                               /* only read */
	return s;
}
