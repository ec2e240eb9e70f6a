/* http/reply.c - writes answers: status line, our own headers, framing.  What the caller
 * puts into head and body is its affair.
 * SPDX-License-Identifier: MIT */
#include "http/reply.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"

enum {
	LINE_BYTES = 256,               /* status line and our own headers */
	HEAD_MAX = 64 << 10,            /* of a stream, while it is kept */
	PIECES = 32,                    /* handed to the kernel at once */
	CHUNK_HEAD_BYTES = 20,
};

static const struct status { uint32_t code; const char *text; } statuses[] = {
	{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
	{ 206, "Partial Content" }, { 301, "Moved Permanently" }, { 302, "Found" },
	{ 303, "See Other" }, { 304, "Not Modified" }, { 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
	{ 402, "Payment Required" }, { 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 406, "Not Acceptable" }, { 408, "Request Timeout" },
	{ 409, "Conflict" }, { 410, "Gone" }, { 411, "Length Required" },
	{ 412, "Precondition Failed" }, { 413, "Content Too Large" },
	{ 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" }, { 422, "Unprocessable Content" },
	{ 424, "Failed Dependency" }, { 425, "Too Early" }, { 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" }, { 499, "Client Closed Request" },
	{ 500, "Internal Server Error" }, { 501, "Not Implemented" }, { 502, "Bad Gateway" },
	{ 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" }, { 529, "Site Is Overloaded" },
};

const char *http_status_text(uint32_t status)
{
	size_t low = 0, high = sizeof statuses / sizeof statuses[0];

	if (status == 200)
		return statuses[0].text;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (statuses[mid].code == status)
			return statuses[mid].text;
		if (statuses[mid].code < status)
			low = mid + 1;
		else
			high = mid;
	}
	return "Unknown";
}

/* --- lines of a head: each writes to p and returns the end --- */

static char *put(char *p, const char *text, size_t n)
{
	memcpy(p, text, n);
	return p + n;
}
#define PUT(p, literal) put(p, literal, sizeof(literal) - 1)

static char *put_number(char *p, size_t v)
{
	char digits[24];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	return put(p, digits + at, sizeof digits - at);
}

static char *put_date(char *p, struct http_server *s)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	int64_t now = clock_wall_ms() / 1000;
	time_t t = (time_t)now;
	struct tm tm;

	if (now != s->date_second && gmtime_r(&t, &tm)) {
		char text[96];

		(void)snprintf(text, sizeof text, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d "
		               "GMT\r\n", days + tm.tm_wday * 3, tm.tm_mday,
		               clock_months + tm.tm_mon * 3, (tm.tm_year + 1900) % 10000,
		               tm.tm_hour, tm.tm_min, tm.tm_sec);
		memcpy(s->date, text, DATE_BYTES);
		s->date_second = now;
	}
	return put(p, s->date, DATE_BYTES);
}

static char *put_first(char *p, struct conn *c, uint32_t status)
{
	const char *text = http_status_text(status);

	p = PUT(p, "HTTP/1.1 ");
	p = put_number(p, status);
	*p++ = ' ';
	p = put(p, text, strlen(text));
	p = PUT(p, "\r\n");
	return put_date(p, c->server);
}

static char *put_connection(char *p, const struct conn *c)
{
	if (!c->keep)
		return PUT(p, "Connection: close\r\n");
	return c->guard.minor ? p : PUT(p, "Connection: keep-alive\r\n");
}

/* Statuses that never have a body, whatever the method. */
static bool without_body(uint32_t status)
{
	return status < 200 || status == 204 || status == 304;
}

void reply_whole(struct conn *c, uint32_t status, cdt_str head, cdt_str body)
{
	char line[LINE_BYTES], *p = put_first(line, c, status);
	bool none = without_body(status);
	struct iovec v[4];

	if (!none) {
		p = PUT(p, "Content-Length: ");
		p = put_number(p, body.n);
		p = PUT(p, "\r\n");
	}
	p = put_connection(p, c);
	if (!head.n)
		p = PUT(p, "\r\n");
	/* Nobody writes through an iovec that is only sent. */
	v[0] = (struct iovec){ line, (size_t)(p - line) };
	v[1] = (struct iovec){ (void *)(uintptr_t)head.p, head.n };
	v[2] = (struct iovec){ (void *)(uintptr_t)"\r\n", head.n ? 2 : 0 };
	v[3] = (struct iovec){ (void *)(uintptr_t)body.p,
	                       none || c->request.bodyless ? 0 : body.n };
	conn_put(c, v, v[3].iov_len ? 4 : head.n ? 3 : 1);
}

void reply_flush_head(struct conn *c)
{
	struct buf *head = &c->request.head;
	struct iovec v = { head->p, head->n };

	conn_put(c, &v, 1);
	buf_fini(head);
}

/* --- the door --- */

static struct conn *conn_of(struct http_request *r)
{
	return (struct conn *)(void *)((char *)r - offsetof(struct conn, request));
}

/* Will the connection serve another request?  Answers say so, so it is settled with them. */
static void decide_keep(struct conn *c)
{
	const struct http_server *s = c->server;

	c->keep = guard_keeps(&c->guard) && !s->draining && !c->gone &&
	          c->requests < s->limits.requests;
}

void http_reply(struct http_request *r, uint32_t status, cdt_str head, cdt_str body)
{
	struct conn *c = conn_of(r);

	decide_keep(c);
	reply_whole(c, status, head, body);
	conn_answered(c);
}

/* What a stream's head begins with: writes to line, returns the end. */
static char *begin(struct http_request *r, uint32_t status, char line[LINE_BYTES])
{
	struct conn *c = conn_of(r);
	char *p;

	decide_keep(c);
	r->begun = true;
	r->bodyless |= without_body(status);
	r->chunked = c->guard.minor && !without_body(status);
	c->keep &= r->chunked || r->bodyless;
	p = put_first(line, c, status);
	if (r->chunked)
		p = PUT(p, "Transfer-Encoding: chunked\r\n");
	return put_connection(p, c);
}

void http_begin(struct http_request *r, uint32_t status, cdt_str head)
{
	struct conn *c = conn_of(r);
	char line[LINE_BYTES];
	size_t n = (size_t)(begin(r, status, line) - line);

	buf_init(&r->head, HEAD_MAX);
	(void)buf_reserve(&r->head, n + head.n + 2);    /* its status tells */
	buf_add(&r->head, (cdt_str){ line, n });
	buf_add(&r->head, head);
	buf_add(&r->head, CDT_STR("\r\n"));
	if (r->head.status != CDT_OK)
		c->wire.broken = true;          /* half a head must not go out */
	conn_soon(c);                           /* in case that no write follows at once */
}

static size_t chunk_head(char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char digits[sizeof n * 2];
	size_t at = sizeof digits;

	do {
		digits[--at] = hex[n & 15];
		n >>= 4;
	} while (n);
	n = sizeof digits - at;
	memcpy(p, digits + at, n);
	memcpy(p + n, "\r\n", 2);
	return n + 2;
}

void http_stream(struct http_request *r, uint32_t status, cdt_str head, cdt_str body)
{
	struct conn *c = conn_of(r);
	char line[LINE_BYTES], size[CHUNK_HEAD_BYTES];
	size_t line_n = (size_t)(begin(r, status, line) - line);
	bool shown = body.n && !r->bodyless, chunked = r->chunked && !r->bodyless;
	struct iovec v[] = {
		{ line, line_n },
		{ (void *)(uintptr_t)head.p, head.n },
		{ (void *)(uintptr_t)"\r\n", 2 },
		{ size, shown && chunked ? chunk_head(size, body.n) : 0 },
		{ (void *)(uintptr_t)body.p, shown ? body.n : 0 },
		{ (void *)(uintptr_t)"\r\n", shown && chunked ? 2 : 0 },
		{ (void *)(uintptr_t)"0\r\n\r\n", chunked ? 5 : 0 },
	};

	conn_put(c, v, sizeof v / sizeof *v);
	conn_answered(c);
}

bool http_write(struct http_request *r, const cdt_str *pieces, size_t count)
{
	struct conn *c = conn_of(r);
	struct iovec v[PIECES];
	char size[CHUNK_HEAD_BYTES];
	size_t n = 0, total = 0;

	for (size_t i = 0; i < count; i++)
		total += pieces[i].n;
	if (!total || r->bodyless)
		return false;
	if (r->head.n)
		v[n++] = (struct iovec){ r->head.p, r->head.n };
	if (r->chunked)
		v[n++] = (struct iovec){ size, chunk_head(size, total) };
	for (size_t i = 0; i < count; i++) {
		if (n >= PIECES - 1) {
			conn_put(c, v, n);
			n = 0;
		}
		v[n++] = (struct iovec){ (void *)(uintptr_t)pieces[i].p, pieces[i].n };
	}
	if (r->chunked)
		v[n++] = (struct iovec){ (void *)(uintptr_t)"\r\n", 2 };
	conn_put(c, v, n);
	if (r->head.p)
		buf_fini(&r->head);
	r->paused |= c->wire.pending > c->server->limits.output_high;
	return r->paused;
}

size_t http_pending(const struct http_request *r)
{
	const struct conn *c = (const struct conn *)(const void *)
	                       ((const char *)r - offsetof(struct conn, request));

	return c->wire.pending;
}

void http_end(struct http_request *r)
{
	struct conn *c = conn_of(r);
	struct iovec v[2] = {
		{ r->head.p, r->head.n },
		{ (void *)(uintptr_t)"0\r\n\r\n", r->chunked && !r->bodyless ? 5 : 0 },
	};

	conn_put(c, v, 2);
	conn_answered(c);
}

void http_cut(struct http_request *r)
{
	struct conn *c = conn_of(r);

	/* Without chunks an orderly end would look like the end of the answer. */
	if (r->begun && !r->chunked)
		wire_abort(&c->wire);
	conn_die(c);
}
