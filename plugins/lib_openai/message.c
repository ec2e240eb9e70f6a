/* lib_openai/message.c - what one choice of a chat answer says, whole ("message") or in
 * pieces ("delta"): the order of its parts and where hosts hide them.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

/* Mistral's list of content: text, and thinking that is a list of text itself. */
static cdt_status thinking_read(const struct reading *r, uint32_t index, cdt_val list)
{
	size_t n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	cdt_status st = openai_part_piece(r, index, CDT_PART_REASONING, cdt_text(list));

	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = openai_part_piece(r, index, CDT_PART_REASONING,
		                       cdt_text(cdt_get(cdt_at(list, i), "text")));
	return st;
}

static cdt_status content_read(const struct reading *r, uint32_t index, cdt_val content)
{
	size_t n = cdt_type(content) == CDT_LIST ? cdt_count(content) : 0;
	cdt_status st = r->me->row.think_tags
		? openai_tags_piece(r, index, cdt_text(content))
		: openai_part_piece(r, index, CDT_PART_TEXT, cdt_text(content));

	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		cdt_val part = cdt_at(content, i);

		st = thinking_read(r, index, cdt_get(part, "thinking"));
		if (st == CDT_OK)
			st = thinking_read(r, index, cdt_get(part, "summary"));
		if (st == CDT_OK && has_text(cdt_get(part, "signature")))
			st = openai_part_proof(r, index, false,
			                       cdt_text(cdt_get(part, "signature")));
		if (st == CDT_OK)
			st = openai_part_piece(r, index, CDT_PART_TEXT,
			                       cdt_text(cdt_get(part, "text")));
	}
	return st;
}

/* The same thought under two names comes once. */
static cdt_str reasoning_of(cdt_val said)
{
	cdt_str s = cdt_text(cdt_get(said, "reasoning_content"));

	return s.n ? s : cdt_text(cdt_get(said, "reasoning"));
}

static bool has_spoken(const struct reading *r, uint32_t index)
{
	const struct choice *c = openai_turn_choice(r, index);

	return c && c->next_part > 0;
}

cdt_status openai_message_read(const struct reading *r, uint32_t index, cdt_val choice)
{
	cdt_val said = cdt_get(choice, "message");
	cdt_str thought;
	cdt_status st;

	/* Some repeat the whole message at the end of a stream. */
	if (cdt_type(said) != CDT_MAP || has_spoken(r, index))
		said = cdt_get(choice, "delta");
	thought = reasoning_of(said);
	st = openai_part_piece(r, index, CDT_PART_REASONING, thought);
	if (st == CDT_OK)
		st = openai_detail_read(r, index, cdt_get(said, "reasoning_details"),
		                        thought.n > 0);
	if (st == CDT_OK)
		st = content_read(r, index, cdt_get(said, "content"));
	if (st == CDT_OK)
		st = openai_part_piece(r, index, CDT_PART_REFUSAL,
		                       cdt_text(cdt_get(said, "refusal")));
	if (st == CDT_OK)
		st = openai_part_audio(r, index, cdt_get(said, "audio"));
	if (st == CDT_OK)
		st = openai_part_cite(r, index, cdt_get(said, "annotations"));
	if (st == CDT_OK)
		st = openai_calls_read(r, index, cdt_get(said, "tool_calls"));
	if (st == CDT_OK)
		st = openai_calls_legacy(r, index, cdt_get(said, "function_call"));
	return st;
}
