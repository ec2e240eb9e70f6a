/* fetch/fetch.c - lives of calls: from a connection, idle or new, to the end that the owner
 * hears of.
 * SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include <stdlib.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "fetch/call.h"

enum { SPARE_MAX = 256 };

/* Takes the call out of everything; the request is not looked at any more.  keep: the
 * connection may carry another call. */
static void leave(struct fetch_call *c, bool keep)
{
	list_remove(&c->link);
	list_remove(&c->later);
	timer_stop(&c->timer);
	dial_cancel(c->dial);
	c->dial = NULL;
	if (c->conn && keep)
		upconn_give(c->conn, clock_ms());
	else if (c->conn)
		upconn_close(c->conn);
	c->conn = NULL;
	if (c->origin)
		origin_give(c->origin);
	c->origin = NULL;
	c->phase = CALL_OVER;
	request_forget(c);
}

static void discard(struct fetch_call *c)
{
	timer_fini(&c->timer);
	h1_fini(&c->answer);
	buf_fini(&c->out);
	buf_fini(&c->held);
	mem_free(c);
}

static void spare(struct fetch_call *c)
{
	struct fetch *f = c->fetch;

	buf_clear(&c->held);
	if (f->spare_count == SPARE_MAX) {
		discard(c);
		return;
	}
	h1_fini(&c->answer);
	list_push(&f->spare, &c->link);
	f->spare_count++;
}

static void drop(struct fetch_call *c)
{
	leave(c, false);
	spare(c);
}

static void finish(struct fetch_call *c, enum fetch_end how)
{
	leave(c, how == FETCH_OK && c->answer.keeps && !c->excess && c->sent == c->total);
	c->ops->end(c->arg, how);
	spare(c);
}

static void defer(struct fetch_call *c)
{
	list_remove(&c->later);
	list_push(&c->fetch->later, &c->later);
	event_active(c->fetch->kick, EV_TIMEOUT, 0);
}

static void on_deadline(void *arg)
{
	struct fetch_call *c = arg;
	uint64_t now_ms = clock_ms();
	enum fetch_end late = call_late(c, now_ms);

	if (late == FETCH_OK)
		call_arm(c, now_ms);
	else
		finish(c, late);
}

/* --- connections --- */

static void send_request(struct fetch_call *c, uint64_t now_ms)
{
	c->phase = CALL_SENT;
	call_arm(c, now_ms);
	h1_begin(&c->answer, c->asks_head);
	request_send(c);
}

static void shake(struct fetch_call *c)
{
	int r = sock_shake(&c->conn->sock);

	if (r == 0) {
		send_request(c, clock_ms());
	} else if (r == SOCK_BROKEN) {
		log_debug(LOG_FETCH, NULL, "no TLS host=%s why=\"%s\"", c->origin->host,
		          trust_why(&c->conn->sock));
		finish(c, FETCH_NO_TLS);
	}
}

static void on_connected(void *arg, int fd, enum fetch_end how)
{
	struct fetch_call *c = arg;
	struct pool *pool = &c->fetch->pool;
	struct origin *o = c->origin;

	c->dial = NULL;
	if (how != FETCH_OK) {
		finish(c, how);
		return;
	}
	c->conn = upconn_new(pool, o, fd, c);
	if (!o->tls)
		send_request(c, clock_ms());
	else if (trust_secure(&pool->trust, &c->conn->sock, o->host, &o->session))
		shake(c);
	else
		finish(c, FETCH_NO_TLS);
}

static void connect_new(struct fetch_call *c, uint64_t now_ms)
{
	struct dial_order order = {
		c->origin->dial_url, c->timeouts.connect_ms, on_connected, c,
	};

	c->phase = CALL_CONNECTING;
	c->connect_ms = now_ms;
	c->sent = 0;
	call_arm(c, now_ms);
	c->dial = dial_start(c->fetch->dialer, &order);
}

/* The connection was dead: another one, which is new. */
static void start_again(struct fetch_call *c)
{
	upconn_close(c->conn);
	c->conn = NULL;
	c->again = true;
	c->reused = false;
	c->fetch->counts.retried_stale++;
	connect_new(c, clock_ms());
}

static void settle(struct fetch_call *c, enum call_turn turn)
{
	switch (turn) {
	case CALL_GOES_ON:
		break;
	case CALL_DROPPED:
		drop(c);
		break;
	case CALL_DONE:
		finish(c, FETCH_OK);
		break;
	case CALL_FAILED:
		finish(c, c->verdict);
		break;
	case CALL_STALE:
		start_again(c);
		break;
	}
}

/* A receiver that asked to go on and then refused is asked again, but not at once. */
static void settle_or_defer(struct fetch_call *c, enum call_turn turn)
{
	if (turn == CALL_GOES_ON && c->paused && c->resume_asked)
		defer(c);
	else
		settle(c, turn);
}

static void on_readable(struct fetch_call *c)
{
	if (c->phase == CALL_CONNECTING)
		shake(c);
	else
		settle_or_defer(c, call_read(c));
}

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
	struct fetch *f = arg;
	struct list now;

	(void)fd, (void)what;
	list_init(&now);
	LIST_EACH(it, &f->later) {
		list_remove(it);
		list_push(&now, it);
	}
	while (!list_empty(&now)) {
		struct fetch_call *c = LIST_OF(now.next, struct fetch_call, later);

		list_remove(&c->later);
		if (c->done || c->verdict != FETCH_OK)
			finish(c, c->verdict);
		else if (c->paused)
			settle_or_defer(c, call_go_on(c));
	}
}

/* --- the door --- */

cdt_status fetch_global_init(void)
{
	const curl_version_info_data *v;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return CDT_E_NOMEM;
	v = curl_version_info(CURLVERSION_NOW);
	if (v->features & CURL_VERSION_ASYNCHDNS)
		return CDT_OK;
	log_error(LOG_FETCH, NULL, "libcurl lacks asynchronous DNS version=%s", v->version);
	return CDT_E_UNSUPPORTED;
}

void fetch_limits_default(struct fetch_limits *l)
{
	*l = (struct fetch_limits){ .connections = 1024, .connection_age_s = 45 };
}

struct fetch *fetch_new(struct worker *w, const struct fetch_limits *limits)
{
	struct fetch *f = mem_new(sizeof *f);

	f->worker = w;
	list_init(&f->running);
	list_init(&f->spare);
	list_init(&f->later);
	pool_init(&f->pool, w, limits);
	f->pool.readable = on_readable;
	f->pool.writable = request_send;
	f->dialer = dialer_new(w, limits);
	f->kick = event_new(worker_base(w), -1, 0, on_kick, f);
	if (f->dialer && f->kick)
		return f;
	fetch_free(f);
	return NULL;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	LIST_EACH(it, &f->running)
		drop(LIST_OF(it, struct fetch_call, link));
	LIST_EACH(it, &f->spare)
		discard(LIST_OF(it, struct fetch_call, link));
	dialer_free(f->dialer);
	pool_fini(&f->pool);
	if (f->kick)
		event_free(f->kick);
	mem_free(f);
}

static struct fetch_call *call_of(struct fetch *f)
{
	struct fetch_call *c;

	if (!list_empty(&f->spare)) {
		c = LIST_OF(f->spare.prev, struct fetch_call, link);   /* the warmest */
		list_remove(&c->link);
		f->spare_count--;
		return c;
	}
	c = mem_new(sizeof *c);
	c->fetch = f;
	timer_init(&c->timer, f->worker, on_deadline, c);
	h1_init(&c->answer);
	buf_init(&c->out, REQUEST_MAX);
	buf_init(&c->held, READ_BYTES);
	return c;
}

struct fetch_call *fetch_start(struct fetch *f, const struct outreq *req,
                               const struct fetch_timeouts *t, const struct fetch_ops *ops,
                               void *arg)
{
	struct fetch_call *c = call_of(f);
	uint64_t now_ms = clock_ms();

	c->ops = ops;
	c->arg = arg;
	fetch_call_begin(c, t, now_ms);
	list_push(&f->running, &c->link);
	f->counts.started++;
	if (req->status == CDT_OK)
		c->origin = origin_take(&f->pool, req->url);
	if (!c->origin || !request_write(c, req)) {
		log_error(LOG_FETCH, NULL, "a request can not be sent status=%d",
		          (int)req->status);
		c->verdict = FETCH_BLOCKED;
		defer(c);
		return c;
	}
	c->conn = upconn_take(c->origin, c, now_ms);
	c->reused = c->conn != NULL;
	f->counts.reused += c->reused;
	if (c->reused)
		send_request(c, now_ms);
	else
		connect_new(c, now_ms);
	return c;
}

static void deaf_head(void *arg, const struct cdt_http_head *head) { (void)arg, (void)head; }
static bool deaf_body(void *arg, cdt_str bytes) { (void)arg, (void)bytes; return true; }
static void deaf_end(void *arg, enum fetch_end how) { (void)arg, (void)how; }

void fetch_tell(struct fetch *f, const struct outreq *req, uint32_t most_ms)
{
	static const struct fetch_ops deaf = { deaf_head, deaf_body, deaf_end };
	struct fetch_timeouts t = { most_ms, most_ms, most_ms, most_ms };

	if (outreq_body_bytes(req) <= FETCH_GATHER_MAX)
		(void)fetch_start(f, req, &t, &deaf, NULL);
}

void fetch_resume(struct fetch_call *c)
{
	enum call_turn turn;

	c->resume_asked = c->inside;
	if (!c->paused || c->phase == CALL_OVER || c->cancelled || c->inside)
		return;
	turn = call_go_on(c);
	c->done = turn == CALL_DONE;
	if (c->done)                           /* not from here */
		defer(c);
	else
		settle_or_defer(c, turn);
}

void fetch_cancel(struct fetch_call *c)
{
	if (c->phase == CALL_OVER || c->cancelled)
		return;
	c->cancelled = true;
	if (!c->inside)
		drop(c);
}

struct fetch_counts fetch_counts(const struct fetch *f)
{
	struct fetch_counts counts = f->counts;

	counts.open = f->pool.open;
	return counts;
}

const char *fetch_library(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
