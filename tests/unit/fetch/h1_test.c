/* unit/fetch/h1_test.c - answers, well and badly formed, in one piece and in all others.
 * SPDX-License-Identifier: MIT */
#include "fetch/h1.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

enum { TEXT_BYTES = 1024 };

/* What a reader made of some bytes. */
struct reading {
	struct h1 h1;
	enum h1_part last;
	char headers[TEXT_BYTES], body[TEXT_BYTES];
	size_t headers_n, body_n;
	unsigned heads;
	size_t left;                   /* bytes that nobody wanted */
};

static void note_headers(struct reading *r, const struct h1_found *found)
{
	r->heads++;
	for (size_t i = 0; i < found->header_count; i++)
		r->headers_n += (size_t)snprintf(r->headers + r->headers_n,
		                                 sizeof r->headers - r->headers_n, "%.*s=%.*s;",
		                                 STR_ARG(found->header[i].name),
		                                 STR_ARG(found->header[i].value));
}

/* A copy of exactly n bytes: a sanitizer sees what reads past them. */
static void feed(struct reading *r, const char *p, size_t n)
{
	char *copy = mem_resize(NULL, n ? n : 1), *at = copy;
	struct h1_found found;

	memcpy(copy, p, n);
	do {
		r->last = h1_next(&r->h1, &at, &n, &found);
		if (r->last == H1_HEAD)
			note_headers(r, &found);
		if (r->last == H1_BODY && r->body_n + found.body.n < sizeof r->body) {
			memcpy(r->body + r->body_n, found.body.p, found.body.n);
			r->body_n += found.body.n;
		}
	} while (r->last == H1_HEAD || r->last == H1_BODY);
	r->left = n;
	mem_free(copy);
}

static void read_in(struct reading *r, const char *text, size_t n, size_t piece, bool to_head)
{
	memset(r, 0, sizeof *r);
	h1_init(&r->h1);
	h1_begin(&r->h1, to_head);
	for (size_t i = 0; i < n && r->last == H1_MORE; i += piece) {
		size_t part = n - i < piece ? n - i : piece;

		feed(r, text + i, part);
		r->left += n - i - part;
	}
	h1_fini(&r->h1);
}

#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK_LINE "Transfer-Encoding: chunked\r\n\r\n"

static const struct {
	const char *text;
	uint32_t status;
	const char *headers, *body, *left;
	bool keeps;
} good[] = {
	{ OK_LINE "Content-Length: 5\r\n\r\nhello", 200, "Content-Length=5;", "hello", "", true },
	{ OK_LINE "Content-Length: 5\r\n\r\nhelloHTTP", 200, "Content-Length=5;", "hello", "HTTP",
	  true },
	{ OK_LINE "content-length:0\r\n\r\nx", 200, "content-length=0;", "", "x", true },
	{ "HTTP/1.1 200\r\nA:\t b \t\r\nContent-Length: 1\r\n\r\nx", 200, "A=b;Content-Length=1;",
	  "x", "", true },
	{ "HTTP/1.1 200 \r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 200,
	  "Content-Length=1;Content-Length=1;", "x", "", true },
	{ "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nx", 204, "Content-Length=5;", "", "x", true },
	{ "HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n", 304,
	  "Transfer-Encoding=chunked;", "", "", true },
	{ OK_LINE "Connection: x, Close\r\nContent-Length: 1\r\n\r\nx", 200,
	  "Connection=x, Close;Content-Length=1;", "x", "", false },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "Content-Length=1;", "x", "",
	  false },
	{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 200,
	  "Connection=keep-alive;Content-Length=1;", "x", "", true },
	{ OK_LINE "A: b\r\n\tc\r\n  d\r\nContent-Length: 1\r\n\r\nx", 200,
	  "A=b  \tc    d;Content-Length=1;", "x", "", true },
	{ CHUNKED "0\r\n\r\n", 200, "Transfer-Encoding=chunked;", "", "", true },
	{ CHUNKED "5\r\nhello\r\n0\r\n\r\n", 200, "Transfer-Encoding=chunked;", "hello", "", true },
	{ CHUNKED "5;a=\"b\"\r\nhello\r\n1 \r\n \r\n0005\r\nworld\r\n0\r\nA: b\r\nC: d\r\n\r\nx", 200,
	  "Transfer-Encoding=chunked;", "hello world", "x", true },
	{ CHUNKED "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", 200,
	  "Transfer-Encoding=chunked;", "01234567890123456789", "", true },
	{ "HTTP/1.1 200 OK\nTransfer-Encoding: CHUNKED\n\n1\na\n1\nb\n0\n\n", 200,
	  "Transfer-Encoding=CHUNKED;", "ab", "", true },
	{ OK_LINE "Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n1\r\na\r\n0\r\n\r\n", 200,
	  "Transfer-Encoding=chunked;Content-Length=9;", "a", "", false },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" OK_LINE
	  "Content-Length: 1\r\n\r\nx", 200, "Content-Length=1;", "x", "", true },
};

static void well_formed_answers_are_read_whatever_their_pieces(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		for (size_t piece = 1; piece <= strlen(good[i].text); piece++) {
			struct reading r;

			read_in(&r, good[i].text, strlen(good[i].text), piece, false);
			CU_ASSERT_EQUAL(r.last, H1_END);
			CU_ASSERT_EQUAL(r.heads, 1);
			CU_ASSERT_EQUAL(r.h1.status, good[i].status);
			CU_ASSERT_STRING_EQUAL(r.headers, good[i].headers);
			CU_ASSERT_STRING_EQUAL(r.body, good[i].body);
			CU_ASSERT_EQUAL(r.left, strlen(good[i].left));
			CU_ASSERT_EQUAL(r.h1.keeps, good[i].keeps);
		}
}

static const char *const bad[] = {
	"\r\n" OK_LINE "\r\n", "\n\n", "hello\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20x OK\r\n\r\n",
	"HTTP/1.1 99 Low\r\n\r\n", "HTTP/1.1 1000 High\r\n\r\n", "HTTP/2 200\r\n\r\n",
	"HTTP/1.12 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n",
	"HTTP/1.1 101 Switching\r\n\r\n", " " OK_LINE "\r\n",
	OK_LINE "no colon\r\n\r\n", OK_LINE "nocolon\r\n\r\n", OK_LINE ": none\r\n\r\n",
	OK_LINE "A : b\r\n\r\n", OK_LINE "A b: c\r\n\r\n", OK_LINE "A: b\x01\r\n\r\n",
	OK_LINE "A: b\t\x7f\r\n\r\n", OK_LINE "A: b\rC: d\r\n\r\n", OK_LINE " A: b\r\n\r\n",
	OK_LINE "Content-Length: 5x\r\n\r\n", OK_LINE "Content-Length: -1\r\n\r\n",
	OK_LINE "Content-Length:\r\n\r\n", OK_LINE "Content-Length: 5, 5\r\n\r\n",
	OK_LINE "Content-Length: 99999999999999999999\r\n\r\n",
	OK_LINE "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
	OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n",
	OK_LINE "Transfer-Encoding: identity\r\n\r\n",
	OK_LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
	CHUNKED "\r\n", CHUNKED ";x\r\n", CHUNKED "x\r\n", CHUNKED "-1\r\n", CHUNKED "0x5\r\n",
	CHUNKED "5h\r\n", CHUNKED " 5\r\n", CHUNKED "1000000000000000\r\n",
	CHUNKED "fffffffffffffffff\r\n", CHUNKED "1\r\nabc", CHUNKED "1\r\na\r\r\n", CHUNKED "1\r\na0\r\n",
};

static void badly_formed_answers_are_refused_whatever_their_pieces(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		for (size_t piece = 1; piece <= strlen(bad[i]); piece++) {
			struct reading r;

			read_in(&r, bad[i], strlen(bad[i]), piece, false);
			if (r.last != H1_BAD)
				printf("\nin pieces of %zu: %s\n", piece, bad[i]);
			CU_ASSERT_EQUAL(r.last, H1_BAD);
		}
}

static void heads_and_framing_have_limits(void)
{
	static const char *const begins[] = { OK_LINE "A: ", CHUNKED "1;", CHUNKED "0\r\nA: " };
	size_t n = 2 * H1_HEAD_MAX;
	char *text = mem_resize(NULL, n);

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		for (size_t piece = 1000; piece <= n; piece *= 5) {
			struct reading r;

			memset(text, 'a', n);
			memcpy(text, begins[i], strlen(begins[i]));
			read_in(&r, text, n, piece, false);
			CU_ASSERT_EQUAL(r.last, H1_BAD);
		}
	mem_free(text);
}

/* A head that comes in two pieces, the second one with a long body behind it. */
static void a_long_body_does_not_count_as_head(void)
{
	static const char head[] = OK_LINE "Content-Length: 200000\r\n\r\n";
	char *text = mem_new(sizeof head - 1 + 200000);
	struct reading r;

	memcpy(text, head, sizeof head - 1);
	memset(&r, 0, sizeof r);
	h1_init(&r.h1);
	h1_begin(&r.h1, false);
	feed(&r, text, 10);
	CU_ASSERT_EQUAL(r.last, H1_MORE);
	feed(&r, text + 10, sizeof head - 1 + 200000 - 10);
	CU_ASSERT_EQUAL(r.last, H1_END);
	h1_fini(&r.h1);
	mem_free(text);
}

static void answers_to_head_have_no_body(void)
{
	static const char text[] = OK_LINE "Content-Length: 5\r\n\r\n";
	struct reading r;

	read_in(&r, text, sizeof text - 1, 7, true);
	CU_ASSERT_EQUAL(r.last, H1_END);
	CU_ASSERT_EQUAL(r.body_n, 0);
	CU_ASSERT_TRUE(r.h1.keeps);
}

static const struct { const char *text; bool whole; } ends[] = {
	{ "", false }, { OK_LINE, false }, { OK_LINE "\r\n", true }, { OK_LINE "\r\nhello", true },
	{ OK_LINE "Content-Length: 2\r\n\r\nx", false }, { CHUNKED "1\r\nx\r\n", false },
	{ CHUNKED "1\r\nx\r\n0\r\n", false }, { "HTTP/1.1 100 Continue\r\n\r\n", false },
};

static void a_closed_connection_ends_only_answers_without_length(void)
{
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct reading r;

		read_in(&r, ends[i].text, strlen(ends[i].text), 3, false);
		CU_ASSERT_EQUAL(r.last, H1_MORE);
		CU_ASSERT_EQUAL(h1_ends_here(&r.h1), ends[i].whole);
		CU_ASSERT(!ends[i].whole || !r.h1.keeps);
	}
}

static const struct unit_test tests[] = {
	{ "well-formed answers are read, whatever their pieces",
	  well_formed_answers_are_read_whatever_their_pieces },
	{ "badly formed answers are refused, whatever their pieces",
	  badly_formed_answers_are_refused_whatever_their_pieces },
	{ "heads and framing have limits", heads_and_framing_have_limits },
	{ "a long body does not count as head", a_long_body_does_not_count_as_head },
	{ "answers to HEAD have no body", answers_to_head_have_no_body },
	{ "a closed connection ends only answers without length",
	  a_closed_connection_ends_only_answers_without_length },
	{ NULL, NULL }
};
const struct unit_suite fetch_h1_suite = { "fetch/h1", tests };
