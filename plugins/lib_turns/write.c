/* lib_turns/write.c - the conversation in turns.  A turn opens with its first block, so that a
 * message without anything to say leaves no trace.
 * SPDX-License-Identifier: MIT */
#include "lib_turns/turns.h"

#include <string.h>

static void close_turn(struct turns *t)
{
	if (!t->role)
		return;
	if (t->wire->end_turn)
		t->wire->end_turn(t->draft);
	cdt_close(t->o);
	cdt_close(t->o);
}

/* The first turn must be the user's. */
static void write_first(struct turns *t)
{
	t->place = PLACE_USER;
	t->wire->write_text(t->draft, CDT_STR("."));
	t->place = PLACE_ASSISTANT;
}

void turns_enter(struct turns *t)
{
	char role = t->place == PLACE_ASSISTANT ? 'a' : 'u';

	if (t->place == PLACE_RESULT || t->role == role)
		return;
	if (!t->role && role == 'a')
		write_first(t);
	close_turn(t);
	cdt_open(t->o, '{');
	cdt_put_text(t->o, "role", role == 'a' ? CDT_STR("assistant") : CDT_STR("user"));
	t->o->api->key(t->o, "content");
	cdt_open(t->o, '[');
	t->role = role;
}

/* Thoughts alone are refused as a turn. */
static int has_body(const struct turns *t, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		cdt_val m = cdt_at(t->messages, i), content = cdt_get(m, "content");

		if (turns_side(t, m) != 'a')
			continue;
		if (cdt_count(cdt_get(m, "tool_calls")))
			return 1;
		for (size_t k = 0; k < cdt_count(content); k++)
			if (turns_says(cdt_at(content, k)))
				return 1;
	}
	return 0;
}

static void write_thoughts(struct turns *t, cdt_val message)
{
	cdt_val content = cdt_get(message, "content");

	for (size_t i = 0; i < cdt_count(content); i++)
		t->wire->write_reasoning(t->draft, cdt_at(content, i));
}

static void write_words(struct turns *t, cdt_val message, int thoughts)
{
	cdt_val content = cdt_get(message, "content");

	for (size_t i = 0; i < cdt_count(content) && t->status == CDT_OK; i++) {
		if (thoughts)
			t->wire->write_reasoning(t->draft, cdt_at(content, i));
		t->wire->write_part(t->draft, cdt_at(content, i));
	}
	if (t->role && t->wire->end_content)
		t->wire->end_content(t->draft, message);
}

static void write_content(struct turns *t, cdt_val message)
{
	write_words(t, message, 0);
}

static void write_in_order(struct turns *t, cdt_val message)
{
	write_words(t, message, 1);
}

static void write_calls(struct turns *t, cdt_val message)
{
	cdt_val calls = cdt_get(message, "tool_calls");

	for (size_t i = 0; i < cdt_count(calls) && t->status == CDT_OK; i++)
		turns_write_call(t, cdt_at(calls, i));
}

/* 't' for a thought, 'w' for words, 0 for what is neither. */
static char kind_of(cdt_val part)
{
	if (cdt_is(cdt_text(cdt_get(part, "type")), "reasoning"))
		return 't';
	return turns_says(part) ? 'w' : 0;
}

/* At the end of a turn they are refused, and where a budget is set behind its first words. */
static int thoughts_go_first(const struct turns *t, size_t from, size_t to)
{
	char first = 0, last = 0;
	int calls = 0;

	for (size_t i = from; i < to; i++) {
		cdt_val m = cdt_at(t->messages, i), content = cdt_get(m, "content");

		calls |= cdt_count(cdt_get(m, "tool_calls")) > 0;
		for (size_t k = 0; k < cdt_count(content); k++) {
			char kind = kind_of(cdt_at(content, k));

			last = kind ? kind : last;
			first = first ? first : kind;
		}
	}
	return (last == 't' && !calls) || (first == 'w' && t->thoughts_lead);
}

/* Thoughts where they stood, for they are proved at their place; calls last: their results have
 * to follow at once. */
static void write_assistant(struct turns *t, size_t from, size_t to)
{
	static void (*const orders[2][3])(struct turns *, cdt_val) = {
		{ write_in_order, write_calls, NULL },
		{ write_thoughts, write_content, write_calls },
	};

	t->place = PLACE_ASSISTANT;
	if (!has_body(t, from, to))
		return;
	for (size_t p = 0, k = (size_t)thoughts_go_first(t, from, to); p < 3; p++)
		for (size_t i = from; orders[k][p] && i < to && t->status == CDT_OK; i++)
			if (turns_side(t, cdt_at(t->messages, i)) == 'a')
				orders[k][p](t, cdt_at(t->messages, i));
}

static void write_user(struct turns *t, size_t from, size_t to)
{
	unsigned char *used = t->call->api->scratch(t->call, to - from + 1);

	if (!used) {
		turns_refuse(t, CDT_E_LIMIT, "messages",
		             "'messages' holds too many messages.");
		return;
	}
	memset(used, 0, to - from + 1);
	turns_write_results(t, from, to, used);
	for (size_t i = from; i < to && t->status == CDT_OK; i++) {
		cdt_val m = cdt_at(t->messages, i);

		t->place = PLACE_USER;
		if (turns_side(t, m) != 'u' || used[i - from])
			continue;
		if (cdt_is(cdt_text(cdt_get(m, "role")), "tool"))
			turns_write_orphan(t, m);
		else
			write_content(t, m);
	}
}

/* Messages of one side, with the hoisted ones among them. */
static size_t run_end(struct turns *t, size_t from, char *side)
{
	size_t i = from;

	*side = 's';
	for (; i < cdt_count(t->messages); i++) {
		char s = turns_side(t, cdt_at(t->messages, i));

		if (!s) {
			turns_refuse(t, CDT_E_INVALID, "messages", "A message's role "
			             "must be system, user, assistant or tool.");
			return i;
		}
		if (s == 's')
			continue;
		if (*side != 's' && s != *side)
			break;
		*side = s;
	}
	return i;
}

/* Many models refuse to go on with a text put in their mouth, and so do thinking ones. */
static void finish_turns(struct turns *t, int prefill)
{
	if (t->pending_count)
		turns_write_results(t, 0, 0, NULL);
	t->place = PLACE_USER;
	if (t->role == 'a' && !prefill)
		t->wire->write_text(t->draft, CDT_STR("Continue exactly where your last "
			"message ends; do not repeat it."));
	if (!t->role)
		turns_refuse(t, CDT_E_INVALID, "messages",
		             "None of the messages says anything.");
	close_turn(t);
}

void turns_write(struct turns *t, int prefill)
{
	size_t n = cdt_count(t->messages), to;
	char side;

	for (size_t i = 0; i < n && t->status == CDT_OK; i = to) {
		to = run_end(t, i, &side);
		if (t->status != CDT_OK)
			break;
		if (side == 'a')
			write_assistant(t, i, to);
		else if (side == 'u')
			write_user(t, i, to);
	}
	if (t->status == CDT_OK)
		finish_turns(t, prefill);
}
