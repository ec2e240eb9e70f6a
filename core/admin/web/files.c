/* admin/web/files.c - GET of the web app: which file answers, and under which rules browsers
 * use it.  No name that a client sends leaves the folder: names are of few characters, and no
 * link is followed.
 * SPDX-License-Identifier: MIT */
#include "admin/web/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/web/accept.h"
#include "base/str.h"

enum { PATH_MAX_BYTES = 160, DEPTH_MAX = 4, FILE_MAX_BYTES = 16 << 20 };
enum { TAG_SIZE = 2 + 32 + 1, TAG_BYTES = 16, HASH_CHARACTERS = 8 };

static const struct { const char *ending, *type; } types[] = {
	{ ".css", "text/css; charset=utf-8" }, { ".html", "text/html; charset=utf-8" },
	{ ".ico", "image/x-icon" }, { ".js", "text/javascript; charset=utf-8" },
	{ ".json", "application/json" }, { ".map", "application/json" },
	{ ".png", "image/png" }, { ".svg", "image/svg+xml" },
	{ ".txt", "text/plain; charset=utf-8" },
	{ ".webmanifest", "application/manifest+json" }, { ".woff2", "font/woff2" },
};

/* Smaller ones that may lie beside each file, best first. */
static const struct { const char *name, *ending; } encodings[] = {
	{ "br", ".br" }, { "gzip", ".gz" }, { NULL, "" },
};

static const char *type_of(cdt_str path)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_ends(path, types[i].ending))
			return types[i].type;
	return NULL;
}

/* --- names --- */

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* "/assets/index-D3xk2q_Z.js": neither "..", nor hidden, nor escaped, nor what we do not know.
 */
static bool is_file_name(cdt_str path)
{
	cdt_str rest = str_skip(path, 1);
	size_t depth = 0;

	if (path.n > PATH_MAX_BYTES || !str_starts(path, "/") || !type_of(path))
		return false;
	while (rest.n) {
		cdt_str piece = str_cut(&rest, '/');

		if (!piece.n || piece.p[0] == '.' || ++depth > DEPTH_MAX)
			return false;
		for (size_t i = 0; i < piece.n; i++)
			if (!is_plain(piece.p[i]))
				return false;
	}
	return path.p[path.n - 1] != '/';
}

/* Its content is in its name, as bundlers write it: "-D3xk2q_Z.js". */
static bool is_hashed(cdt_str path)
{
	size_t dot = path.n;
	bool mixed = false;

	if (!str_starts(path, "/assets/"))
		return false;
	while (dot && path.p[dot - 1] != '.')
		dot--;
	if (dot < HASH_CHARACTERS + 2 || path.p[dot - HASH_CHARACTERS - 2] != '-')
		return false;
	for (size_t i = dot - HASH_CHARACTERS - 1; i < dot - 1; i++) {
		if (path.p[i] == '.' || path.p[i] == '/')
			return false;
		mixed |= !(path.p[i] >= 'a' && path.p[i] <= 'z');
	}
	return mixed;                          /* or else it may be a word */
}

static bool is_api(cdt_str path)
{
	return str_starts(path, "/admin/") || str_starts(path, "/health/") ||
	       str_is(path, "/metrics");
}

bool files_want(const struct inquiry *c)
{
	cdt_str path = http_path(c->request), method = http_method(c->request);

	if ((!str_is(method, "GET") && !str_is(method, "HEAD")) || is_api(path))
		return false;
	return is_file_name(path) || accept_has(http_header(c->request, "accept"), "text/html");
}

/* --- opening --- */

/* One folder at a time, and none that is a link. */
static int open_below(const char *dir, char *path)
{
	int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), next;
	char *piece = path + 1, *slash;

	while (at >= 0 && (slash = strchr(piece, '/'))) {
		*slash = '\0';
		next = openat(at, piece, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		(void)close(at);               /* only looked at */
		at = next;
		piece = slash + 1;
	}
	if (at < 0)
		return -1;
	next = openat(at, piece, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	(void)close(at);                       /* only looked at */
	return next;
}

static int open_file(const char *dir, cdt_str path, const char *ending, struct stat *about)
{
	char name[PATH_MAX_BYTES + 8];
	int fd;

	(void)snprintf(name, sizeof name, "%.*s%s", STR_ARG(path), ending);
	fd = open_below(dir, name);
	if (fd >= 0 && (fstat(fd, about) || !S_ISREG(about->st_mode) ||
	                about->st_size > FILE_MAX_BYTES)) {
		(void)close(fd);               /* never read */
		return -1;
	}
	return fd;
}

static bool read_all(int fd, size_t size, struct buf *out)
{
	while (size && buf_reserve(out, size) == CDT_OK) {
		ssize_t n = read(fd, out->p + out->n, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		out->n += (size_t)n;
		size -= (size_t)n;
	}
	return size == 0;
}

/* --- answering --- */

static void put_head(struct inquiry *c, const char *name, const char *value)
{
	(void)http_head_add(&c->head, name, str_z(value));     /* ours: they are well-formed */
}

static void put_rules(struct inquiry *c)
{
	put_head(c, "Content-Security-Policy", "default-src 'self'; connect-src 'self'; "
	         "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
	         "form-action 'self'");
	put_head(c, "Referrer-Policy", "no-referrer");
	put_head(c, "Cross-Origin-Opener-Policy", "same-origin");
	put_head(c, "Cross-Origin-Resource-Policy", "same-origin");
}

/* Another file, or the same one written again, has another one. */
static void make_tag(const struct stat *about, char out[TAG_SIZE])
{
	const int64_t parts[] = { (int64_t)about->st_dev, (int64_t)about->st_ino,
	                          (int64_t)about->st_size, (int64_t)about->st_mtim.tv_sec,
	                          (int64_t)about->st_mtim.tv_nsec };
	uint8_t hash[SHA256_SIZE];
	char hex[2 * TAG_BYTES + 1];

	sha256(str_from((const char *)parts, sizeof parts), hash);
	(void)snprintf(out, TAG_SIZE, "\"%s\"", hex_of(hash, TAG_BYTES, hex));
}

static cdt_status show_open(struct inquiry *c, int fd, const struct stat *about, cdt_str path)
{
	char tag[TAG_SIZE];

	make_tag(about, tag);
	put_head(c, "ETag", tag);
	put_head(c, "Vary", "Accept-Encoding");
	put_rules(c);
	c->caching = is_hashed(path) ? "public, max-age=31536000, immutable" : "no-cache";
	c->type = type_of(path);
	if (accept_tag(http_header(c->request, "if-none-match"), tag)) {
		c->status = 304;
		c->type = NULL;
		return CDT_OK;
	}
	if (read_all(fd, (size_t)about->st_size, &c->out))
		return CDT_OK;
	buf_clear(&c->head);                   /* it is being written: nothing is as it was */
	return CDT_E_ABORTED;
}

/* CDT_E_ABSENT: it is not there. */
static cdt_status show_file(struct inquiry *c, const char *dir, cdt_str path)
{
	cdt_str accepted = http_header(c->request, "accept-encoding");
	size_t i = 0;
	struct stat about;
	cdt_status st;
	int fd = -1;

	for (; fd < 0 && i < sizeof encodings / sizeof *encodings; i++)
		if (!encodings[i].name || accept_has(accepted, encodings[i].name))
			fd = open_file(dir, path, encodings[i].ending, &about);
	if (fd < 0)
		return CDT_E_ABSENT;
	if (encodings[i - 1].name)
		put_head(c, "Content-Encoding", encodings[i - 1].name);
	st = show_open(c, fd, &about, path);
	(void)close(fd);                       /* only read */
	return st;
}

/* --- pages of our own --- */

static cdt_status show_page(struct inquiry *c, uint32_t status, const char *title,
                            const char *text)
{
	put_rules(c);
	c->status = status;
	c->type = "text/html; charset=utf-8";
	buf_print(&c->out, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
	          "<meta charset=\"utf-8\">\n"
	          "<meta name=\"viewport\" content=\"width=device-width\">\n"
	          "<title>Conduit: %s</title>\n</head>\n"
	          "<body>\n<h1>%s</h1>\n%s</body>\n</html>\n", title, title, text);
	return c->out.status;
}

static cdt_status show_missing(struct inquiry *c)
{
	return show_page(c, 404, "the web app is not installed",
	                 "<p>Conduit runs, but the files of its web app are not where it looks "
	                 "for them.</p>\n<ul>\n<li>From a package or a release: install it "
	                 "again; it must have been configured without "
	                 "<code>--disable-web</code>.</li>\n<li>From a checkout: run "
	                 "<code>make</code> where <code>npm</code> is installed, then "
	                 "<code>make install</code>.</li>\n<li>Files elsewhere: set "
	                 "<code>admin.web_dir</code> in the configuration and reload it."
	                 "</li>\n</ul>\n<p>All else works: the API is below "
	                 "<code>/admin/v1</code>, and <code>conduitctl</code> speaks to it."
	                 "</p>\n");
}

static cdt_status show_wrong_host(struct inquiry *c)
{
	return show_page(c, 403, "this name is not known here",
	                 "<p>Browsers may reach this gateway as <code>localhost</code>, by its "
	                 "IP address, and by the names that <code>admin.hosts</code> of its "
	                 "configuration lists. Add the name there and reload.</p>\n");
}

cdt_status files_show(struct inquiry *c)
{
	const char *dir = admin_config(c->admin)->web_dir;
	cdt_str path = http_path(c->request);
	cdt_status st = CDT_E_ABSENT;
	bool is_page = accept_has(http_header(c->request, "accept"), "text/html");

	if (!str_is(http_peer(c->request), "unix") && !access_is_own_host(c))
		return show_wrong_host(c);
	if (dir && is_file_name(path))
		st = show_file(c, dir, path);
	if (st != CDT_E_ABSENT)
		return st;
	if (!is_page || str_starts(path, "/assets/"))
		return REFUSE(c, PROBLEM_UNKNOWN_URL, NULL, "the web app has no such file");
	if (dir)
		st = show_file(c, dir, CDT_STR("/index.html"));
	return st == CDT_E_ABSENT ? show_missing(c) : st;
}
