/* http/server.h - the HTTP front: evhttp behind a strict gate.  Knows HTTP/1.1, limits and
 * deadlines; knows no route, no key, no dialect.  [its worker's thread only]
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H
#include "base/buf.h"
#include "base/problem.h"
#include "conduit/http.h"

#include <stdbool.h>

struct worker;
struct http_server;             /* one listening address on one worker */
struct http_request;            /* one request whose body has arrived whole */
struct http_tls;                /* certificates; shared by workers, immutable */

/* Everything a peer could make grow or last has a number here (reliability.md 5.1). */
struct http_limits {
	size_t head_bytes;              /* request line and headers; 16 KiB */
	size_t headers;                 /* 64, and not more */
	size_t body_bytes;              /* 10 MiB */
	/* Of requests to these paths (at most 47 bytes long; NULL ends them) instead, when it
	 * is more; 0 and NULL: there are none. */
	size_t upload_bytes;
	const char *const *upload_paths;
	uint32_t head_ms;               /* from accept or first byte to end of head; 10,000 */
	uint32_t body_ms;               /* plus one second for each KiB; 30,000 */
	uint32_t idle_ms;               /* between requests; 75,000 */
	uint32_t requests;              /* a connection; 1,000 */
	uint32_t connections;           /* of this listener on this worker */
	size_t output_high, output_low; /* back-pressure marks; 64 and 16 KiB */
	uint32_t stuck_ms;              /* who takes < 1 KiB in this time is cut; 30,000 */
	/* A client that closes its sending side while it waits looks exactly like one that is
	 * gone (both send a FIN).  false: it is gone, and the request with it.  true: the
	 * answer goes on until writing fails. */
	bool half_close_ok;
};
void http_limits_default(struct http_limits *l);

struct http_server_ops {
	/* A request is here.  Answer now or later, once: http_reply, or http_begin ...
	 * http_end, or http_cut. */
	void (*request)(void *arg, struct http_request *r);
	/* The front refuses by itself (malformed, too large, too slow): write the body
	 * of the answer (JSON) to out.  path is "" when it was not readable. */
	void (*refusal)(void *arg, cdt_str path, const struct problem *p, struct buf *out);
};

/* listen_fd: bound, listening, non-blocking, with TCP_NODELAY (http_listen makes such);
 * the server owns it afterwards.  tls may be NULL. */
struct http_server *http_server_new(struct worker *w, int listen_fd, struct http_tls *tls,
                                    const struct http_limits *limits,
                                    const struct http_server_ops *ops, void *arg);
/* Accepts nothing new; answers get "Connection: close"; idle connections are closed. */
void http_server_drain(struct http_server *s);
size_t http_server_connections(const struct http_server *s);       /* [any thread] */
/* Cuts what is left; open requests with a watch hear of it.  Not from inside of a callback
 * of this server; before worker_free. */
void http_server_free(struct http_server *s);

/* A listening socket with SO_REUSEPORT and TCP_NODELAY; "unix:/path" makes a unix socket
 * (mode 0600).  port 0 chooses a free one.  -1 with a sentence in why on failure. */
int http_listen(const char *address, unsigned port, char why[128]);
unsigned http_port_of(int listen_fd);

/* ALPN http/1.1, TLS 1.2 and 1.3, ECDHE + AEAD.  NULL with a sentence in why on failure. */
struct http_tls *http_tls_new(const char *cert_file, const char *key_file, char why[256]);
void http_tls_take(struct http_tls *t);       /* one more user */
void http_tls_give(struct http_tls *t);       /* one less; the last frees */

/* --- a request: valid until it is answered, cut, or gone was called --- */

cdt_str http_method(const struct http_request *r);
cdt_str http_path(const struct http_request *r);             /* as sent, without the query */
cdt_str http_query(const struct http_request *r);            /* after '?', or "" */
/* First header of that name (any case), or {NULL,0}. */
cdt_str http_header(const struct http_request *r, const char *name);
/* The one after `skip` others of that name: some headers may come in several lines. */
cdt_str http_header_next(const struct http_request *r, const char *name, size_t skip);
cdt_str http_peer(const struct http_request *r);        /* address without port; "unix" */
bool http_is_secret(const struct http_request *r);      /* did it come over TLS? */
/* One contiguous piece; may be changed in place by the caller. */
cdt_str http_body(struct http_request *r);
/* Frees the memory of the body and the headers early: a stream may last minutes. */
void http_body_drop(struct http_request *r);
struct worker *http_worker(const struct http_request *r);
uint64_t http_started_us(const struct http_request *r);      /* clock_us when it was whole */

/* The client left, or its output fell to output_low after http_write said so.  Both
 * functions must be set.  After gone the request is no longer valid; gone never comes
 * after the answer has been handed over whole.  Both come from the loop, never from inside
 * of a call of this header.  Without a watch r stays valid until it is answered or cut. */
struct http_watch {
	void (*gone)(void *arg);
	void (*drained)(void *arg);
};
void http_set_watch(struct http_request *r, const struct http_watch *ops, void *arg);

/* Answer heads are finished header lines: fill a buf with http_head_add.  Content-Length,
 * Transfer-Encoding, Connection and Date are ours. */
cdt_status http_head_add(struct buf *head, const char *name, cdt_str value);

/* A whole answer.  r is gone afterwards.  HEAD requests get no body. */
void http_reply(struct http_request *r, uint32_t status, cdt_str head, cdt_str body);

/* A streamed answer: each http_write is one HTTP chunk, on the wire before it returns when
 * the socket takes it.  Returns true when output_high is passed: the producer should pause
 * until drained comes.  The head goes out with the first bytes, or at the end of the loop's
 * turn. */
void http_begin(struct http_request *r, uint32_t status, cdt_str head);
bool http_write(struct http_request *r, const cdt_str *pieces, size_t count);
size_t http_pending(const struct http_request *r);      /* bytes the socket did not take yet */
void http_end(struct http_request *r);
/* The three at once, for a stream that is whole already. */
void http_stream(struct http_request *r, uint32_t status, cdt_str head, cdt_str body);
/* Closes the connection without an end mark: the client can tell that it is not whole. */
void http_cut(struct http_request *r);

const char *http_status_text(uint32_t status);

#endif
