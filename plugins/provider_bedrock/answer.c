/* provider_bedrock/answer.c - content blocks, whole or in pieces, become parts of the canonical
 * answer.  Text blocks have no start event: they open with their first piece.  Blocks of
 * Bedrock's own tools (server_tool_use and their results) are not shown: a chat client could do
 * nothing with them, and taking them for tool calls would be wrong.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <stdio.h>

struct answer *bedrock_answer(struct cdt_call *call)
{
	void **slot = call->api->slot(call);
	struct answer *a = *slot;

	if (a)
		return a;
	a = call->api->keep(call, sizeof *a);
	if (!a)
		return NULL;
	a->op = CDT_OP_CHAT;
	a->input_said = -1;
	*slot = a;
	return a;
}

cdt_status bedrock_start(const struct reader *r)
{
	if (r->answer->flags & ANSWER_STARTED)
		return CDT_OK;
	r->answer->flags |= ANSWER_STARTED;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START,
		.id = { r->answer->id, r->answer->id_n } });
}

static struct part *find(const struct reader *r, int64_t block)
{
	for (size_t i = 0; i < r->answer->part_count; i++)
		if (r->answer->parts[i].block == block)
			return &r->answer->parts[i];
	return NULL;
}

/* NULL: too many are open. */
static struct part *add(const struct reader *r, int64_t block)
{
	struct answer *a = r->answer;
	struct part *p;

	if (a->part_count == PARTS_OPEN_MAX)
		return NULL;
	p = &a->parts[a->part_count++];
	*p = (struct part){ .block = block, .begins = a->chars };
	return p;
}

/* Now it is known what the block is: it gets an index of ours. */
static cdt_status show(const struct reader *r, struct part *p, struct cdt_event ev)
{
	p->kind = ev.kind;
	p->index = r->answer->next_index++;
	ev.type = CDT_EV_OPEN;
	ev.index = p->index;
	return cdt_emit(r->sink, ev);
}

static cdt_status emit_named(const struct reader *r, const struct part *p, cdt_str name,
                             cdt_str piece)
{
	return piece.n == 0 ? CDT_OK : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_DELTA, .index = p->index, .kind = p->kind, .name = name,
		.data = piece });
}

static cdt_status emit_piece(const struct reader *r, const struct part *p, cdt_str piece)
{
	return emit_named(r, p, CDT_STR(""), piece);
}

/* The tool that we made of response_format: its arguments are the answer's text. */
static cdt_status open_json(const struct reader *r, struct part *p)
{
	if (r->answer->flags & ANSWER_JSON)
		return CDT_OK;                          /* one answer is enough */
	r->answer->flags |= ANSWER_JSON;
	p->json = 1;
	return show(r, p, (struct cdt_event){ .kind = CDT_PART_TEXT });
}

static cdt_status open_call(const struct reader *r, struct part *p, cdt_val call)
{
	cdt_str name = cdt_text(cdt_get(call, "name"));
	const struct turns_alias *alias = turns_alias_of(r->answer->aliases, name);
	cdt_str id = cdt_text(cdt_get(call, "toolUseId"));
	char made[32];

	if (cdt_is(cdt_text(cdt_get(call, "type")), "server_tool_use"))
		return CDT_OK;
	if (r->answer->json_tool.n && words_same(name, r->answer->json_tool))
		return open_json(r, p);
	if (name.n == 0)
		return CDT_E_UPSTREAM;                  /* nobody could be called */
	p->freeform = alias && alias->freeform;
	r->answer->flags |= ANSWER_CALLS;
	(void)snprintf(made, sizeof made, "call_%u", r->answer->next_index);
	return show(r, p, (struct cdt_event){ .kind = CDT_PART_TOOL_CALL,
		.id = id.n ? id : words_z(made), .name = alias ? alias->client : name,
		.data = p->freeform ? CDT_STR("custom") : CDT_STR("") });
}

static cdt_status open_image(const struct reader *r, struct part *p, cdt_val image)
{
	char type[32];
	cdt_str format = cdt_text(cdt_get(image, "format"));
	int n = snprintf(type, sizeof type, "image/%.*s", (int)(format.n < 16 ? format.n : 16),
	                 format.p);

	return show(r, p, (struct cdt_event){ .kind = CDT_PART_IMAGE,
		.name = { type, format.n && n > 0 ? (size_t)n : 0 } });
}

cdt_status bedrock_block_open(const struct reader *r, int64_t block, cdt_val start)
{
	cdt_val call = cdt_get(start, "toolUse"), image = cdt_get(start, "image");
	struct part *p;

	if (find(r, block))
		return CDT_E_UPSTREAM;
	if (cdt_type(start) != CDT_MAP || cdt_count(start) == 0)
		return CDT_OK;                          /* what it is, its first piece says */
	p = add(r, block);
	if (!p)
		return CDT_E_UPSTREAM;
	if (cdt_type(call) == CDT_MAP)
		return open_call(r, p, call);
	if (cdt_type(image) == CDT_MAP)
		return open_image(r, p, image);
	return CDT_OK;
}

/* Text beside the tool that stands for response_format would spoil the JSON: it is shown only
 * when the model did not call that tool. */
static cdt_status add_text(const struct reader *r, struct part *p, cdt_str text)
{
	cdt_status st = CDT_OK;

	if (text.n == 0)
		return CDT_OK;
	if (r->answer->json_tool.n)
		return bedrock_hold(r->call, &r->answer->text, text);
	if (!p->kind)
		st = show(r, p, (struct cdt_event){ .kind = CDT_PART_TEXT });
	if (st != CDT_OK || p->kind != CDT_PART_TEXT)
		return st;
	r->answer->chars += (int64_t)words_count(text);
	return emit_piece(r, p, text);
}

/* In a stream a piece of JSON text, in a whole answer a map. */
static cdt_status add_input(const struct reader *r, struct part *p, cdt_val input)
{
	cdt_str json = cdt_text(input);

	if (cdt_type(input) == CDT_MAP && cdt_count(input))
		json = input.api->raw(input);
	if ((p->kind != CDT_PART_TOOL_CALL && !p->json) || json.n == 0)
		return CDT_OK;
	p->filled = 1;
	return p->freeform ? bedrock_hold(r->call, &p->input, json) : emit_piece(r, p, json);
}

/* Whole answers have text and signature one level deeper. */
static cdt_status add_reasoning(const struct reader *r, struct part *p, cdt_val v)
{
	cdt_val inner = cdt_get(v, "reasoningText");
	cdt_str redacted = cdt_text(cdt_get(v, "redactedContent"));
	cdt_str text, signature;
	cdt_status st = CDT_OK;

	v = cdt_type(inner) == CDT_MAP ? inner : v;
	text = cdt_text(cdt_get(v, "text"));
	signature = cdt_text(cdt_get(v, "signature"));
	if (text.n + signature.n + redacted.n == 0)
		return CDT_OK;
	if (!p->kind)
		st = show(r, p, (struct cdt_event){ .kind = CDT_PART_REASONING });
	if (st != CDT_OK || p->kind != CDT_PART_REASONING)
		return st;
	st = emit_piece(r, p, text);
	if (st == CDT_OK)
		st = emit_named(r, p, CDT_STR("signature"), signature);
	return st != CDT_OK ? st : emit_named(r, p, CDT_STR("redacted"), redacted);
}

cdt_status bedrock_block_delta(const struct reader *r, int64_t block, cdt_val delta)
{
	cdt_val text = cdt_get(delta, "text"), image = cdt_get(delta, "image");
	cdt_val thought = cdt_get(delta, "reasoningContent");
	cdt_val call = cdt_get(delta, "toolUse"), cited = cdt_get(delta, "citation");
	struct part *p = find(r, block);

	if (!p)
		p = add(r, block);
	if (!p)
		return CDT_E_UPSTREAM;
	if (cdt_type(text) == CDT_TEXT)
		return add_text(r, p, cdt_text(text));
	if (cdt_type(thought) == CDT_MAP)
		return add_reasoning(r, p, thought);
	if (cdt_type(call) == CDT_MAP)
		return add_input(r, p, cdt_get(call, "input"));
	if (cdt_type(cited) == CDT_MAP)
		bedrock_cite(r, cited);
	if (cdt_type(image) == CDT_MAP && p->kind == CDT_PART_IMAGE)
		return emit_piece(r, p,
		                  cdt_text(cdt_get(cdt_get(image, "source"), "bytes")));
	return CDT_OK;
}

/* The whole input of a custom tool's call is {"input": TEXT}. */
static cdt_status unwrap(const struct reader *r, const struct part *p)
{
	cdt_str json = bedrock_held(r->call, &p->input);
	cdt_val doc;

	if (json.n == 0)
		return CDT_OK;
	if (r->call->api->parse(r->call, json, &doc) != CDT_OK)
		return CDT_E_UPSTREAM;
	return emit_piece(r, p, cdt_text(cdt_get(doc, "input")));
}

cdt_status bedrock_block_close(const struct reader *r, int64_t block)
{
	struct part *p = find(r, block), gone;
	cdt_status st = CDT_OK;

	if (!p)
		return CDT_OK;
	gone = *p;
	*p = r->answer->parts[--r->answer->part_count];
	if (gone.freeform)
		st = unwrap(r, &gone);
	if (gone.json && !gone.filled)
		st = emit_piece(r, &gone, CDT_STR("{}"));
	if (st == CDT_OK && gone.kind)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_CLOSE,
			.index = gone.index, .kind = gone.kind });
	return st != CDT_OK ? st : bedrock_cite_flush(r, gone.begins);
}

cdt_status bedrock_close_all(const struct reader *r)
{
	cdt_status st = CDT_OK;

	while (r->answer->part_count && st == CDT_OK)
		st = bedrock_block_close(r, r->answer->parts[0].block);
	return st;
}

cdt_status bedrock_show_held(const struct reader *r)
{
	struct part p = { 0 };
	cdt_status st;

	if (r->answer->flags & ANSWER_JSON || !r->answer->text.first)
		return CDT_OK;
	st = show(r, &p, (struct cdt_event){ .kind = CDT_PART_TEXT });
	for (const struct piece *i = r->answer->text.first; i && st == CDT_OK; i = i->next)
		st = emit_piece(r, &p, i->text);
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_CLOSE,
		.index = p.index, .kind = p.kind });
}
