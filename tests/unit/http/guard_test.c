/* unit/http/guard_test.c - what the guard accepts, refuses, and finds out.  The long list of
 * hostile requests is in tests/smuggling; this one is about the guard's own promises.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "http/guard.h"

static const char *const uploads[] = { "/up", "/up/there", NULL };
static const struct http_limits limits = {
	.head_bytes = 256, .headers = 4, .body_bytes = 100,
	.upload_bytes = 200, .upload_paths = uploads,
};

#define GET "GET /a?b HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define POST "POST /a HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

struct row { const char *what, *bytes; enum guard_verdict want; };

static enum guard_verdict feed(struct guard *g, const char *bytes, size_t step, size_t *used)
{
	size_t n = strlen(bytes);

	guard_init(g, &limits);
	*used = 0;
	while (*used < n && g->verdict == GUARD_MORE) {
		size_t piece = n - *used < step ? n - *used : step;

		*used += guard_feed(g, bytes + *used, piece);
	}
	return g->verdict;
}

static void check(const struct row *rows)
{
	for (; rows->what; rows++)
		for (size_t step = 1; step < 9; step++) {
			struct guard g;
			size_t used;
			bool fine = feed(&g, rows->bytes, step == 8 ? 4096 : step, &used) ==
			            rows->want;

			if (!fine)
				printf("\n  %s: %d %s\n", rows->what, g.verdict, g.why);
			CU_ASSERT_TRUE(fine);
		}
}

static void whole_requests_end_where_they_end(void)
{
	static const struct row rows[] = {
		{ "no body", GET HOST "\r\n", GUARD_WHOLE },
		{ "HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", GUARD_WHOLE },
		{ "a body", POST "Content-Length: 3\r\n\r\nabc", GUARD_WHOLE },
		{ "chunks", CHUNKED "3\r\nabc\r\n0\r\n\r\n", GUARD_WHOLE },
		{ "a value without blanks", GET "Host:a\r\n\r\n", GUARD_WHOLE },
		{ "an empty value", GET HOST "X:\r\n\r\n", GUARD_WHOLE },
		{ "bytes above 0x7f", GET HOST "X: \xff\xc3\xa4\x80\r\n\r\n", GUARD_WHOLE },
		{ "a tab in a value", GET HOST "X: abcdefgh\tijklmnop\r\n\r\n", GUARD_WHOLE },
		{ NULL, NULL, 0 },
	};

	check(rows);
}

static void parts_are_waited_for(void)
{
	static const struct row rows[] = {
		{ "a method", "GET", GUARD_MORE },
		{ "a line", GET, GUARD_MORE },
		{ "a head without its end", GET HOST "\r", GUARD_MORE },
		{ "a short body", POST "Content-Length: 3\r\n\r\nab", GUARD_MORE },
		{ "chunks without the last", CHUNKED "3\r\nabc\r\n", GUARD_MORE },
		{ NULL, NULL, 0 },
	};

	check(rows);
}

static void malformed_requests_are_refused(void)
{
	static const struct row rows[] = {
		{ "no Host", GET "\r\n", GUARD_MALFORMED },
		{ "two Hosts", GET HOST HOST "\r\n", GUARD_MALFORMED },
		{ "two lengths", POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		  GUARD_MALFORMED },
		{ "both framings",
		  POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		  GUARD_MALFORMED },
		{ "a blank before the colon", GET HOST "X : a\r\n\r\n", GUARD_MALFORMED },
		{ "a folded line", GET HOST "X: a\r\n b\r\n\r\n", GUARD_MALFORMED },
		{ "a bare LF", GET HOST "X: a\n\r\n", GUARD_MALFORMED },
		{ "DEL in a long value", GET HOST "X: 0123456\x7f" "89abcdef\r\n\r\n",
		  GUARD_MALFORMED },
		{ "0x1f in a long value", GET HOST "X: 01234567\x1f" "9abcdef\r\n\r\n",
		  GUARD_MALFORMED },
		{ "a body on HEAD", "HEAD / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na",
		  GUARD_MALFORMED },
		{ "a chunk extension", CHUNKED "3;a\r\nabc\r\n0\r\n\r\n", GUARD_MALFORMED },
		{ "a trailer", CHUNKED "0\r\nA: b\r\n\r\n", GUARD_MALFORMED },
		{ "nine hexadecimal digits", CHUNKED "000000003\r\n", GUARD_MALFORMED },
		{ NULL, NULL, 0 },
	};

	check(rows);
}

static void limits_have_verdicts_of_their_own(void)
{
	char long_head[512] = GET HOST "X: ", long_name[128] = GET HOST;
	const struct row rows[] = {
		{ "a long head", long_head, GUARD_HEAD_TOO_LARGE },
		{ "a long name", long_name, GUARD_HEAD_TOO_LARGE },
		{ "five headers", GET "A: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n",
		  GUARD_HEAD_TOO_LARGE },
		{ "a long body", POST "Content-Length: 101\r\n\r\n", GUARD_BODY_TOO_LARGE },
		{ "the longest body", POST "Content-Length: 100\r\n\r\n", GUARD_MORE },
		{ "a long chunk", CHUNKED "65\r\n", GUARD_BODY_TOO_LARGE },
		{ "chunks that add up", CHUNKED "1\r\na\r\n64\r\n", GUARD_BODY_TOO_LARGE },
		{ "another expectation", POST "Expect: tea\r\n", GUARD_EXPECTATION },
		{ NULL, NULL, 0 },
	};

	memset(long_head + strlen(long_head), 'x', 300);
	memset(long_name + strlen(long_name), 'x', GUARD_NAME_MAX + 1);
	check(rows);
}

#define TO(target) "POST " target " HTTP/1.1\r\n" HOST
#define LONG "Content-Length: 200\r\n\r\n"

static void files_may_be_longer(void)
{
	static const struct row rows[] = {
		{ "the longest", TO("/up") LONG, GUARD_MORE },
		{ "another path", TO("/up/there") LONG, GUARD_MORE },
		{ "a slash at the end", TO("/up/there/") LONG, GUARD_MORE },
		{ "a query", TO("/up?x=/a") LONG, GUARD_MORE },
		{ "longer", TO("/up") "Content-Length: 201\r\n\r\n", GUARD_BODY_TOO_LARGE },
		{ "two slashes", TO("/up//") LONG, GUARD_BODY_TOO_LARGE },
		{ "less of the path", TO("/u") LONG, GUARD_BODY_TOO_LARGE },
		{ "more of it", TO("/upp") LONG, GUARD_BODY_TOO_LARGE },
		{ "it in the query", TO("/?/up") LONG, GUARD_BODY_TOO_LARGE },
		{ "an escape", TO("/%75p") LONG, GUARD_BODY_TOO_LARGE },
		{ "a long path",
		  TO("/up/there/0123456789/0123456789/0123456789/0123456789") LONG,
		  GUARD_BODY_TOO_LARGE },
		{ "a long chunk", TO("/up") "Transfer-Encoding: chunked\r\n\r\nC8\r\n",
		  GUARD_MORE },
		{ "a longer one", TO("/up") "Transfer-Encoding: chunked\r\n\r\nC9\r\n",
		  GUARD_BODY_TOO_LARGE },
		{ NULL, NULL, 0 },
	};

	check(rows);
}

static void a_head_may_be_as_long_as_the_limit(void)
{
	char bytes[300] = GET HOST "X: ";
	size_t n = strlen(bytes), used;
	struct guard g;

	memset(bytes + n, 'x', limits.head_bytes - n - 4);
	memcpy(bytes + limits.head_bytes - 4, "\r\n\r\n", 5);
	CU_ASSERT_EQUAL(feed(&g, bytes, 7, &used), GUARD_WHOLE);
	CU_ASSERT_EQUAL(used, limits.head_bytes);
	memcpy(bytes + limits.head_bytes - 4, "x\r\n\r\n", 6);
	CU_ASSERT_EQUAL(feed(&g, bytes, 7, &used), GUARD_HEAD_TOO_LARGE);
	CU_ASSERT_EQUAL(used, limits.head_bytes);
}

static void the_next_request_is_left_alone(void)
{
	static const char *const requests[] = {
		GET HOST "\r\n", POST "Content-Length: 3\r\n\r\nabc",
		CHUNKED "3\r\nabc\r\n0\r\n\r\n",
	};

	for (size_t i = 0; i < 3; i++) {
		char two[256];
		struct guard g;
		size_t used;

		(void)snprintf(two, sizeof two, "%sGET / HTTP/1.1", requests[i]);
		CU_ASSERT_EQUAL(feed(&g, two, 4096, &used), GUARD_WHOLE);
		CU_ASSERT_EQUAL(used, strlen(requests[i]));
	}
}

static void what_the_front_needs_is_known(void)
{
	struct guard g;
	size_t used;

	(void)feed(&g, POST "expect: 100-Continue\r\nContent-Length: 9\r\n\r\nab", 5, &used);
	CU_ASSERT_STRING_EQUAL(g.method, "POST");
	CU_ASSERT_TRUE(g.expects && g.head_done && g.target_done);
	CU_ASSERT_EQUAL(g.target_at, 5);
	CU_ASSERT_EQUAL(g.target_n, 2);
	CU_ASSERT_EQUAL(guard_body_left(&g), 7);
	CU_ASSERT_EQUAL(g.body_seen, 2);
	(void)feed(&g, CHUNKED "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 2, &used);
	CU_ASSERT_EQUAL(g.body_n, 5);
	CU_ASSERT_EQUAL(guard_body_left(&g), 0);
}

static void the_clients_wish_to_go_on_is_known(void)
{
	static const struct { const char *bytes; bool keeps; } rows[] = {
		{ GET HOST "\r\n", true },
		{ GET HOST "Connection: Close\r\n\r\n", false },
		{ GET HOST "Connection: te ,\tclose\t, x\r\n\r\n", false },
		{ GET HOST "Connection: closed\r\n\r\n", true },
		{ GET HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct guard g;
		size_t used;

		CU_ASSERT_EQUAL(feed(&g, rows[i].bytes, 3, &used), GUARD_WHOLE);
		CU_ASSERT_EQUAL(guard_keeps(&g), rows[i].keeps);
	}
}

static void tiny_chunks_do_not_cost_more_than_the_limit(void)
{
	struct guard g;
	struct http_limits small = limits;
	size_t lines = 0;

	small.body_bytes = 1 << 20;
	guard_init(&g, &small);
	(void)guard_feed(&g, CHUNKED, sizeof CHUNKED - 1);
	while (g.verdict == GUARD_MORE && lines < 1 << 20) {
		(void)guard_feed(&g, "00000001\r\na\r\n", 13);
		lines++;
	}
	CU_ASSERT_EQUAL(g.verdict, GUARD_BODY_TOO_LARGE);
	CU_ASSERT_TRUE(lines * 12 < (1 << 20) / 4 + 8192);
}

static const struct unit_test tests[] = {
	{ "whole requests end where they end", whole_requests_end_where_they_end },
	{ "parts are waited for", parts_are_waited_for },
	{ "malformed requests are refused", malformed_requests_are_refused },
	{ "limits have verdicts of their own", limits_have_verdicts_of_their_own },
	{ "files may be longer", files_may_be_longer },
	{ "a head may be as long as the limit", a_head_may_be_as_long_as_the_limit },
	{ "the next request is left alone", the_next_request_is_left_alone },
	{ "what the front needs is known", what_the_front_needs_is_known },
	{ "the client's wish to go on is known", the_clients_wish_to_go_on_is_known },
	{ "tiny chunks do not cost more than the limit",
	  tiny_chunks_do_not_cost_more_than_the_limit },
	{ NULL, NULL },
};
const struct unit_suite http_guard_suite = { "http/guard", tests };
