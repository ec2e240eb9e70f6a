/* unit/upstream/awsframes_test.c - given messages, recorded streams at every border and cut
 * anywhere, and damage of every byte.
 * SPDX-License-Identifier: MIT */
#include "upstream/awsframes.h"

#include <stdio.h>
#include <string.h>

#include "base/bigend.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "unit/plugins/fake.h"
#include "unit/unit.h"
#include "upstream/frames.h"

#define FOLDER "plugins/provider_bedrock/t/"
enum { SHOWN_MAX = 4 << 20, RANDOM_CUTS = 200 };

static const char *const recordings[] = {
	"vcr.bedrock_model_code_execution_tool_stream.0",
	"vcr.bedrock_model_stream_empty_text_delta.0",
	"vcr.bedrock_model_stream_with_extra_headers.0",
	"vcr.bedrock_model_thinking_part_redacted_stream.0",
	"vcr.bedrock_model_thinking_part_stream.0",
	"vcr.stream_cancel.0",
};
enum { RECORDINGS = sizeof recordings / sizeof *recordings };

static cdt_str load(const char *name, const char *ending)
{
	char path[256];

	(void)snprintf(path, sizeof path, FOLDER "%s%s", name, ending);
	return fake_read(path);
}

static void drop(cdt_str s)
{
	char *p;

	memcpy(&p, &s.p, sizeof p);                    /* it was allocated for us */
	mem_free(p);
}

/* Everything that came, a line each: "flags event data". */
static cdt_status show(void *arg, const struct cdt_frame *frame)
{
	struct buf *b = arg;

	buf_print(b, "%u %.*s ", frame->flags, STR_ARG(frame->event));
	buf_add(b, frame->data);
	buf_add_c(b, '\n');
	return b->status;
}

/* The first cut bytes in one piece, then pieces of step bytes (0: one). */
static cdt_status feed(cdt_str s, size_t cut, size_t step, struct buf *out)
{
	struct frames f;
	cdt_status st = CDT_OK;
	size_t at = 0;

	buf_clear(out);
	frames_init(&f, CDT_FRAMES_AWS);
	while (st == CDT_OK && at < s.n) {
		size_t end = at < cut ? cut : step ? at + step : s.n;
		size_t n = (end < s.n ? end : s.n) - at;
		char *copy = mem_text(s.p + at, n);

		copy = mem_resize(copy, n);            /* of its own: the sanitizer looks */
		st = frames_feed(&f, (cdt_str){ copy, n }, show, out);
		mem_free(copy);
		at += n;
	}
	if (st == CDT_OK)
		st = frames_close(&f, show, out);
	frames_fini(&f);
	return st;
}

static size_t unhex(cdt_str hex, char *out)
{
	for (size_t i = 0; i + 1 < hex.n; i += 2)
		out[i / 2] = (char)(str_hex_digit(hex.p[i]) << 4 | str_hex_digit(hex.p[i + 1]));
	return hex.n / 2;
}

static void check_vector(cdt_val v)
{
	cdt_val headers = cdt_get(v, "headers");
	cdt_str exception = cdt_text(cdt_get(headers, ":exception-type"));
	cdt_str event = cdt_text(cdt_get(headers, ":event-type"));
	struct cdt_frame frame;
	char bytes[512];
	size_t n = unhex(cdt_text(cdt_get(v, "hex")), bytes), taken;

	CU_ASSERT(awsframes_take((cdt_str){ bytes, n }, sizeof bytes, &frame, &taken) ==
	          CDT_OK);
	CU_ASSERT(taken == n && (int64_t)n == cdt_i64(cdt_get(v, "total"), 0));
	CU_ASSERT(str_eq(frame.data, cdt_text(cdt_get(v, "payload"))));
	CU_ASSERT(str_eq(frame.event, exception.n ? exception : event));
	CU_ASSERT((frame.flags == CDT_FRAME_ERROR) == (exception.n > 0));
	CU_ASSERT(awsframes_take((cdt_str){ bytes, n }, n - 1, &frame, &taken) == CDT_E_LIMIT);
}

static void given_messages_are_read(void)
{
	cdt_str text = load("vectors/eventstream", ".json");
	struct fake_doc doc;
	cdt_val list;

	CU_ASSERT_FATAL(text.p != NULL);
	fake_doc_init(&doc, text.p);
	list = cdt_get(doc.val, "frames");
	CU_ASSERT(cdt_count(list) == 4);
	for (size_t i = 0; i < cdt_count(list); i++)
		check_vector(cdt_at(list, i));
	fake_doc_fini(&doc);
	drop(text);
}

static bool same_value(cdt_val a, cdt_val b);

static bool same_map(cdt_val a, cdt_val b)
{
	cdt_val value;
	cdt_str key;
	size_t at = 0;

	while (a.api->next(a, &at, &key, &value)) {
		char name[64];

		(void)snprintf(name, sizeof name, "%.*s", STR_ARG(key));
		if (!same_value(value, cdt_get(b, name)))
			return false;
	}
	return cdt_count(a) == cdt_count(b);
}

static bool same_value(cdt_val a, cdt_val b)
{
	if (cdt_type(a) != cdt_type(b))
		return false;
	if (cdt_type(a) == CDT_MAP)
		return same_map(a, b);
	for (size_t i = 0; cdt_type(a) == CDT_LIST && i < cdt_count(a); i++)
		if (!same_value(cdt_at(a, i), cdt_at(b, i)))
			return false;
	return str_eq(cdt_text(a), cdt_text(b)) && cdt_i64(a, 7) == cdt_i64(b, 7) &&
	       a.api->flag(a, 2) == b.api->flag(b, 2);
}

/* One line of what another decoder made of it. */
static void check_decoded(cdt_str *lines, const struct cdt_frame *frame, size_t bytes)
{
	cdt_str line = str_cut(lines, '\n');
	char *payload = mem_text(frame->data.p, frame->data.n);
	char *text = mem_text(line.p, line.n);
	struct fake_doc want, got;
	cdt_val headers;

	fake_doc_init(&want, text);
	fake_doc_init(&got, payload);
	headers = cdt_get(want.val, "headers");
	CU_ASSERT((int64_t)bytes == cdt_i64(cdt_get(want.val, "total"), 0));
	CU_ASSERT(str_eq(frame->event, cdt_text(cdt_get(headers, ":event-type"))));
	CU_ASSERT(same_value(got.val, cdt_get(want.val, "payload")));
	fake_doc_fini(&want);
	fake_doc_fini(&got);
	mem_free(text);
	mem_free(payload);
}

static void check_recording(cdt_str rest, cdt_str lines)
{
	struct cdt_frame frame;
	size_t n = 1;

	while (rest.n && n) {
		CU_ASSERT(awsframes_take(rest, FRAME_MAX, &frame, &n) == CDT_OK && n);
		check_decoded(&lines, &frame, n);
		rest = str_skip(rest, n);
	}
	CU_ASSERT(str_trim(lines).n == 0);
}

static void recorded_streams_say_what_was_decoded_elsewhere(void)
{
	for (size_t i = 0; i < RECORDINGS; i++) {
		cdt_str s = load(recordings[i], ".eventstream.bin");
		cdt_str decoded = load(recordings[i], ".decoded.jsonl");

		CU_ASSERT(s.n && decoded.n);
		check_recording(s, decoded);
		drop(s);
		drop(decoded);
	}
}

static void check_borders(cdt_str s, const struct buf *whole)
{
	struct buf out;

	buf_init(&out, SHOWN_MAX);
	for (size_t cut = 0; cut <= s.n; cut++)
		if (feed(s, cut, 0, &out) != CDT_OK || !str_eq(buf_str(whole), buf_str(&out)))
			CU_FAIL("a border changes what is read");
	for (size_t step = 1; step < 40; step++)
		if (feed(s, 0, step, &out) != CDT_OK || !str_eq(buf_str(whole), buf_str(&out)))
			CU_FAIL("small pieces change what is read");
	buf_fini(&out);
}

static void borders_of_reads_mean_nothing(void)
{
	for (size_t i = 0; i < RECORDINGS; i++) {
		cdt_str s = load(recordings[i], ".eventstream.bin");
		struct buf whole;

		CU_ASSERT_FATAL(s.p != NULL);
		buf_init(&whole, SHOWN_MAX);
		CU_ASSERT(feed(s, 0, 0, &whole) == CDT_OK);
		check_borders(s, &whole);
		buf_fini(&whole);
		drop(s);
	}
}

/* Whether a message ends there: then nothing is missing that framing could miss. */
static bool ends_message(cdt_str s, size_t at)
{
	struct cdt_frame frame;
	size_t n = 1;

	while (at && n && awsframes_take(s, FRAME_MAX, &frame, &n) == CDT_OK && n && n <= at) {
		s = str_skip(s, n);
		at -= n;
	}
	return at == 0;
}

static void a_stream_that_is_cut_inside_a_message_is_an_error(void)
{
	for (size_t i = 0; i < RECORDINGS; i++) {
		cdt_str s = load(recordings[i], ".eventstream.bin");
		struct buf out;

		CU_ASSERT_FATAL(s.p != NULL);
		buf_init(&out, SHOWN_MAX);
		for (size_t n = 0; n < s.n; n++)
			if (feed((cdt_str){ s.p, n }, 0, 0, &out) !=
			    (ends_message(s, n) ? CDT_OK : CDT_E_UPSTREAM))
				CU_FAIL("a cut that is not seen, or seen where none is");
		buf_fini(&out);
		drop(s);
	}
}

/* CRC-32 finds every change of one byte; a change of a length may only make the rest wait. */
static void check_damage(cdt_str s)
{
	char *copy = mem_text(s.p, s.n);
	size_t unseen = 0;
	struct buf out;

	buf_init(&out, SHOWN_MAX);
	for (size_t at = 0; at < s.n; at++) {
		copy[at] = (char)(copy[at] ^ (1 << at % 8));
		unseen += feed((cdt_str){ copy, s.n }, 0, 0, &out) != CDT_E_UPSTREAM;
		copy[at] = s.p[at];
	}
	CU_ASSERT(unseen == 0);
	buf_fini(&out);
	mem_free(copy);
}

static void damage_of_any_byte_is_an_error(void)
{
	for (size_t i = 0; i < RECORDINGS; i++) {
		cdt_str s = load(recordings[i], ".eventstream.bin");

		CU_ASSERT(s.n > 0);
		check_damage(s);
		drop(s);
	}
}

/* A message with right checksums around those headers and that payload. */
static cdt_str make(char *out, cdt_str headers, cdt_str payload)
{
	size_t n = 12 + headers.n + payload.n;

	big_put(out, n + 4, 4);
	big_put(out + 4, headers.n, 4);
	big_put(out + 8, crc32_of((cdt_str){ out, 8 }), 4);
	memcpy(out + 12, headers.p, headers.n);
	memcpy(out + 12 + headers.n, payload.p, payload.n);
	big_put(out + n, crc32_of((cdt_str){ out, n }), 4);
	return (cdt_str){ out, n + 4 };
}

#define H(name, value_n, value) name "\x07\0" value_n value

static void every_type_of_header_is_skipped_or_read(void)
{
	static const struct { cdt_str headers, event, payload; uint32_t flags; } rows[] = {
		{ CDT_STR("\1a\0\1b\1\1c\2x\1d\3xx\1e\4xxxx\1f\5xxxxxxxx\1g\6\0\2xx\1h\7\0\1x"
		          "\1i\10xxxxxxxx\1j\11xxxxxxxxxxxxxxxx"
		          H("\x0b:event-type", "\1", "E")),
		  CDT_STR("E"), CDT_STR("p"), 0 },
		{ CDT_STR(H("\x0d:message-type", "\5", "error") H("\x0b:error-code", "\1", "C")
		          H("\x0e:error-message", "\2", "no")),
		  CDT_STR("C"), CDT_STR("p"), CDT_FRAME_ERROR },
		{ CDT_STR(H("\x0d:message-type", "\x09", "exception")
		          H("\x0f:exception-type", "\1", "X")),
		  CDT_STR("X"), CDT_STR("p"), CDT_FRAME_ERROR },
		{ CDT_STR("\x0b:event-type\6\0\1E"), CDT_STR(""), CDT_STR("p"), 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char room[512];
		cdt_str s = make(room, rows[i].headers, CDT_STR("p"));
		struct cdt_frame f;
		size_t n;

		CU_ASSERT(awsframes_take(s, sizeof room, &f, &n) == CDT_OK && n == s.n);
		CU_ASSERT(str_eq(f.event, rows[i].event) && str_eq(f.data, rows[i].payload));
		CU_ASSERT(f.flags == rows[i].flags);
	}
}

static void an_error_without_payload_says_its_sentence(void)
{
	char room[128];
	cdt_str s = make(room, CDT_STR(H("\x0d:message-type", "\5", "error")
	                               H("\x0e:error-message", "\2", "no")), CDT_STR(""));
	struct cdt_frame f;
	size_t n;

	CU_ASSERT(awsframes_take(s, sizeof room, &f, &n) == CDT_OK);
	CU_ASSERT(str_is(f.data, "no") && f.flags == CDT_FRAME_ERROR);
}

static void headers_that_run_over_are_an_error(void)
{
	static const cdt_str bad[] = {
		{ "\5", 1 }, { "\2a", 2 }, { "\1a", 2 }, { "\1a\12", 3 }, { "\1a\7", 3 },
		{ "\1a\7\0", 4 }, { "\1a\7\0\2x", 6 }, { "\1a\4xxx", 6 },
		{ "\1a\11xxxxxxxx", 11 },
		{ "\1a\7\xff\xffx", 6 },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char room[64];
		cdt_str s = make(room, bad[i], CDT_STR("payload"));
		struct cdt_frame f;
		size_t n;

		CU_ASSERT(awsframes_take(s, sizeof room, &f, &n) == CDT_E_UPSTREAM);
	}
}

/* The prelude alone decides: nobody waits for 4 GiB. */
static void lengths_are_judged_before_the_rest_comes(void)
{
	static const struct { uint32_t total, headers; cdt_status st; } rows[] = {
		{ 15, 0, CDT_E_UPSTREAM }, { 0, 0, CDT_E_UPSTREAM }, { 16, 0, CDT_OK },
		{ 16, 1, CDT_E_UPSTREAM },
		{ 1 << 20, AWSFRAME_HEADERS_MAX + 1, CDT_E_UPSTREAM },
		{ 1 << 20, AWSFRAME_HEADERS_MAX, CDT_OK }, { FRAME_MAX, 0, CDT_OK },
		{ FRAME_MAX + 1, 0, CDT_E_LIMIT }, { UINT32_MAX, 0, CDT_E_LIMIT },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char room[12];
		struct cdt_frame f;
		size_t n;

		big_put(room, rows[i].total, 4);
		big_put(room + 4, rows[i].headers, 4);
		big_put(room + 8, crc32_of((cdt_str){ room, 8 }), 4);
		CU_ASSERT(awsframes_take((cdt_str){ room, 12 }, FRAME_MAX, &f, &n) ==
		          rows[i].st);
		CU_ASSERT(n == 0);
	}
}

static void empty_messages_are_not_shown(void)
{
	char room[64];
	cdt_str s = make(room, CDT_STR(""), CDT_STR(""));
	struct buf out;

	buf_init(&out, SHOWN_MAX);
	CU_ASSERT(feed(s, 0, 0, &out) == CDT_OK && out.n == 0);
	buf_fini(&out);
}

static cdt_status refuse(void *arg, const struct cdt_frame *frame)
{
	(void)frame;
	++*(unsigned *)arg;
	return CDT_E_ABORTED;
}

static void a_receiver_that_leaves_is_not_called_again(void)
{
	cdt_str s = load(recordings[0], ".eventstream.bin");
	unsigned calls = 0;
	struct frames f;

	frames_init(&f, CDT_FRAMES_AWS);
	CU_ASSERT(frames_feed(&f, s, refuse, &calls) == CDT_E_ABORTED);
	CU_ASSERT(calls == 1);
	frames_fini(&f);
	drop(s);
}

static void the_content_type_is_known(void)
{
	CU_ASSERT(frames_kind_of(CDT_STR("application/vnd.amazon.eventstream")) ==
	          CDT_FRAMES_AWS);
	CU_ASSERT(frames_kind_of(CDT_STR("Application/Vnd.Amazon.EventStream; x=y")) ==
	          CDT_FRAMES_AWS);
}

static const struct unit_test tests[] = {
	{ "given messages are read", given_messages_are_read },
	{ "recorded streams say what was decoded elsewhere",
	  recorded_streams_say_what_was_decoded_elsewhere },
	{ "borders of reads mean nothing", borders_of_reads_mean_nothing },
	{ "a stream that is cut inside a message is an error",
	  a_stream_that_is_cut_inside_a_message_is_an_error },
	{ "damage of any byte is an error", damage_of_any_byte_is_an_error },
	{ "every type of header is skipped or read", every_type_of_header_is_skipped_or_read },
	{ "an error without payload says its sentence",
	  an_error_without_payload_says_its_sentence },
	{ "headers that run over are an error", headers_that_run_over_are_an_error },
	{ "lengths are judged before the rest comes",
	  lengths_are_judged_before_the_rest_comes },
	{ "empty messages are not shown", empty_messages_are_not_shown },
	{ "a receiver that leaves is not called again",
	  a_receiver_that_leaves_is_not_called_again },
	{ "the content type is known", the_content_type_is_known },
	{ NULL, NULL }
};
const struct unit_suite upstream_awsframes_suite = { "upstream/awsframes", tests };
