/* provider_cohere/answer.c - content, plans and tool calls, whole or in pieces, become parts of
 * the canonical answer.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

#include <stdio.h>
#include <string.h>

struct answer *cohere_answer(struct cdt_call *call)
{
	void **slot = call->api->slot(call);
	struct answer *a = *slot;

	if (a)
		return a;
	a = call->api->keep(call, sizeof *a);
	if (!a)
		return NULL;
	for (size_t i = 0; i < TEXTS_MAX; i++)
		a->begins[i] = -1;
	a->plan_begins = -1;
	*slot = a;
	return a;
}

cdt_status cohere_start(const struct reader *r, cdt_val id)
{
	if (r->answer->flags & ANSWER_STARTED)
		return CDT_E_UPSTREAM;
	r->answer->flags |= ANSWER_STARTED;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START,
		.id = cdt_text(id) });
}

static cdt_status emit(const struct reader *r, uint32_t type, const struct part *p)
{
	return cdt_emit(r->sink, (struct cdt_event){ .type = type, .index = p->index,
		.kind = p->kind });
}

static cdt_status emit_piece(const struct reader *r, const struct part *p, cdt_str piece)
{
	return piece.n == 0 ? CDT_OK : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_DELTA, .index = p->index, .kind = p->kind, .data = piece });
}

static struct part *find(const struct reader *r, uint32_t source, int64_t at)
{
	for (size_t i = 0; i < r->answer->part_count; i++)
		if (r->answer->parts[i].source == source && r->answer->parts[i].at == at)
			return &r->answer->parts[i];
	return NULL;
}

/* NULL: too many are open. */
static struct part *add(const struct reader *r, uint32_t source, int64_t at, uint32_t kind)
{
	struct answer *a = r->answer;
	struct part *p = &a->parts[a->part_count];

	if (a->part_count == PARTS_OPEN_MAX)
		return NULL;
	a->part_count++;
	*p = (struct part){ .at = at, .source = source, .index = a->next_index++,
		.kind = kind };
	return p;
}

static cdt_status add_text(const struct reader *r, const struct part *p, cdt_str piece)
{
	if (p->kind == CDT_PART_TEXT)
		r->answer->chars += (int64_t)words_count(piece);
	return emit_piece(r, p, piece);
}

/* Where a text begins is what its citations count from. */
static cdt_status open_content(const struct reader *r, int64_t at, uint32_t kind,
                               struct part **out)
{
	struct answer *a = r->answer;
	cdt_status st = cohere_close(r, SOURCE_PLAN, 0);
	struct part *p = st == CDT_OK ? add(r, SOURCE_CONTENT, at, kind) : NULL;

	*out = p;
	if (!p)
		return st != CDT_OK ? st : CDT_E_UPSTREAM;
	if (kind == CDT_PART_TEXT) {
		a->flags |= ANSWER_TEXT;
		if (at >= 0 && at < TEXTS_MAX)
			a->begins[at] = a->chars;
	}
	return emit(r, CDT_EV_OPEN, p);
}

/* A piece says by its member what it is; of a kind that nobody knows nothing is shown. */
cdt_status cohere_content(const struct reader *r, int64_t at, cdt_val v)
{
	int thinks = cdt_type(cdt_get(v, "thinking")) == CDT_TEXT;
	struct part *p = find(r, SOURCE_CONTENT, at);
	cdt_val piece = cdt_get(v, thinks ? "thinking" : "text");
	cdt_status st = CDT_OK;

	if (cdt_type(piece) != CDT_TEXT)
		return CDT_OK;
	if (!p)
		st = open_content(r, at, thinks ? CDT_PART_REASONING : CDT_PART_TEXT, &p);
	return st != CDT_OK ? st : add_text(r, p, cdt_text(piece));
}

/* The plan is what the answer says when it says nothing else, and thoughts beside a text. */
cdt_status cohere_plan(const struct reader *r, cdt_str piece)
{
	struct answer *a = r->answer;
	struct part *p = find(r, SOURCE_PLAN, 0);
	int beside = (a->flags & ANSWER_TEXT) != 0;
	cdt_status st = CDT_OK;

	if (piece.n == 0)
		return CDT_OK;
	if (!p) {
		p = add(r, SOURCE_PLAN, 0, beside ? CDT_PART_REASONING : CDT_PART_TEXT);
		if (!p)
			return CDT_E_UPSTREAM;
		a->plan_begins = beside ? -1 : a->chars;
		st = emit(r, CDT_EV_OPEN, p);
	}
	return st != CDT_OK ? st : add_text(r, p, piece);
}

/* Without an id a result could not name its call. */
cdt_status cohere_call_open(const struct reader *r, int64_t at, cdt_val call)
{
	cdt_val f = cdt_get(call, "function");
	cdt_str id = cdt_text(cdt_get(call, "id")), name = cdt_text(cdt_get(f, "name"));
	cdt_status st = cohere_close(r, SOURCE_PLAN, 0);
	char made[24];
	struct part *p;

	if (st != CDT_OK)
		return st;
	if (name.n == 0 || find(r, SOURCE_CALL, at))
		return CDT_E_UPSTREAM;
	p = add(r, SOURCE_CALL, at, CDT_PART_TOOL_CALL);
	if (!p)
		return CDT_E_UPSTREAM;
	(void)snprintf(made, sizeof made, "call_%u", (unsigned)p->index);
	r->answer->flags |= ANSWER_CALLS;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN, .index = p->index,
		.kind = p->kind, .id = id.n ? id : words_z(made), .name = name });
	return st != CDT_OK ? st : cohere_call_add(r, at, cdt_get(f, "arguments"));
}

/* Some models write "null" for no arguments: it waits until it is clear that it is not more. */
static cdt_status add_arguments(const struct reader *r, struct part *p, cdt_str piece)
{
	static const char null[] = "null";
	cdt_status st;

	if (!p->filled && p->nulls + piece.n < sizeof null
	    && memcmp(null + p->nulls, piece.p, piece.n) == 0) {
		p->nulls += (uint32_t)piece.n;
		return CDT_OK;
	}
	st = p->filled ? CDT_OK : emit_piece(r, p, (cdt_str){ null, p->nulls });
	p->filled = 1;
	return st != CDT_OK ? st : emit_piece(r, p, piece);
}

cdt_status cohere_call_add(const struct reader *r, int64_t at, cdt_val arguments)
{
	struct part *p = find(r, SOURCE_CALL, at);
	cdt_str text = cdt_text(arguments);

	if (!p)
		return CDT_E_UPSTREAM;
	if (cdt_type(arguments) == CDT_MAP)
		text = arguments.api->raw(arguments);
	return text.n == 0 ? CDT_OK : add_arguments(r, p, text);
}

cdt_status cohere_close(const struct reader *r, uint32_t source, int64_t at)
{
	struct part *p = find(r, source, at), gone;

	if (!p)
		return CDT_OK;
	gone = *p;
	*p = r->answer->parts[--r->answer->part_count];
	return emit(r, CDT_EV_CLOSE, &gone);
}

cdt_status cohere_close_all(const struct reader *r)
{
	cdt_status st = CDT_OK;

	while (r->answer->part_count && st == CDT_OK)
		st = cohere_close(r, r->answer->parts[0].source, r->answer->parts[0].at);
	return st;
}
