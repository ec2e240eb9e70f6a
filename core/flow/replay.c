/* flow/replay.c - a known answer goes to the client as if an upstream that speaks its dialect
 * had just sent it: the surface makes of it what it makes of any native answer.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/str.h"
#include "flow/recall.h"

/* Written at once to a client that follows. */
enum { PIECE_BYTES = 64 << 10 };

static bool is_purged(const struct exchange *x, const struct kept *k)
{
	const struct mark of = { k->route, k->key };

	return marks_hide(answers_marks(desk_answers(flow_desk(x->flow))), &of, k->stored_ms,
	                  clock_wall_ms());
}

/* Who had answered is still there. */
static const struct target *target_of(struct exchange *x, const struct kept *k)
{
	const struct router *all = roster_router(exchange_roster(x));
	const struct route *r = x->route;

	if (!str_eq(k->route, r->name))                /* a fallback's */
		r = router_find(all, k->route, &x->arena);
	for (size_t i = 0; r && i < r->target_count; i++)
		if (str_eq(r->targets[i]->name, k->target))
			return r->targets[i];
	return NULL;
}

const struct target *replay_target(struct exchange *x, const struct kept *k)
{
	return !x->recall->idempotent && is_purged(x, k) ? NULL : target_of(x, k);
}

bool replay_fits(struct exchange *x, cdt_str value)
{
	struct recall *r = x->recall;

	if (!kept_read(value, r->key, &r->from))
		return false;
	r->target = replay_target(x, &r->from);
	if (!r->target || (r->from.stream != x->ask.stream && !x->surface->gather))
		return false;
	return true;
}

static cdt_status put_frame(struct exchange *x, const struct kept_frame *k, struct buf *out)
{
	const struct cdt_frame f = { .size = sizeof f, .event = k->event, .data = k->body };
	size_t before = out->n;
	cdt_status st;

	if (x->recall->idempotent) {                   /* it is what its like has got */
		buf_add(out, k->body);
		return out->status;
	}
	st = x->surface->native_frame(x, &f, out, &x->relay.meaningful);
	if (st != CDT_OK || out->status != CDT_OK)
		out->n = before;               /* half an event is none */
	return st;
}

static cdt_status put_end(struct exchange *x, struct buf *out)
{
	return x->recall->idempotent ? CDT_OK : x->surface->stream_end(x, out);
}

/* --- whole answers --- */

static cdt_status whole(struct exchange *x, bool stream, cdt_str frames, struct buf *out)
{
	struct kept_frame f;
	struct buf *body = desk_scratch(flow_desk(x->flow));
	cdt_status st = CDT_E_UPSTREAM;

	if (!stream && !kept_next(&frames, &f))
		return st;
	if (x->recall->idempotent)
		return put_frame(x, &f, out);
	if (!stream)
		return x->surface->native_whole(x, f.body, out);
	st = x->surface->gather(frames, body);
	if (st == CDT_OK)
		st = x->surface->native_whole(x, buf_str(body), out);
	return st;
}

/* --- streams --- */

static cdt_status put_all(struct exchange *x, cdt_str frames, struct buf *out)
{
	struct kept_frame f;
	cdt_status st = CDT_OK;

	while (st == CDT_OK && kept_next(&frames, &f))
		st = put_frame(x, &f, out);
	return st;
}

static cdt_status streamed(struct exchange *x, bool stream, cdt_str frames, struct buf *out)
{
	struct kept_frame f;
	struct buf *pieces = desk_scratch(flow_desk(x->flow));
	cdt_status st;

	if (stream)
		return put_all(x, frames, out);
	if (!kept_next(&frames, &f))
		return CDT_E_UPSTREAM;
	st = x->surface->scatter(f.body, pieces);
	return st == CDT_OK ? put_all(x, buf_str(pieces), out) : st;
}

/* --- one answer --- */

/* As all of it is there: what the client gets, in out. */
static cdt_status make(struct exchange *x, const struct kept *k, cdt_str frames,
                       struct buf *out)
{
	cdt_status st;

	x->native = true;
	if (!x->ask.stream)
		return whole(x, k->stream, frames, out);
	st = streamed(x, k->stream, frames, out);
	return st == CDT_OK ? put_end(x, out) : st;
}

/* out is what the client still gets. */
static enum step_result finish(struct exchange *x, struct buf *out)
{
	x->status = 200;
	if (!x->first_us)
		x->first_us = clock_us();
	x->relay.closing = out;
	if (!x->ask.stream)
		x->bytes_out = (int64_t)out->n;
	if (pay_at_end(x))
		return STEP_WAIT;
	(void)relay_finish(x);
	return STEP_DONE;
}

static enum step_result no_sense(struct exchange *x)
{
	if (!x->relay.begun)                   /* else it goes out with the problem */
		buf_clear(flow_scratch(x->flow));
	(void)problem_set(&x->problem, &x->arena, PROBLEM_UPSTREAM, NULL,
	                  "A kept answer could not be read.");
	return STEP_FAILED;
}

/* --- at the pace at which it came --- */

/* Frames whose time has come; then waits for the next. */
static enum step_result replay_paced(struct exchange *x)
{
	struct recall *r = x->recall;
	struct buf *out = flow_scratch(x->flow);
	cdt_str rest = r->left;
	struct kept_frame f;
	cdt_status st = CDT_OK;

	while (st == CDT_OK && kept_next(&rest, &f)) {
		if (f.after_ms && !r->paused) {
			r->paused = true;
			if (!r->since_us)
				r->since_us = clock_us();
			(void)relay_send(x, out);
			timer_set(&r->pace, clock_ms(), f.after_ms);
			return STEP_WAIT;
		}
		r->paused = false;
		st = put_frame(x, &f, out);
		r->left = rest;
	}
	if (st == CDT_OK)
		st = x->surface->stream_end(x, out);
	if (st == CDT_OK)
		return finish(x, out);
	charge_abandon(x);                     /* what was given is paid */
	return no_sense(x);
}

static void on_time(void *arg)
{
	struct exchange *x = arg;
	enum step_result result = replay_paced(x);

	if (result != STEP_WAIT)
		exchange_resume(x, result);
}

static bool is_paced(const struct exchange *x)
{
	const struct recall *r = x->recall;

	return exchange_config(x)->cache.paced && x->ask.stream && r->from.stream &&
	       r->verdict == RECALL_HIT;
}

enum step_result replay_known(struct exchange *x)
{
	struct recall *r = x->recall;
	struct buf *out = flow_scratch(x->flow);
	cdt_status st;

	relay_type(x, r->from.type);
	x->surface_state = NULL;
	if (is_paced(x)) {
		x->native = true;
		r->left = r->from.frames;
		timer_init(&r->pace, flow_worker(x->flow), on_time, x);
		relay_init(x);
		return replay_paced(x);
	}
	buf_clear(out);
	st = r->items ? items_join(x, out) : make(x, &r->from, r->from.frames, out);
	if (st == CDT_OK && out->status == CDT_OK)
		return finish(x, out);
	buf_clear(out);
	return no_sense(x);
}

/* --- as it comes --- */

static enum step_result land(struct exchange *x)
{
	struct recall *r = x->recall;
	struct buf *out = flow_scratch(x->flow);
	cdt_status st;

	r->from = *flight_head(r->flight);
	r->target = target_of(x, &r->from);
	r->saved = r->from.cost;
	if (x->ask.stream && r->from.stream)
		st = put_end(x, out);
	else
		st = make(x, &r->from, buf_str(&r->gathered), out);
	if (st == CDT_OK && out->status == CDT_OK)
		return finish(x, out);
	buf_clear(out);                        /* not to be had this way: it asks itself */
	return x->relay.shown ? no_sense(x) : STEP_NEXT;
}

static enum step_result broken(struct exchange *x, enum flight_end end)
{
	if (end == FLIGHT_BROKEN)
		x->problem = *flight_problem(x->recall->flight);
	else if (!x->relay.shown)
		return STEP_NEXT;
	if (!x->problem.cause)
		(void)problem_set(&x->problem, &x->arena, PROBLEM_UPSTREAM, NULL,
		                  "The answer ended early; it was shared with the same request "
		                  "of somebody else.");
	return STEP_FAILED;
}

/* Another model may have stood in, of which x's key knows nothing. */
static bool may_have(const struct exchange *x)
{
	cdt_str stand_in = flight_stand_in(&x->recall->seat);

	return !stand_in.n || exchange_may_model(x, stand_in, CDT_STR(""));
}

enum step_result replay_follow(struct exchange *x)
{
	struct recall *r = x->recall;
	struct buf *out = flow_scratch(x->flow);
	bool live = x->ask.stream && flight_lead_of(r->flight)->stream;
	enum flight_end end;
	struct kept_frame f;
	cdt_status st;

	if (x->relay.closing)                  /* the end waits for its charge */
		return STEP_WAIT;
	x->native = true;
	buf_clear(out);
	while (!r->stalled && flight_read(&r->seat, &f)) {
		if (!may_have(x)) {
			r->shares = false;
			return STEP_NEXT;
		}
		st = live ? put_frame(x, &f, out) : kept_add(&r->gathered, &f);
		if (st != CDT_OK)
			return no_sense(x);
		if (out->n > PIECE_BYTES)
			r->stalled = !relay_send(x, out);
	}
	if (out->n && !relay_send(x, out))
		r->stalled = true;
	if (r->stalled)
		return STEP_WAIT;
	end = flight_state(&r->seat);
	switch (end) {
	case FLIGHT_GOES_ON:
		return STEP_WAIT;
	case FLIGHT_LANDED:
		return land(x);
	default:
		return broken(x, end);
	}
}
