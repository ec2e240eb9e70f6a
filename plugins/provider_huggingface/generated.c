/* provider_huggingface/generated.c - what TGI wrote: all of it at once, or a token an event.
 * The last event has the whole text again, and why it ended.
 * SPDX-License-Identifier: MIT */
#include "hf.h"

cdt_status hf_usage(const struct reading *r, int64_t input, int64_t output)
{
	struct cdt_usage u = CDT_USAGE_INIT;

	u.input = input;
	u.output = output;
	if (input < 0 && output < 0)
		return CDT_OK;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}

static cdt_status start(const struct reading *r)
{
	if (r->turn->started)
		return CDT_OK;
	r->turn->started = true;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START });
}

static cdt_status end(const struct reading *r, cdt_val details)
{
	const struct hf_turn *t = (const struct hf_turn *)(const void *)r->turn;
	cdt_val prefill = cdt_get(details, "prefill");
	int64_t input = cdt_count_of(cdt_get(details, "input_length"));
	int64_t output = cdt_count_of(cdt_get(details, "generated_tokens"));
	cdt_status st;

	if (input < 0 && cdt_count(prefill) > 0)
		input = (int64_t)cdt_count(prefill);
	st = hf_usage(r, input >= 0 ? input : t->prompt_tokens,
	              output >= 0 ? output : t->output_tokens);
	return st != CDT_OK ? st
		: openai_stop_choice(r, 0, cdt_text(cdt_get(details, "finish_reason")));
}

/* The routes that take both kinds of request answer with a list of one. */
static cdt_status whole(const struct reading *r, cdt_val doc)
{
	cdt_val text = cdt_get(doc, "generated_text");
	cdt_status st = cdt_type(text) == CDT_TEXT ? start(r) : CDT_E_UPSTREAM;

	if (st == CDT_OK)
		st = openai_part_piece(r, 0, CDT_PART_TEXT, cdt_text(text));
	return st == CDT_OK ? end(r, cdt_get(doc, "details")) : st;
}

static cdt_status token(const struct reading *r, cdt_val doc)
{
	cdt_val t = cdt_get(doc, "token"), special = cdt_get(t, "special");
	cdt_status st = cdt_type(t) == CDT_MAP ? start(r) : CDT_E_UPSTREAM;

	if (st == CDT_OK && !special.api->flag(special, 0))
		st = openai_part_piece(r, 0, CDT_PART_TEXT, cdt_text(cdt_get(t, "text")));
	if (st != CDT_OK || cdt_type(cdt_get(doc, "generated_text")) != CDT_TEXT)
		return st;
	return end(r, cdt_get(doc, "details"));
}

cdt_status hf_generated(const struct reading *r, cdt_val doc)
{
	if (r->turn->block[0] && r->turn->block[0][0].stopped)
		return CDT_OK;
	if (r->turn->stream)
		return token(r, doc);
	return whole(r, cdt_type(doc) == CDT_LIST ? cdt_at(doc, 0) : doc);
}
