/* flow/relay.c - from an attempt to the client: holds back until something meaningful came,
 * then passes on what the surface makes of events or frames, one write for each read.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "flow/exchange.h"

enum { HELD_MAX = 16 << 20, PATCHES_MAX = 2048 };

/* What is written now: kept apart until it may be shown. */
static struct buf *out_of(struct exchange *x)
{
	return x->relay.begun ? flow_scratch(x->flow) : &x->relay.held;
}

static void begin(struct exchange *x)
{
	struct buf *head = flow_head_scratch(x->flow);

	exchange_head(x, "text/event-stream; charset=utf-8", head);
	buf_add_z(head, "cache-control: no-cache\r\nx-accel-buffering: no\r\n");
	x->status = 200;
	if (!x->first_us)
		x->first_us = clock_us();
	http_begin(x->request, 200, buf_str(head));
	x->relay.begun = true;
	/* No other attempt will be made, and this one has what it needs: the whole of a small
	 * body, with what the provider patched into it, has been copied. */
	if (x->ask.body.n + PATCHES_MAX <= FETCH_GATHER_MAX) {
		http_body_drop(x->request);
		x->ask.body = (cdt_str){ "", 0 };
		x->ask.member_count = 0;
	}
}

/* Sends what was written; false when the client is slow. */
static bool send_out(struct exchange *x, struct buf *out)
{
	cdt_str piece = buf_str(out);
	bool slow = false;

	if (piece.n && x->request) {
		x->bytes_out += (int64_t)piece.n;
		slow = http_write(x->request, &piece, 1);
	}
	buf_clear(out);
	return !slow;
}

static bool relay_flush(void *arg)
{
	struct exchange *x = arg;
	bool ready;

	if (!x->ask.stream)
		return true;
	if (x->relay.begun)
		return send_out(x, flow_scratch(x->flow));
	if (!x->relay.meaningful)
		return true;
	begin(x);
	ready = send_out(x, &x->relay.held);
	buf_fini(&x->relay.held);
	buf_init(&x->relay.held, HELD_MAX);
	return ready;
}

static void note(struct exchange *x, const struct cdt_event *ev)
{
	if (ev->type == CDT_EV_USAGE && ev->usage)
		usage_copy(&x->usage, ev->usage);
	if (ev->type == CDT_EV_STOP)
		x->relay.stops++;
	if (ev->type == CDT_EV_DELTA || ev->type == CDT_EV_STOP)
		x->relay.meaningful = true;
}

/* Half an event is none: what follows it must stay readable. */
static cdt_status written(struct buf *out, size_t before, cdt_status st)
{
	if (st == CDT_OK)
		st = out->status;
	if (st != CDT_OK) {
		out->n = before;
		out->status = CDT_OK;
	}
	return st;
}

static cdt_status relay_event(void *arg, const struct cdt_event *ev)
{
	struct exchange *x = arg;
	struct buf *out;
	size_t before;
	cdt_status st;

	note(x, ev);
	if (x->native)
		return CDT_OK;                         /* only observed */
	if (!x->ask.stream)
		return answer_add(&x->relay.answer, ev);
	out = out_of(x);
	before = out->n;
	st = x->surface->event(x, ev, out);
	return written(out, before, st);
}

static cdt_status relay_frame(void *arg, const struct cdt_frame *frame)
{
	struct exchange *x = arg;
	struct buf *out;
	size_t before;
	cdt_status st;

	if (!frame)                                    /* no end mark: is it an end? */
		return x->relay.stops ? CDT_OK : CDT_E_UPSTREAM;
	if (!x->ask.stream) {
		/* The only frame, the last callback before the end: it stays in the scratch. */
		out = flow_scratch(x->flow);
		buf_clear(out);
		st = x->surface->native_whole(x, frame->data, out);
		return st == CDT_OK ? out->status : st;
	}
	out = out_of(x);
	before = out->n;
	st = x->surface->native_frame(x, frame, out, &x->relay.meaningful);
	return written(out, before, st);
}

static void relay_end(void *arg, const struct attempt_end *end)
{
	attempt_ended(arg, end);
}

const struct attempt_ops relay_ops = { relay_event, relay_frame, relay_flush, relay_end };

/* --- the client's side --- */

static void on_gone(void *arg)
{
	struct exchange *x = arg;

	x->request = NULL;
	x->left = true;
	if (x->attempt)
		x->upstream_us += clock_us() - x->attempt_us;
	attempt_cancel(x->attempt);
	x->attempt = NULL;
	log_debug(LOG_FLOW, x->id.p, "the client left");
	exchange_resume(x, STEP_DONE);
}

static void on_drained(void *arg)
{
	struct exchange *x = arg;

	if (x->attempt)
		attempt_resume(x->attempt);
}

void relay_watch(struct exchange *x)
{
	static const struct http_watch watch = { on_gone, on_drained };

	http_set_watch(x->request, &watch, x);
}

void relay_init(struct exchange *x)
{
	answer_init(&x->relay.answer, &x->arena);
	buf_init(&x->relay.held, HELD_MAX);
	relay_watch(x);
}

void relay_fini(struct exchange *x)
{
	answer_fini(&x->relay.answer);
	buf_fini(&x->relay.held);
}

void relay_again(struct exchange *x)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;

	answer_fini(&x->relay.answer);
	answer_init(&x->relay.answer, &x->arena);
	buf_clear(&x->relay.held);
	x->relay.meaningful = false;
	x->relay.stops = 0;
	x->usage = unknown;
	x->surface_state = NULL;
}

static enum step_result broken_answer(struct exchange *x)
{
	(void)problem_set(&x->problem, &x->arena, PROBLEM_UPSTREAM, NULL,
	                  "The upstream's answer could not be read.");
	return STEP_FAILED;
}

static enum step_result done_whole(struct exchange *x)
{
	struct buf *out = flow_scratch(x->flow), *head = flow_head_scratch(x->flow);
	cdt_status st = x->native ? CDT_OK : x->surface->whole(x, &x->relay.answer, out);

	if (st != CDT_OK || out->status != CDT_OK) {
		buf_clear(out);
		return broken_answer(x);
	}
	exchange_head(x, "application/json", head);
	buf_print(head, "x-conduit-overhead-us: %llu\r\n",
	          (unsigned long long)(clock_us() - x->started_us - x->upstream_us));
	x->status = 200;
	x->bytes_out = (int64_t)out->n;
	limit_end(x);                          /* before the client can come back */
	http_reply(x->request, 200, buf_str(head), buf_str(out));
	x->request = NULL;
	buf_clear(out);
	return STEP_NEXT;
}

enum step_result relay_done(struct exchange *x)
{
	struct buf *out;
	size_t before;

	if (!x->ask.stream)
		return done_whole(x);
	out = out_of(x);
	before = out->n;
	if (written(out, before, x->surface->stream_end(x, out)) != CDT_OK)
		return broken_answer(x);
	x->relay.meaningful = true;
	limit_end(x);
	(void)relay_flush(x);                         /* nothing more comes: no need to pause */
	http_end(x->request);
	x->request = NULL;
	return STEP_NEXT;
}

void relay_broken(struct exchange *x)
{
	struct buf *out = flow_scratch(x->flow);

	x->surface->dialect->stream_problem(&x->problem, x->id, out);
	(void)send_out(x, out);
	http_end(x->request);
	x->request = NULL;
}
