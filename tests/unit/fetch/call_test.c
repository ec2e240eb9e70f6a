/* unit/fetch/call_test.c - the answer side: heads, bodies, pauses, deadlines, and every way
 * in which an answer fails to come.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"
#include "unit/fetch/rig.h"
#include "unit/unit.h"

enum { BIG = 5 << 20, SILENCE_MS = 3000 };

static enum after whole(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Id:  7 \r\n"
	            "Content-Length: 5\r\n\r\nhello");
	return KEEP;
}

static enum after chunked(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	peer_sleep(p, 20);
	peer_say(p, "6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n");
	return KEEP;
}

static enum after empty(struct peer *p)
{
	peer_say(p, "HTTP/1.1 204 No Content\r\n\r\n");
	return KEEP;
}

static enum after redirect(struct peer *p)
{
	peer_say(p, "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:9/\r\n"
	            "Content-Length: 4\r\n\r\ngone");
	return KEEP;
}

static enum after interim(struct peer *p)
{
	peer_say(p, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n"
	            "HTTP/1.1 201 Created\r\nX-Real: 1\r\nContent-Length: 2\r\n\r\nok");
	return KEEP;
}

static enum after folded(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\nContent-Length: 2\r\n\r\nok");
	return KEEP;
}

static enum after until_close(struct peer *p)
{
	peer_say(p, "HTTP/1.0 200 OK\r\n\r\nall there is");
	return CLOSE;
}

static enum after until_reset(struct peer *p)
{
	(void)until_close(p);
	peer_sleep(p, 50);
	return RESET;
}

static enum after cut_by_length(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
	return CLOSE;
}

static enum after cut_in_chunk(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf");
	return CLOSE;
}

static enum after cut_before_last_chunk(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
	return CLOSE;
}

static enum after cut_by_reset(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
	peer_sleep(p, 50);
	return RESET;
}

static enum after cut_in_head(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n");
	return CLOSE;
}

static enum after say_nothing(struct peer *p)
{
	(void)p;
	return CLOSE;
}

static enum after reset_at_once(struct peer *p)
{
	(void)p;
	return RESET;
}

static enum after garbage(struct peer *p)
{
	peer_say(p, "\x16\x03\x01 what?\r\n\r\nSSH-2.0-x\r\n");
	return CLOSE;
}

static enum after no_colon(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 2\r\n\r\nok");
	return CLOSE;
}

static enum after switching(struct peer *p)
{
	peer_say(p, "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nbytes");
	peer_sleep(p, SILENCE_MS);
	return CLOSE;
}

static enum after many_headers(struct peer *p)
{
	char line[64];

	peer_say(p, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 200; i++) {
		(void)snprintf(line, sizeof line, "X-%d: v\r\n", i);
		peer_say(p, line);
	}
	peer_say(p, "Content-Length: 2\r\n\r\nok");
	return CLOSE;
}

static void say_long_line(struct peer *p, size_t n)
{
	char *line = mem_resize(NULL, n);

	memset(line, 'a', n);
	peer_say(p, "HTTP/1.1 200 OK\r\nX-Long: ");
	peer_send(p, line, n);
	peer_say(p, "\r\nContent-Length: 2\r\n\r\nok");
	mem_free(line);
}

static enum after big_headers(struct peer *p)
{
	say_long_line(p, 70000);
	return CLOSE;
}

static enum after endless_header(struct peer *p)
{
	say_long_line(p, 400000);
	return CLOSE;
}

static char byte_at(size_t i)
{
	return (char)((i * 2654435761u) >> 13);
}

static enum after big(struct peer *p)
{
	char *bytes = mem_resize(NULL, BIG);

	for (size_t i = 0; i < BIG; i++)
		bytes[i] = byte_at(i);
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 5242880\r\n\r\n");
	peer_send(p, bytes, BIG);
	mem_free(bytes);
	return KEEP;
}

static enum after silent(struct peer *p)
{
	(void)peer_sees_end(p, SILENCE_MS);
	return CLOSE;
}

static enum after silent_in_body(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
	(void)peer_sees_end(p, SILENCE_MS);
	return CLOSE;
}

static enum after dripping(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
	for (int i = 0; i < 200 && !peer_sees_end(p, 10); i++)
		peer_say(p, ".");
	return CLOSE;
}

/* What a call that meets this upstream must see. */
static const struct {
	const char *name;
	serve_fn *serve;
	enum fetch_end end;
	uint32_t status;               /* 0: no head */
	const char *body;
	const char *header;            /* must be among them */
} table[] = {
	{ "whole", whole, FETCH_OK, 200, "hello", "X-Id=7\n" },
	{ "chunked", chunked, FETCH_OK, 200, "hello world", "Transfer-Encoding=chunked\n" },
	{ "empty", empty, FETCH_OK, 204, "", "" },
	{ "redirect", redirect, FETCH_OK, 301, "gone", "Location=http://127.0.0.1:9/\n" },
	{ "interim", interim, FETCH_OK, 201, "ok", "X-Real=1\nContent-Length=2\n" },
	{ "folded", folded, FETCH_OK, 200, "ok", "X-Long=one   two\n" },
	{ "until close", until_close, FETCH_OK, 200, "all there is", "" },
	{ "cut by length", cut_by_length, FETCH_CUT, 200, "half", "" },
	{ "cut in chunk", cut_in_chunk, FETCH_CUT, 200, "half", "" },
	{ "cut before last chunk", cut_before_last_chunk, FETCH_CUT, 200, "half", "" },
	{ "cut by reset", cut_by_reset, FETCH_CUT, 200, "half", "" },
	{ "cut in head", cut_in_head, FETCH_CUT, 0, "", "" },
	{ "no answer", say_nothing, FETCH_NO_ANSWER, 0, "", "" },
	{ "reset", reset_at_once, FETCH_NO_ANSWER, 0, "", "" },
	{ "garbage", garbage, FETCH_BAD_ANSWER, 0, "", "" },
	{ "no colon", no_colon, FETCH_BAD_ANSWER, 0, "", "" },
	{ "switching", switching, FETCH_BAD_ANSWER, 0, "", "" },
	{ "many headers", many_headers, FETCH_BAD_ANSWER, 0, "", "" },
	{ "big headers", big_headers, FETCH_BAD_ANSWER, 0, "", "" },
	{ "endless header", endless_header, FETCH_BAD_ANSWER, 0, "", "" },
};

static void every_answer_has_its_end(void)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct rig r;
		struct probe p;

		rig_open(&r, table[i].serve, NULL);
		probe_init(&p, &r);
		buf_add_z(&p.req.body, "{}");
		probe_run(&p);
		if (p.end != table[i].end || p.status != table[i].status)
			printf("\n%s: %s %u\n", table[i].name, fetch_end_name(p.end), p.status);
		CU_ASSERT_EQUAL(p.end, table[i].end);
		CU_ASSERT_EQUAL(p.status, table[i].status);
		CU_ASSERT_EQUAL(p.heads, table[i].status != 0);
		CU_ASSERT_STRING_EQUAL(p.body, table[i].body);
		CU_ASSERT_PTR_NOT_NULL(strstr(p.headers, table[i].header));
		CU_ASSERT_EQUAL(upstream_requests(r.upstream), 1);
		probe_fini(&p);
		rig_close(&r);
	}
}

/* Over TLS an end is only one when the upstream says so. */
static void a_cut_is_no_end_over_tls(void)
{
	static serve_fn *const serves[] = { until_close, until_reset };

	for (int i = 0; i < 2; i++) {
		char *dir = unit_dir_new();
		struct rig r;
		struct probe p;

		rig_open_tls(&r, serves[i], dir, "127.0.0.1", true);
		probe_init(&p, &r);
		probe_run(&p);
		CU_ASSERT_EQUAL(p.end, i ? FETCH_CUT : FETCH_OK);
		CU_ASSERT_STRING_EQUAL(p.body, "all there is");
		probe_fini(&p);
		rig_close(&r);
		unit_dir_drop(dir);
	}
}

static void a_big_answer_comes_whole(void)
{
	char *want = mem_resize(NULL, BIG);
	struct rig r;
	struct probe p;

	for (size_t i = 0; i < BIG; i++)
		want[i] = byte_at(i);
	rig_open(&r, big, NULL);
	probe_init(&p, &r);
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_OK);
	CU_ASSERT_EQUAL(p.bytes, BIG);
	CU_ASSERT_EQUAL(p.crc, crc32_of((cdt_str){ want, BIG }));
	probe_fini(&p);
	rig_close(&r);
	mem_free(want);
}

/* Refuses some bytes, waits, goes on: nothing is lost, doubled, or sent meanwhile. */
static void check_pauses(struct rig *r)
{
	static const unsigned pauses = 20;
	char *want = mem_resize(NULL, BIG);
	struct probe p;

	for (size_t i = 0; i < BIG; i++)
		want[i] = byte_at(i);
	probe_init(&p, r);
	p.pauses = pauses;
	probe_start(&p);
	for (unsigned i = 1; i <= pauses; i++) {
		unsigned before;

		while (p.paused < i)
			rig_turn_for(r, 1);
		before = p.bodies;
		rig_turn_for(r, 5);
		CU_ASSERT_EQUAL(p.bodies, before);
		fetch_resume(p.call);
	}
	CU_ASSERT_TRUE(probe_wait(&p, 5000));
	CU_ASSERT_EQUAL(p.end, FETCH_OK);
	CU_ASSERT_EQUAL(p.bytes, BIG);
	CU_ASSERT_EQUAL(p.crc, crc32_of((cdt_str){ want, BIG }));
	probe_fini(&p);
	rig_close(r);
	mem_free(want);
}

static void paused_bytes_come_again(void)
{
	struct rig r;

	rig_open(&r, big, NULL);
	check_pauses(&r);
}

/* What TLS has decrypted, but nobody has read, wakes no loop by itself. */
static void paused_bytes_come_again_over_tls(void)
{
	char *dir = unit_dir_new();
	struct rig r;

	rig_open_tls(&r, big, dir, "127.0.0.1", true);
	check_pauses(&r);
	unit_dir_drop(dir);
}

static void resuming_before_refusing_is_not_lost(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, chunked, NULL);
	probe_init(&p, &r);
	p.pauses = 3;
	p.resume_inside = true;
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_OK);
	CU_ASSERT_EQUAL(p.paused, 3);
	CU_ASSERT_STRING_EQUAL(p.body, "hello world");
	probe_fini(&p);
	rig_close(&r);
}

static void a_connection_is_used_again_after_a_pause(void)
{
	struct rig r;

	rig_open(&r, whole, NULL);
	for (int i = 0; i < 5; i++) {
		struct probe p;

		probe_init(&p, &r);
		p.pauses = 1;
		probe_start(&p);
		CU_ASSERT_TRUE(rig_until(&r, &p.paused, 2000));
		rig_turn_for(&r, 5);
		fetch_resume(p.call);
		CU_ASSERT_TRUE(probe_wait(&p, 2000));
		CU_ASSERT_STRING_EQUAL(p.body, "hello");
		probe_fini(&p);
		rig_turn_for(&r, 5);
	}
	CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 1);
	rig_close(&r);
}

/* Which deadline ends it, and when. */
static const struct {
	serve_fn *serve;
	struct fetch_timeouts timeouts;
	enum fetch_end end;
} deadlines[] = {
	{ silent, { 1000, 150, 1000, 2000 }, FETCH_LATE_FIRST_BYTE },
	{ silent_in_body, { 1000, 1000, 150, 2000 }, FETCH_LATE_IDLE },
	{ dripping, { 1000, 1000, 1000, 150 }, FETCH_LATE_TOTAL },
	{ silent, { 0, 0, 0, 150 }, FETCH_LATE_TOTAL },
};

static void every_deadline_ends_a_call(void)
{
	for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++) {
		struct rig r;
		struct probe p;
		uint64_t start_ms;

		rig_open(&r, deadlines[i].serve, NULL);
		probe_init(&p, &r);
		p.timeouts = deadlines[i].timeouts;
		start_ms = clock_ms();
		probe_run(&p);
		CU_ASSERT_EQUAL(p.end, deadlines[i].end);
		CU_ASSERT(clock_ms() - start_ms >= 148 && clock_ms() - start_ms < 1000);
		CU_ASSERT_TRUE(rig_until_left(&r));
		probe_fini(&p);
		rig_close(&r);
	}
}

static void bytes_push_the_idle_deadline_back(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, dripping, NULL);
	probe_init(&p, &r);
	p.timeouts = (struct fetch_timeouts){ 5000, 5000, 600, 1500 };
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_LATE_TOTAL);
	CU_ASSERT(p.bytes > 20);
	probe_fini(&p);
	rig_close(&r);
}

static void the_idle_deadline_does_not_run_while_paused(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, whole, NULL);
	probe_init(&p, &r);
	p.timeouts = (struct fetch_timeouts){ 1000, 1000, 50, 5000 };
	p.pauses = 1;
	probe_start(&p);
	CU_ASSERT_TRUE(rig_until(&r, &p.paused, 1000));
	rig_turn_for(&r, 200);
	CU_ASSERT_EQUAL(p.ends, 0);
	fetch_resume(p.call);
	CU_ASSERT_TRUE(probe_wait(&p, 1000));
	CU_ASSERT_EQUAL(p.end, FETCH_OK);
	probe_fini(&p);
	rig_close(&r);
}

static void the_total_deadline_runs_while_paused(void)
{
	struct rig r;
	struct probe p;

	rig_open(&r, whole, NULL);
	probe_init(&p, &r);
	p.timeouts = (struct fetch_timeouts){ 1000, 1000, 1000, 150 };
	p.pauses = 1;
	probe_run(&p);
	CU_ASSERT_EQUAL(p.end, FETCH_LATE_TOTAL);
	probe_fini(&p);
	rig_close(&r);
}

static const struct unit_test tests[] = {
	{ "every answer has its end", every_answer_has_its_end },
	{ "a cut is no end over TLS", a_cut_is_no_end_over_tls },
	{ "a big answer comes whole", a_big_answer_comes_whole },
	{ "paused bytes come again", paused_bytes_come_again },
	{ "paused bytes come again over TLS", paused_bytes_come_again_over_tls },
	{ "resuming before refusing is not lost", resuming_before_refusing_is_not_lost },
	{ "a connection is used again after a pause",
	  a_connection_is_used_again_after_a_pause },
	{ "every deadline ends a call", every_deadline_ends_a_call },
	{ "bytes push the idle deadline back", bytes_push_the_idle_deadline_back },
	{ "the idle deadline does not run while paused",
	  the_idle_deadline_does_not_run_while_paused },
	{ "the total deadline runs while paused", the_total_deadline_runs_while_paused },
	{ NULL, NULL }
};
const struct unit_suite fetch_call_suite = { "fetch/call", tests };
