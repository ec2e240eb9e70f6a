/* flow/relay.c - from an attempt to the client: holds back until something meaningful came,
 * then passes on what the surface makes of events or frames, one write for each read.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/exchange.h"
#include "flow/hedge.h"
#include "flow/recall.h"
#include "ledger/money.h"

enum { HELD_MAX = 16 << 20, PATCHES_MAX = 2048, TYPE_MAX = 128 };

/* What is written now: kept apart until it may be shown. */
static struct buf *out_of(struct exchange *x)
{
	return x->relay.shown ? flow_scratch(x->flow) : &x->relay.held;
}

static cdt_str stream_head(struct exchange *x)
{
	struct buf *head = flow_head_scratch(x->flow);

	exchange_head(x, x->relay.type.n ? x->relay.type.p
	                                 : "text/event-stream; charset=utf-8", head);
	buf_add_z(head, "cache-control: no-cache\r\nx-accel-buffering: no\r\n");
	return buf_str(head);
}

static void begin(struct exchange *x)
{
	x->status = 200;
	http_begin(x->request, 200, stream_head(x));
	x->relay.begun = true;
}

/* From here on there is no way back. */
static void show(struct exchange *x)
{
	if (!x->relay.begun)
		begin(x);
	if (!x->first_us)
		x->first_us = clock_us();
	x->relay.shown = true;
	/* No other attempt will be made, and this one has what it needs: the whole of a small
	 * body, with what the provider patched into it, has been copied.  Files are sent from
	 * where they are. */
	if (!x->ask.blob_count && x->ask.body.n + PATCHES_MAX <= FETCH_GATHER_MAX &&
	    !(x->recall && x->recall->outlives)) {
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
		x->relay.quiet_ms = 0;
		x->bytes_out += (int64_t)piece.n;
		slow = http_write(x->request, &piece, 1);
	}
	buf_clear(out);
	return !slow;
}

bool relay_send(struct exchange *x, struct buf *out)
{
	if (!x->relay.shown)
		show(x);
	return send_out(x, out);
}

/* Nobody listens but those that follow. */
static bool flush_unheard(struct exchange *x)
{
	buf_clear(out_of(x));
	if (x->relay.meaningful) {
		x->relay.shown = true;
		capture_show(x);
	}
	return true;
}

/* A slow client does not hold up those that follow it. */
static bool sent(struct exchange *x, bool ready)
{
	capture_show(x);
	return charge_look(x) && (ready || recall_is_shared(x));
}

static bool relay_flush(void *arg)
{
	struct exchange *x = arg;
	bool ready;

	if (x->ask.stream && x->left && capture_is_on(x))
		return flush_unheard(x);
	if (!x->ask.stream || x->left)
		return true;
	if (x->relay.shown) {
		ready = send_out(x, flow_scratch(x->flow));
		return sent(x, ready);
	}
	if (!x->relay.meaningful)
		return true;
	show(x);
	ready = send_out(x, &x->relay.held);
	buf_fini(&x->relay.held);
	buf_init(&x->relay.held, HELD_MAX);
	return sent(x, ready);
}

/* What is billed by number and length, where the upstream does not say how much it was. */
static void count_units(struct exchange *x, const struct cdt_event *ev)
{
	if (ev->type == CDT_EV_DELTA && ev->kind == CDT_PART_IMAGE &&
	    ev->index >= x->relay.images && ev->index < CDT_COUNT_MAX)
		x->relay.images = (int64_t)ev->index + 1;
	if (ev->type == CDT_EV_EXTRA && x->ask.op == CDT_OP_TRANSCRIBE && ev->doc.api &&
	    str_is(ev->name, "duration"))
		relay_seconds(x, ev->doc.api->f64(ev->doc, -1));
}

static void note(struct exchange *x, const struct cdt_event *ev)
{
	if (!op_has_output(x->ask.op))
		count_units(x, ev);
	if (ev->type == CDT_EV_USAGE && ev->usage) {
		usage_copy(&x->usage, ev->usage);
		x->relay.seen -= x->native && x->ask.stream;   /* that frame is no answer */
	}
	if (ev->type == CDT_EV_STOP) {
		x->relay.stops++;
		x->relay.stop_kinds |= 1u << (ev->kind < 31 ? ev->kind : 31);
		if (x->native && !ev->data.n && op_has_output(x->ask.op))
			capture_doubt(x);              /* nobody has said that it ended */
	}
	if (ev->type == CDT_EV_DELTA || ev->type == CDT_EV_STOP)
		x->relay.meaningful = true;
	if (x->relay.meaningful)
		attempt_shows(x->attempt);
	if (ev->type == CDT_EV_DELTA && !x->native)
		x->relay.seen += (int64_t)ev->data.n;
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

void relay_type(struct exchange *x, cdt_str type)
{
	if (type.n && type.n <= TYPE_MAX && !outreq_has_control_byte(type))
		x->relay.type = arena_str(&x->arena, type);
}

void relay_seconds(struct exchange *x, double seconds)
{
	if (seconds > 0 && seconds < CDT_COUNT_MAX / 1000)
		x->relay.seconds_ms = (int64_t)(seconds * 1000 + 0.5);
}

static void relay_head(void *arg, cdt_str type, uint32_t frames)
{
	struct exchange *x = arg;

	if (!x->native)
		return;
	x->relay.frames = frames;
	if (x->surface->flags & SURFACE_TYPED && (x->ask.raw || !x->ask.stream))
		relay_type(x, type);
}

static cdt_status relay_event(void *arg, const struct cdt_event *ev)
{
	struct exchange *x = arg;
	struct buf *out;
	size_t before;
	cdt_status st;

	note(x, ev);
	if (x->native || (x->left && !capture_is_on(x)))
		return CDT_OK;                         /* only observed */
	if (!x->ask.stream)
		return answer_add(&x->relay.answer, ev);
	out = out_of(x);
	before = out->n;
	st = written(out, before, x->surface->event(x, ev, out));
	capture_text(x, str_skip(buf_str(out), before));
	return st;
}

/* A whole answer where a stream was asked for: see SURFACE_WHOLE_TOO. */
static cdt_status put_whole(struct exchange *x, const struct cdt_frame *frame, struct buf *out)
{
	x->relay.meaningful = true;
	if (!promise_binds(x))
		capture_spoil(x);
	return x->surface->native_whole ? x->surface->native_whole(x, frame->data, out)
	                                : CDT_E_UPSTREAM;
}

static cdt_status relay_frame(void *arg, const struct cdt_frame *frame)
{
	struct exchange *x = arg;
	struct buf *out;
	size_t before;
	cdt_status st;

	if (!frame) {                                  /* no end mark: is it an end? */
		if (!x->surface->dialect->ends_by_event)
			capture_doubt(x);
		return x->relay.stops ? CDT_OK : CDT_E_UPSTREAM;
	}
	x->relay.seen += x->ask.stream ? 1 : (int64_t)frame->data.n;
	if (x->ask.stream && !capture_takes_text(x))
		capture_frame(x, frame->event, frame->data);
	if (x->left && !capture_is_on(x))
		return CDT_OK;
	if (!x->ask.stream) {
		/* The only frame, the last callback before the end: it stays in the scratch. */
		out = flow_scratch(x->flow);
		buf_clear(out);
		st = x->surface->native_whole(x, frame->data, out);
		return st == CDT_OK ? out->status : st;
	}
	out = out_of(x);
	before = out->n;
	if (x->relay.frames == CDT_FRAMES_WHOLE)
		st = put_whole(x, frame, out);
	else
		st = x->surface->native_frame(x, frame, out, &x->relay.meaningful);
	if (x->relay.meaningful)
		attempt_shows(x->attempt);
	st = written(out, before, st);
	if (capture_takes_text(x))
		capture_text(x, str_skip(buf_str(out), before));
	return st;
}

static void relay_end(void *arg, const struct attempt_end *end)
{
	attempt_ended(arg, end);
}

const struct attempt_ops relay_ops = {
	.head = relay_head, .event = relay_event, .frame = relay_frame, .flush = relay_flush,
	.end = relay_end,
};

/* --- the client's side --- */

static void on_gone(void *arg)
{
	struct exchange *x = arg;

	x->request = NULL;
	x->left = true;
	log_debug(LOG_FLOW, x->id.p, "the client left");
	hedge_drop(x);
	if (x->keepsake || promise_is_being_kept(x) ||
	    (x->charge && x->charge->state == CHARGE_SETTLING))
		return;                                /* its end is near */
	if (x->attempt && (charge_drains(x) | recall_flies_on(x))) {
		attempt_shows(x->attempt);     /* nobody waits for its first token now */
		return;
	}
	charge_abandon(x);
	exchange_resume(x, STEP_DONE);
}

static void on_drained(void *arg)
{
	struct exchange *x = arg;

	if (recall_follows(x)) {
		recall_drained(x);
		return;
	}
	/* Who waits for more money is resumed by the answer. */
	if (x->attempt && !(x->charge && x->charge->state == CHARGE_EXTENDING))
		attempt_resume(x->attempt);
}

void relay_watch(struct exchange *x)
{
	static const struct http_watch watch = { on_gone, on_drained };

	http_set_watch(x->request, &watch, x);
}

void relay_prepare(struct exchange *x)
{
	answer_init(&x->relay.answer, &x->arena);
	buf_init(&x->relay.held, HELD_MAX);
}

void relay_init(struct exchange *x)
{
	relay_prepare(x);
	if (x->request)
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
	x->relay.stops = x->relay.stop_kinds = 0;
	x->relay.seen = x->relay.images = x->relay.seconds_ms = 0;
	x->relay.type = CDT_STR("");
	x->relay.frames = CDT_FRAMES_AUTO;
	x->usage = unknown;
	x->surface_state = NULL;
	capture_again(x);
}

static enum step_result broken_answer(struct exchange *x)
{
	if (!x->problem.cause)                         /* else the surface has said it */
		(void)problem_set(&x->problem, &x->arena, PROBLEM_UPSTREAM, NULL,
		                  "The upstream's answer could not be read.");
	return STEP_FAILED;
}

/* The scratch is everybody's. */
void relay_keep(struct exchange *x)
{
	struct buf *out = x->relay.closing;

	if (out == &x->relay.held)
		return;
	buf_fini(&x->relay.held);
	x->relay.held = *out;
	buf_init(out, out->cap_bytes);
	x->relay.closing = &x->relay.held;
}

/* The end of what others will read: usage too, which this client may not have asked for. */
static cdt_status close_stream(struct exchange *x, struct buf *out)
{
	size_t before = out->n;
	cdt_status st = x->surface->stream_end(x, out);

	if (st != CDT_OK || (x->native && !promise_binds(x)) || !capture_is_on(x))
		return st;
	capture_text(x, str_skip(buf_str(out), before));
	if (x->ask.wants_usage || capture_takes_text(x))
		return st;
	before = out->n;
	x->ask.wants_usage = true;
	st = x->surface->stream_end(x, out);
	x->ask.wants_usage = false;
	capture_text(x, str_skip(buf_str(out), before));
	out->n = before;
	return st;
}

enum step_result relay_close(struct exchange *x)
{
	struct buf *out = x->ask.stream ? out_of(x) : flow_scratch(x->flow);
	size_t before = out->n;
	cdt_status st = CDT_OK;

	if (x->ask.stream)
		st = close_stream(x, out);
	else if (!x->native)
		st = x->surface->whole(x, &x->relay.answer, out);
	st = written(out, before, st);
	if (st == CDT_OK && !x->ask.stream)
		st = capture_whole(x, out);
	if (st != CDT_OK) {
		if (!x->ask.stream)
			buf_clear(out);
		return broken_answer(x);
	}
	x->relay.meaningful = true;
	x->relay.closing = out;
	if (!x->ask.stream)
		x->bytes_out = (int64_t)out->n;
	x->status = 200;
	if (promise_binds(x) || x->ask.has_effects || (x->charge && x->charge->hold))
		relay_keep(x);
	return STEP_NEXT;
}

static void finish_whole(struct exchange *x)
{
	struct buf *head = flow_head_scratch(x->flow);
	const struct target *t = recall_target(x);
	char cost[MONEY_TEXT_SIZE];

	if (!t && x->tried)
		t = x->tried->target;
	exchange_head(x, x->relay.type.n ? x->relay.type.p : "application/json", head);
	if (t && t->price)
		buf_print(head, "x-conduit-cost-usd: %s\r\n", money_text(x->cost, cost));
	buf_print(head, "x-conduit-overhead-us: %llu\r\n",
	          (unsigned long long)exchange_overhead_us(x, clock_us()));
	http_reply(x->request, 200, buf_str(head), buf_str(x->relay.closing));
	buf_clear(x->relay.closing);
}

/* A stream of which nothing was sent yet. */
static void finish_stream(struct exchange *x)
{
	struct buf *all = x->relay.closing;

	if (!x->first_us)
		x->first_us = clock_us();
	x->status = 200;
	x->relay.begun = x->relay.shown = true;
	x->bytes_out = (int64_t)all->n;
	http_stream(x->request, 200, stream_head(x), buf_str(all));
	buf_clear(all);
}

enum step_result relay_finish(struct exchange *x)
{
	limit_end(x);                          /* before the client can come back */
	if (x->ask.stream && !x->relay.begun) {
		finish_stream(x);
	} else if (x->ask.stream) {
		if (!x->relay.shown)
			show(x);
		(void)send_out(x, x->relay.closing);  /* nothing more comes: no need to pause */
		http_end(x->request);
	} else {
		finish_whole(x);
	}
	x->request = NULL;
	return STEP_NEXT;
}

/* It is no answer for those that pay themselves, but what its Idempotency-Key stands for. */
static cdt_status end_early(struct exchange *x)
{
	struct buf *out = out_of(x);
	size_t before = out->n;
	cdt_status st = x->surface->cut(x, out);

	if (promise_binds(x))
		capture_text(x, str_skip(buf_str(out), before));
	else
		capture_spoil(x);
	return st;
}

void relay_cut(struct exchange *x)
{
	bool stops = charge_stops(x);

	attempt_leave(x);
	live_leave(x);
	limit_attempt_end(x, true);
	charge_bill(x, stops ? BILL_CUT : BILL_UNKNOWN);
	x->usage = x->bill.usage;
	if (end_early(x) != CDT_OK || relay_close(x) != STEP_NEXT) {
		(void)charge_settle(x, false);
		exchange_resume(x, STEP_FAILED);
	} else {
		attempt_answered(x);
	}
}

void relay_keep_alive(struct exchange *x)
{
	const char *own = x->surface->dialect->keep_alive;
	cdt_str beat = own ? str_z(own) : CDT_STR(": keep-alive\n\n");

	if (x->ask.raw)
		return;                        /* it would be heard */
	if (!x->relay.begun)
		begin(x);
	x->relay.quiet_ms = 0;
	x->bytes_out += (int64_t)beat.n;
	(void)http_write(x->request, &beat, 1);
}

void relay_broken(struct exchange *x)
{
	struct buf *out = flow_scratch(x->flow);

	if (x->ask.raw) {                              /* there is no word for it in bytes */
		http_cut(x->request);
		x->request = NULL;
		return;
	}
	if (x->surface->broken)
		x->surface->broken(x, out);
	else
		x->surface->dialect->stream_problem(&x->problem, x->id, out);
	(void)send_out(x, out);
	http_end(x->request);
	x->request = NULL;
}
