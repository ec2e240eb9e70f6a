/* http/connection.c - life and end of a connection: taking it over from accept, deadlines,
 * what happens after an answer, who is told when the client has gone.
 * SPDX-License-Identifier: MIT */
#include "http/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "http/intake.h"
#include "http/reply.h"
#include "http/tls.h"

enum {
	LINGER_MS = 2000,               /* for the client to read our last answer and close */
	STUCK_BYTES = 1024,             /* a client must take this much in stuck_ms */
	REFUSAL_MAX = 16 << 10,
};

void conn_soon(struct conn *c)
{
	if (c->soon.next)
		return;
	if (list_empty(&c->server->soon))
		event_active(c->server->turn, EV_TIMEOUT, 0);
	list_push(&c->server->soon, &c->soon);
}

static void unwatch(struct conn *c)
{
	if (c->readable)
		(void)event_del(c->readable);
	if (c->write_armed)
		(void)event_del(c->writable);
	c->write_armed = false;
	timer_stop(&c->timer);
}

void conn_die(struct conn *c)
{
	if (c->phase == PHASE_DEAD)
		return;
	c->phase = PHASE_DEAD;
	unwatch(c);
	conn_soon(c);
}

void conn_lost(struct conn *c)
{
	struct http_request *r = &c->request;

	if (c->phase == PHASE_BUSY) {
		if (!c->gone && r->watch)
			r->watch->gone(r->watch_arg);
		c->gone = true;
		if (!r->watch) {
			/* The owner does not know and will answer: keep what it holds. */
			unwatch(c);
			return;
		}
	}
	conn_die(c);
}

/* --- writing --- */

static void on_writable(evutil_socket_t fd, short what, void *arg);

static void await_writable(struct conn *c)
{
	if (!c->writable)
		c->writable = event_new(c->server->base, c->wire.sock.fd, EV_WRITE | EV_PERSIST,
		                        on_writable, c);
	if (!c->writable || event_add(c->writable, NULL)) {
		c->wire.broken = true;
		conn_soon(c);
		return;
	}
	c->write_armed = true;
}

void conn_put(struct conn *c, struct iovec *v, size_t count)
{
	uint64_t now_ms;

	wire_put(&c->wire, v, count);
	if (c->wire.broken) {
		conn_soon(c);
	} else if (c->wire.pending && !c->write_armed) {
		await_writable(c);
		now_ms = clock_ms();
		c->stuck_since_ms = now_ms;
		c->stuck_sent = c->wire.sent;
		timer_set(&c->timer, now_ms, c->server->limits.stuck_ms);
	}
}

/* --- after an answer --- */

/* Ours was the last word; but closing at once, with bytes of the client unread, would make
 * the kernel send a reset, and the client could lose our answer. */
static void linger(struct conn *c)
{
	if (c->half || c->gone || c->wire.broken) {
		conn_die(c);
		return;
	}
	c->phase = PHASE_LINGER;
	if (!wire_shut(&c->wire))
		await_writable(c);
	timer_set(&c->timer, clock_ms(), LINGER_MS);
	intake_watch(c, true);
}

/* evhttp drops the request and waits for the next.  It does so at once because its output is
 * empty, except that it ends the answer to a chunked request with a last chunk of its own. */
static void release(struct conn *c)
{
	struct evbuffer *out = bufferevent_get_output(c->bev);
	struct evhttp_request *ev = c->request.ev;
	struct evkeyvalq *headers = evhttp_request_get_input_headers(ev);

	c->request = (struct http_request){ .ev = NULL };
	/* With HTTP/1.0 evhttp has an opinion of its own, from what it finds here. */
	while (!c->guard.minor && !evhttp_remove_header(headers, "Connection"))
		;
	if (!c->guard.minor)
		(void)evhttp_add_header(headers, "Connection", "keep-alive");   /* or it ends */
	evhttp_send_reply_end(ev);
	if (!evbuffer_get_length(out))
		return;
	(void)evbuffer_drain(out, evbuffer_get_length(out));    /* nobody froze it */
	bufferevent_trigger(c->bev, EV_WRITE, BEV_TRIG_IGNORE_WATERMARKS);
}

static void finish(struct conn *c)
{
	struct http_server *s = c->server;
	size_t early = intake_early(c);

	buf_fini(&c->request.head);
	if (!c->keep || c->gone || (!early && (c->half || s->draining))) {
		linger(c);
		return;
	}
	release(c);
	if (!c->evcon) {
		conn_die(c);
		return;
	}
	c->phase = PHASE_IDLE;
	guard_init(&c->guard, &s->limits);
	head_clear(&c->head);
	timer_set(&c->timer, clock_ms(), s->limits.idle_ms);
	if (early)
		conn_soon(c);
}

void conn_answered(struct conn *c)
{
	if (c->wire.broken) {
		conn_die(c);
		return;
	}
	c->phase = PHASE_ENDING;
	if (!c->wire.pending)
		finish(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	struct http_request *r = &c->request;
	bool done;

	(void)fd, (void)what;
	wire_flush(&c->wire);
	if (c->wire.broken) {
		conn_lost(c);
		return;
	}
	done = !c->wire.pending && (c->phase != PHASE_LINGER || wire_shut(&c->wire));
	if (done) {
		(void)event_del(c->writable);
		c->write_armed = false;
	}
	if (c->phase == PHASE_ENDING && done) {
		finish(c);
	} else if (c->phase == PHASE_BUSY && r->paused &&
	           c->wire.pending <= c->server->limits.output_low) {
		r->paused = false;
		if (r->watch)
			r->watch->drained(r->watch_arg);
	}
}

/* --- deadlines --- */

static void check_stuck(struct conn *c, uint64_t now_ms)
{
	uint64_t due_ms = c->stuck_since_ms + c->server->limits.stuck_ms;

	if (!c->wire.pending)
		return;
	if (now_ms < due_ms) {
		timer_set(&c->timer, now_ms, due_ms - now_ms);
	} else if (c->wire.sent - c->stuck_sent >= STUCK_BYTES) {
		c->stuck_since_ms = now_ms;
		c->stuck_sent = c->wire.sent;
		timer_set(&c->timer, now_ms, c->server->limits.stuck_ms);
	} else {
		wire_abort(&c->wire);           /* the kernel shall not wait for it either */
		conn_lost(c);
	}
}

static void check_request(struct conn *c, uint64_t now_ms)
{
	const struct http_limits *l = &c->server->limits;
	bool body = c->phase == PHASE_BODY;
	uint64_t in_ms = body ? l->body_ms + c->guard.body_seen / 1024 * 1000 : l->head_ms;

	if (now_ms < c->since_ms + in_ms)
		timer_set(&c->timer, now_ms, c->since_ms + in_ms - now_ms);
	else
		conn_refuse(c, PROBLEM_SLOW_REQUEST, 408,
		            body ? "the request body came too slowly"
		                 : "the head of the request came too slowly");
}

static void on_time(void *arg)
{
	struct conn *c = arg;
	uint64_t now_ms = clock_ms();

	switch (c->phase) {
	case PHASE_HEAD:
	case PHASE_BODY:
		check_request(c, now_ms);
		break;
	case PHASE_BUSY:
	case PHASE_ENDING:
		check_stuck(c, now_ms);
		break;
	default:
		conn_die(c);
		break;
	}
}

/* --- refusals --- */

static cdt_str refused_path(const struct conn *c)
{
	const struct guard *g = &c->guard;
	cdt_str target;

	if (!g->target_done || c->head.text.n < g->target_at + g->target_n)
		return CDT_STR("");
	target = (cdt_str){ c->head.text.p + g->target_at, g->target_n };
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] == '?')
			target.n = i;
	return target;
}

void conn_refuse(struct conn *c, enum problem_cause cause, uint32_t status, const char *why)
{
	struct http_server *s = c->server;
	char id[ULID_SIZE], head[2 * ULID_SIZE + 96];
	struct arena arena;
	struct problem p;
	struct buf body;
	int n;

	arena_init(&arena, 512, REFUSAL_MAX);
	buf_init(&body, REFUSAL_MAX);
	(void)problem_set(&p, &arena, cause, NULL, "%s", why);
	p.status = status;
	(void)ulid_new(clock_wall_ms(), id);
	n = snprintf(head, sizeof head, "Content-Type: application/json\r\nx-request-id: %s\r\n"
	             "request-id: %s\r\n", id, id);
	log_debug(LOG_HTTP, id, "request refused status=%u why=\"%s\"",
	          (unsigned)status, why);
	s->ops->refusal(s->arg, refused_path(c), &p, &body);
	c->keep = false;
	c->request.bodyless = c->guard.method && c->guard.method[0] == 'H';
	reply_whole(c, status, (cdt_str){ head, (size_t)n }, buf_str(&body));
	buf_fini(&body);
	arena_fini(&arena);
	conn_answered(c);
}

/* --- birth and death --- */

struct conn *conn_new(struct http_server *s)
{
	struct conn *c = mem_new(sizeof *c);

	c->server = s;
	c->wire.sock.fd = -1;
	c->bev = bufferevent_socket_new(s->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!c->bev)
		abort();                /* without one evhttp would read without a guard */
	bufferevent_incref(c->bev);
	timer_init(&c->timer, s->worker, on_time, c);
	guard_init(&c->guard, &s->limits);
	head_init(&c->head, s->limits.head_bytes);
	c->fresh = true;
	list_push(&s->conns, &c->link);
	s->count++;
	conn_soon(c);
	return c;
}

static void on_evhttp_close(struct evhttp_connection *evcon, void *arg)
{
	struct conn *c = arg;

	(void)evcon;
	c->evcon = NULL;
	conn_die(c);
}

/* evhttp has accepted and made its connection: take the socket away from it. */
static void take_over(struct conn *c)
{
	struct http_server *s = c->server;
	void *evcon = NULL;

	c->fresh = false;
	bufferevent_getcb(c->bev, NULL, NULL, NULL, &evcon);    /* evhttp's own argument */
	if (!evcon) {
		/* It failed half way and has closed the descriptor: it is not ours. */
		(void)bufferevent_setfd(c->bev, -1);
		conn_die(c);
		return;
	}
	c->evcon = evcon;
	c->wire.sock.fd = bufferevent_getfd(c->bev);
	evhttp_connection_set_closecb(c->evcon, on_evhttp_close, c);
	intake_watch(c, true);
	(void)bufferevent_setfd(c->bev, -1);            /* only ever fails for other types */
	c->since_ms = clock_ms();
	timer_set(&c->timer, c->since_ms, s->limits.head_ms);
	if (s->count > s->limits.connections ||
	    (s->tls && !http_tls_serve(s->tls, &c->wire.sock)))
		conn_die(c);
}

void conn_free(struct conn *c)
{
	list_remove(&c->link);
	list_remove(&c->soon);
	timer_fini(&c->timer);
	if (c->readable)
		event_free(c->readable);
	if (c->writable)
		event_free(c->writable);
	wire_fini(&c->wire);
	if (c->evcon) {
		evhttp_connection_set_closecb(c->evcon, NULL, NULL);
		evhttp_connection_free(c->evcon);       /* shuts the descriptor, as we own it */
	}
	(void)bufferevent_decref(c->bev);
	if (c->wire.sock.fd >= 0)
		(void)close(c->wire.sock.fd);
	if (c->early)
		evbuffer_free(c->early);
	buf_fini(&c->request.head);
	head_fini(&c->head);
	c->server->count--;
	mem_free(c);
}

static void run_one(struct conn *c)
{
	if (c->fresh)
		take_over(c);
	if (c->wire.broken && c->phase < PHASE_LINGER)
		conn_lost(c);
	if (c->phase == PHASE_DEAD) {
		conn_free(c);
		return;
	}
	if (c->phase == PHASE_BUSY && c->request.head.n)
		reply_flush_head(c);
	else if (c->phase == PHASE_IDLE && c->early)
		intake_resume(c);
}

void conn_run_soon(struct http_server *s)
{
	struct list now;

	/* What comes up meanwhile waits for the next turn: sockets must be looked at too. */
	if (list_empty(&s->soon))
		return;
	now = s->soon;
	now.next->prev = now.prev->next = &now;
	list_init(&s->soon);
	while (!list_empty(&now)) {
		struct conn *c = LIST_OF(now.next, struct conn, soon);

		list_remove(&c->soon);
		run_one(c);
	}
}
