/* http/request.c - what can be asked about a request, and how heads of answers are put
 * together.
 * SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "base/str.h"
#include "http/connection.h"

static const struct conn *conn_of(const struct http_request *r)
{
	return (const struct conn *)(const void *)
	       ((const char *)r - offsetof(struct conn, request));
}

cdt_str http_method(const struct http_request *r)
{
	return str_z(conn_of(r)->guard.method);
}

cdt_str http_path(const struct http_request *r)
{
	return r->path;
}

cdt_str http_query(const struct http_request *r)
{
	return r->query;
}

cdt_str http_header(const struct http_request *r, const char *name)
{
	return head_find(&conn_of(r)->head, name, 0);
}

cdt_str http_header_next(const struct http_request *r, const char *name, size_t skip)
{
	return head_find(&conn_of(r)->head, name, skip);
}

cdt_str http_peer(const struct http_request *r)
{
	struct evhttp_connection *evcon = conn_of(r)->evcon;
	static const char mapped[] = "::ffff:";
	char *address = NULL;
	uint16_t port;

	if (evhttp_connection_get_addr(evcon)->sa_family == AF_UNIX)
		return CDT_STR("unix");
	evhttp_connection_get_peer(evcon, &address, &port);
	/* An IPv4 client of an IPv6 socket is the same client. */
	if (!strncmp(address, mapped, sizeof mapped - 1) && strchr(address, '.'))
		address += sizeof mapped - 1;
	return str_z(address);
}

bool http_is_secret(const struct http_request *r)
{
	return conn_of(r)->server->tls != NULL;
}

cdt_str http_body(struct http_request *r)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(r->ev);
	size_t n = evbuffer_get_length(in);
	const unsigned char *p = n ? evbuffer_pullup(in, -1) : NULL;

	return p ? (cdt_str){ (const char *)p, n } : CDT_STR("");
}

void http_body_drop(struct http_request *r)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(r->ev);

	(void)evbuffer_drain(in, evbuffer_get_length(in));      /* nobody froze it */
	head_drop(&((struct conn *)(void *)((char *)r - offsetof(struct conn, request)))->head);
}

struct worker *http_worker(const struct http_request *r)
{
	return conn_of(r)->server->worker;
}

uint64_t http_started_us(const struct http_request *r)
{
	return r->started_us;
}

void http_set_watch(struct http_request *r, const struct http_watch *ops, void *arg)
{
	struct conn *c = (struct conn *)(void *)((char *)r - offsetof(struct conn, request));

	r->watch = ops;
	r->watch_arg = arg;
	if (!c->gone)
		return;
	/* The client left while nobody watched: say it now, but not from in here. */
	c->gone = false;
	c->wire.broken = true;
	conn_soon(c);
}

static bool is_ours(const char *name)
{
	static const char *const ours[] = {
		"Connection", "Content-Length", "Date", "Transfer-Encoding",
	};

	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (!strcasecmp(ours[i], name))
			return true;
	return false;
}

cdt_status http_head_add(struct buf *head, const char *name, cdt_str value)
{
	size_t n = strlen(name);

	if (!n || is_ours(name))
		return CDT_E_MISUSE;
	for (size_t i = 0; i < n; i++)
		if (!str_is_token_byte(name[i]))
			return CDT_E_INVALID;
	for (size_t i = 0; i < value.n; i++) {
		unsigned char b = (unsigned char)value.p[i];

		if ((b < 0x20 && b != '\t') || b == 0x7f)
			return CDT_E_INVALID;
	}
	if (buf_reserve(head, n + value.n + 4) != CDT_OK)
		return head->status;
	buf_add(head, (cdt_str){ name, n });
	buf_add(head, CDT_STR(": "));
	buf_add(head, value);
	buf_add(head, CDT_STR("\r\n"));
	return CDT_OK;
}
