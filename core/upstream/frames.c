/* upstream/frames.c - Server-Sent Events as WHATWG defines them (LF, CRLF and CR; comments; any
 * number of data lines; a BOM), newline-delimited JSON, whole bodies, plain bytes, and the
 * messages that awsframes.c reads.  Knows no JSON and no provider.
 * SPDX-License-Identifier: MIT */
#include "upstream/frames.h"

#include <string.h>

#include "base/str.h"
#include "upstream/awsframes.h"

enum { STEP_FIRST = 64, STEP_MAX = 4096 };

/* One event under construction; everything points into the bytes that are being walked. */
struct event {
	cdt_str name, text;
	size_t lines;
};

/* The first LF or CR from there on, or s.n.  In growing steps: looking for one of them through
 * all the rest, line after line, would take quadratic time where lines end with the other. */
static size_t line_end(cdt_str s, size_t from)
{
	for (size_t step = STEP_FIRST; from < s.n; step = step < STEP_MAX ? 2 * step : step) {
		size_t n = s.n - from < step ? s.n - from : step;
		const char *nl = memchr(s.p + from, '\n', n);
		const char *cr = memchr(s.p + from, '\r', nl ? (size_t)(nl - s.p) - from : n);

		if (cr || nl)
			return (size_t)((cr ? cr : nl) - s.p);
		from += n;
	}
	return s.n;
}

static bool find_eol(cdt_str s, size_t from, size_t *end, size_t *next, bool last)
{
	size_t at = line_end(s, from);
	bool cr = at < s.n && s.p[at] == '\r';

	if (at == s.n || (cr && at + 1 == s.n && !last))
		return false;                          /* a CR may be the first half of CRLF */
	*end = at;
	*next = cr && at + 1 < s.n && s.p[at + 1] == '\n' ? at + 2 : at + 1;
	return true;
}

static void join(struct frames *f, struct event *ev, cdt_str value)
{
	if (ev->lines++ == 0) {
		ev->text = value;
		return;
	}
	if (ev->lines == 2) {
		buf_clear(&f->joined);
		buf_add(&f->joined, ev->text);
	}
	buf_add_c(&f->joined, '\n');
	buf_add(&f->joined, value);
	ev->text = buf_str(&f->joined);
}

static void take_line(struct frames *f, struct event *ev, cdt_str line)
{
	cdt_str value = line, field = str_cut(&value, ':');

	if (field.n == line.n)
		value = (cdt_str){ line.p + line.n, 0 };       /* no colon: an empty value */
	if (value.n && value.p[0] == ' ')
		value = str_skip(value, 1);
	if (str_is(field, "data"))
		join(f, ev, value);
	else if (str_is(field, "event"))
		ev->name = value;                         /* id, retry and comments: not ours */
}

static cdt_status give(struct frames *f, const struct event *ev, frames_fn *fn, void *arg)
{
	struct cdt_frame frame = { .size = sizeof frame, .event = ev->name, .data = ev->text };

	if (!ev->lines || f->done)
		return CDT_OK;
	if (f->joined.status != CDT_OK)
		return f->joined.status;
	if (str_is(str_trim(ev->text), "[DONE]")) {
		f->done = true;
		return CDT_OK;
	}
	return fn(arg, &frame);
}

/* Parses the lines of one finished event. */
static cdt_status give_event(struct frames *f, cdt_str text, frames_fn *fn, void *arg)
{
	struct event ev = { .name = { "", 0 } };
	size_t at = 0, end, next;

	while (at < text.n) {
		if (!find_eol(text, at, &end, &next, true))
			end = next = text.n;
		take_line(f, &ev, (cdt_str){ text.p + at, end - at });
		at = next;
	}
	return give(f, &ev, fn, arg);
}

/* Nearly every event is a line "data: ..." and a blank one, both ended by LF.  The bytes of
 * such a one that s begins with; 0: something else, or not all of it. */
static size_t plain_event(cdt_str s, struct event *ev)
{
	const char *nl;
	size_t n;

	if (s.n < 8 || memcmp(s.p, "data: ", 6))
		return 0;
	nl = memchr(s.p, '\n', s.n - 1);
	n = nl ? (size_t)(nl - s.p) : 0;
	if (!nl || nl[1] != '\n' || memchr(s.p, '\r', n))
		return 0;
	*ev = (struct event){ { "", 0 }, { s.p + 6, n - 6 }, 1 };
	return n + 2;
}

/* Plain events from the beginning of s; *used: up to where. */
static cdt_status walk_plain(struct frames *f, cdt_str s, size_t *used, frames_fn *fn,
                             void *arg)
{
	struct event ev;
	size_t n;

	while ((n = plain_event(str_skip(s, *used), &ev)) != 0) {
		cdt_status st = give(f, &ev, fn, arg);

		if (st != CDT_OK)
			return st;
		*used += n;
	}
	return CDT_OK;
}

/* Walks events in s; *used is where the first unfinished one begins. */
static cdt_status walk_sse(struct frames *f, cdt_str s, size_t *used, frames_fn *fn, void *arg)
{
	size_t start = 0, line = f->line_at, from = f->seen, end, next;

	if (!from) {
		cdt_status st = walk_plain(f, s, &start, fn, arg);

		if (st != CDT_OK)
			return st;
		line = from = start;
	}
	while (find_eol(s, from, &end, &next, false)) {
		if (end == line) {                             /* a blank line ends the event */
			cdt_status st = give_event(f, (cdt_str){ s.p + start, end - start }, fn,
			                           arg);

			if (st != CDT_OK)
				return st;
			start = next;
		}
		line = from = next;
	}
	f->line_at = line - start;
	/* A CR at the very end is looked at again with what follows. */
	f->seen = s.n > start && s.p[s.n - 1] == '\r' ? s.n - start - 1 : s.n - start;
	if (f->seen < f->line_at)
		f->seen = f->line_at;
	*used = start;
	return CDT_OK;
}

static cdt_status give_line(struct frames *f, cdt_str line, frames_fn *fn, void *arg)
{
	struct event ev = { { "", 0 }, str_trim(line), 1 };

	return ev.text.n ? give(f, &ev, fn, arg) : CDT_OK;
}

static cdt_status walk_lines(struct frames *f, cdt_str s, size_t *used, frames_fn *fn,
                             void *arg)
{
	size_t start = 0, from = f->seen, end, next;

	while (find_eol(s, from, &end, &next, false)) {
		cdt_status st = give_line(f, (cdt_str){ s.p + start, end - start }, fn, arg);

		if (st != CDT_OK)
			return st;
		start = from = next;
	}
	f->seen = s.n > start && s.p[s.n - 1] == '\r' ? s.n - start - 1 : s.n - start;
	*used = start;
	return CDT_OK;
}

/* A message that says nothing at all only keeps the connection open. */
static cdt_status walk_messages(cdt_str s, size_t *used, frames_fn *fn, void *arg)
{
	struct cdt_frame frame;
	cdt_status st;
	size_t n;

	for (;;) {
		st = awsframes_take(str_skip(s, *used), FRAME_MAX, &frame, &n);
		if (st != CDT_OK || !n)
			return st;
		if (frame.event.n || frame.data.n || frame.flags)
			st = fn(arg, &frame);
		if (st != CDT_OK)
			return st;
		*used += n;
	}
}

static cdt_status walk(struct frames *f, cdt_str s, size_t *used, frames_fn *fn, void *arg)
{
	switch (f->kind) {
	case CDT_FRAMES_SSE: return walk_sse(f, s, used, fn, arg);
	case CDT_FRAMES_AWS: return walk_messages(s, used, fn, arg);
	default:             return walk_lines(f, s, used, fn, arg);
	}
}

/* Walks what is held plus what came; the common case copies nothing. */
static cdt_status feed_cut(struct frames *f, cdt_str bytes, frames_fn *fn, void *arg)
{
	size_t used = 0;
	cdt_status st;

	if (f->held.n) {
		buf_add(&f->held, bytes);
		if (f->held.status != CDT_OK)
			return f->held.status;
		st = walk(f, buf_str(&f->held), &used, fn, arg);
		if (st == CDT_OK && used)
			buf_drop(&f->held, used);
		return st;
	}
	st = walk(f, bytes, &used, fn, arg);
	if (st == CDT_OK && used < bytes.n)
		buf_add(&f->held, str_skip(bytes, used));
	return st == CDT_OK ? f->held.status : st;
}

/* A BOM may stand at the very beginning, even in several reads. */
static cdt_str without_bom(struct frames *f, cdt_str bytes)
{
	static const char bom[] = "\xef\xbb\xbf";

	while (f->bom < 3 && bytes.n && *bytes.p == bom[f->bom]) {
		f->bom++;
		bytes = str_skip(bytes, 1);
	}
	f->started = f->bom == 3 || bytes.n;
	if (f->started && f->bom < 3)
		buf_add(&f->held, (cdt_str){ bom, f->bom });   /* it was none */
	return bytes;
}

void frames_init(struct frames *f, uint32_t kind)
{
	*f = (struct frames){ .kind = kind };
	buf_init(&f->held, kind == CDT_FRAMES_WHOLE ? FRAMES_WHOLE_MAX : FRAME_MAX);
	buf_init(&f->joined, FRAME_MAX);
}

void frames_fini(struct frames *f)
{
	buf_fini(&f->held);
	buf_fini(&f->joined);
}

cdt_status frames_feed(struct frames *f, cdt_str bytes, frames_fn *fn, void *arg)
{
	struct cdt_frame frame = { .size = sizeof frame, .event = { "", 0 }, .data = bytes };

	if (!bytes.n)
		return CDT_OK;
	switch (f->kind) {
	case CDT_FRAMES_SSE: case CDT_FRAMES_LINES:
		return feed_cut(f, f->started ? bytes : without_bom(f, bytes), fn, arg);
	case CDT_FRAMES_AWS:
		return feed_cut(f, bytes, fn, arg);
	case CDT_FRAMES_BYTES:
		return fn(arg, &frame);
	default:
		buf_add(&f->held, bytes);
		return f->held.status;
	}
}

cdt_status frames_close(struct frames *f, frames_fn *fn, void *arg)
{
	struct cdt_frame frame = { .size = sizeof frame, .event = { "", 0 } };
	cdt_status st = CDT_OK;

	frame.data = buf_str(&f->held);
	if (f->kind == CDT_FRAMES_SSE)
		st = give_event(f, frame.data, fn, arg);
	else if (f->kind == CDT_FRAMES_LINES)
		st = give_line(f, frame.data, fn, arg);
	else if (f->kind == CDT_FRAMES_AWS)
		st = frame.data.n ? CDT_E_UPSTREAM : CDT_OK;   /* cut inside a message */
	else if (f->kind != CDT_FRAMES_BYTES)
		st = fn(arg, &frame);
	buf_clear(&f->held);
	return st;
}

uint32_t frames_kind_of(cdt_str content_type)
{
	static const struct { size_t n; const char *type; uint32_t kind; } kinds[] = {
		{ 17, "text/event-stream", CDT_FRAMES_SSE },
		{ 20, "application/x-ndjson", CDT_FRAMES_LINES },
		{ 17, "application/jsonl", CDT_FRAMES_LINES },
		{ 22, "application/json-lines", CDT_FRAMES_LINES },
		{ 34, "application/vnd.amazon.eventstream", CDT_FRAMES_AWS },
	};
	cdt_str rest = content_type, type = str_trim(str_cut(&rest, ';'));

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (type.n == kinds[i].n && str_is_nocase(type, kinds[i].type))
			return kinds[i].kind;
	return CDT_FRAMES_WHOLE;
}
