/* check/play.c - the life of one attempt between a plugin and a recording.
 * SPDX-License-Identifier: MIT */
#include "check/play.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "check/dice.h"
#include "upstream/frames.h"

enum { KEEP_BYTES = 64 << 20, BODY_MAX = 128 << 20, ERROR_BODY_MAX = 64 << 10,
       WRONG_MAX = 4096, SHOWN_MAX = 64 << 20 };

struct player {
	struct call call;
	const struct cdt_sink_api *guard;      /* what the host gave to the plugin */
	struct outcome *o;
	struct frames frames;
	const struct wish *wish;
	struct cdt_http_head head;
	bool refused;
};

const char *status_word(cdt_status st)
{
	static const char *const words[] = {
		"OK", "NOMEM", "INVALID", "UNSUPPORTED", "UPSTREAM", "ABORTED", "LIMIT",
		"MISUSE", "ABSENT",
	};

	return st <= 0 && st >= CDT_E_ABSENT ? words[-st] : "?";
}

/* --- the plugin's sink --- */

/* The host lets nothing through after a no; that the plugin tried all the same is told. */
static cdt_status watched_emit(struct cdt_sink *abi, const struct cdt_event *ev)
{
	struct call_sink *s = (struct call_sink *)(void *)abi;
	struct player *p = (struct player *)(void *)((char *)s->call -
	                                             offsetof(struct player, call));

	if (s->stuck != CDT_OK && p->o->wrong.n == 0)
		buf_print(&p->o->wrong, "went on with event type %u after emit had said %s\n",
		          ev->type, status_word(s->stuck));
	return p->guard->emit(abi, ev);
}

static const struct cdt_sink_api watch = { .size = sizeof watch, .emit = watched_emit };

/* --- the answer --- */

static void ask_error(struct player *p, cdt_str body)
{
	if (body.n > ERROR_BODY_MAX)
		body.n = ERROR_BODY_MAX;
	call_error(&p->call, &p->head, body, &p->o->error);
	p->o->has_error = true;
}

/* Frames that go out as they came are not worth a line. */
static void note_relayed(struct player *p, const struct cdt_frame *frame)
{
	struct cdt_frame room;
	const struct cdt_frame *out = call_relayed(&p->call, frame, &room);

	if (out && out != frame)
		buf_print(&p->o->relayed, "relayed %.*s: %.*s\n", STR_ARG(out->event),
		          STR_ARG(out->data));
}

/* Blocks of their own, so that a byte too far is seen. */
static cdt_status on_frame(void *arg, const struct cdt_frame *frame)
{
	struct player *p = arg;
	struct cdt_frame f = *frame;
	char *bytes = mem_new(frame->data.n + 1), *event = mem_new(frame->event.n + 1);
	cdt_status st;

	memcpy(bytes, frame->data.n ? frame->data.p : "", frame->data.n);
	memcpy(event, frame->event.n ? frame->event.p : "", frame->event.n);
	bytes = mem_resize(bytes, frame->data.n ? frame->data.n : 1);
	event = mem_resize(event, frame->event.n ? frame->event.n : 1);
	f.data.p = bytes;
	f.event.p = event;
	p->o->frames++;
	st = call_frame(&p->call, &f, &p->o->sink.abi);
	if (st == CDT_E_UPSTREAM)
		ask_error(p, f.data);
	else if (st == CDT_OK && p->wish->native)
		note_relayed(p, &f);
	mem_free(bytes);
	mem_free(event);
	return st;
}

static size_t piece_bytes(uint64_t split, struct dice *d)
{
	static const size_t sizes[] = { 1, 1, 2, 3, 7, 20, 100, 1000, 5000 };

	if (split == 0)
		return SIZE_MAX;
	return split == 1 ? 1 : sizes[dice_below(d, sizeof sizes / sizeof *sizes)];
}

static void note_border(struct player *p, const struct play_how *how, size_t frames, size_t at)
{
	if (how->border && p->o->frames != frames && p->o->border_count < how->border_max)
		how->border[p->o->border_count++] = at;
}

static cdt_status feed(struct player *p, cdt_str wire, const struct play_how *how)
{
	struct dice d = { how->split };
	cdt_status st = CDT_OK;
	size_t at = 0;

	while (st == CDT_OK && at < wire.n) {
		size_t n = piece_bytes(how->split, &d), frames = p->o->frames;

		if (n > wire.n - at)
			n = wire.n - at;
		st = frames_feed(&p->frames, str_from(wire.p + at, n), on_frame, p);
		at += n;
		note_border(p, how, frames, at);
	}
	return st;
}

static uint32_t frames_kind(struct player *p, const struct reply *r)
{
	uint32_t kind = CDT_FRAMES_AUTO;

	if (call_head(&p->call, &p->head, &kind) != CDT_OK)
		kind = CDT_FRAMES_AUTO;
	for (size_t i = 0; kind == CDT_FRAMES_AUTO && i < r->header_count; i++)
		if (str_is_nocase(r->header[i].name, "content-type"))
			kind = frames_kind_of(r->header[i].value);
	return p->wish->native && !p->wish->stream ? CDT_FRAMES_WHOLE : kind;
}

static cdt_status close_answer(struct player *p)
{
	cdt_status st = frames_close(&p->frames, on_frame, p);
	bool whole = p->frames.kind == CDT_FRAMES_WHOLE, done = p->frames.done;

	p->call.marked = done;
	if (st == CDT_OK && p->wish->native && p->wish->stream == whole)
		st = CDT_E_UPSTREAM;           /* a stream was asked for and did not come */
	if (st == CDT_OK && p->wish->native && p->frames.kind == CDT_FRAMES_SSE && !done &&
	    !fake_sink_show_stops(&p->o->sink).n)
		st = CDT_E_UPSTREAM;           /* neither a stop nor the mark: flow/relay.c */
	return st == CDT_OK ? call_finish(&p->call, &p->o->sink.abi) : st;
}

static cdt_status take_reply(struct player *p, const struct reply *r, cdt_str wire,
                             const struct play_how *how)
{
	cdt_status st;
	uint32_t kind;

	p->head = (struct cdt_http_head){ sizeof p->head, r->status, r->header,
	                                  r->header_count };
	kind = frames_kind(p, r);
	p->o->replies++;
	if (r->status < 200 || r->status > 299) {
		ask_error(p, wire);
		return CDT_E_UPSTREAM;
	}
	p->head.headers = NULL;                /* of a good answer they are not kept */
	p->head.count = 0;
	p->o->plain_bytes = kind == CDT_FRAMES_BYTES;
	frames_init(&p->frames, kind);
	st = feed(p, wire, how);
	if (st == CDT_OK && !how->leave)
		st = close_answer(p);
	frames_fini(&p->frames);
	return st;
}

/* An answer that says something else need not lead to the next one. */
static bool is_unspoiled(const struct recording *r, const struct play_how *how)
{
	for (size_t i = 0; i < r->reply_count; i++)
		if (!str_eq(how->wire[i], buf_str(&r->reply[i].wire)))
			return false;
	return true;
}

/* Where the plugin went, and whether it took the secret there, against what its case says. */
static void check_asked(struct player *p, const struct json *rule, const struct outreq *req)
{
	cdt_str url = json_text(json_get(rule, "url"));
	const struct json *secret = json_get(rule, "secret");
	bool has = false;

	for (size_t i = 0; i < req->header_count; i++)
		has |= req->header[i].secret;
	if (url.n && !str_eq(url, req->url))
		buf_print(&p->o->wrong, "a request to %.*s\n", STR_ARG(req->url));
	if (secret && json_flag(secret, 0) != has)
		buf_print(&p->o->wrong, "%.*s was asked %s the secret\n", STR_ARG(req->url),
		          has ? "with" : "without");
}

static cdt_status ask_on(struct player *p, const struct json *rule)
{
	struct outreq next;
	cdt_status st;

	outreq_init(&next, &p->o->keep, BODY_MAX);
	st = call_follow(&p->call, &next);
	if (st == CDT_OK && rule)
		check_asked(p, rule, &next);
	outreq_fini(&next);
	return st;
}

static void take_replies(struct player *p, const struct recording *r,
                         const struct play_how *how)
{
	struct outcome *o = p->o;
	bool sure = is_unspoiled(r, how);

	for (size_t i = 0; o->status == CDT_OK && i < r->reply_count; i++) {
		if (i) {
			o->status = ask_on(p, sure ? r->reply[i].rule : NULL);
			o->follows = false;
		}
		if (o->status == CDT_OK)
			o->status = take_reply(p, &r->reply[i], how->wire[i], how);
		o->follows = o->status == CDT_OK && call_follows(&p->call);
		if (!o->follows)
			break;
	}
}

/* --- all of it --- */

static cdt_status build(struct player *p)
{
	const struct wish *w = p->wish;
	struct native_body native = { w->doc_text, w->scan.member, w->scan.count, NULL };
	struct cdt_request req = {
		.size = sizeof req, .op = w->op, .attempt = 1,
		.flags = (w->stream ? CDT_REQ_STREAM : 0u) | (w->native ? CDT_REQ_NATIVE : 0u),
		.model = w->model, .base_url = w->base_url, .secret = w->secret,
		.doc = json_val(w->doc), .dialect = w->dialect, .blobs = w->blob,
		.blob_count = w->blob_count, .max_output = w->max_output,
	};
	struct outreq request;
	cdt_status st;

	outreq_init(&request, &p->o->keep, BODY_MAX);
	st = call_build(&p->call, &req, w->native ? &native : NULL, &request);
	outreq_fini(&request);
	return st;
}

/* The client has left: upstream may be told. */
static void leave(struct player *p, const struct json *rule)
{
	struct outreq last;

	if (!call_leaves(&p->call))
		return;
	outreq_init(&last, &p->o->keep, BODY_MAX);
	if (call_leave(&p->call, &last) == CDT_OK)      /* a plugin may have nothing to say */
		check_asked(p, rule, &last);
	outreq_fini(&last);
}

static void note_call(struct player *p)
{
	const struct call *c = &p->call;
	struct outcome *o = p->o;

	buf_clear(&o->text);
	if (o->has_error)
		return;
	if (o->status != CDT_OK && c->refusal.n)
		buf_print(&o->text, "refused%s%.*s: %.*s\n", c->refused_param.n ? " " : "",
		          STR_ARG(c->refused_param), STR_ARG(c->refusal));
	else if (o->status != CDT_OK)
		buf_print(&o->text, o->status == CDT_E_UPSTREAM ? "broken\n" : "failed %s\n",
		          status_word(o->status));
	else if (o->follows)
		buf_print(&o->text, "follows %u\n", c->follow_ms);
}

static void note_headroom(struct player *p)
{
	const struct call *c = &p->call;

	if (c->headroom_requests >= 0 || c->headroom_tokens >= 0 || c->headroom_reset_ms >= 0)
		buf_print(&p->o->text, "headroom %lld %lld %lld\n",
		          (long long)c->headroom_requests, (long long)c->headroom_tokens,
		          (long long)c->headroom_reset_ms);
}

void play(struct outcome *o, struct instance_self *self, const struct wish *w,
          const struct recording *r, const struct play_how *how)
{
	struct player *p = mem_new(sizeof *p);

	*o = (struct outcome){ .status = CDT_OK };
	p->o = o;
	p->wish = w;
	fake_sink_init(&o->sink);
	o->sink.abort_at = how->abort_at;
	o->sink.native = w->native;
	arena_init(&o->keep, 4096, KEEP_BYTES);
	buf_init(&o->wrong, WRONG_MAX);
	buf_init(&o->text, SHOWN_MAX);
	buf_init(&o->relayed, SHOWN_MAX);
	call_begin(&p->call, self, &o->keep, "01CHECK");
	p->call.strict = w->strict;
	p->call.passed = w->passed;
	p->call.passed_count = w->passed_count;
	p->guard = p->call.sink.abi.api;
	p->call.sink.abi.api = &watch;
	o->status = build(p);
	if (o->status != CDT_OK)
		buf_print(&o->wrong, "build refused its request: %s %.*s\n",
		          status_word(o->status), STR_ARG(p->call.refusal));
	take_replies(p, r, how);
	if (how->leave || o->status == CDT_E_ABORTED)
		leave(p, json_get(r->rule, "leave"));
	else if (o->status == CDT_OK && o->replies < r->reply_count && is_unspoiled(r, how))
		buf_print(&o->wrong, "%zu answers were not asked for\n",
		          r->reply_count - o->replies);
	note_call(p);
	note_headroom(p);
	call_end(&p->call);
	if (o->status == CDT_OK && !o->follows && !how->leave)
		fake_sink_end(&o->sink);
	buf_add(&o->wrong, buf_str(&o->sink.wrong));
	mem_free(p);
}

void outcome_fini(struct outcome *o)
{
	fake_sink_fini(&o->sink);
	arena_fini(&o->keep);
	buf_fini(&o->wrong);
	buf_fini(&o->text);
	buf_fini(&o->relayed);
}

static void show_error(struct buf *b, const struct cdt_error *e)
{
	static const char *const reasons[] = {
		"?", "OTHER", "BAD_REQUEST", "AUTH", "FORBIDDEN", "NO_MODEL", "CONTEXT_LENGTH",
		"FILTERED", "RATE_LIMITED", "NO_CREDIT", "OVERLOADED", "TIMEOUT", "UPSTREAM",
		"TOO_LARGE",
	};

	buf_print(b, "error %s", reasons[e->reason]);
	if (e->code.n)
		buf_print(b, " code=%.*s", STR_ARG(e->code));
	if (e->param.n)
		buf_print(b, " param=%.*s", STR_ARG(e->param));
	if (e->retry_after_ms >= 0)
		buf_print(b, " retry_ms=%lld", (long long)e->retry_after_ms);
	buf_print(b, ": %.*s\n", STR_ARG(e->message));
}

cdt_str play_show(struct outcome *o)
{
	struct buf *b = &o->sink.shown;
	struct buf end = o->text;

	(void)fake_sink_show(&o->sink);
	buf_add(b, buf_str(&o->relayed));
	if (o->has_error)
		show_error(b, &o->error);
	buf_add(b, buf_str(&end));
	return buf_str(b);
}
