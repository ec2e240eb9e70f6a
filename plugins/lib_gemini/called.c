/* lib_gemini/called.c - a function call of the answer.  They come whole, each is a call of its
 * own, and Google says "STOP" all the same.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

static const struct tool_alias *alias_of(const struct reader *r, cdt_str wire)
{
	for (const struct tool_alias *t = r->answer->aliases; t; t = t->next)
		if (words_same(t->wire, wire))
			return t;
	return NULL;
}

static cdt_status put_arguments(const struct reader *r, uint32_t n, cdt_val args, int freeform)
{
	if (cdt_type(args) != CDT_MAP || cdt_count(args) == 0)
		return CDT_OK;
	return gemini_piece(r, n, CDT_STR(""), freeform ? cdt_text(cdt_get(args, "input"))
	                                                : args.api->raw(args));
}

/* Arguments in pieces come only to who asks for them, which this library never does. */
static int in_pieces(cdt_val called)
{
	cdt_val more = cdt_get(called, "willContinue");

	return more.api->flag(more, 0) || cdt_count(cdt_get(called, "partialArgs"));
}

cdt_status gemini_call(const struct reader *r, uint32_t n, cdt_val part)
{
	struct choice *c = &r->answer->choice[n];
	cdt_val called = cdt_get(part, "functionCall");
	cdt_str name = cdt_text(cdt_get(called, "name"));
	const struct tool_alias *alias = alias_of(r, name);
	int freeform = alias && alias->freeform;
	struct call_id id = { cdt_text(cdt_get(called, "id")),
		cdt_text(cdt_get(part, "thoughtSignature")) };
	cdt_status st;

	if (in_pieces(called) || name.n == 0)
		return CDT_E_UPSTREAM;
	if (r->answer->flags & ANSWER_SINGLE && c->calls)
		return CDT_OK;
	st = gemini_close(r, n);
	if (st != CDT_OK)
		return st;
	c->open = CDT_PART_TOOL_CALL;
	c->index = c->next++;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN, .choice = n,
		.index = c->index, .kind = c->open, .id = gemini_id_write(r, &id, n),
		.name = alias ? alias->client : name,
		.data = freeform ? CDT_STR("custom") : CDT_STR("") });
	c->calls++;
	if (st == CDT_OK)
		st = put_arguments(r, n, cdt_get(called, "args"), freeform);
	return st != CDT_OK ? st : gemini_close(r, n);
}
