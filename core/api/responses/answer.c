/* api/responses/answer.c - the surface POST /v1/responses: whole answers and streams' ends.
 * SPDX-License-Identifier: MIT */
#include "api/member.h"
#include "api/responses/turn.h"
#include "base/str.h"

/* --- the dialect --- */

static void whole_problem(const struct problem *p, cdt_str request_id, struct buf *out)
{
	openai_chat_dialect.problem(p, request_id, out);
}

static void put_error(const struct problem *p, int64_t sequence, struct buf *out)
{
	struct member_span m;
	struct buf body;
	struct jsonw w;

	buf_init(&body, 64 << 10);
	openai_chat_dialect.problem(p, CDT_STR(""), &body);
	openai_sse_typed(out, &w, "error", true);
	jsonw_put_i64(&w, "sequence_number", sequence);
	if (member_find(buf_str(&body), "error", &m))
		jsonw_put_raw(&w, "error", str_from(body.p + m.value_at,
		                                    m.value_end - m.value_at));
	jsonw_close(&w);
	openai_sse_end(out);
	buf_fini(&body);
}

static void stream_problem(const struct problem *p, cdt_str request_id, struct buf *out)
{
	(void)request_id;
	put_error(p, 0, out);
}

static const char *const own_members[] = { "routing", "cache_control", NULL };
static const char *const passed_headers[] = { "openai-beta", NULL };

const struct dialect responses_dialect = {
	.name = "openai.responses", .problem = whole_problem,
	.stream_problem = stream_problem, .own_members = own_members,
	.passed_headers = passed_headers,
	.ends_by_event = true, .repeats_who_asked = true,
};

/* --- the last event --- */

static const char *terminal_of(const struct turn *t, enum turn_phase phase)
{
	if (phase == TURN_FAILS)
		return "response.failed";
	switch (t->stop) {
	case CDT_STOP_LENGTH:
	case CDT_STOP_FILTER:
	case CDT_STOP_REFUSAL:
		return "response.incomplete";
	default:
		return "response.completed";
	}
}

static cdt_status say_last(struct turn *t, enum turn_phase phase)
{
	struct buf response;
	struct jsonw w;
	cdt_status st;

	buf_init(&response, ANSWER_BYTES_MAX);
	jsonw_init(&w, &response);
	turn_write(&w, t, phase);
	st = jsonw_status(&w);
	t->final = st == CDT_OK ? arena_str(&t->x->arena, buf_str(&response)) : t->final;
	buf_fini(&response);
	if (st != CDT_OK || !t->final.p)
		return st == CDT_OK ? CDT_E_LIMIT : st;
	openai_sse_typed(t->out, &w, terminal_of(t, phase), true);
	jsonw_put_i64(&w, "sequence_number", t->sequence++);
	jsonw_put_raw(&w, "response", t->final);
	jsonw_close(&w);
	openai_sse_end(t->out);
	return jsonw_status(&w);
}

cdt_status responses_event(struct exchange *x, const struct cdt_event *ev, struct buf *out)
{
	struct turn *t = turn_of(x);

	if (!t)
		return CDT_E_LIMIT;
	t->out = out;
	return turn_feed(t, ev);
}

cdt_status responses_end(struct exchange *x, struct buf *out)
{
	struct turn *t = turn_of(x);
	cdt_status st;

	if (!t)
		return CDT_E_LIMIT;
	if (x->native || t->ended)
		return CDT_OK;
	t->ended = true;
	t->out = out;
	st = turn_finish(t);
	return st == CDT_OK ? say_last(t, TURN_ENDS) : st;
}

cdt_status responses_cut(struct exchange *x, struct buf *out)
{
	struct turn *t = turn_of(x);

	if (!t)
		return CDT_E_LIMIT;
	t->out = out;
	t->begun |= x->native && t->sequence > 0;
	t->unseen = t->begun && x->native;
	x->native = false;                     /* it is ours from here on */
	t->stop = CDT_STOP_LENGTH;
	return turn_finish(t);
}

/* The error, and then the end that some clients wait for instead. */
void responses_broken(struct exchange *x, struct buf *out)
{
	struct turn *t = turn_of(x);

	if (!t) {
		put_error(&x->problem, 0, out);
		return;
	}
	t->out = out;
	put_error(&x->problem, t->sequence++, out);
	(void)say_last(t, TURN_FAILS);         /* what can not be written is not sent */
}

/* --- whole --- */

static cdt_status feed(struct turn *t, const struct answer_part *p, struct cdt_event ev,
                       cdt_str name, const struct buf *piece)
{
	ev.kind = p->kind;
	ev.index = p->index;
	ev.name = name;
	ev.data = piece ? buf_str(piece) : CDT_STR("");
	return turn_feed(t, &ev);
}

static cdt_status feed_doc(struct turn *t, struct cdt_event ev, cdt_str text)
{
	struct json *doc = json_parse(text);
	cdt_status st = CDT_OK;

	ev.doc = json_val(doc);
	if (doc)
		st = turn_feed(t, &ev);
	json_free(doc);
	return st;
}

static cdt_status feed_part(struct turn *t, const struct answer_part *p)
{
	const struct cdt_event open = { .type = CDT_EV_OPEN, .id = p->id };
	const struct cdt_event delta = { .type = CDT_EV_DELTA };
	const struct cdt_event close = { .type = CDT_EV_CLOSE };
	cdt_status st;

	if (p->kind == CDT_PART_CITATION)
		return feed_doc(t, (struct cdt_event){ .type = CDT_EV_DELTA, .kind = p->kind },
		                p->json);
	st = feed(t, p, open, p->name, NULL);
	if (st == CDT_OK && (p->text.n || p->kind != CDT_PART_REASONING))
		st = feed(t, p, delta, CDT_STR(""), &p->text);
	if (st == CDT_OK && p->signature.n)
		st = feed(t, p, delta, CDT_STR("signature"), &p->signature);
	if (st == CDT_OK && p->redacted.n)
		st = feed(t, p, delta, CDT_STR("redacted"), &p->redacted);
	return st == CDT_OK ? feed(t, p, close, CDT_STR(""), NULL) : st;
}

cdt_status responses_whole(struct exchange *x, struct answer *a, struct buf *out)
{
	struct turn *t = turn_of(x);
	cdt_status st = CDT_OK;
	struct jsonw w;

	if (!t || !a->choice_count)
		return t ? CDT_E_UPSTREAM : CDT_E_LIMIT;
	t->stop = a->choices[0]->stop;
	for (const struct answer_part *p = a->choices[0]->parts; st == CDT_OK && p; p = p->next)
		st = feed_part(t, p);
	for (const struct answer_extra *e = a->choices[0]->extras; e && st == CDT_OK;
	     e = e->next)
		st = feed_doc(t, (struct cdt_event){ .type = CDT_EV_EXTRA, .name = e->name },
		              e->json);
	if (st == CDT_OK)
		st = turn_finish(t);
	if (st != CDT_OK)
		return st;
	jsonw_init(&w, out);
	turn_write(&w, t, TURN_ENDS);
	return jsonw_status(&w);
}

const struct surface responses_create = {
	.path = "/v1/responses", .method = "POST", .op = CDT_OP_CHAT,
	.dialect = &responses_dialect,
	.decode = responses_decode, .canonical = responses_canonical,
	.whole = responses_whole, .native_whole = responses_native_whole,
	.event = responses_event, .native_frame = responses_native_frame,
	.gather = responses_gather, .scatter = responses_scatter,
	.cut = responses_cut, .stream_end = responses_end, .broken = responses_broken,
	.remember = responses_remember,
};
