/* upstream/attempt.c - the life of one try: token, build, send, frames, end.  Only providers
 * with tokens wait for one; some ask on until their answer is whole, and are sent once more.
 * SPDX-License-Identifier: MIT */
#include "upstream/attempt.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "upstream/fault.h"
#include "upstream/frames.h"
#include "upstream/transport.h"

enum { ERROR_BODY_MAX = 64 << 10, REQUEST_BODY_MAX = 128 << 20 };
/* How often a provider may ask on, and how long nobody waits for a farewell. */
enum { FOLLOWS_MAX = 2000, FAREWELL_MS = 10000 };

struct attempt {
	const struct attempt_ops *ops;
	void *arg;
	struct call call;
	struct arena *arena;
	struct outreq *request;                /* freed when the answer has begun */
	struct transport *transport;
	struct frames frames;
	struct cdt_sink sink;
	struct cdt_http_head head;             /* a copy, for error() */
	struct buf error_body;
	/* Tells of a failed build, outside of start; or that nothing has come in time; or that
	 * it is time to ask on. */
	struct timer later;
	struct attempt_order asked;            /* its secret may be what buys the token */
	struct token_wait token;
	uint32_t follows;                      /* how often it asked on */
	struct attempt_end end;
	uint32_t op;
	bool native, refused, asked_stream, whole_too, paused, waits;
	bool stopped;                          /* the plugin told of an end */
};

static struct attempt *of_sink(struct cdt_sink *s)
{
	return (struct attempt *)(void *)((char *)s - offsetof(struct attempt, sink));
}

static void drop_request(struct attempt *a)
{
	if (a->request)
		outreq_fini(a->request);
	mem_free(a->request);
	a->request = NULL;
}

/* What the upstream began for this attempt is wanted no more. */
static void say_farewell(struct attempt *a)
{
	struct outreq *o = mem_new(sizeof *o);

	outreq_init(o, a->arena, FETCH_GATHER_MAX);
	if (call_leave(&a->call, o) == CDT_OK)
		fetch_tell(a->asked.fetch, o, FAREWELL_MS);
	outreq_fini(o);
	mem_free(o);
}

/* Its memory is the arena's. */
static void attempt_free(struct attempt *a)
{
	if (!a->end.ok && a->end.stage > ATTEMPT_BUILD && call_leaves(&a->call))
		say_farewell(a);
	provider_token_forget(&a->token);
	call_end(&a->call);
	frames_fini(&a->frames);
	buf_fini(&a->error_body);
	timer_fini(&a->later);
	drop_request(a);
}

size_t attempt_dropped(const struct attempt *a, const cdt_str **names)
{
	*names = a->call.dropped;
	return a->call.dropped_count;
}

/* The last thing an attempt does. */
static void finish(struct attempt *a)
{
	const struct attempt_ops *ops = a->ops;
	void *arg = a->arg;
	struct attempt_end end = a->end;

	end.dropped_count = attempt_dropped(a, &end.dropped);
	end.headroom.requests = a->call.headroom_requests;
	end.headroom.tokens = a->call.headroom_tokens;
	end.headroom.reset_ms = a->call.headroom_reset_ms;
	transport_cancel(a->transport);
	attempt_free(a);
	ops->end(arg, &end);
}

/* --- what went wrong, in words --- */

static void set_error(struct attempt *a, uint32_t reason, cdt_str message)
{
	a->end.error = (struct cdt_error){
		.size = sizeof a->end.error, .reason = reason, .retry_after_ms = -1,
		.code = { "", 0 }, .message = message, .param = { "", 0 },
	};
	a->refused = true;
}

static void set_fetch_error(struct attempt *a, enum fetch_end how)
{
	struct fault f = fault_of(how);

	a->end.fetch = how;
	set_error(a, f.reason, str_z(f.message));
}

/* The plugin has said why it does not serve the request. */
static bool set_refusal(struct attempt *a, cdt_status st)
{
	if (!a->call.refusal.n ||
	    (st != CDT_E_INVALID && st != CDT_E_UNSUPPORTED && st != CDT_E_LIMIT))
		return false;
	set_error(a, CDT_ERR_BAD_REQUEST, a->call.refusal);
	a->end.error.param = a->call.refused_param;
	if (st == CDT_E_UNSUPPORTED)
		a->end.error.code = CDT_STR("unsupported_parameter");
	return true;
}

static void set_status_error(struct attempt *a, cdt_status st)
{
	if (set_refusal(a, st))
		return;
	if (st == CDT_E_LIMIT)
		set_error(a, CDT_ERR_UPSTREAM, CDT_STR("The upstream's answer is too large."));
	else
		set_error(a, CDT_ERR_UPSTREAM,
		          CDT_STR("The upstream's answer could not be read."));
}

/* The provider reads why the upstream said no. */
static void set_upstream_error(struct attempt *a, cdt_str body)
{
	set_error(a, CDT_ERR_OTHER, CDT_STR(""));
	call_error(&a->call, &a->head, body, &a->end.error);
	if (a->end.error.reason == CDT_ERR_AUTH &&
	    provider_makes_tokens(instance_of(a->asked.self)))
		provider_token_spoil(a->asked.self, a->asked.secret);
}

/* --- the answer --- */

static cdt_status sink_emit(struct cdt_sink *s, const struct cdt_event *ev)
{
	struct attempt *a = of_sink(s);

	if (ev->type == CDT_EV_DELTA)
		attempt_shows(a);
	a->stopped |= ev->type == CDT_EV_STOP;
	return a->ops->event(a->arg, ev);
}

static const struct cdt_sink_api sink_api = { .size = sizeof sink_api, .emit = sink_emit };

static cdt_status on_frame(void *arg, const struct cdt_frame *frame)
{
	struct attempt *a = arg;
	cdt_status st = call_frame(&a->call, frame, &a->sink);
	struct cdt_frame room;

	if (st == CDT_E_UPSTREAM)
		set_upstream_error(a, frame->data);
	if (st != CDT_OK || !a->native)
		return st;
	frame = call_relayed(&a->call, frame, &room);
	return frame ? a->ops->frame(a->arg, frame) : CDT_OK;
}

/* For call_error.  An error inside a good answer has its say in the body. */
static void keep_head(struct attempt *a, const struct cdt_http_head *head)
{
	bool good = head->status >= 200 && head->status <= 299;
	struct cdt_header *copy = good ? NULL
		: arena_take(a->arena, (head->count + 1) * sizeof *copy);

	a->head = (struct cdt_http_head){ sizeof a->head, head->status, copy, 0 };
	for (size_t i = 0; copy && i < head->count; i++) {
		copy[i].name = arena_str(a->arena, head->headers[i].name);
		copy[i].value = arena_str(a->arena, head->headers[i].value);
		a->head.count++;
	}
}

/* The head is no answer yet: what is left of first_byte_ms is for its first event. */
static void await_first(struct attempt *a)
{
	uint64_t gone_ms = (a->end.times.head_us - a->end.times.start_us) / 1000;
	uint32_t first_ms = a->asked.timeouts.first_byte_ms;

	timer_set(&a->later, clock_ms(), gone_ms < first_ms ? first_ms - gone_ms : 1);
}

static void on_head(void *arg, const struct cdt_http_head *head)
{
	struct attempt *a = arg;
	uint32_t kind = CDT_FRAMES_AUTO;

	a->end.times.head_us = a->end.times.last_us = clock_us();
	a->end.http_status = head->status;
	a->end.stage = ATTEMPT_ANSWER;
	keep_head(a, head);
	if (call_head(&a->call, head, &kind) != CDT_OK)
		kind = CDT_FRAMES_AUTO;
	if (head->status < 200 || head->status > 299) {
		buf_init(&a->error_body, ERROR_BODY_MAX);
		return;
	}
	if (kind == CDT_FRAMES_AUTO)
		kind = frames_kind_of(fetch_header(head, "content-type"));
	/* What passes through whole is one frame, whatever the upstream calls it; and sound
	 * that passes through is bytes. */
	if (a->native && !a->asked_stream)
		kind = CDT_FRAMES_WHOLE;
	else if (a->native && a->op == CDT_OP_SPEECH && kind == CDT_FRAMES_WHOLE)
		kind = CDT_FRAMES_BYTES;
	frames_init(&a->frames, kind);
	a->ops->head(a->arg, fetch_header(head, "content-type"), kind);
	if (a->asked_stream && kind != CDT_FRAMES_WHOLE && !a->end.times.first_us)
		await_first(a);
}

static bool is_error_answer(const struct attempt *a)
{
	return a->head.status < 200 || a->head.status > 299;
}

static bool on_body(void *arg, cdt_str bytes)
{
	struct attempt *a = arg;
	cdt_status st;

	if (a->paused)
		return false;
	a->end.times.last_us = clock_us();
	if (is_error_answer(a)) {
		size_t room = ERROR_BODY_MAX - a->error_body.n;

		buf_add(&a->error_body, (cdt_str){ bytes.p, bytes.n < room ? bytes.n : room });
		return true;
	}
	st = frames_feed(&a->frames, bytes, on_frame, a);
	a->paused = !a->ops->flush(a->arg);
	if (st != CDT_OK) {
		if (!a->refused)
			set_status_error(a, st);
		finish(a);
	}
	return true;
}

/* The upstream closed: is the answer whole? */
static cdt_status close_answer(struct attempt *a)
{
	cdt_status st = frames_close(&a->frames, on_frame, a);

	a->call.marked = a->frames.done;
	if (st == CDT_OK && a->asked_stream && a->native && !a->whole_too &&
	    a->frames.kind == CDT_FRAMES_WHOLE)
		st = CDT_E_UPSTREAM;                   /* a stream was asked for */
	if (st == CDT_OK && !a->asked_stream && a->native && a->frames.kind != CDT_FRAMES_WHOLE)
		st = CDT_E_UPSTREAM;                   /* none was */
	if (st == CDT_OK && a->native && a->frames.kind == CDT_FRAMES_SSE && !a->frames.done)
		st = a->ops->frame(a->arg, NULL);
	if (st == CDT_OK)
		st = call_finish(&a->call, &a->sink);
	if (st == CDT_OK && !a->native && !a->stopped && !call_follows(&a->call))
		st = CDT_E_UPSTREAM;                   /* nothing in it was its end */
	if (a->frames.kind != CDT_FRAMES_WHOLE)
		(void)a->ops->flush(a->arg);          /* nothing more comes: no need to pause */
	return st;
}

static uint64_t age_ms(const struct attempt *a)
{
	return (clock_us() - a->end.times.start_us) / 1000;
}

/* The answer is good, but not all of it: the rest is asked for in a while. */
static bool wait_to_follow(struct attempt *a)
{
	if (!call_follows(&a->call))
		return false;
	if (a->follows++ == FOLLOWS_MAX ||
	    age_ms(a) + a->call.follow_ms >= a->asked.timeouts.total_ms) {
		set_fetch_error(a, FETCH_LATE_TOTAL);
		return false;
	}
	frames_fini(&a->frames);
	a->frames = (struct frames){ .kind = CDT_FRAMES_AUTO };
	a->waits = true;
	timer_set(&a->later, clock_ms(), a->call.follow_ms);
	return true;
}

static void on_end(void *arg, enum fetch_end how)
{
	struct attempt *a = arg;
	cdt_status st;

	a->transport = NULL;
	a->end.fetch = how;
	a->end.times.last_us = clock_us();
	/* Behind the end mark there is nothing to miss. */
	if (how != FETCH_OK && !a->frames.done) {
		set_fetch_error(a, how);
	} else if (is_error_answer(a)) {
		set_upstream_error(a, buf_str(&a->error_body));
	} else {
		st = close_answer(a);
		if (st != CDT_OK && !a->refused)
			set_status_error(a, st);
		if (st == CDT_OK && wait_to_follow(a))
			return;
	}
	a->end.ok = !a->refused;
	finish(a);
}

/* --- the request --- */

/* gone_ms: of the time for the whole attempt. */
static void send_request(struct attempt *a, uint64_t gone_ms)
{
	static const struct fetch_ops fetch_ops = { on_head, on_body, on_end };
	struct fetch_timeouts t = a->asked.timeouts;
	struct transport_order order = { a->asked.worker, a->asked.fetch, a->asked.self,
	                                 a->request, &t };

	t.total_ms = gone_ms < t.total_ms ? t.total_ms - (uint32_t)gone_ms : 1;
	a->transport = transport_start(&order, &fetch_ops, a);
	if (outreq_body_bytes(a->request) <= FETCH_GATHER_MAX)
		drop_request(a);                       /* copied by now */
}

static void name_failure(struct attempt *a, cdt_status st)
{
	if (!set_refusal(a, st))
		set_error(a, st == CDT_E_INVALID || st == CDT_E_UNSUPPORTED
		                     ? CDT_ERR_BAD_REQUEST : CDT_ERR_OTHER,
		          CDT_STR("The request can not be served by this model's provider."));
}

static void begin_request(struct attempt *a)
{
	drop_request(a);
	a->request = mem_new(sizeof *a->request);
	outreq_init(a->request, a->arena, REQUEST_BODY_MAX);
	a->request->streamed = a->asked_stream;
}

static void ask_on(struct attempt *a)
{
	cdt_status st;

	a->waits = false;
	begin_request(a);
	st = call_follow(&a->call, a->request);
	if (st != CDT_OK) {
		name_failure(a, st);
		finish(a);
		return;
	}
	send_request(a, age_ms(a));
}

static void on_later(void *arg)
{
	struct attempt *a = arg;

	if (a->waits) {
		ask_on(a);
		return;
	}
	if (a->end.stage == ATTEMPT_TOKEN) {
		set_error(a, CDT_ERR_TIMEOUT,
		          CDT_STR("No token for the upstream came in time."));
	} else if (a->end.stage == ATTEMPT_ANSWER) {
		if (a->paused) {               /* it is us who keep it waiting */
			timer_set(&a->later, clock_ms(), a->asked.timeouts.first_byte_ms);
			return;
		}
		a->end.times.last_us = clock_us();
		set_fetch_error(a, FETCH_LATE_FIRST_BYTE);
	}
	finish(a);
}

/* One that the client's own headers or the provider have put there stays. */
static void add_trace(const struct attempt_order *o, struct outreq *r)
{
	if (outreq_has(r, CDT_STR("traceparent")))
		return;
	outreq_add_header(r, CDT_STR("traceparent"), o->traceparent, false);
	if (o->tracestate.n)
		outreq_add_header(r, CDT_STR("tracestate"), o->tracestate, false);
}

static cdt_status build(struct attempt *a, const struct attempt_order *o, cdt_str secret)
{
	struct native_body native = { o->ask->body, o->ask->members, o->ask->member_count,
	                              o->ask->own_members };
	bool patches = o->native && !o->ask->form.n;   /* of a form there is no JSON to patch */
	struct cdt_request req = {
		.size = sizeof req, .op = o->op, .attempt = o->number,
		.flags = (o->stream ? CDT_REQ_STREAM : 0u) |
		         (o->native ? CDT_REQ_NATIVE : 0u),
		.dialect = o->dialect, .blobs = o->ask->blobs, .blob_count = o->ask->blob_count,
		.model = o->model, .base_url = o->base_url, .secret = secret, .doc = o->doc,
		.max_output = o->max_output,
	};
	cdt_status st;

	begin_request(a);
	a->call.strict = o->strict;
	a->call.passed = o->ask->passed;
	a->call.passed_count = o->ask->passed_count;
	st = call_build(&a->call, &req, patches ? &native : NULL, a->request);
	if (st == CDT_OK && o->traceparent.n)
		add_trace(o, a->request);
	if (st == CDT_OK) {
		outreq_seal(a->request);
		st = a->request->status;
	}
	return st;
}

/* False: it is not to be sent, and a says why. */
static bool build_and_send(struct attempt *a, cdt_str secret)
{
	cdt_status st = build(a, &a->asked, secret);

	if (st != CDT_OK) {
		a->end.stage = ATTEMPT_BUILD;
		name_failure(a, st);
		return false;
	}
	a->end.stage = ATTEMPT_SEND;
	send_request(a, 0);
	return true;
}

/* --- tokens --- */

static bool no_token(struct attempt *a, cdt_status st)
{
	a->end.stage = ATTEMPT_BUILD;
	if (st == CDT_E_INVALID)
		set_error(a, CDT_ERR_AUTH, CDT_STR("The provider's credential buys no token."));
	else
		set_error(a, CDT_ERR_UPSTREAM,
		          CDT_STR("The provider of tokens could not be asked."));
	return false;
}

/* With the token, if it is here; else it goes on in on_token.  False: a says why not. */
static bool go_on(struct attempt *a)
{
	cdt_str token;

	if (!provider_makes_tokens(instance_of(a->asked.self)))
		return build_and_send(a, a->asked.secret);
	a->end.stage = ATTEMPT_TOKEN;
	switch (provider_token(a->asked.self, a->asked.secret, &a->token, &token)) {
	case TOKEN_HERE:
		timer_stop(&a->later);
		return build_and_send(a, token);
	case TOKEN_COMES:
		timer_set(&a->later, clock_ms(), a->asked.timeouts.total_ms);
		return true;
	case TOKEN_NONE:
		break;
	}
	return no_token(a, CDT_E_UPSTREAM);
}

static void on_token(void *arg, cdt_status st)
{
	struct attempt *a = arg;

	if (st == CDT_OK ? !go_on(a) : !no_token(a, st))
		finish(a);
}

struct attempt *attempt_start(const struct attempt_order *o, const struct attempt_ops *ops,
                              void *arg)
{
	struct attempt *a = arena_take(o->arena, sizeof *a);

	if (!a)
		return NULL;
	a->ops = ops;
	a->arg = arg;
	a->arena = o->arena;
	a->asked = *o;
	a->native = o->native;
	a->op = o->op;
	a->asked_stream = o->stream;
	a->whole_too = o->whole_too;
	a->token = (struct token_wait){ .fn = on_token, .arg = a };
	a->sink.api = &sink_api;
	a->end.times.start_us = clock_us();
	timer_init(&a->later, o->worker, on_later, a);
	call_begin(&a->call, o->self, o->arena, o->xid);
	if (!go_on(a))
		timer_set(&a->later, clock_ms(), 1);
	return a;
}

bool attempt_needs_order(const struct attempt *a)
{
	return a->end.stage == ATTEMPT_TOKEN;
}

void attempt_preview(const struct attempt_order *o,
                     void (*show)(void *arg, const struct outreq *r,
                                  const struct cdt_error *refused), void *arg)
{
	struct attempt a = { .arena = o->arena, .native = o->native,
	                     .asked_stream = o->ask->stream };
	cdt_status st;

	call_begin(&a.call, o->self, o->arena, o->xid);
	st = build(&a, o, provider_makes_tokens(instance_of(o->self)) ? CDT_STR("token")
	                                                              : o->secret);
	if (st != CDT_OK)
		name_failure(&a, st);
	show(arg, a.request, st == CDT_OK ? NULL : &a.end.error);
	call_end(&a.call);
	drop_request(&a);
}

void attempt_shows(struct attempt *a)
{
	if (a->end.times.first_us)
		return;
	a->end.times.first_us = a->end.times.last_us;
	timer_stop(&a->later);
}

void attempt_resume(struct attempt *a)
{
	if (!a->paused)
		return;
	a->paused = false;
	if (a->transport)                              /* else it waits to ask on */
		transport_resume(a->transport);
}

void attempt_progress(const struct attempt *a, struct attempt_times *times,
                      uint32_t *http_status)
{
	*times = a->end.times;
	*http_status = a->end.http_status;
}

void attempt_cancel(struct attempt *a)
{
	if (!a)
		return;
	transport_cancel(a->transport);
	attempt_free(a);
}
