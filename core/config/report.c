/* config/report.c - collects what is wrong, each with its place and the line itself.  Shows
 * no value of a member that sounds like a secret.
 * SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "config/report.h"

enum {
	ENTRIES_MAX = 50,
	WARNINGS_SHOWN_MAX = 20,       /* warnings must not crowd out errors */
	MESSAGE_MAX = 1024, LINE_SHOWN_MAX = 160, LINE_MAX_BYTES = 4096,
	TEXT_MAX = ENTRIES_MAX * 2 * (MESSAGE_MAX + LINE_MAX_BYTES),
};

static const char *const delicate[] = {
	"secret", "token", "password", "passwd", "key", "credential", "authorization", NULL
};

static const char *const references[] = { "env:", "file:", "credential:", "${", NULL };

static bool holds_nocase(cdt_str s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++)
		if (str_is_nocase(str_from(s.p + i, n), word))
			return true;
	return false;
}

bool report_is_delicate(cdt_str words)
{
	for (const char *const *w = delicate; *w; w++)
		if (holds_nocase(words, *w))
			return true;
	return false;
}

bool report_is_reference(cdt_str value)
{
	for (const char *const *r = references; *r; r++)
		if (str_starts(value, *r))
			return true;
	return false;
}

/* Where are we at the end of this line: inside a text that goes on? */
static bool ends_in_text(cdt_str line, bool in_text)
{
	for (size_t i = 0; i < line.n; i++) {
		char c = line.p[i];

		if (in_text && c == '\\')
			i++;
		else if (c == '"')
			in_text = !in_text;
		else if (!in_text && (c == '#' || (c == '/' && i + 1 < line.n &&
		                                   line.p[i + 1] == '/')))
			break;
	}
	return in_text;
}

/* The line of that number without its end; false when it is not there or begins inside a
 * text, whose nature we do not know here. */
static bool find_line(FILE *f, uint32_t number, char line[LINE_MAX_BYTES])
{
	bool in_text = false;

	for (uint32_t at = 1; fgets(line, LINE_MAX_BYTES, f); ) {
		size_t n = strcspn(line, "\r\n");
		bool whole = line[n] != '\0' || n + 1 < LINE_MAX_BYTES;

		line[n] = '\0';
		if (at == number)
			return !in_text;
		in_text = ends_in_text(str_z(line), in_text);
		at += whole;
	}
	return false;
}

static size_t text_length(cdt_str s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] != '"')
		i += s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
	return i;
}

static void show(struct buf *out, cdt_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		buf_add_c(out, c != '\t' && iscntrl((unsigned char)c) ? '?' : c);
	}
}

/* Where in a URL that begins at `at`, behind "://", the host does; at: nobody logs in. */
static size_t host_of(cdt_str s, size_t at)
{
	size_t host = at;

	for (size_t i = at; i < s.n && !strchr("/?#\"\\ \t,", s.p[i]); i++)
		if (s.p[i] == '@')
			host = i + 1;
	return host;
}

void report_put_text(struct buf *out, cdt_str text)
{
	while (text.n) {
		const char *scheme = memmem(text.p, text.n, "://", 3);
		size_t at = scheme ? (size_t)(scheme - text.p) + 3 : text.n;
		size_t host = host_of(text, at);

		buf_add(out, str_from(text.p, at));
		if (host > at)
			buf_add(out, CDT_STR("***@"));
		text = str_skip(text, host);
	}
}

/* What stands after a delicate word is not shown, unless it only says where the secret is. */
static void show_line(struct buf *out, cdt_str line)
{
	size_t i = str_find(line, '"');

	for (size_t k = 0; i == line.n && k < line.n; k++)
		if (line.p[k] == '=' && report_is_delicate(str_from(line.p, k))) {
			show(out, str_from(line.p, k + 1));
			show(out, CDT_STR(" ***"));
			return;
		}
	show(out, str_from(line.p, i));
	while (i < line.n) {
		cdt_str before = str_from(line.p, i), rest = str_skip(line, i + 1);
		cdt_str value = str_from(rest.p, text_length(rest));
		bool hide = report_is_delicate(before) && !report_is_reference(value);

		buf_add_c(out, '"');
		show(out, hide ? CDT_STR("***") : value);
		rest = str_skip(rest, value.n);
		if (rest.n)
			buf_add_c(out, '"');
		rest = str_skip(rest, rest.n > 0);
		show(out, str_from(rest.p, str_find(rest, '"')));
		i = line.n - rest.n + str_find(rest, '"');
	}
}

static void quote_line(struct buf *out, struct config_origin at)
{
	char line[LINE_MAX_BYTES];
	struct buf open_to_all, shown;
	int fd = open(at.file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f;

	if (fd < 0)
		return;
	f = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? fdopen(fd, "r") : NULL;
	if (!f) {
		(void)close(fd);               /* was only read */
		return;
	}
	if (find_line(f, at.line, line)) {
		buf_init(&open_to_all, 2 * LINE_MAX_BYTES);
		report_put_text(&open_to_all, str_z(line));
		buf_init(&shown, LINE_SHOWN_MAX);       /* the rest of a long line is cut */
		show_line(&shown, buf_str(&open_to_all));
		buf_fini(&open_to_all);
		buf_print(out, "%5u | ", at.line);
		buf_add(out, buf_str(&shown));
		buf_add_c(out, '\n');
		buf_fini(&shown);
	}
	explicit_bzero(line, sizeof line);
	(void)fclose(f);                       /* was only read */
}

static void add(struct config_report *r, struct config_origin at, const char *kind,
                const char *message)
{
	const char *file = at.file && at.file[0] ? at.file : "configuration";

	if (at.line)
		buf_print(&r->text, "%s:%u: %s: ", file, at.line, kind);
	else
		buf_print(&r->text, "%s: %s: ", file, kind);
	for (const char *p = message; *p; p++)
		buf_add_c(&r->text, iscntrl((unsigned char)*p) ? '?' : *p);
	buf_add_c(&r->text, '\n');
	if (at.line)
		quote_line(&r->text, at);
}

static uint32_t warnings_shown(const struct config_report *r)
{
	return r->warnings < WARNINGS_SHOWN_MAX ? r->warnings : WARNINGS_SHOWN_MAX;
}

void config_report_init(struct config_report *r)
{
	*r = (struct config_report){ .errors = 0 };
	buf_init(&r->text, TEXT_MAX);
}

void config_report_fini(struct config_report *r)
{
	buf_fini(&r->text);
}

void config_report_error(struct config_report *r, struct config_origin at, const char *fmt, ...)
{
	uint32_t shown = r->errors + warnings_shown(r);
	char message[MESSAGE_MAX];
	va_list args;

	r->errors++;
	if (shown == ENTRIES_MAX)
		buf_add_z(&r->text, "configuration: error: more errors are not shown\n");
	if (shown >= ENTRIES_MAX)
		return;
	va_start(args, fmt);
	(void)vsnprintf(message, sizeof message, fmt, args);    /* cut when it is longer */
	va_end(args);
	add(r, at, "error", message);
}

void config_report_warning(struct config_report *r, struct config_origin at,
                           const char *fmt, ...)
{
	uint32_t before = warnings_shown(r);
	char message[MESSAGE_MAX];
	va_list args;

	if (r->errors + before >= ENTRIES_MAX)
		return;
	r->warnings++;
	if (r->warnings == WARNINGS_SHOWN_MAX + 1)
		buf_add_z(&r->text, "configuration: warning: more warnings are not shown\n");
	if (before >= WARNINGS_SHOWN_MAX)
		return;
	va_start(args, fmt);
	(void)vsnprintf(message, sizeof message, fmt, args);    /* cut when it is longer */
	va_end(args);
	add(r, at, "warning", message);
}
