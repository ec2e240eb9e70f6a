/* http/server.c - one listening address on one worker: evhttp's set-up, accepting, draining.
 * What happens on a connection is decided in connection.c and intake.c.
 * SPDX-License-Identifier: MIT */
#include "http/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/connection.h"
#include "http/intake.h"

enum {
	ACCEPT_PAUSE_MS = 100,          /* when there are no descriptors left */
	WARN_EVERY_MS = 1000,
	ANCHOR_S = 1 << 24,
	METHODS = EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
	          EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH,
};

void http_limits_default(struct http_limits *l)
{
	*l = (struct http_limits){
		.head_bytes = 16 << 10, .headers = 64, .body_bytes = 10 << 20,
		.head_ms = 10000, .body_ms = 30000, .idle_ms = 75000,
		.requests = 1000, .connections = 4096,
		.output_high = 64 << 10, .output_low = 16 << 10, .stuck_ms = 30000,
	};
}

/* evhttp makes a connection: this is the only place where it lets us in before it reads. */
static struct bufferevent *on_accept(struct event_base *base, void *arg)
{
	(void)base;
	return conn_new(arg)->bev;
}

/* evhttp has read a request, or believes so. */
static void on_request(struct evhttp_request *ev, void *arg)
{
	struct http_server *s = arg;
	struct conn *c = s->current;
	struct http_request *r;
	const char *uri = evhttp_request_get_uri(ev), *query;

	/* Only what the guard saw as one request, and all of it: else it is refused. */
	if (!c || evbuffer_get_length(bufferevent_get_input(c->bev)) ||
	    evbuffer_get_length(evhttp_request_get_input_buffer(ev)) != c->guard.body_n ||
	    strlen(uri) != c->guard.target_n)
		return;
	c->handed = true;
	r = &c->request;
	query = strchr(uri, '?');
	*r = (struct http_request){
		.ev = ev,
		.path = { uri, query ? (size_t)(query - uri) : c->guard.target_n },
		.query = query ? (cdt_str){ query + 1, strlen(query + 1) } : CDT_STR(""),
		.bodyless = c->guard.method[0] == 'H',
		.started_us = clock_us(),
	};
	s->ops->request(s->arg, r);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	conn_run_soon(arg);
}

/* libevent calls a listener's error callback with evhttp's argument, not with ours.  So each
 * server has an event that never fires, and is found through it. */
static void on_anchor(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
}

struct search { const struct evconnlistener *listener; struct http_server *found; };

static int is_anchor(const struct event_base *base, const struct event *ev, void *arg)
{
	struct search *search = arg;
	struct http_server *s = event_get_callback_arg(ev);

	(void)base;
	if (event_get_callback(ev) != on_anchor || s->listener != search->listener)
		return 0;
	search->found = s;
	return 1;
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	int error = errno;
	struct search search = { listener, NULL };
	uint64_t now_ms = clock_ms();
	struct http_server *s;

	(void)arg;
	/* Mostly: no descriptors left.  Trying again at once would only spin. */
	(void)evconnlistener_disable(listener);
	(void)event_base_foreach_event(evconnlistener_get_base(listener), is_anchor, &search);
	s = search.found;
	if (!s)
		return;
	timer_set(&s->pause, now_ms, ACCEPT_PAUSE_MS);
	if (s->warned_ms && now_ms - s->warned_ms < WARN_EVERY_MS)
		return;
	s->warned_ms = now_ms;
	log_warn(LOG_HTTP, NULL, "cannot accept connections, pausing: %s pause_ms=%d",
	         strerror(error), ACCEPT_PAUSE_MS);
}

static void on_pause_over(void *arg)
{
	struct http_server *s = arg;

	if (s->listener)
		(void)evconnlistener_enable(s->listener);       /* else the next error tells */
}

static void listen_on(struct http_server *s, int fd)
{
	const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC;

	s->http = evhttp_new(s->base);
	s->turn = event_new(s->base, -1, 0, on_turn, s);
	s->anchor = event_new(s->base, -1, EV_PERSIST, on_anchor, s);
	s->listener = evconnlistener_new(s->base, NULL, NULL, flags, 0, fd);
	if (!s->http || !s->turn || !s->listener || !s->anchor ||
	    event_add(s->anchor, &(struct timeval){ .tv_sec = ANCHOR_S }))
		abort();                /* as base/mem.h: small allocations do not fail */
	evhttp_set_bevcb(s->http, on_accept, s);
	evhttp_set_gencb(s->http, on_request, s);
	evhttp_set_allowed_methods(s->http, METHODS);
	evhttp_set_max_headers_size(s->http, (ev_ssize_t)s->limits.head_bytes);
	evhttp_set_max_body_size(s->http, (ev_ssize_t)(s->limits.upload_bytes >
	                         s->limits.body_bytes ? s->limits.upload_bytes
	                                              : s->limits.body_bytes));
	s->bound = evhttp_bind_listener(s->http, s->listener);
	if (!s->bound)
		abort();
	evconnlistener_set_error_cb(s->listener, on_accept_error);
}

struct http_server *http_server_new(struct worker *w, int listen_fd, struct http_tls *tls,
                                    const struct http_limits *limits,
                                    const struct http_server_ops *ops, void *arg)
{
	struct http_server *s = mem_new(sizeof *s);

	s->worker = w;
	s->base = worker_base(w);
	s->tls = tls;
	s->limits = *limits;
	if (s->limits.headers > HEAD_LINES_MAX)
		s->limits.headers = HEAD_LINES_MAX;
	s->ops = ops;
	s->arg = arg;
	s->date_second = -1;
	list_init(&s->conns);
	list_init(&s->soon);
	timer_init(&s->pause, w, on_pause_over, s);
	if (tls)
		http_tls_take(tls);
	listen_on(s, listen_fd);
	return s;
}

void http_server_drain(struct http_server *s)
{
	if (s->draining)
		return;
	s->draining = true;
	timer_stop(&s->pause);
	evhttp_del_accept_socket(s->http, s->bound);            /* closes the socket */
	s->listener = NULL;
	LIST_EACH(link, &s->conns) {
		struct conn *c = LIST_OF(link, struct conn, link);

		if (c->phase == PHASE_IDLE && !c->fresh && !intake_early(c))
			conn_die(c);
	}
}

size_t http_server_connections(const struct http_server *s)
{
	return s->count;
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	while (!list_empty(&s->conns)) {
		struct conn *c = LIST_OF(s->conns.next, struct conn, link);

		conn_lost(c);           /* its owner hears of it, if it has a watch */
		conn_free(c);
	}
	evhttp_free(s->http);
	event_free(s->turn);
	event_free(s->anchor);
	timer_fini(&s->pause);
	http_tls_give(s->tls);
	mem_free(s);
}
