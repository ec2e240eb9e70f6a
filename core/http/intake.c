/* http/intake.c - decides how much is read, where it goes, and when a request is handed
 * over.  evhttp parses whole requests only, one at a time.
 * SPDX-License-Identifier: MIT */
#include "http/intake.h"

#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/clock.h"

enum {
	READ_TURNS = 16,                /* reads before others get their turn */
	/* A body is received into one piece of memory of its own; for long ones that piece
	 * grows with what has really come, in great steps: each copies what is there, and what
	 * nothing was written to yet is no memory. */
	BODY_STEP_BYTES = 256 << 10, BODY_GROWTH = 16,
	/* Most requests fit; of a longer one this much is copied once more. */
	FIRST_BYTES = 8192,
	LINGER_TURNS = 4,
};

size_t intake_early(const struct conn *c)
{
	return c->early ? evbuffer_get_length(c->early) : 0;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	intake_readable(arg, what & EV_CLOSED);
}

void intake_watch(struct conn *c, bool reading)
{
	short what = (short)((reading ? EV_READ : 0) | EV_CLOSED | EV_PERSIST);

	if (c->readable && reading == c->watching)
		return;
	if (c->readable)
		event_free(c->readable);
	c->readable = event_new(c->server->base, c->wire.sock.fd, what, on_readable, c);
	c->watching = reading;
	if (!c->readable || event_add(c->readable, NULL))
		conn_die(c);
}

/* --- what was read --- */

static void too_early(struct conn *c, const char *p, size_t n)
{
	if (!c->early)
		c->early = evbuffer_new();
	if (!c->early || evbuffer_add(c->early, p, n))
		conn_die(c);
}

static void hand_over(struct conn *c)
{
	struct http_server *s = c->server;
	struct evbuffer *out = bufferevent_get_output(c->bev);

	c->phase = PHASE_BUSY;
	c->handed = false;
	c->requests++;
	s->current = c;
	bufferevent_trigger(c->bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS);
	s->current = NULL;
	if (c->handed || c->phase != PHASE_BUSY)
		return;
	/* evhttp waits for more, or has written an error page: it does not see the request
	 * that the guard saw.  Nobody shall find out which of the two is right. */
	(void)evbuffer_drain(out, evbuffer_get_length(out));
	conn_refuse(c, PROBLEM_INVALID_VALUE, 400, "the request was not understood");
}

static void refuse(struct conn *c)
{
	switch (c->guard.verdict) {
	case GUARD_HEAD_TOO_LARGE:
		conn_refuse(c, PROBLEM_TOO_LARGE, 431, c->guard.why);
		break;
	case GUARD_BODY_TOO_LARGE:
		conn_refuse(c, PROBLEM_TOO_LARGE, 413, c->guard.why);
		break;
	case GUARD_EXPECTATION:
		conn_refuse(c, PROBLEM_INVALID_VALUE, 417, c->guard.why);
		break;
	default:
		conn_refuse(c, PROBLEM_INVALID_VALUE, 400, c->guard.why);
		break;
	}
}

/* n bytes of the current request lie in evhttp's buffer: is it whole, is it bad? */
static void judge(struct conn *c)
{
	if (c->guard.verdict == GUARD_WHOLE)
		hand_over(c);
	else if (c->guard.verdict != GUARD_MORE)
		refuse(c);
}

/* The first step that so many bytes do not reach. */
static uint64_t step_above(uint64_t n)
{
	uint64_t at = BODY_STEP_BYTES;

	while (at <= n)
		at *= BODY_GROWTH;
	return at;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What is there goes into one piece with room for so many bytes.  It only helps: without it
 * the body would be put together at its end. */
static void make_room(struct conn *c, uint64_t total)
{
	struct evbuffer *in = bufferevent_get_input(c->bev), *one;
	size_t n = evbuffer_get_length(in);

	if (!n) {
		(void)evbuffer_expand(in, total);
		return;
	}
	one = evbuffer_new();
	if (one && !evbuffer_expand(one, total) &&
	    !evbuffer_add(one, evbuffer_pullup(in, -1), n) && !evbuffer_drain(in, n))
		(void)evbuffer_add_buffer(in, one);    /* moves; nobody froze it */
	if (one)
		evbuffer_free(one);
}

/* n more bytes of the body are about to be added. */
static void make_room_for(struct conn *c, size_t n)
{
	uint64_t before = evbuffer_get_length(bufferevent_get_input(c->bev)), most;
	uint64_t next = step_above(before + n);

	most = c->guard.chunked ? c->guard.body_max
	                        : before + n + guard_body_left(&c->guard);
	if (c->guard.verdict == GUARD_MORE && (!before || next != step_above(before)))
		make_room(c, least(next, most));
}

/* These bytes have passed the guard: the head's stay with us until it is whole. */
static cdt_status keep(struct conn *c, const char *p, size_t n, size_t of_head)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	cdt_status st = CDT_OK;

	if (of_head) {
		buf_add(&c->head.text, (cdt_str){ p, of_head });
		if (c->guard.head_done)
			st = head_close(&c->head, in);
	}
	if (n > of_head)
		make_room_for(c, n - of_head);
	if (st == CDT_OK && n > of_head && evbuffer_add(in, p + of_head, n - of_head))
		st = CDT_E_NOMEM;
	return st;
}

static void feed(struct conn *c, const char *p, size_t n)
{
	while (n && c->phase <= PHASE_BODY) {
		size_t before = c->guard.head_n, used = guard_feed(&c->guard, p, n);

		if (keep(c, p, used, c->guard.head_n - before) != CDT_OK) {
			conn_die(c);
			return;
		}
		p += used;
		n -= used;
		judge(c);
	}
	/* A refused request is the last one: what follows it is never looked at. */
	if (n && (c->phase == PHASE_BUSY || (c->phase == PHASE_ENDING && c->keep)))
		too_early(c, p, n);
}

/* --- reading; each returns what wire_recv said, *asked is what was asked for --- */

static ssize_t read_scratch(struct conn *c, size_t *asked)
{
	char *scratch = c->server->scratch;
	ssize_t n = sock_recv(&c->wire.sock, scratch, *asked = FIRST_BYTES);

	if (n > 0)
		feed(c, scratch, (size_t)n);
	return n;
}

static ssize_t read_body(struct conn *c, size_t *asked)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	uint64_t left = guard_body_left(&c->guard), seen = evbuffer_get_length(in), next;
	struct evbuffer_iovec v;
	ssize_t n;

	next = step_above(seen);
	*asked = least(left, next - seen);
	if (evbuffer_reserve_space(in, (ssize_t)*asked, &v, 1) != 1)
		return SOCK_BROKEN;
	n = sock_recv(&c->wire.sock, v.iov_base, *asked);
	v.iov_len = n > 0 ? (size_t)n : 0;
	if (n > 0)
		(void)guard_feed(&c->guard, v.iov_base, v.iov_len);  /* takes all: it asked */
	if (evbuffer_commit_space(in, &v, 1))
		return SOCK_BROKEN;
	if (seen + v.iov_len == next && left > v.iov_len)
		make_room(c, least(step_above(next), next + left - v.iov_len));
	if (n > 0)
		judge(c);
	return n;
}

static ssize_t read_early(struct conn *c, size_t *asked)
{
	char *scratch = c->server->scratch;
	ssize_t n;

	*asked = SCRATCH_BYTES - intake_early(c);
	if (!*asked) {
		intake_watch(c, false);
		return SOCK_AGAIN;
	}
	n = sock_recv(&c->wire.sock, scratch, *asked);
	if (n > 0)
		too_early(c, scratch, (size_t)n);
	return n;
}

static ssize_t read_once(struct conn *c, size_t *asked)
{
	if (c->phase == PHASE_LINGER)
		return sock_recv(&c->wire.sock, c->server->scratch, *asked = SCRATCH_BYTES);
	/* What came before must be fed before. */
	if (c->phase >= PHASE_BUSY || intake_early(c))
		return read_early(c, asked);
	return guard_body_left(&c->guard) ? read_body(c, asked) : read_scratch(c, asked);
}

/* The client sends no more (or: nothing works any more). */
static void ended(struct conn *c, bool orderly)
{
	bool waits = c->phase == PHASE_ENDING ||
	             (c->phase == PHASE_BUSY && c->server->limits.half_close_ok);

	if (!orderly || !waits) {
		conn_lost(c);
		return;
	}
	c->half = true;
	if (c->readable)
		event_free(c->readable);
	c->readable = NULL;
	c->watching = false;
}

/* Not whole yet: from when to when may it take? */
static void begin_waiting(struct conn *c)
{
	static char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct iovec v = { go_on, sizeof go_on - 1 };
	const struct guard *g = &c->guard;
	uint64_t now_ms;

	if (!g->head_n || c->phase == PHASE_BODY || (c->phase == PHASE_HEAD && !g->head_done))
		return;
	now_ms = clock_ms();
	if (!g->head_done) {
		c->phase = PHASE_HEAD;
		if (c->requests) {              /* the first head's time began with accept */
			c->since_ms = now_ms;
			timer_set(&c->timer, now_ms, c->server->limits.head_ms);
		}
		return;
	}
	c->phase = PHASE_BODY;
	c->since_ms = now_ms;
	timer_set(&c->timer, now_ms, c->server->limits.body_ms);
	if (g->expects && g->minor && !g->body_seen)
		conn_put(c, &v, 1);
}

void intake_readable(struct conn *c, bool closed)
{
	int turns = c->phase == PHASE_LINGER ? LINGER_TURNS : READ_TURNS;

	for (int turn = 0; turn < turns && c->phase != PHASE_DEAD; turn++) {
		size_t asked = 0;
		ssize_t n = read_once(c, &asked);

		if (n == 0 || n == SOCK_BROKEN || (closed && !asked)) {
			ended(c, n != SOCK_BROKEN);
			return;
		}
		if (n == SOCK_AGAIN || ((size_t)n < asked && !c->wire.sock.tls))
			break;
	}
	if (c->phase <= PHASE_BODY)
		begin_waiting(c);
	if (c->phase != PHASE_DEAD && c->watching && sock_has_more(&c->wire.sock))
		event_active(c->readable, EV_READ, 0);
}

void intake_resume(struct conn *c)
{
	char *scratch = c->server->scratch;
	int n = c->early ? evbuffer_remove(c->early, scratch, SCRATCH_BYTES) : 0;

	if (n > 0)
		feed(c, scratch, (size_t)n);
	if (c->phase <= PHASE_BODY) {
		begin_waiting(c);
		if (c->half)
			conn_die(c);
	}
	if (c->phase != PHASE_DEAD && !c->half && intake_early(c) < SCRATCH_BYTES)
		intake_watch(c, true);
	if (c->phase != PHASE_DEAD && c->watching && sock_has_more(&c->wire.sock))
		event_active(c->readable, EV_READ, 0);
}
