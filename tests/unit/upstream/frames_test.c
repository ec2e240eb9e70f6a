/* unit/upstream/frames_test.c - streams in all their line ends, cut anywhere.
 * SPDX-License-Identifier: MIT */
#include "upstream/frames.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "unit/unit.h"

enum { SHOWN_MAX = 32 << 20 };
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { LINEAR_MS = 12000 };            /* quadratic would be hours */
#else
enum { LINEAR_MS = 2000 };
#endif

/* Everything that came, as "[event|data]". */
static cdt_status show(void *arg, const struct cdt_frame *frame)
{
	struct buf *b = arg;

	buf_add_c(b, '[');
	buf_add(b, frame->event);
	buf_add_c(b, '|');
	buf_add(b, frame->data);
	buf_add_c(b, ']');
	return b->status;
}

/* Fed in two or three pieces, or in pieces of step bytes. */
struct cut { size_t first, second, step; };

static cdt_status feed(uint32_t kind, cdt_str text, struct cut cut, struct buf *out)
{
	struct frames f;
	cdt_status st = CDT_OK;
	size_t at = 0;

	frames_init(&f, kind);
	while (st == CDT_OK && at < text.n) {
		size_t end = at < cut.first ? cut.first : at < cut.second ? cut.second
		           : cut.step ? at + cut.step : text.n;
		size_t n = (end < text.n ? end : text.n) - at;
		char *copy = mem_text(text.p + at, n); /* of its own: the sanitizer looks */

		st = frames_feed(&f, (cdt_str){ copy, n }, show, out);
		mem_free(copy);
		at += n;
	}
	if (st == CDT_OK)
		st = frames_close(&f, show, out);
	frames_fini(&f);
	return st;
}

static const struct { uint32_t kind; const char *text, *frames; } rows[] = {
	{ CDT_FRAMES_SSE, "data: a\n\ndata: b\n\n", "[|a][|b]" },
	{ CDT_FRAMES_SSE, "data: a\r\n\r\ndata: b\r\n\r\n", "[|a][|b]" },
	{ CDT_FRAMES_SSE, "data: a\r\rdata: b\r\r", "[|a][|b]" },
	{ CDT_FRAMES_SSE, "data: a\r\n\ndata: b\n\r\n", "[|a][|b]" },
	{ CDT_FRAMES_SSE, "event: e\ndata: a\n\n", "[e|a]" },
	{ CDT_FRAMES_SSE, "data: a\nevent: e\n\ndata: b\n\n", "[e|a][|b]" },
	{ CDT_FRAMES_SSE, ": hello\n\n: again\ndata: a\n: more\n\n", "[|a]" },
	{ CDT_FRAMES_SSE, "data: a\ndata: b\ndata: c\n\n", "[|a\nb\nc]" },
	{ CDT_FRAMES_SSE, "data: a\r\ndata\r\ndata: c\r\n\r\n", "[|a\n\nc]" },
	{ CDT_FRAMES_SSE, "data:a\n\ndata:  b\n\n", "[|a][| b]" },
	{ CDT_FRAMES_SSE, "id: 7\nretry: 10\nother: x\ndata: a\n\n", "[|a]" },
	{ CDT_FRAMES_SSE, "data: a:b: c\n\n", "[|a:b: c]" },
	{ CDT_FRAMES_SSE, "\xef\xbb\xbf" "data: a\n\n", "[|a]" },
	{ CDT_FRAMES_SSE, "\xef\xbb" "data: a\n\ndata: b\n\n", "[|b]" },
	{ CDT_FRAMES_SSE, "data: a\n\n\xef\xbb\xbf" "data: b\n\n", "[|a]" },
	{ CDT_FRAMES_SSE, "data: a\n\ndata: [DONE]\n\n", "[|a]" },
	{ CDT_FRAMES_SSE, "data: a\n\ndata: [DONE]\n\ndata: b\n\n", "[|a]" },
	{ CDT_FRAMES_SSE, "data: a\n\ndata: [DONE]", "[|a]" },
	{ CDT_FRAMES_SSE, "data: a\n\ndata: b", "[|a][|b]" },
	{ CDT_FRAMES_SSE, "data: a\n\ndata: b\n", "[|a][|b]" },
	{ CDT_FRAMES_SSE, "data: a\r", "[|a]" },
	{ CDT_FRAMES_SSE, "\n\n\n\r\n\r\r\ndata: a\n\n\n\n", "[|a]" },
	{ CDT_FRAMES_SSE, "event: nothing\n\ndata: a\n\n", "[|a]" },
	{ CDT_FRAMES_SSE, "data\n\n", "[|]" },
	{ CDT_FRAMES_SSE, "data: \n\ndata:\n\n", "[|][|]" },
	{ CDT_FRAMES_SSE, "", "" },
	{ CDT_FRAMES_LINES, "{\"a\":1}\n{\"b\":2}\n", "[|{\"a\":1}][|{\"b\":2}]" },
	{ CDT_FRAMES_LINES, "{\"a\":1}\r\n\r\n  {\"b\":2}  \r\n", "[|{\"a\":1}][|{\"b\":2}]" },
	{ CDT_FRAMES_LINES, "a\rb\n\nc", "[|a][|b][|c]" },
	{ CDT_FRAMES_LINES, "a\nb\r", "[|a][|b]" },
	{ CDT_FRAMES_LINES, "\xef\xbb\xbf" "a\n[DONE]\nb\n", "[|a]" },
	{ CDT_FRAMES_LINES, "a\n[DONE]", "[|a]" },
	{ CDT_FRAMES_LINES, " \n\t\n", "" },
	{ CDT_FRAMES_WHOLE, "one\n\ntwo\r\n", "[|one\n\ntwo\r\n]" },
	{ CDT_FRAMES_WHOLE, "", "[|]" },
};
enum { ROWS = sizeof rows / sizeof *rows };

static bool gives(size_t row, struct cut cut)
{
	struct buf out;
	bool same;

	buf_init(&out, SHOWN_MAX);
	same = feed(rows[row].kind, str_z(rows[row].text), cut, &out) == CDT_OK &&
	       str_is(buf_str(&out), rows[row].frames);
	if (!same)
		fprintf(stderr, "\nrow %zu cut %zu %zu %zu: %.*s\n", row, cut.first, cut.second,
		        cut.step, STR_ARG(buf_str(&out)));
	buf_fini(&out);
	return same;
}

static void cuts_streams_into_frames(void)
{
	for (size_t i = 0; i < ROWS; i++)
		CU_ASSERT(gives(i, (struct cut){ 0, 0, 0 }));
}

static void does_not_care_where_reads_end(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		size_t n = strlen(rows[i].text);

		CU_ASSERT(gives(i, (struct cut){ 0, 0, 1 }));
		for (size_t a = 1; a < n; a++)
			for (size_t b = a; b < n; b++)
				CU_ASSERT(gives(i, (struct cut){ a, b, 0 }));
	}
}

static void does_not_care_about_random_reads(void)
{
	char text[4000];
	struct buf whole, pieces;
	size_t n = 0;

	for (int i = 0; n + 40 < sizeof text; i++) {
		static const char *const ends[] = { "\n", "\r\n", "\r" };
		const char *end = ends[rand_below(3)];

		n += (size_t)snprintf(text + n, sizeof text - n, "data: piece %d%sdata: x%s%s", i,
		                      end, end, end);
	}
	buf_init(&whole, SHOWN_MAX);
	buf_init(&pieces, SHOWN_MAX);
	CU_ASSERT_EQUAL(
	    feed(CDT_FRAMES_SSE, str_from(text, n), (struct cut){ 0, 0, 0 }, &whole), CDT_OK);
	CU_ASSERT(whole.n > 1000);
	for (size_t step = 1; step < 300; step++) {
		struct cut cut = { rand_below(n), 0, step };

		buf_clear(&pieces);
		CU_ASSERT_EQUAL(feed(CDT_FRAMES_SSE, str_from(text, n), cut, &pieces), CDT_OK);
		CU_ASSERT(str_eq(buf_str(&whole), buf_str(&pieces)));
	}
	buf_fini(&whole);
	buf_fini(&pieces);
}

static void notices_the_end_mark(void)
{
	static const struct { const char *text; bool done; } marks[] = {
		{ "data: [DONE]\n\n", true }, { "data:[DONE]\r\n\r\n", true },
		{ "data:  [DONE] \n\n", true }, { "data: \"[DONE]\"\n\n", false },
		{ "data: [DONE\n\n", false }, { "event: [DONE]\n\n", false },
	};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		struct frames f;
		struct buf out;

		frames_init(&f, CDT_FRAMES_SSE);
		buf_init(&out, 100);
		CU_ASSERT_EQUAL(frames_feed(&f, str_z(marks[i].text), show, &out), CDT_OK);
		CU_ASSERT_EQUAL(f.done, marks[i].done);
		buf_fini(&out);
		frames_fini(&f);
	}
}

static void passes_bytes_on_as_they_come(void)
{
	struct buf out;

	buf_init(&out, 100);
	CU_ASSERT_EQUAL(feed(CDT_FRAMES_BYTES, CDT_STR("\r\nabc"), (struct cut){ 3, 0, 0 }, &out), CDT_OK);
	CU_ASSERT(str_is(buf_str(&out), "[|\r\na][|bc]"));
	buf_fini(&out);
}

static cdt_status refuse(void *arg, const struct cdt_frame *frame)
{
	(void)frame;
	return --*(int *)arg ? CDT_OK : CDT_E_ABORTED;
}

static void stops_when_the_receiver_does(void)
{
	struct frames f;
	int left = 2;

	frames_init(&f, CDT_FRAMES_SSE);
	CU_ASSERT_EQUAL(frames_feed(&f, CDT_STR("data: a\n\ndata: b\n\ndata: c\n\n"), refuse, &left),
	                CDT_E_ABORTED);
	CU_ASSERT_EQUAL(left, 0);
	frames_fini(&f);
}

static cdt_status count(void *arg, const struct cdt_frame *frame)
{
	*(size_t *)arg += frame->data.n;
	return CDT_OK;
}

/* Feeds text over and over, n bytes in all; what a cap says to it. */
static cdt_status flood(uint32_t kind, const char *text, size_t bytes)
{
	struct frames f;
	cdt_status st = CDT_OK;
	size_t n = 0;

	frames_init(&f, kind);
	for (size_t sent = 0; st == CDT_OK && sent < bytes; sent += strlen(text))
		st = frames_feed(&f, str_z(text), count, &n);
	CU_ASSERT(f.held.room <= (kind == CDT_FRAMES_WHOLE ? FRAMES_WHOLE_MAX : FRAME_MAX));
	if (st == CDT_OK)
		st = frames_close(&f, count, &n);
	frames_fini(&f);
	return st;
}

static void caps_a_frame_and_a_whole_answer(void)
{
	static char kb[1025];

	memset(kb, 'x', 1024);
	CU_ASSERT_EQUAL(flood(CDT_FRAMES_SSE, kb, FRAME_MAX + 4096), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(flood(CDT_FRAMES_LINES, kb, FRAME_MAX + 4096), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(flood(CDT_FRAMES_WHOLE, kb, FRAMES_WHOLE_MAX + 4096), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(flood(CDT_FRAMES_WHOLE, kb, FRAME_MAX + 4096), CDT_OK);
	memcpy(kb + 1019, "\ndata:", 5);
	CU_ASSERT_EQUAL(flood(CDT_FRAMES_SSE, kb, FRAME_MAX + 4096), CDT_E_LIMIT);
}

/* However an upstream writes a frame of 10 MB, in pieces of 1 KB: linear time. */
static void takes_linear_time(void)
{
	static const char *const lines[] = { "x", "data: y\n", "data: y\r", "data: y\r\n", ":\r" };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		size_t line = strlen(lines[i]), n = UNIT_MANY(10 << 20), got = 0;
		char *text = mem_new(n);
		uint64_t start_ms = unit_cpu_ms();
		struct frames f;

		memcpy(text, "data: ", 6);
		for (size_t at = 6; at + line <= n - 2; at += line)
			memcpy(text + at, lines[i], line);
		memcpy(text + n - 2, "\n\n", 2);
		frames_init(&f, CDT_FRAMES_SSE);
		for (size_t at = 0; at < n; at += 1024)
			CU_ASSERT_EQUAL(
			    frames_feed(&f, (cdt_str){ text + at, 1024 }, count, &got),
			    CDT_OK);
		CU_ASSERT_EQUAL(frames_close(&f, count, &got), CDT_OK);
		CU_ASSERT(got > 0);
		CU_ASSERT(unit_cpu_ms() - start_ms < LINEAR_MS);
		/* At once, as a provider without a network may hand it over. */
		got = 0;
		CU_ASSERT_EQUAL(frames_feed(&f, (cdt_str){ text, n }, count, &got), CDT_OK);
		CU_ASSERT(unit_cpu_ms() - start_ms < LINEAR_MS);
		frames_fini(&f);
		mem_free(text);
	}
}

static void knows_frames_by_their_content_type(void)
{
	static const struct { const char *type; uint32_t kind; } types[] = {
		{ "text/event-stream", CDT_FRAMES_SSE },
		{ "Text/Event-Stream; charset=utf-8", CDT_FRAMES_SSE },
		{ " text/event-stream ;x", CDT_FRAMES_SSE },
		{ "application/x-ndjson", CDT_FRAMES_LINES }, { "application/jsonl", CDT_FRAMES_LINES },
		{ "application/json-lines", CDT_FRAMES_LINES },
		{ "application/json", CDT_FRAMES_WHOLE }, { "text/event-streams", CDT_FRAMES_WHOLE },
		{ "text/event", CDT_FRAMES_WHOLE }, { "", CDT_FRAMES_WHOLE },
	};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		CU_ASSERT_EQUAL(frames_kind_of(str_z(types[i].type)), types[i].kind);
}

static const struct unit_test tests[] = {
	{ "cuts streams into frames", cuts_streams_into_frames },
	{ "does not care where reads end", does_not_care_where_reads_end },
	{ "does not care about random reads", does_not_care_about_random_reads },
	{ "notices the end mark", notices_the_end_mark },
	{ "passes bytes on as they come", passes_bytes_on_as_they_come },
	{ "stops when the receiver does", stops_when_the_receiver_does },
	{ "caps a frame and a whole answer", caps_a_frame_and_a_whole_answer },
	{ "takes linear time", takes_linear_time },
	{ "knows frames by their content type", knows_frames_by_their_content_type },
	{ NULL, NULL }
};
const struct unit_suite upstream_frames_suite = { "upstream/frames", tests };
