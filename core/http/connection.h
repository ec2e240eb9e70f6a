/* http/connection.h - one client connection: what is read, when, for how long, and when it
 * ends.  Private to the room, as are the structs below.
 *
 * evhttp keeps the list of connections and parses, but never sees the socket: after accept
 * its bufferevent is taken off the descriptor (bufferevent_setfd(-1)) and becomes a pair of
 * buffers.  We read, the guard finds where one request ends, and only a whole request is put
 * into the input buffer and handed over.  So evhttp cannot see other requests than the guard
 * did, a request costs one recv, one send and no epoll_ctl, and a client that leaves is
 * noticed at any time.
 *
 * Owner: its server.  Everything here runs on the worker's thread.  A connection that ended
 * is freed at the end of the loop's turn, so callers up the stack may look at it.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H
#include "base/list.h"
#include "http/guard.h"
#include "http/head.h"
#include "http/server.h"
#include "http/wire.h"
#include "loop/worker.h"

struct bufferevent;
struct event;
struct event_base;
struct evbuffer;
struct evconnlistener;
struct evhttp;
struct evhttp_bound_socket;
struct evhttp_connection;
struct evhttp_request;

enum { SCRATCH_BYTES = 16384 };         /* one read; and what a client may send too early */

/* In this order; up to PHASE_BODY we are reading a request. */
enum phase {
	PHASE_IDLE,             /* between requests, or before the first */
	PHASE_HEAD,             /* a part of a head is here */
	PHASE_BODY,
	PHASE_BUSY,             /* handed to the owner, not answered yet */
	PHASE_ENDING,           /* answered; the client has not taken all of it */
	PHASE_LINGER,           /* we said that we are done; waiting for the client's end */
	PHASE_DEAD,
};

struct http_request {
	struct evhttp_request *ev;
	cdt_str path, query;
	const struct http_watch *watch; /* NULL: nobody wants to know */
	void *watch_arg;
	uint64_t started_us;
	struct buf head;                /* of a stream: goes out with its first bytes */
	bool begun, chunked, bodyless, paused;
};

struct conn {
	struct http_server *server;
	struct list link;               /* server->conns */
	struct list soon;               /* server->soon, or in no list */
	struct wire wire;
	struct event *readable, *writable;
	struct bufferevent *bev;        /* evhttp's; we hold a reference */
	struct evhttp_connection *evcon;
	struct evbuffer *early;         /* what came while we were busy; or NULL */
	struct timer timer;
	struct http_request request;
	struct guard guard;
	struct head head;
	uint64_t since_ms;              /* begin of the head or body */
	uint64_t stuck_since_ms, stuck_sent;
	uint32_t requests;
	enum phase phase;
	bool fresh;                     /* accepted in this turn, not ours yet */
	bool handed;                    /* evhttp gave us the request that we gave it */
	bool keep;                      /* another request may follow this answer */
	bool watching;                  /* is the socket read? */
	bool half, gone;                /* the client sends no more; and nobody listens to it */
	bool write_armed;
};

enum { DATE_BYTES = 37 };               /* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" */

struct http_server {
	struct worker *worker;
	struct event_base *base;
	struct http_tls *tls;
	struct http_limits limits;
	const struct http_server_ops *ops;
	void *arg;
	struct evhttp *http;
	struct evconnlistener *listener;        /* owned by http; NULL once drained */
	struct evhttp_bound_socket *bound;      /* the same, in evhttp's words */
	struct event *turn;                     /* runs what is in soon, after this callback */
	struct event *anchor;                   /* never fires; see server.c */
	struct timer pause;                     /* accepts again when it fires */
	struct list conns, soon;
	_Atomic size_t count;                   /* read by any thread */
	struct conn *current;                   /* whose request evhttp is parsing */
	uint64_t warned_ms;                     /* of the last warning about descriptors */
	bool draining;
	int64_t date_second;
	char date[DATE_BYTES + 1];
	char scratch[SCRATCH_BYTES];
};

/* For evhttp: a connection is about to be accepted. */
struct conn *conn_new(struct http_server *s);
/* Runs all that waits for the end of the turn. */
void conn_run_soon(struct http_server *s);
/* At once; the caller is not inside of any callback of c. */
void conn_free(struct conn *c);

/* Calls the watcher's gone, if the request is still open, then ends the connection. */
void conn_lost(struct conn *c);
/* Ends it without a word to anybody. */
void conn_die(struct conn *c);
/* Asks for another look at c at the end of the turn. */
void conn_soon(struct conn *c);
/* Sends; looks after what the socket does not take. */
void conn_put(struct conn *c, struct iovec *v, size_t count);
/* The answer is complete: on to the next request as soon as the client has taken it. */
void conn_answered(struct conn *c);
/* Answers for the owner: 4xx with the body that its refusal writes, then the end. */
void conn_refuse(struct conn *c, enum problem_cause cause, uint32_t status, const char *why);

#endif
