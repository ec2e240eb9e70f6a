/* fetch/request.c - the bytes of a request, and their way to the socket.  What may stand in a
 * URL and a header has been judged by outreq.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "fetch/call.h"

static void add_line(struct buf *out, cdt_str name, cdt_str value)
{
	buf_add(out, name);
	buf_add(out, value.n ? CDT_STR(": ") : CDT_STR(":"));
	buf_add(out, value);
	buf_add(out, CDT_STR("\r\n"));
}

static void add_head(struct buf *out, const struct origin *o, const struct outreq *req,
                     size_t body_bytes)
{
	cdt_str target = str_skip(req->url, o->text.n);

	buf_add_z(out, req->method);
	buf_add_c(out, ' ');
	if (!target.n || target.p[0] != '/')
		buf_add_c(out, '/');
	buf_add(out, target);
	buf_add(out, CDT_STR(" HTTP/1.1\r\n"));
	if (!outreq_has(req, CDT_STR("host")))
		add_line(out, CDT_STR("Host"), o->name);
	for (size_t i = 0; i < req->header_count; i++)
		add_line(out, req->header[i].name, req->header[i].value);
	if (body_bytes || !strcmp(req->method, "POST")) {
		buf_add(out, CDT_STR("Content-Length: "));
		buf_add_i64(out, (int64_t)body_bytes);
		buf_add(out, CDT_STR("\r\n"));
	}
	buf_add(out, CDT_STR("\r\n"));
}

bool request_write(struct fetch_call *c, const struct outreq *req)
{
	size_t body_bytes = outreq_body_bytes(req);

	c->req = req;
	c->streamed = req->streamed;
	c->large = body_bytes > FETCH_GATHER_MAX;
	c->asks_head = !strcmp(req->method, "HEAD");
	add_head(&c->out, c->origin, req, body_bytes);
	for (size_t i = 0; !c->large && i < req->piece_count; i++)
		buf_add(&c->out, req->piece[i]);
	c->total = c->out.n + (c->large ? body_bytes : 0);
	c->sent = 0;
	return c->out.status == CDT_OK;
}

static size_t skip(struct iovec *v, size_t count, cdt_str piece, size_t *to_skip)
{
	if (piece.n <= *to_skip) {
		*to_skip -= piece.n;
		return count;
	}
	piece = str_skip(piece, *to_skip);
	*to_skip = 0;
	/* Only read from; iovec lacks the const. */
	memcpy(&v[count].iov_base, &piece.p, sizeof piece.p);
	v[count].iov_len = piece.n;
	return count + 1;
}

/* What has not been sent. */
static size_t rest(const struct fetch_call *c, struct iovec v[OUTREQ_PIECES_MAX + 1])
{
	size_t to_skip = c->sent, count = skip(v, 0, buf_str(&c->out), &to_skip);

	for (size_t i = 0; c->large && i < c->req->piece_count; i++)
		count = skip(v, count, c->req->piece[i], &to_skip);
	return count;
}

/* When sending fails an answer may have come before: the read event tells. */
void request_send(struct fetch_call *c)
{
	struct iovec v[OUTREQ_PIECES_MAX + 1];
	ssize_t n = 0;

	while (c->sent < c->total && n >= 0) {
		n = sock_send(&c->conn->sock, v, rest(c, v));
		if (n > 0)
			c->sent += (size_t)n;
	}
	upconn_write(c->conn, c->sent < c->total && n == SOCK_AGAIN);
}

void request_forget(struct fetch_call *c)
{
	if (c->out.n)
		explicit_bzero(c->out.p, c->out.n);
	buf_clear(&c->out);
	if (c->out.room > OUT_KEPT || c->streamed)
		buf_fini(&c->out);
	c->req = NULL;
	c->large = false;
}
