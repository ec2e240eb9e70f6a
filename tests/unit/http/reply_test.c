/* unit/http/reply_test.c - what answers look like on the wire, streams, back-pressure, and
 * clients that do not read.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "unit/http/front.h"

#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define GET_CLOSE(path) "GET " path " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

/* Sends, hears the end, and counts what must occur once. */
static void check(const char *request, const char *const *once, const char *const *never)
{
	struct front f;
	struct heard h = { .text = NULL };

	front_init(&f);
	f.flood = 3 << 20;
	front_start(&f);
	CU_ASSERT_TRUE(ask(&f, request, &h));
	for (; once && *once; once++)
		CU_ASSERT_EQUAL(times(&h, *once), 1);
	for (; never && *never; never++)
		CU_ASSERT_EQUAL(times(&h, *never), 0);
	heard_fini(&h);
	front_stop(&f);
}

static void a_stream_is_one_chunk_a_write(void)
{
	static const char *const once[] = {
		"Transfer-Encoding: chunked\r\n"
		"Content-Type: text/event-stream\r\n\r\nb\r\ndata: one\n\n\r\n"
		"1b\r\ndata: a longer second one\n\n\r\n0\r\n\r\nHTTP/1.1 200", "/next", NULL,
	};
	static const char *const never[] = { "Content-Length: 0", NULL };

	check(GET("/stream") GET_CLOSE("/next"), once, never);
}

static void a_stream_that_is_whole_is_one_chunk(void)
{
	static const char *const once[] = {
		"Transfer-Encoding: chunked\r\n"
		"Content-Type: text/event-stream\r\n\r\nb\r\ndata: one\n\n\r\n"
		"0\r\n\r\nHTTP/1.1 200", "/next", NULL,
	};
	static const char *const old[] = {
		"Connection: close\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n",
		NULL,
	};
	static const char *const head[] = {
		"Content-Type: text/event-stream\r\n\r\nHTTP/1.1 200", "/next", NULL,
	};
	static const char *const never[] = { "chunked", "b\r\n", "0\r\n\r\n", NULL };

	check(GET("/ready") GET_CLOSE("/next"), once, NULL);
	check("GET /ready HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", old, never);
	check("HEAD /ready HTTP/1.1\r\n" HOST "\r\n" GET_CLOSE("/next"), head, NULL);
}

static void a_stream_to_http_1_0_lasts_until_the_end(void)
{
	static const char *const once[] = {
		"Connection: close\r\nContent-Type: text/event-stream\r\n\r\n"
		"data: one\n\ndata: a longer second one\n\n", NULL,
	};
	static const char *const never[] = { "chunked", "\r\n1b", "0\r\n\r\n", NULL };

	check("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", once, never);
}

static void http_1_0_is_kept_when_it_asks(void)
{
	static const char *const once[] = {
		"Connection: keep-alive\r\n", "Connection: close\r\n", "/1 ?", "/2 ?", NULL,
	};

	check("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", once,
	      NULL);
}

static void head_gets_the_head_only(void)
{
	static const char *const once[] = {
		"Content-Length: 35\r\nContent-Type: text/plain\r\n\r\nHTTP/1.1 200",
		"Transfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n"
		"HTTP/1.1 200",
		"/last", NULL,
	};
	static const char *const never[] = { "HEAD /a", "data:", "0\r\n\r\n", NULL };

	check("HEAD /a HTTP/1.1\r\n" HOST "\r\nHEAD /stream HTTP/1.1\r\n" HOST "\r\n"
	      GET_CLOSE("/last"), once, never);
}

static void no_content_has_no_length(void)
{
	static const char *const once[] = { "HTTP/1.1 204 No Content\r\n", "/last", NULL };
	static const char *const never[] = { "Content-Length: 0", NULL };

	check(GET("/empty") GET_CLOSE("/last"), once, never);
}

static void a_cut_stream_has_no_end_mark(void)
{
	static const char *const once[] = { "\r\n4\r\npart\r\n", NULL };
	static const char *const never[] = { "0\r\n\r\n", NULL };

	check(GET("/cut") GET("/next"), once, never);
}

static void a_write_is_on_the_wire_when_it_returns(void)
{
	struct front f;
	struct heard h = { .text = NULL };
	int fd;

	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	atomic_store(&f.client_fd, fd);
	CU_ASSERT_TRUE(say(fd, GET("/peek")) && front_until(&f.peeked, 1));
	CU_ASSERT_TRUE(atomic_load(&f.seen_at_once));
	CU_ASSERT_TRUE(hear(fd, &h, "0\r\n\r\n"));
	heard_fini(&h);
	close(fd);
	front_stop(&f);
}

static void the_head_of_a_stream_does_not_wait_for_its_first_write(void)
{
	struct front f;
	struct heard h = { .text = NULL };
	int fd;

	front_init(&f);
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, GET("/begin")) && hear(fd, &h, "X-Early: yes\r\n\r\n"));
	close(fd);
	CU_ASSERT_TRUE(front_until(&f.gone, 1));
	heard_fini(&h);
	front_stop(&f);
}

static size_t swallow(int fd)
{
	static char bytes[1 << 16];
	size_t sum = 0;
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
		sum += (size_t)n;
	return sum;
}

static void a_slow_reader_pauses_the_producer_and_gets_all(void)
{
	struct front f;
	int fd;

	front_init(&f);
	f.flood = 20 << 20;
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, GET_CLOSE("/flood")) && front_until(&f.paused, 1));
	usleep(20000);
	CU_ASSERT_EQUAL(atomic_load(&f.drained), 0);
	CU_ASSERT_TRUE(f.flooded < f.flood);
	CU_ASSERT_TRUE(swallow(fd) > f.flood);
	CU_ASSERT_TRUE(atomic_load(&f.drained) > 0);
	CU_ASSERT_EQUAL(atomic_load(&f.gone), 0);
	close(fd);
	front_stop(&f);
}

static void a_reader_that_stands_still_is_cut(void)
{
	struct front f;
	uint64_t from = clock_ms();
	int fd;

	front_init(&f);
	f.flood = 20 << 20;
	f.limits.stuck_ms = 200;
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, GET("/flood")) && front_until(&f.paused, 1));
	CU_ASSERT_TRUE(front_until(&f.gone, 1));
	CU_ASSERT_TRUE(clock_ms() - from < 2000);
	close(fd);
	front_stop(&f);
}

static void a_whole_answer_outlasts_a_slow_reader_and_a_half_close(void)
{
	struct front f;
	int fd;

	front_init(&f);
	f.flood = 8 << 20;
	front_start(&f);
	fd = front_connect(&f);
	CU_ASSERT_TRUE(say(fd, GET("/big")) && front_until(&f.requests, 1));
	(void)shutdown(fd, SHUT_WR);
	usleep(50000);
	CU_ASSERT_TRUE(swallow(fd) > f.flood);
	CU_ASSERT_EQUAL(atomic_load(&f.gone), 0);
	close(fd);
	front_stop(&f);
}

static void heads_take_only_what_is_a_header(void)
{
	static const struct { const char *name, *value; cdt_status want; } rows[] = {
		{ "X-A", "b c", CDT_OK }, { "X-A", "\xc3\xa4", CDT_OK }, { "X-A", "", CDT_OK },
		{ "", "b", CDT_E_MISUSE }, { "date", "b", CDT_E_MISUSE },
		{ "Content-Length", "1", CDT_E_MISUSE }, { "X A", "b", CDT_E_INVALID },
		{ "X:A", "b", CDT_E_INVALID }, { "X-A", "b\r\nX-B: c", CDT_E_INVALID },
		{ "X-A", "b\n", CDT_E_INVALID }, { "X-A", "\x7f", CDT_E_INVALID },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf head;

		buf_init(&head, 100);
		CU_ASSERT_EQUAL(http_head_add(&head, rows[i].name, str_z(rows[i].value)),
		                rows[i].want);
		CU_ASSERT_EQUAL(head.n != 0, rows[i].want == CDT_OK);
		buf_fini(&head);
	}
}

static void a_head_past_its_cap_is_left_as_it_was(void)
{
	struct buf head;

	buf_init(&head, 12);
	CU_ASSERT_EQUAL(http_head_add(&head, "A", CDT_STR("b")), CDT_OK);
	CU_ASSERT_EQUAL(http_head_add(&head, "X-Longer", CDT_STR("b")), CDT_E_LIMIT);
	CU_ASSERT_TRUE(str_is(buf_str(&head), "A: b\r\n"));
	buf_fini(&head);
}

static void statuses_have_names(void)
{
	CU_ASSERT_STRING_EQUAL(http_status_text(200), "OK");
	CU_ASSERT_STRING_EQUAL(http_status_text(402), "Payment Required");
	CU_ASSERT_STRING_EQUAL(http_status_text(504), "Gateway Timeout");
	CU_ASSERT_STRING_EQUAL(http_status_text(299), "Unknown");
	CU_ASSERT_STRING_EQUAL(http_status_text(999), "Unknown");
}

static const struct unit_test tests[] = {
	{ "a stream is one chunk a write", a_stream_is_one_chunk_a_write },
	{ "a stream that is whole is one chunk", a_stream_that_is_whole_is_one_chunk },
	{ "a stream to HTTP/1.0 lasts until the end",
	  a_stream_to_http_1_0_lasts_until_the_end },
	{ "HTTP/1.0 is kept when it asks", http_1_0_is_kept_when_it_asks },
	{ "HEAD gets the head only", head_gets_the_head_only },
	{ "no content has no length", no_content_has_no_length },
	{ "a cut stream has no end mark", a_cut_stream_has_no_end_mark },
	{ "a write is on the wire when it returns", a_write_is_on_the_wire_when_it_returns },
	{ "the head of a stream does not wait for its first write",
	  the_head_of_a_stream_does_not_wait_for_its_first_write },
	{ "a slow reader pauses the producer and gets all",
	  a_slow_reader_pauses_the_producer_and_gets_all },
	{ "a reader that stands still is cut", a_reader_that_stands_still_is_cut },
	{ "a whole answer outlasts a slow reader and a half close",
	  a_whole_answer_outlasts_a_slow_reader_and_a_half_close },
	{ "heads take only what is a header", heads_take_only_what_is_a_header },
	{ "a head past its cap is left as it was", a_head_past_its_cap_is_left_as_it_was },
	{ "statuses have names", statuses_have_names },
	{ NULL, NULL },
};
const struct unit_suite http_reply_suite = { "http/reply", tests };
