/* provider_anthropic/plan.c - what must be known of a request before its first byte is
 * written: one walk over the messages.  Writes nothing.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

enum { MARKS_MAX = 4 };

/* Of the last run of assistant messages. */
struct run { char side; int calls, is_signed; };

char anthropic_side(const struct draft *d, cdt_val message)
{
	cdt_str role = cdt_text(cdt_get(message, "role"));

	if (cdt_is(role, "user") || cdt_is(role, "tool"))
		return 'u';
	if (cdt_is(role, "assistant"))
		return 'a';
	if (cdt_is(role, "system"))
		return d->has_turns ? 's' : 'u';
	return 0;
}

static int marked(cdt_val v)
{
	return cdt_type(cdt_get(v, "cache_control")) == CDT_MAP;
}

int anthropic_says(cdt_val part)
{
	cdt_str type = cdt_text(cdt_get(part, "type"));
	const char *member = cdt_is(type, "refusal") ? "refusal" : "text";

	return (cdt_is(type, "text") || cdt_is(type, "refusal"))
	       && !words_blank(cdt_text(cdt_get(part, member)));
}

static int is_signed(cdt_val part)
{
	return cdt_is(cdt_text(cdt_get(part, "type")), "reasoning")
	       && (cdt_text(cdt_get(part, "signature")).n
	           || cdt_text(cdt_get(part, "redacted")).n);
}

static size_t walk_parts(struct draft *d, cdt_val content, char side, struct run *run)
{
	size_t marks = 0;

	for (size_t i = 0; i < cdt_count(content); i++) {
		cdt_val part = cdt_at(content, i);

		marks += (size_t)marked(part);
		if (side != 'a')
			continue;
		run->is_signed |= is_signed(part);
		if (anthropic_says(part))
			d->last_text = part.node;
	}
	return marks;
}

static size_t walk_message(struct draft *d, cdt_val message, struct run *run)
{
	char side = anthropic_side(d, message);
	size_t calls = cdt_count(cdt_get(message, "tool_calls"));

	if (side == 'a' && run->side != 'a')
		*run = (struct run){ 'a', 0, 0 };
	if (side == 'u')
		run->side = 'u';
	if (side == 'a' && calls) {
		run->calls = 1;
		d->calls_all += calls;
	}
	return (size_t)marked(message) + walk_parts(d, cdt_get(message, "content"), side, run);
}

static int any_turn(cdt_val messages)
{
	for (size_t i = 0; i < cdt_count(messages); i++)
		if (!cdt_is(cdt_text(cdt_get(cdt_at(messages, i), "role")), "system"))
			return 1;
	return 0;
}

void anthropic_plan(struct draft *d)
{
	struct run run = { 0, 0, 0 };
	size_t marks = 0;

	d->messages = cdt_get(d->doc, "messages");
	d->tools = cdt_get(d->doc, "tools");
	d->has_turns = any_turn(d->messages);
	if (cdt_i64(cdt_get(d->doc, "n"), 1) > 1)
		anthropic_refuse(d, CDT_E_UNSUPPORTED, "n",
		                 "This provider gives one answer a request: 'n' must be 1.");
	if (cdt_count(d->messages) == 0)
		anthropic_refuse(d, CDT_E_INVALID, "messages",
		                 "'messages' must hold at least one message.");
	if (cdt_count(d->tools) > TOOLS_MAX)
		anthropic_refuse(d, CDT_E_INVALID, "tools",
		                 "'tools' must not hold more than 1024 tools.");
	if (d->status != CDT_OK)
		return;
	for (size_t i = 0; i < cdt_count(d->messages); i++)
		marks += walk_message(d, cdt_at(d->messages, i), &run);
	for (size_t i = 0; i < cdt_count(d->tools); i++)
		marks += (size_t)marked(cdt_at(d->tools, i));
	d->marks_over = marks > MARKS_MAX ? marks - MARKS_MAX : 0;
	d->loop_unsigned = run.calls && !run.is_signed;
	d->ends_with_text = run.side == 'a' && !run.calls;
}
