/* lib_anthropic/answer.c - content blocks, whole or in pieces, become parts of the
 * canonical answer.  Blocks of Anthropic's own tools (server_tool_use, mcp_tool_use and all
 * *_tool_result), fallback marks and blocks that nobody knows are not shown: a chat client
 * could do nothing with them, and taking them for tool calls would be wrong.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

#include <stdio.h>

struct answer *anthropic_answer(void **place, struct cdt_call *call)
{
	struct answer *a = *place;

	if (a)
		return a;
	a = call->api->keep(call, sizeof *a);
	if (!a)
		return NULL;
	a->usage = (struct cdt_usage)CDT_USAGE_INIT;
	a->fresh = -1;
	*place = a;
	return a;
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

static cdt_status emit_opaque(const struct reader *r, const struct part *p, cdt_str name,
                              cdt_str piece)
{
	return piece.n == 0 ? CDT_OK : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_DELTA, .index = p->index, .kind = p->kind, .name = name,
		.data = piece });
}

static cdt_status add_text(const struct reader *r, const struct part *p, cdt_str piece)
{
	for (size_t i = 0; i < piece.n; i++)
		r->answer->chars += ((unsigned char)piece.p[i] & 0xc0) != 0x80;
	return emit_piece(r, p, piece);
}

static cdt_status open_text(const struct reader *r, struct part *p, cdt_val v)
{
	cdt_val cited = cdt_get(v, "citations");
	cdt_status st;

	p->kind = CDT_PART_TEXT;
	p->begins = r->answer->chars;
	for (size_t i = 0; i < cdt_count(cited); i++)
		anthropic_cite(r, cdt_at(cited, i));
	st = emit(r, CDT_EV_OPEN, p);
	return st != CDT_OK ? st : add_text(r, p, cdt_text(cdt_get(v, "text")));
}

static cdt_status open_thinking(const struct reader *r, struct part *p, cdt_val v)
{
	cdt_status st;

	p->kind = CDT_PART_REASONING;
	st = emit(r, CDT_EV_OPEN, p);
	if (st == CDT_OK)
		st = emit_piece(r, p, cdt_text(cdt_get(v, "thinking")));
	if (st != CDT_OK)
		return st;
	return emit_opaque(r, p, CDT_STR("signature"), cdt_text(cdt_get(v, "signature")));
}

static cdt_status open_redacted(const struct reader *r, struct part *p, cdt_val v)
{
	cdt_status st;

	p->kind = CDT_PART_REASONING;
	st = emit(r, CDT_EV_OPEN, p);
	if (st != CDT_OK)
		return st;
	return emit_opaque(r, p, CDT_STR("redacted"), cdt_text(cdt_get(v, "data")));
}

/* The input is {} here and comes in pieces, but whole in a whole answer, and also for calls
 * that Anthropic's code runner made. */
static cdt_status open_call(const struct reader *r, struct part *p, cdt_val v)
{
	cdt_val input = cdt_get(v, "input");
	cdt_str name = cdt_text(cdt_get(v, "name")), id = cdt_text(cdt_get(v, "id"));
	const struct turns_alias *alias = turns_alias_of(r->answer->aliases, name);
	char made[24];
	cdt_status st;

	if (name.n == 0)
		return CDT_E_UPSTREAM;
	if (id.n == 0) {                        /* relays forget it; a result has to name one */
		(void)snprintf(made, sizeof made, "call_%u", (unsigned)p->index);
		id = words_z(made);
	}
	p->freeform = alias && alias->freeform;
	p->kind = CDT_PART_TOOL_CALL;
	r->answer->flags |= ANSWER_CALLS;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN, .index = p->index,
		.kind = p->kind, .id = id,
		.name = alias ? alias->client : name,
		.data = p->freeform ? CDT_STR("custom") : CDT_STR("") });
	if (st != CDT_OK || cdt_type(input) != CDT_MAP || cdt_count(input) == 0)
		return st;
	p->filled = 1;
	return emit_piece(r, p, p->freeform ? cdt_text(cdt_get(input, "input"))
	                                    : input.api->raw(input));
}

static const struct opener {
	const char *type;
	cdt_status (*open)(const struct reader *, struct part *, cdt_val);
} openers[] = {
	{ "text", open_text },
	{ "tool_use", open_call },
	{ "thinking", open_thinking },
	{ "redacted_thinking", open_redacted },
};

static struct part *find(const struct reader *r, int64_t block)
{
	for (size_t i = 0; i < r->answer->part_count; i++)
		if (r->answer->parts[i].block == block)
			return &r->answer->parts[i];
	return NULL;
}

cdt_status anthropic_block_open(const struct reader *r, int64_t block, cdt_val v)
{
	struct answer *a = r->answer;
	cdt_str type = cdt_text(cdt_get(v, "type"));
	struct part *p;

	if (find(r, block) || a->part_count == PARTS_OPEN_MAX)
		return CDT_E_UPSTREAM;
	p = &a->parts[a->part_count++];
	*p = (struct part){ .block = block, .index = a->next_index };
	for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++)
		if (cdt_is(type, openers[i].type)) {
			a->next_index++;
			return openers[i].open(r, p, v);
		}
	return CDT_OK;
}

static cdt_status add_input(const struct reader *r, struct part *p, cdt_str json)
{
	char *out;

	if (p->filled || p->kind != CDT_PART_TOOL_CALL || json.n == 0)
		return CDT_OK;
	if (!p->freeform)
		return emit_piece(r, p, json);
	out = r->call->api->scratch(r->call, json.n + 8);
	if (!out)
		return CDT_E_LIMIT;
	return emit_piece(r, p, (cdt_str){ out, anthropic_unwrap(&p->unwrap, json, out) });
}

/* Some relays leave content_block_start out. */
static struct part *find_or_open(const struct reader *r, int64_t block, cdt_str type,
                                 cdt_status *st)
{
	struct part *p = find(r, block);
	int text = cdt_is(type, "text_delta"), thinking = cdt_is(type, "thinking_delta");

	*st = CDT_OK;
	if (p || (!text && !thinking))
		return p;
	if (r->answer->part_count == PARTS_OPEN_MAX)
		return NULL;
	p = &r->answer->parts[r->answer->part_count++];
	*p = (struct part){ .block = block, .index = r->answer->next_index++,
		.kind = text ? CDT_PART_TEXT : CDT_PART_REASONING, .begins = r->answer->chars };
	*st = emit(r, CDT_EV_OPEN, p);
	return p;
}

cdt_status anthropic_block_delta(const struct reader *r, int64_t block, cdt_val delta)
{
	cdt_str type = cdt_text(cdt_get(delta, "type"));
	cdt_status st;
	struct part *p = find_or_open(r, block, type, &st);

	if (!p || st != CDT_OK || p->kind == 0)
		return st;
	if (cdt_is(type, "text_delta") && p->kind == CDT_PART_TEXT)
		return add_text(r, p, cdt_text(cdt_get(delta, "text")));
	if (cdt_is(type, "input_json_delta"))
		return add_input(r, p, cdt_text(cdt_get(delta, "partial_json")));
	if (cdt_is(type, "citations_delta"))
		anthropic_cite(r, cdt_get(delta, "citation"));
	if (p->kind != CDT_PART_REASONING)
		return CDT_OK;
	if (cdt_is(type, "thinking_delta"))
		return emit_piece(r, p, cdt_text(cdt_get(delta, "thinking")));
	if (cdt_is(type, "signature_delta"))
		return emit_opaque(r, p, CDT_STR("signature"),
		                   cdt_text(cdt_get(delta, "signature")));
	return CDT_OK;
}

cdt_status anthropic_block_close(const struct reader *r, int64_t block)
{
	struct part *p = find(r, block), gone;

	if (!p)
		return CDT_OK;
	gone = *p;
	*p = r->answer->parts[--r->answer->part_count];
	if (gone.kind == 0)
		return CDT_OK;
	if (gone.kind == CDT_PART_TEXT)
		turns_cite_place(&r->answer->cited, gone.begins, r->answer->chars);
	return emit(r, CDT_EV_CLOSE, &gone);
}

cdt_status anthropic_close_all(const struct reader *r)
{
	cdt_status st = CDT_OK;

	while (r->answer->part_count && st == CDT_OK)
		st = anthropic_block_close(r, r->answer->parts[0].block);
	return st != CDT_OK ? st : anthropic_cite_flush(r);
}
