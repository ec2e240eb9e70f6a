/* config/lint.c - brackets, texts, commas, names, and the order in which they stand: what
 * libconfig would call a syntax error, at its last line.  Does not know which members there
 * are.
 * SPDX-License-Identifier: MIT */
#include "config/lint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "config/lint_value.h"
#include "config/report.h"

enum { WORD_MAX_BYTES = 200 };

/* What may come next.  END: the value is whole; in a group the next name may follow. */
enum want { WANT_NAME, WANT_EQUALS, WANT_VALUE, WANT_END };

struct opened { char brace; uint32_t line; size_t first_name; enum lint_kind kind; };
struct named { cdt_str name; uint32_t line; };

struct lint {
	struct config_report *report;
	struct lint_includes *includes;
	const char *file;
	const char *p, *end;
	const char *line_start;
	uint32_t line;
	uint32_t error_line;           /* of the last error: one a line is enough */
	uint32_t long_text_line;       /* where the first text that goes over lines begins */
	bool failed, stopped;          /* stopped: what follows would be noise */
	enum want want;
	char before;                   /* the last token: its byte, 'a' a word, '"' a text */
	uint32_t comma_line;
	struct opened opened[LINT_DEPTH_MAX];
	size_t depth;
	struct named *names;           /* of the groups that are open, a stack */
	size_t name_count, name_room;
};

__attribute__((format(printf, 3, 4)))
static void complain(struct lint *l, uint32_t line, const char *fmt, ...)
{
	char message[512];
	va_list args;

	l->failed = true;
	if (l->stopped)
		return;
	if (l->long_text_line) {
		config_report_error(l->report,
		                    (struct config_origin){ l->file, l->long_text_line },
		                    "this text is not closed: a \" is missing");
		l->stopped = true;
		return;
	}
	if (l->error_line == line)
		return;
	l->error_line = line;
	va_start(args, fmt);
	(void)vsnprintf(message, sizeof message, fmt, args);    /* cut when it is longer */
	va_end(args);
	config_report_error(l->report, (struct config_origin){ l->file, line }, "%s", message);
}

static struct opened *around(struct lint *l)
{
	return l->depth ? &l->opened[l->depth - 1] : NULL;
}

static bool in_group(struct lint *l)
{
	return l->depth == 0 || around(l)->brace == '{';
}

/* Word and text of the current line may be shown, unless they sound like a secret. */
static bool may_repeat(const struct lint *l)
{
	return !report_is_delicate(str_from(l->line_start, (size_t)(l->p - l->line_start)));
}

static void next_line(struct lint *l)
{
	l->line++;
	l->line_start = l->p + 1;
}

/* A value begins here: is it its turn, and of the kind of the others in the array? */
static void on_value(struct lint *l, enum lint_kind kind, const char *what)
{
	struct opened *in = around(l);

	if (l->want == WANT_EQUALS)
		complain(l, l->line, "an '=' is missing before %s", what);
	else if (l->want != WANT_VALUE && !in_group(l))
		complain(l, l->line, "a ',' is missing before %s", what);
	else if (l->want != WANT_VALUE)
		complain(l, l->line,
		         "unexpected %s: names have no quotes, values follow an '='", what);
	if (!in_group(l) && in->brace == '[' && kind) {
		if (in->kind && in->kind != kind)
			complain(l, l->line,
			         "the values of an array are of one type; lists ( ) may be "
			         "mixed");
		in->kind = kind;
	}
	l->want = WANT_END;
}

/* Returns its inside; l->p is behind the closing quote, or at the end. */
static cdt_str skip_text(struct lint *l)
{
	const char *start = ++l->p;
	uint32_t line = l->line;
	cdt_str inside;

	for (; l->p < l->end && *l->p != '"'; l->p++) {
		if (*l->p == '\\' && l->p + 1 < l->end) {
			if (l->end - l->p > 3 && memcmp(l->p, "\\x00", 4) == 0)
				complain(l, l->line, "a text can not hold a NUL byte");
			l->p++;
		}
		if (*l->p == '\n')
			next_line(l);
	}
	inside = str_from(start, (size_t)(l->p - start));
	if (l->line != line && !l->long_text_line)
		l->long_text_line = line;
	if (l->p == l->end) {
		complain(l, line, "this text is not closed: a \" is missing");
		l->stopped = true;
	} else {
		l->p++;
	}
	return inside;
}

static void on_text(struct lint *l)
{
	/* Two texts side by side are one. */
	if (!(l->before == '"' && l->want == WANT_END))
		on_value(l, LINT_TEXT, "text");
	(void)skip_text(l);                    /* what it says does not matter here */
	l->before = '"';
}

static void on_line_comment(struct lint *l)
{
	while (l->p < l->end && *l->p != '\n')
		l->p++;
	l->includes->ends_in_comment = l->p == l->end;
}

static void on_slash(struct lint *l)
{
	uint32_t line = l->line;

	if (l->end - l->p > 1 && l->p[1] == '/') {
		on_line_comment(l);
		return;
	}
	if (l->end - l->p < 2 || l->p[1] != '*') {
		complain(l, line, "unexpected '/': texts stand in quotes");
		l->p++;
		return;
	}
	for (l->p += 2; l->p < l->end; l->p++) {
		if (*l->p == '\n')
			next_line(l);
		if (*l->p == '*' && l->end - l->p > 1 && l->p[1] == '/') {
			l->p += 2;
			return;
		}
	}
	complain(l, line, "this comment is not closed: a */ is missing");
	l->stopped = true;
}

static void on_include(struct lint *l)
{
	uint32_t line = l->line;
	bool first = str_trim(str_from(l->line_start, (size_t)(l->p - l->line_start))).n == 0;
	bool between = in_group(l) && (l->want == WANT_NAME || l->want == WANT_END);
	cdt_str rest = str_from(l->p, (size_t)(l->end - l->p)), path;

	l->p++;
	if (!str_starts(rest, "@include")) {
		complain(l, line, "unexpected '@'");
		return;
	}
	for (l->p += 7; l->p < l->end && (*l->p == ' ' || *l->p == '\t'); l->p++)
		;
	if (!first || !between || l->p == l->end || *l->p != '"') {
		complain(l, line,
		         "write @include \"file\" on a line of its own, between members");
		return;
	}
	path = skip_text(l);
	if (path.n && path.p[0] == '/')
		complain(l, line, "@include takes a path relative to the folder of this file");
	else if (l->includes->count == LINT_INCLUDES_MAX)
		complain(l, line, "at most %d files are included by one", LINT_INCLUDES_MAX);
	else
		l->includes->at[l->includes->count++] = (struct lint_include){ path, line };
	l->before = '@';
	l->want = WANT_NAME;
}

static void on_open(struct lint *l)
{
	const char quoted[] = { '\'', *l->p, '\'', '\0' };

	if (l->depth == LINT_DEPTH_MAX) {
		complain(l, l->line, "nested deeper than %d", LINT_DEPTH_MAX);
		l->stopped = true;
		return;
	}
	if (!in_group(l) && around(l)->brace == '[')
		complain(l, l->line,
		         "an array [ ] holds plain values only; lists are written ( )");
	on_value(l, LINT_NONE, quoted);
	l->opened[l->depth++] = (struct opened){ *l->p, l->line, l->name_count, LINT_NONE };
	l->want = *l->p == '{' ? WANT_NAME : WANT_VALUE;
	l->before = *l->p++;
}

static char opener_of(char closer)
{
	return closer == '}' ? '{' : closer == ']' ? '[' : '(';
}

static void on_close(struct lint *l)
{
	const struct opened *last = around(l);
	char closer = *l->p;

	if (!last) {
		complain(l, l->line, "'%c' closes nothing", closer);
		l->stopped = true;
		return;
	}
	if (last->brace != opener_of(closer)) {
		complain(l, l->line, "'%c' stands where the '%c' of line %u is still open",
		         closer, last->brace, last->line);
		l->stopped = true;
		return;
	}
	if (closer != '}' && l->before == ',')
		complain(l, l->comma_line, "no ',' after the last element, before '%c'",
		         closer);
	if (closer == '}' && (l->want == WANT_EQUALS || l->want == WANT_VALUE))
		complain(l, l->line, "a value is missing before '}'");
	l->name_count = last->first_name;
	l->depth--;
	l->want = WANT_END;
	l->before = closer;
	l->p++;
}

static void on_equals(struct lint *l)
{
	if (l->want != WANT_EQUALS)
		complain(l, l->line, "unexpected '%c': it follows a name", *l->p);
	l->want = WANT_VALUE;
	l->before = '=';
	l->p++;
}

/* ',' between elements; ',' or ';' after members. */
static void on_mark(struct lint *l)
{
	char mark = *l->p++;

	if (!in_group(l) && mark == ';') {
		complain(l, l->line, "';' stands where the '%c' of line %u is still open",
		         around(l)->brace, around(l)->line);
		l->stopped = true;
		return;
	}
	if (l->want == WANT_NAME)
		complain(l, l->line, "unexpected '%c': nothing stands before it", mark);
	else if (l->want != WANT_END)
		complain(l, l->line, "a value is missing before '%c'", mark);
	l->comma_line = l->line;
	l->want = in_group(l) ? WANT_NAME : WANT_VALUE;
	l->before = mark;
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_-+.%*/", c) != NULL) || (c & 0x80);
}

static cdt_str word_at(const struct lint *l)
{
	size_t n = 0;

	while (l->p + n < l->end && n < WORD_MAX_BYTES && is_word_byte(l->p[n]) &&
	       !(l->p[n] == '/' && l->p + n + 1 < l->end &&
	         (l->p[n + 1] == '/' || l->p[n + 1] == '*')))
		n++;
	return str_from(l->p, n);
}

static void keep_name(struct lint *l, cdt_str name)
{
	size_t first = l->depth ? around(l)->first_name : 0;

	for (size_t i = first; i < l->name_count; i++)
		if (str_eq(l->names[i].name, name)) {
			complain(l, l->line, "'%.*s' is already set at %s:%u", STR_ARG(name),
			         l->file, l->names[i].line);
			return;
		}
	if (l->name_count - first >= LINT_MEMBERS_MAX) {
		complain(l, l->line, "a group has at most %d members", LINT_MEMBERS_MAX);
		l->stopped = true;
		return;
	}
	if (l->name_count == l->name_room) {
		l->name_room = l->name_room ? l->name_room * 2 : 64;
		l->names = mem_resize(l->names, l->name_room * sizeof *l->names);
	}
	l->names[l->name_count++] = (struct named){ name, l->line };
}

static void on_name(struct lint *l, cdt_str s)
{
	if (lint_is_name(s))
		keep_name(l, s);
	else if (may_repeat(l))
		complain(l, l->line, "'%.*s' can not be a name: a letter first, then letters, "
		         "digits, - and _", STR_ARG(s));
	else
		complain(l, l->line, "a name is a letter, then letters, digits, - and _");
	l->want = WANT_EQUALS;
}

static void on_word(struct lint *l)
{
	cdt_str s = word_at(l);
	char why[LINT_WHY_SIZE];

	if (in_group(l) && (l->want == WANT_NAME || l->want == WANT_END)) {
		on_name(l, s);
	} else {
		enum lint_kind kind = lint_value(s, may_repeat(l), why);

		if (!kind)
			complain(l, l->line, "%s", why);
		on_value(l, kind, "a value");
	}
	l->before = 'a';
	l->p += s.n;
}

static void on_blank(struct lint *l)
{
	if (*l->p == '\n')
		next_line(l);
	l->p++;
}

static void on_stranger(struct lint *l)
{
	if (*l->p == '\'')
		complain(l, l->line, "texts stand in double quotes");
	else if (*l->p == '\0')
		complain(l, l->line, "there is a NUL byte");
	else if (isprint((unsigned char)*l->p))
		complain(l, l->line, "unexpected '%c'", *l->p);
	else
		complain(l, l->line, "unexpected byte 0x%02x", (unsigned char)*l->p);
	l->p++;
}

static void step(struct lint *l)
{
	static const struct { const char *bytes; void (*on)(struct lint *); } tokens[] = {
		{ " \t\r\n\f", on_blank }, { "\"", on_text }, { "#", on_line_comment },
		{ "/", on_slash }, { "@", on_include }, { "{[(", on_open }, { "}])", on_close },
		{ ",;", on_mark }, { "=:", on_equals },
	};

	for (size_t i = 0; *l->p && i < sizeof tokens / sizeof *tokens; i++)
		if (strchr(tokens[i].bytes, *l->p)) {
			tokens[i].on(l);
			return;
		}
	if (is_word_byte(*l->p) && *l->p != '%')
		on_word(l);
	else
		on_stranger(l);
}

/* The line of the first bytes that are not UTF-8, or 0. */
static uint32_t bad_utf8_line(cdt_str text)
{
	cdt_str rest = text;

	for (uint32_t line = 1; rest.n; line++)
		if (!str_utf8_ok(str_cut(&rest, '\n')))
			return line;
	return 0;
}

bool lint_text(struct config_report *r, const char *file, cdt_str text,
               struct lint_includes *includes)
{
	struct lint l = { .report = r, .includes = includes, .file = file, .p = text.p,
	                  .end = text.p + text.n, .line_start = text.p, .line = 1 };
	uint32_t bad_line = bad_utf8_line(text);

	includes->count = 0;
	includes->ends_in_comment = false;
	if (str_starts(text, "\xef\xbb\xbf")) {
		complain(&l, 1, "the file begins with a byte order mark: save it without");
		l.p += 3;
		l.error_line = 0;
	}
	if (bad_line)
		complain(&l, bad_line, "this is not UTF-8");
	while (l.p < l.end && !l.stopped)
		step(&l);
	for (size_t i = 0; i < l.depth && !l.stopped; i++)
		complain(&l, l.opened[i].line, "this '%c' is not closed", l.opened[i].brace);
	if (!l.failed && (l.want == WANT_EQUALS || l.want == WANT_VALUE))
		complain(&l, l.line, "a value is missing at the end");
	mem_free(l.names);
	return !l.failed;
}
