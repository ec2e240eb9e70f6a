/* config/secrets.c - env:, file:, credential: and secrets written out.  What it reads goes
 * to locked memory only.
 * SPDX-License-Identifier: MIT */
#include "config/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "config/report.h"

enum { SECRET_MAX = 16 << 10, PATH_MAX_BYTES = 4096, MODE_MAX = 0640 };

struct wanted {
	cdt_str name;                  /* behind the colon */
	struct config_origin at;
	struct config_report *report;
};

/* They end up in header lines: one line, no control bytes. */
static struct secret *accept(const struct wanted *w, cdt_str bytes, const char *source)
{
	while (bytes.n && (bytes.p[bytes.n - 1] == '\n' || bytes.p[bytes.n - 1] == '\r'))
		bytes.n--;
	if (bytes.n == 0 || bytes.n > SECRET_MAX) {
		config_report_error(w->report, w->at, "%s %s", source,
		                    bytes.n ? "is too long for a secret" : "is empty");
		return NULL;
	}
	for (size_t i = 0; i < bytes.n; i++)
		if ((unsigned char)bytes.p[i] < ' ' || bytes.p[i] == 0x7f) {
			config_report_error(w->report, w->at,
			                    "%s holds more than one line or a control byte",
			                    source);
			return NULL;
		}
	return secret_new(bytes);
}

static struct secret *from_env(const struct wanted *w)
{
	char source[PATH_MAX_BYTES];
	const char *value;

	(void)snprintf(source, sizeof source, "%.*s", STR_ARG(w->name));    /* cut: not set */
	value = getenv(source);
	if (value)
		return accept(w, str_z(value), source);
	config_report_error(w->report, w->at, "the variable %s is not set", source);
	return NULL;
}

static struct secret *read_path(const struct wanted *w, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char bytes[SECRET_MAX + 2];
	struct secret *s = NULL;
	ssize_t n = -1;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, bytes, sizeof bytes);
	else if (fd >= 0)
		errno = EINVAL;
	if (n < 0) {
		config_report_error(w->report, w->at, "can not read the secret %s: %s", path,
		                    strerror(errno));
	} else {
		if (st.st_mode & 0777 & ~(mode_t)MODE_MAX)
			config_report_warning(w->report, w->at,
			                      "%s can be read by everybody or changed by "
			                      "others (mode %04o): chmod %04o",
			                      path, (unsigned)st.st_mode & 0777, MODE_MAX);
		s = accept(w, str_from(bytes, (size_t)n), path);
	}
	explicit_bzero(bytes, sizeof bytes);
	if (fd >= 0)
		(void)close(fd);                /* was only read */
	return s;
}

static struct secret *from_file(const struct wanted *w)
{
	const char *slash = w->at.line ? strrchr(w->at.file, '/') : NULL;
	bool beside = slash && !str_starts(w->name, "/");
	char path[PATH_MAX_BYTES];

	(void)snprintf(path, sizeof path, "%.*s%s%.*s", beside ? (int)(slash - w->at.file) : 0,
	               beside ? w->at.file : "", beside ? "/" : "", STR_ARG(w->name));
	return read_path(w, path);
}

static struct secret *from_credential(const struct wanted *w)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX_BYTES];

	if (!dir || w->name.n == 0 || w->name.p[0] == '.' ||
	    str_find(w->name, '/') < w->name.n) {
		config_report_error(
		    w->report, w->at, "%s",
		    dir ? "credential: takes a plain name"
			: "CREDENTIALS_DIRECTORY is not set: credential: works with "
			  "LoadCredential= of systemd");
		return NULL;
	}
	/* When it is cut it is not there. */
	(void)snprintf(path, sizeof path, "%s/%.*s", dir, STR_ARG(w->name));
	return read_path(w, path);
}

static struct secret *resolve(struct config_report *r, cdt_str text, struct config_origin at,
                              bool from_variable)
{
	static const struct {
		const char *scheme;
		struct secret *(*read)(const struct wanted *);
	} sources[] = {
		{ "credential:", from_credential },
		{ "env:", from_env },
		{ "file:", from_file },
	};
	struct wanted w = { text, at, r };

	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (str_starts(text, sources[i].scheme)) {
			w.name = str_skip(text, strlen(sources[i].scheme));
			return sources[i].read(&w);
		}
	if (!from_variable && text.n)
		config_report_warning(r, at, "a secret is written out: env:NAME, file:PATH or "
		                      "credential:NAME keep it elsewhere");
	return accept(&w, text, "the secret");
}

bool secrets_resolve(struct config_report *r, struct node *n)
{
	bool reference = report_is_reference(str_z(n->text));

	n->secret = resolve(r, str_z(n->text), n->at, n->loose);
	if (!reference)
		explicit_bzero(n->text, strlen(n->text));
	return n->secret != NULL;
}

struct secret *config_secret(cdt_str text, struct config_origin at, struct config_report *r)
{
	return resolve(r, text, at, false);
}
