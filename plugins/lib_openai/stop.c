/* lib_openai/stop.c - why an answer ended: once a choice, whatever upstream says.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

struct word { const char *name; uint32_t kind; };

/* The common ones first.  The words of OpenAI, and of those who copied its API but not its
 * words. */
static const struct word words[] = {
	{ "stop",                          CDT_STOP_END },
	{ "tool_calls",                    CDT_STOP_TOOL },
	{ "length",                        CDT_STOP_LENGTH },
	{ "COMPLETE",                      CDT_STOP_END },
	{ "content_filter",                CDT_STOP_FILTER },
	{ "end_turn",                      CDT_STOP_END },
	{ "eos",                           CDT_STOP_END },
	{ "eos_token",                     CDT_STOP_END },
	{ "error",                         STOP_ERROR },
	{ "function_call",                 CDT_STOP_TOOL },
	{ "insufficient_system_resource",  STOP_ERROR },
	{ "max_tokens",                    CDT_STOP_LENGTH },
	{ "model_context_window_exceeded", CDT_STOP_LENGTH },
	{ "model_length",                  CDT_STOP_LENGTH },
	{ "network_error",                 STOP_ERROR },
	{ "recitation",                    CDT_STOP_FILTER },
	{ "refusal",                       CDT_STOP_REFUSAL },
	{ "safety",                        CDT_STOP_FILTER },
	{ "sensitive",                     CDT_STOP_FILTER },
	{ "stop_sequence",                 CDT_STOP_SEQUENCE },
	{ "tool_use",                      CDT_STOP_TOOL },
};

uint32_t openai_stop_kind(cdt_str word)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (cdt_is(word, words[i].name))
			return words[i].kind;
	return CDT_STOP_OTHER;
}

/* What happened counts more than the word: calls make a tool stop, and only calls do.  A
 * watched answer is not looked at that closely: there the word is all we have. */
static uint32_t settle(const struct reading *r, const struct choice *c, uint32_t kind)
{
	bool calls = c->call_count > 0;

	if (r->turn->native)
		return kind;
	if (kind == CDT_STOP_END && calls)
		return CDT_STOP_TOOL;
	return kind == CDT_STOP_TOOL && !calls ? CDT_STOP_END : kind;
}

cdt_status openai_stop_choice(const struct reading *r, uint32_t index, cdt_str word)
{
	struct choice *c = openai_turn_choice(r, index);
	uint32_t kind = word.n ? openai_stop_kind(word) : CDT_STOP_END;
	cdt_status st;

	if (!c)
		return CDT_E_UPSTREAM;
	if (c->stopped)
		return CDT_OK;
	if (kind == STOP_ERROR)
		kind = CDT_STOP_OTHER;
	st = openai_tags_end(r, index);
	if (st == CDT_OK)
		st = openai_part_close(r, index);
	if (st == CDT_OK)
		st = openai_calls_close(r, index);
	if (st != CDT_OK)
		return st;
	c->stopped = true;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP, .choice = index,
		.kind = settle(r, c, kind), .data = word });
}

static cdt_status stop_block(const struct reading *r, uint32_t number)
{
	const struct choice *block = r->turn->block[number];
	uint32_t first = number * CHOICE_BLOCK;
	cdt_status st = CDT_OK;

	for (uint32_t i = 0; st == CDT_OK && i < CHOICE_BLOCK; i++)
		if (block[i].seen)
			st = openai_stop_choice(r, first + i, CDT_STR(""));
	return st;
}

/* Some hosts say nothing but "[DONE]"; where that did not come either, a choice that began, or
 * was asked for, must have been ended by its upstream. */
static bool is_cut(const struct reading *r, uint32_t wanted)
{
	const struct cdt_call_api *api = r->call->api;
	const struct turn *t = r->turn;

	if (!t->stream || !CDT_CAN(struct cdt_call_api, api, marked) || api->marked(r->call))
		return false;
	for (uint32_t i = 0; i < wanted; i++)
		if (!openai_turn_choice(r, i))
			return true;
	for (uint32_t i = 0; i < CHOICE_BLOCKS && i <= t->last_block; i++)
		for (uint32_t k = 0; t->block[i] && k < CHOICE_BLOCK; k++)
			if (t->block[i][k].seen && !t->block[i][k].stopped &&
			    !t->block[i][k].complete)
				return true;
	return false;
}

/* Native answers are not read closely: as many choices as were asked for must end.  In
 * translated ones those end that began, and a first one in any case. */
cdt_status openai_stop_rest(const struct reading *r)
{
	uint32_t wanted = r->turn->native ? r->turn->wanted : 1;
	cdt_status st = is_cut(r, wanted) ? CDT_E_UPSTREAM : CDT_OK;

	for (uint32_t i = 0; st == CDT_OK && i < wanted; i++)
		st = openai_stop_choice(r, i, CDT_STR(""));
	for (uint32_t i = 0; st == CDT_OK && i < CHOICE_BLOCKS && i <= r->turn->last_block; i++)
		if (r->turn->block[i])
			st = stop_block(r, i);
	return st;
}
