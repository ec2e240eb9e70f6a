/* lib_gemini/plan.c - what must be known of a chat before its first byte is written: one walk
 * over the messages.  Writes nothing.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

enum { CANDIDATES_MAX = 8 };

/* 'u' a person, 'm' the model, 'f' a function's result, 's' the system, 0 = no such role. */
char gemini_side(const struct draft *d, cdt_val message)
{
	cdt_str role = cdt_text(cdt_get(message, "role"));

	if (cdt_is(role, "user"))
		return 'u';
	if (cdt_is(role, "tool"))
		return 'f';
	if (cdt_is(role, "assistant"))
		return 'm';
	if (cdt_is(role, "system"))
		return d->has_turns ? 's' : 'u';
	return 0;
}

static void note_details(struct draft *d, cdt_val content)
{
	for (size_t i = 0; i < cdt_count(content); i++) {
		cdt_val image = cdt_get(cdt_at(content, i), "image_url");
		cdt_str detail = cdt_text(cdt_get(image, "detail"));

		d->low |= cdt_is(detail, "low");
		d->high |= cdt_is(detail, "high");
	}
}

static int any_turn(cdt_val messages)
{
	for (size_t i = 0; i < cdt_count(messages); i++)
		if (!cdt_is(cdt_text(cdt_get(cdt_at(messages, i), "role")), "system"))
			return 1;
	return 0;
}

static void check(struct draft *d)
{
	int64_t n = cdt_i64(cdt_get(d->doc, "n"), 1);

	if (n > 1 && d->model->abilities & MODEL_ONE)
		gemini_refuse(d, CDT_E_UNSUPPORTED, "n",
		              "This model gives one answer a request: 'n' must be 1.");
	if (n < 1 || n > CANDIDATES_MAX)
		gemini_refuse(d, CDT_E_INVALID, "n", "'n' must be from 1 to 8.");
	if (cdt_count(d->messages) == 0)
		gemini_refuse(d, CDT_E_INVALID, "messages",
		              "'messages' must hold at least one message.");
	if (cdt_count(d->tools) > TOOLS_MAX)
		gemini_refuse(d, CDT_E_INVALID, "tools",
		              "'tools' must not hold more than 1024 tools.");
}

void gemini_plan(struct draft *d)
{
	d->messages = cdt_get(d->doc, "messages");
	d->tools = cdt_get(d->doc, "tools");
	d->has_turns = any_turn(d->messages);
	d->answer->wanted = (uint32_t)cdt_i64(cdt_get(d->doc, "n"), 1);
	check(d);
	for (size_t i = 0; i < cdt_count(d->messages) && d->status == CDT_OK; i++) {
		cdt_val m = cdt_at(d->messages, i);
		char side = gemini_side(d, m);

		if (!side)
			gemini_refuse(d, CDT_E_INVALID, "messages", "A message's role must be "
			              "system, user, assistant or tool.");
		if (side == 'u')
			d->last_user = i + 1;
		note_details(d, cdt_get(m, "content"));
	}
}
