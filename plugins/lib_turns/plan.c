/* lib_turns/plan.c - what must be known of a chat before its first byte is written: one walk
 * over the messages.  Writes nothing.
 * SPDX-License-Identifier: MIT */
#include "lib_turns/turns.h"

#include "lib_words/words.h"

enum { MARKS_MAX = 4 };

/* Of the last run of assistant messages. */
struct run { char side; int calls, is_signed; };

char turns_side(const struct turns *t, cdt_val message)
{
	cdt_str role = cdt_text(cdt_get(message, "role"));

	if (cdt_is(role, "user") || cdt_is(role, "tool"))
		return 'u';
	if (cdt_is(role, "assistant"))
		return 'a';
	if (cdt_is(role, "system"))
		return t->has_turns ? 's' : 'u';
	return 0;
}

static int marked(cdt_val v)
{
	return cdt_type(cdt_get(v, "cache_control")) == CDT_MAP;
}

int turns_says(cdt_val part)
{
	cdt_str type = cdt_text(cdt_get(part, "type"));
	const char *member = cdt_is(type, "refusal") ? "refusal" : "text";

	return (cdt_is(type, "text") || cdt_is(type, "refusal"))
	       && !words_blank(cdt_text(cdt_get(part, member)));
}

static int is_signed(cdt_val part)
{
	cdt_str signature = cdt_text(cdt_get(part, "signature"));
	cdt_str proof = signature.n ? signature : cdt_text(cdt_get(part, "redacted"));

	return cdt_is(cdt_text(cdt_get(part, "type")), "reasoning") && proof.n
	       && !turns_is_foreign(proof);
}

static size_t walk_parts(struct turns *t, cdt_val content, char side, struct run *run)
{
	size_t marks = 0;

	for (size_t i = 0; i < cdt_count(content); i++) {
		cdt_val part = cdt_at(content, i);

		marks += (size_t)marked(part);
		if (side != 'a')
			continue;
		run->is_signed |= is_signed(part);
		if (turns_says(part))
			t->last_text = part.node;
	}
	return marks;
}

static size_t walk_message(struct turns *t, cdt_val message, struct run *run)
{
	char side = turns_side(t, message);
	cdt_val list = cdt_get(message, "tool_calls");
	size_t calls = cdt_count(list), marks = (size_t)marked(message);

	if (side == 'a' && run->side != 'a')
		*run = (struct run){ 'a', 0, 0 };
	if (side == 'u')
		run->side = 'u';
	if (side == 'a' && calls) {
		run->calls = 1;
		t->calls_all += calls;
	}
	for (size_t i = 0; i < calls; i++)
		marks += (size_t)marked(cdt_at(list, i));
	return marks + walk_parts(t, cdt_get(message, "content"), side, run);
}

static int any_turn(cdt_val messages)
{
	for (size_t i = 0; i < cdt_count(messages); i++)
		if (!cdt_is(cdt_text(cdt_get(cdt_at(messages, i), "role")), "system"))
			return 1;
	return 0;
}

void turns_refuse(struct turns *t, cdt_status status, const char *param, const char *why)
{
	if (t->status == CDT_OK)
		t->status = words_refuse(t->call, status, param, why);
}

static void check(struct turns *t, cdt_val doc)
{
	if (cdt_i64(cdt_get(doc, "n"), 1) > 1)
		turns_refuse(t, CDT_E_UNSUPPORTED, "n",
		             "This provider gives one answer a request: 'n' must be 1.");
	if (cdt_count(t->messages) == 0)
		turns_refuse(t, CDT_E_INVALID, "messages",
		             "'messages' must hold at least one message.");
	if (cdt_count(t->tools) > TURNS_TOOLS_MAX)
		turns_refuse(t, CDT_E_INVALID, "tools",
		             "'tools' must not hold more than 1024 tools.");
}

void turns_plan(struct turns *t, cdt_val doc, int tools_marked)
{
	struct run run = { 0, 0, 0 };
	size_t marks = 0;

	t->messages = cdt_get(doc, "messages");
	t->tools = cdt_get(doc, "tools");
	t->has_turns = any_turn(t->messages);
	check(t, doc);
	if (t->status != CDT_OK)
		return;
	for (size_t i = 0; i < cdt_count(t->messages); i++)
		marks += walk_message(t, cdt_at(t->messages, i), &run);
	for (size_t i = 0; tools_marked && i < cdt_count(t->tools); i++)
		marks += (size_t)marked(cdt_at(t->tools, i));
	t->marks_over = marks > MARKS_MAX ? marks - MARKS_MAX : 0;
	t->loop_unsigned = run.calls && !run.is_signed;
	t->ends_with_text = run.side == 'a' && !run.calls;
}
