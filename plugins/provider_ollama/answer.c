/* provider_ollama/answer.c - a line of a stream, or a whole answer, as canonical events: both
 * have the same members.  The only good end is one that says done.
 * SPDX-License-Identifier: MIT */
#include "ollama.h"

#include <stdio.h>

static cdt_status emit_part(const struct reading *r, uint32_t type, uint32_t kind)
{
	return cdt_emit(r->sink, (struct cdt_event){ .type = type, .index = r->turn->part,
		.kind = kind });
}

static cdt_status close_part(const struct reading *r)
{
	struct turn *t = r->turn;

	if (!t->part_open)
		return CDT_OK;
	t->part_open = false;
	return emit_part(r, CDT_EV_CLOSE, t->part_kind);
}

static cdt_status piece(const struct reading *r, uint32_t kind, cdt_str text)
{
	struct turn *t = r->turn;
	cdt_status st = CDT_OK;

	if (!text.n)
		return CDT_OK;
	if (!t->part_open || t->part_kind != kind) {
		st = close_part(r);
		t->part = t->next_part++;
		t->part_open = true;
		t->part_kind = kind;
		if (st == CDT_OK)
			st = emit_part(r, CDT_EV_OPEN, kind);
	}
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_DELTA, .index = t->part, .kind = kind, .data = text });
}

cdt_status ollama_start(const struct reading *r, cdt_val doc)
{
	if (r->turn->started)
		return CDT_OK;
	r->turn->started = true;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START,
		.name = cdt_text(cdt_get(doc, "model")) });
}

/* Older servers give no ids: the client's next request must name one, so there has to be one,
 * and it must differ from those of all other answers. */
static cdt_str id_of(const struct reading *r, cdt_val call)
{
	cdt_str id = cdt_text(cdt_get(call, "id"));
	cdt_str xid = CDT_CAN(struct cdt_call_api, r->call->api, id) ? r->call->api->id(r->call)
	                                                             : CDT_STR("");
	char *made;
	int n;

	if (id.n)
		return id;
	made = r->call->api->scratch(r->call, xid.n + 32);
	if (!made)
		return CDT_STR("call");
	n = snprintf(made, xid.n + 32, "call_%.*s_%u", (int)xid.n, xid.n ? xid.p : "",
	             r->turn->calls);
	return (cdt_str){ made, n > 0 ? (size_t)n : 0 };
}

/* "null" and the like mean that there are none. */
static cdt_str arguments_of(cdt_val v)
{
	cdt_str text = cdt_type(v) == CDT_MAP && cdt_count(v) > 0 ? v.api->raw(v)
	                                                           : cdt_text(v);

	return cdt_is(text, "null") ? CDT_STR("") : text;
}

/* A call comes whole. */
static cdt_status call_one(const struct reading *r, cdt_val call)
{
	cdt_val function = cdt_get(call, "function");
	cdt_str name = cdt_text(cdt_get(function, "name"));
	cdt_str text = arguments_of(cdt_get(function, "arguments"));
	uint32_t part = r->turn->next_part;
	cdt_status st;

	if (!name.n)
		return CDT_OK;
	r->turn->next_part++;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN, .index = part,
		.kind = CDT_PART_TOOL_CALL, .id = id_of(r, call), .name = name });
	r->turn->calls++;
	if (st == CDT_OK && text.n)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA,
			.index = part, .kind = CDT_PART_TOOL_CALL, .data = text });
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_CLOSE, .index = part, .kind = CDT_PART_TOOL_CALL });
}

static cdt_status calls(const struct reading *r, cdt_val list)
{
	size_t n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	cdt_status st = n ? close_part(r) : CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = call_one(r, cdt_at(list, i));
	return st;
}

cdt_status ollama_usage(const struct reading *r, cdt_val doc)
{
	struct cdt_usage u = CDT_USAGE_INIT;

	u.input = cdt_count_of(cdt_get(doc, "prompt_eval_count"));
	u.output = r->turn->op == CDT_OP_EMBED ? 0 : cdt_count_of(cdt_get(doc, "eval_count"));
	if (u.input < 0 && u.output < 0)
		return CDT_OK;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}

static uint32_t kind_of(const struct turn *t, cdt_str word)
{
	if (cdt_is(word, "length"))
		return CDT_STOP_LENGTH;
	if (word.n && !cdt_is(word, "stop") && !cdt_is(word, "tool_calls"))
		return CDT_STOP_OTHER;
	return t->calls ? CDT_STOP_TOOL : CDT_STOP_END;
}

/* The word stays "stop" when tools are called.  "load" and "unload" say that a model came or
 * went, not that it has answered. */
static cdt_status done(const struct reading *r, cdt_val doc)
{
	cdt_str word = cdt_text(cdt_get(doc, "done_reason"));
	cdt_status st;

	if (cdt_is(word, "load") || cdt_is(word, "unload")) {
		r->turn->loaded = true;
		return r->turn->stream ? CDT_OK : CDT_E_UPSTREAM;
	}
	st = close_part(r);
	if (st == CDT_OK)
		st = ollama_usage(r, doc);
	r->turn->ended = true;
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP,
		.kind = kind_of(r->turn, word), .data = word });
}

static cdt_status said(const struct reading *r, cdt_val doc)
{
	cdt_val m = cdt_get(doc, "message");
	cdt_status st;

	if (r->turn->op == CDT_OP_COMPLETE)
		return piece(r, CDT_PART_TEXT, cdt_text(cdt_get(doc, "response")));
	st = piece(r, CDT_PART_REASONING, cdt_text(cdt_get(m, "thinking")));
	if (st == CDT_OK)
		st = piece(r, CDT_PART_TEXT, cdt_text(cdt_get(m, "content")));
	return st == CDT_OK ? calls(r, cdt_get(m, "tool_calls")) : st;
}

static cdt_status spoken(const struct reading *r, cdt_val doc)
{
	cdt_val finished = cdt_get(doc, "done");
	cdt_status st = ollama_start(r, doc);

	if (st == CDT_OK)
		st = said(r, doc);
	if (st == CDT_OK && r->turn->op == CDT_OP_CHAT)
		st = ollama_logprobs(r, cdt_get(doc, "logprobs"));
	if (st != CDT_OK || !finished.api->flag(finished, 0))
		return st;
	return done(r, doc);
}

cdt_status ollama_frame(void *self, struct cdt_call *call, const struct cdt_frame *frame,
                        struct cdt_sink *sink)
{
	struct reading r = { call, ollama_turn(call), sink };
	cdt_val doc;

	(void)self;
	if (!r.turn)
		return CDT_E_NOMEM;
	if (r.turn->ended)
		return CDT_OK;
	if (call->api->parse(call, frame->data, &doc) != CDT_OK || cdt_type(doc) != CDT_MAP)
		return CDT_E_UPSTREAM;
	if (ollama_has(cdt_get(doc, "error")))
		return CDT_E_UPSTREAM;
	return r.turn->op == CDT_OP_EMBED ? ollama_vectors(&r, doc) : spoken(&r, doc);
}

cdt_status ollama_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	const struct turn *t = ollama_turn(call);

	(void)self, (void)sink;
	if (!t)
		return CDT_E_NOMEM;
	return t->ended ? CDT_OK : CDT_E_UPSTREAM;
}
