/* fetch/call.c - the answer to one call: deadlines, and what its receiver is handed.  Does
 * not start or end calls.
 * SPDX-License-Identifier: MIT */
#include "fetch/call.h"

#include "base/clock.h"
#include "base/str.h"

enum { READ_TURNS = 8 };               /* then others have theirs */

/* --- deadlines --- */

struct deadline { uint64_t at_ms; enum fetch_end end; };

static struct deadline nearer(struct deadline d, uint64_t from_ms, uint32_t in_ms,
                              enum fetch_end end)
{
	if (in_ms && from_ms + in_ms < d.at_ms)
		d = (struct deadline){ from_ms + in_ms, end };
	return d;
}

static struct deadline next_deadline(const struct fetch_call *c)
{
	const struct fetch_timeouts *t = &c->timeouts;
	struct deadline d = { UINT64_MAX, FETCH_OK };

	if (c->phase == CALL_CONNECTING)
		d = nearer(d, c->connect_ms, t->connect_ms, FETCH_LATE_CONNECT);
	if (c->phase == CALL_CONNECTING || c->phase == CALL_SENT)
		d = nearer(d, c->start_ms, t->first_byte_ms, FETCH_LATE_FIRST_BYTE);
	if (c->phase == CALL_BODY && !c->paused)
		d = nearer(d, c->moved_ms, t->idle_ms, FETCH_LATE_IDLE);
	return nearer(d, c->start_ms, t->total_ms, FETCH_LATE_TOTAL);
}

void call_arm(struct fetch_call *c, uint64_t now_ms)
{
	struct deadline d = next_deadline(c);

	if (d.end == FETCH_OK)
		timer_stop(&c->timer);
	else
		timer_set(&c->timer, now_ms, d.at_ms > now_ms ? d.at_ms - now_ms : 0);
}

enum fetch_end call_late(const struct fetch_call *c, uint64_t now_ms)
{
	struct deadline d = next_deadline(c);

	return now_ms >= d.at_ms ? d.end : FETCH_OK;
}

void fetch_call_begin(struct fetch_call *c, const struct fetch_timeouts *t, uint64_t now_ms)
{
	c->timeouts = *t;
	c->start_ms = c->connect_ms = c->moved_ms = now_ms;
	c->phase = CALL_CONNECTING;
	c->inside = c->paused = c->resume_asked = c->cancelled = false;
	c->answered = c->excess = c->reused = c->again = c->done = false;
	c->verdict = FETCH_OK;
}

static void moved(struct fetch_call *c)
{
	c->moved_ms = clock_ms();
	call_arm(c, c->moved_ms);
}

/* --- what the receiver is handed --- */

static void show_head(struct fetch_call *c, const struct h1_found *found)
{
	struct cdt_http_head head = {
		.size = sizeof head, .status = c->answer.status,
		.headers = found->header, .count = found->header_count,
	};

	c->phase = CALL_BODY;
	moved(c);
	c->inside = true;
	c->ops->head(c->arg, &head);
	c->inside = false;
	if (c->sent == c->total)
		request_forget(c);
	if (c->streamed)
		h1_fini(&c->answer);
}

static bool show_body(struct fetch_call *c, cdt_str bytes)
{
	bool taken;

	c->inside = true;
	c->resume_asked = false;
	taken = c->ops->body(c->arg, bytes);
	c->inside = false;
	if (!c->cancelled) {
		c->paused = !taken;
		moved(c);
	}
	return taken;
}

/* Receivers that take nothing get the same bytes again. */
static void offer(struct fetch_call *c, cdt_str bytes)
{
	if (show_body(c, bytes) || c->cancelled)
		return;
	buf_add(&c->held, bytes);
	upconn_read(c->conn, false);
}

static enum call_turn fail(struct fetch_call *c, enum fetch_end how)
{
	c->verdict = how;
	return CALL_FAILED;
}

/* CALL_GOES_ON: all that there was, or the receiver wants a pause. */
static enum call_turn take(struct fetch_call *c, char *p, size_t n)
{
	struct h1_found found;

	while (!c->cancelled && !c->paused) {
		switch (h1_next(&c->answer, &p, &n, &found)) {
		case H1_MORE:
			return CALL_GOES_ON;
		case H1_HEAD:
			show_head(c, &found);
			break;
		case H1_BODY:
			offer(c, found.body);
			break;
		case H1_END:
			c->excess |= n > 0;
			return CALL_DONE;
		case H1_BAD:
			return fail(c, FETCH_BAD_ANSWER);
		}
	}
	c->excess |= n > 0;            /* a part of the body is all there is, or its last one */
	return c->cancelled ? CALL_DROPPED : CALL_GOES_ON;
}

/* orderly: the upstream said that it was all. */
static enum call_turn ended(struct fetch_call *c, bool orderly)
{
	if (!c->answered && c->reused && !c->again)
		return CALL_STALE;
	if (!c->answered)
		return fail(c, FETCH_NO_ANSWER);
	if (orderly && h1_ends_here(&c->answer))
		return CALL_DONE;
	return fail(c, FETCH_CUT);
}

enum call_turn call_read(struct fetch_call *c)
{
	struct fetch *f = c->fetch;

	for (int turn = 0; turn < READ_TURNS && !c->paused; turn++) {
		ssize_t n = sock_recv(&c->conn->sock, f->scratch, sizeof f->scratch);
		enum call_turn then;

		if (n == SOCK_AGAIN)
			return CALL_GOES_ON;
		if (n <= 0)
			return ended(c, n == 0);
		c->answered = true;
		then = take(c, f->scratch, (size_t)n);
		if (then != CALL_GOES_ON)
			return then;
		if ((size_t)n < sizeof f->scratch && !sock_has_more(&c->conn->sock))
			break;
	}
	upconn_read(c->conn, !c->paused);
	return CALL_GOES_ON;
}

enum call_turn call_go_on(struct fetch_call *c)
{
	bool taken = show_body(c, buf_str(&c->held));

	if (c->cancelled)
		return CALL_DROPPED;
	if (!taken)
		return CALL_GOES_ON;
	if (c->streamed)
		buf_fini(&c->held);
	else
		buf_clear(&c->held);
	upconn_read(c->conn, true);
	return c->answer.state == H1_WHOLE ? CALL_DONE : CALL_GOES_ON;
}
