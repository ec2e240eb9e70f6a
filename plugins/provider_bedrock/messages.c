/* provider_bedrock/messages.c - the conversation: turns that take turns, the user's first.
 * Neighbours of one role become one turn; a turn opens with its first block, so that a message
 * without anything to say leaves no trace.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

static void write_filler(struct draft *d, const char *text)
{
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "text", words_z(text));
	cdt_close(d->o);
}

/* A document alone is refused: some text must stand beside it. */
static void turn_close(struct draft *d)
{
	if (!d->role)
		return;
	if (d->turn_has_file && !d->turn_has_text)
		write_filler(d, ".");
	d->turn_has_file = d->turn_has_text = 0;
	cdt_close(d->o);
	cdt_close(d->o);
}

void bedrock_turn(struct draft *d, char role)
{
	struct cdt_out *o = d->o;

	if (d->role == role)
		return;
	if (!d->role && role == 'a') {
		bedrock_turn(d, 'u');
		write_filler(d, ".");
	}
	turn_close(d);
	cdt_open(o, '{');
	cdt_put_text(o, "role", role == 'a' ? CDT_STR("assistant") : CDT_STR("user"));
	o->api->key(o, "content");
	cdt_open(o, '[');
	d->role = role;
}

/* Thoughts alone are refused as a turn. */
static int has_body(const struct draft *d, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		cdt_val m = cdt_at(d->messages, i), content = cdt_get(m, "content");

		if (bedrock_side(d, m) != 'a')
			continue;
		if (cdt_count(cdt_get(m, "tool_calls")))
			return 1;
		for (size_t k = 0; k < cdt_count(content); k++)
			if (bedrock_says(cdt_at(content, k)))
				return 1;
	}
	return 0;
}

static void write_reasoning(struct draft *d, cdt_val message)
{
	cdt_val content = cdt_get(message, "content");

	for (size_t i = 0; i < cdt_count(content); i++)
		bedrock_write_reasoning(d, cdt_at(content, i));
}

static void write_content(struct draft *d, cdt_val message)
{
	cdt_val content = cdt_get(message, "content");

	for (size_t i = 0; i < cdt_count(content) && d->status == CDT_OK; i++)
		bedrock_write_part(d, cdt_at(content, i));
	if (d->role)
		bedrock_write_mark(d, message, MODEL_CACHE);
}

static void write_calls(struct draft *d, cdt_val message)
{
	cdt_val calls = cdt_get(message, "tool_calls");

	for (size_t i = 0; i < cdt_count(calls) && d->status == CDT_OK; i++)
		bedrock_write_call(d, cdt_at(calls, i));
}

/* Reasoning first, calls last: their results have to follow at once. */
static void write_assistant(struct draft *d, size_t from, size_t to)
{
	static void (*const passes[])(struct draft *, cdt_val) = {
		write_reasoning, write_content, write_calls,
	};

	d->place = PLACE_ASSISTANT;
	if (!has_body(d, from, to))
		return;
	for (size_t p = 0; p < sizeof passes / sizeof passes[0]; p++)
		for (size_t i = from; i < to && d->status == CDT_OK; i++)
			if (bedrock_side(d, cdt_at(d->messages, i)) == 'a')
				passes[p](d, cdt_at(d->messages, i));
}

static void write_user(struct draft *d, size_t from, size_t to)
{
	unsigned char *used = d->call->api->scratch(d->call, to - from + 1);

	if (!used) {
		bedrock_refuse(d, CDT_E_LIMIT, "messages",
		               "'messages' holds too many messages.");
		return;
	}
	memset(used, 0, to - from + 1);
	bedrock_write_results(d, from, to, used);
	for (size_t i = from; i < to && d->status == CDT_OK; i++) {
		cdt_val m = cdt_at(d->messages, i);

		d->place = PLACE_USER;
		if (bedrock_side(d, m) != 'u' || used[i - from])
			continue;
		if (cdt_is(cdt_text(cdt_get(m, "role")), "tool"))
			bedrock_write_orphan(d, m);
		else
			write_content(d, m);
	}
}

/* Messages of one side, with the hoisted ones among them. */
static size_t run_end(struct draft *d, size_t from, char *side)
{
	size_t i = from;

	*side = 's';
	for (; i < cdt_count(d->messages); i++) {
		char s = bedrock_side(d, cdt_at(d->messages, i));

		if (!s) {
			bedrock_refuse(d, CDT_E_INVALID, "messages", "A message's role "
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
static void finish_turns(struct draft *d)
{
	if (d->pending_count)
		bedrock_write_results(d, 0, 0, NULL);
	d->place = PLACE_USER;
	if (d->role == 'a' && (d->thinks || !(d->can & MODEL_PREFILL)))
		bedrock_write_text(d, CDT_STR("Continue exactly where your last message ends; "
		                              "do not repeat it."));
	if (!d->role)
		bedrock_refuse(d, CDT_E_INVALID, "messages",
		               "None of the messages says anything.");
	turn_close(d);
}

void bedrock_write_messages(struct draft *d)
{
	size_t n = cdt_count(d->messages), to;
	char side;

	d->o->api->key(d->o, "messages");
	cdt_open(d->o, '[');
	d->place = PLACE_USER;
	if (!(d->can & MODEL_SYSTEM))
		bedrock_say_system(d);
	for (size_t i = 0; i < n && d->status == CDT_OK; i = to) {
		to = run_end(d, i, &side);
		if (d->status != CDT_OK)
			break;
		if (side == 'a')
			write_assistant(d, i, to);
		else if (side == 'u')
			write_user(d, i, to);
	}
	if (d->status == CDT_OK)
		finish_turns(d);
	cdt_close(d->o);
}
