/* api/anthropic/turns.c - the messages of a Messages body as canonical ones: results of tools
 * are messages of their own and stand in front of what else their user said; calls of tools
 * leave the content.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/anthropic/anthropic.h"
#include "base/jsonwalk.h"
#include "base/str.h"

static bool is_block(cdt_str block, const char *type)
{
	return str_is(messages_word(block, "type"), type);
}

static size_t count_blocks(cdt_str content, const char *type)
{
	cdt_str rest = jsonwalk_inside(content), block;
	size_t n = 0;

	while (jsonwalk_type(content) == CDT_LIST && jsonwalk_element(&rest, &block))
		n += is_block(block, type);
	return n;
}

static void write_content(struct script *s, cdt_str content)
{
	jsonw_key(&s->w, "content");
	jsonw_open(&s->w, '[');
	if (content.p)
		messages_write_parts(s, content);
	jsonw_close(&s->w);
}

static void begin_message(struct script *s, const char *role)
{
	jsonw_open(&s->w, '{');
	jsonw_put_z(&s->w, "role", role);
}

/* --- tools --- */

static void write_result(struct script *s, cdt_str block)
{
	cdt_str id = messages_get(block, "tool_use_id");

	if (id.n < 3 || *id.p != '"') {
		messages_refuse(s, "messages", "A block tool_result needs a tool_use_id.");
		return;
	}
	begin_message(s, "tool");
	jsonw_put_raw(&s->w, "tool_call_id", id);
	write_content(s, messages_get(block, "content"));
	if (str_is(messages_get(block, "is_error"), "true"))
		jsonw_put_flag(&s->w, "is_error", true);
	messages_write_mark(s, block);
	jsonw_close(&s->w);
}

static void write_results(struct script *s, cdt_str content)
{
	cdt_str rest = jsonwalk_inside(content), block;

	while (s->status == CDT_OK && jsonwalk_element(&rest, &block))
		if (is_block(block, "tool_result"))
			write_result(s, block);
}

/* The input as a text, byte for byte. */
static void write_call(struct script *s, cdt_str block)
{
	cdt_str id = messages_get(block, "id"), name = messages_get(block, "name");
	cdt_str input = messages_get(block, "input");

	if (id.n < 3 || *id.p != '"' || name.n < 3 || *name.p != '"') {
		messages_refuse(s, "messages", "A block tool_use needs an id and a name.");
		return;
	}
	jsonw_open(&s->w, '{');
	jsonw_put_raw(&s->w, "id", id);
	jsonw_put_z(&s->w, "type", "function");
	jsonw_key(&s->w, "function");
	jsonw_open(&s->w, '{');
	jsonw_put_raw(&s->w, "name", name);
	jsonw_put_text(&s->w, "arguments", input.p ? input : CDT_STR("{}"));
	jsonw_close(&s->w);
	messages_write_mark(s, block);
	jsonw_close(&s->w);
}

static void write_calls(struct script *s, cdt_str content)
{
	cdt_str rest = jsonwalk_inside(content), block;

	jsonw_key(&s->w, "tool_calls");
	jsonw_open(&s->w, '[');
	while (s->status == CDT_OK && jsonwalk_element(&rest, &block))
		if (is_block(block, "tool_use"))
			write_call(s, block);
	jsonw_close(&s->w);
}

/* --- messages --- */

/* What nothing is left of is no message. */
static bool is_empty(const struct script *s, cdt_str content)
{
	return jsonwalk_type(content) == CDT_LIST && !messages_count_parts(s, content);
}

static void write_plain(struct script *s, const char *role, cdt_str content)
{
	begin_message(s, role);
	write_content(s, content);
	jsonw_close(&s->w);
}

static void write_user(struct script *s, cdt_str content)
{
	size_t results = count_blocks(content, "tool_result");

	if (results)
		write_results(s, content);
	if (!is_empty(s, content))
		write_plain(s, "user", content);
	else if (!results)
		messages_write_parts(s, content);      /* says what is left out */
}

static void write_assistant(struct script *s, cdt_str content)
{
	size_t calls = count_blocks(content, "tool_use");

	if (is_empty(s, content) && !calls) {
		messages_write_parts(s, content);
		return;
	}
	begin_message(s, "assistant");
	write_content(s, content);
	if (calls)
		write_calls(s, content);
	jsonw_close(&s->w);
}

static void write_system(struct script *s, cdt_str content)
{
	if (!is_empty(s, content))
		write_plain(s, "system", content);
}

static const struct role {
	const char *name;
	void (*write)(struct script *, cdt_str content);
} roles[] = {
	{ "assistant", write_assistant },
	{ "system", write_system },
	{ "user", write_user },
};

static void write_message(struct script *s, size_t i, cdt_str message)
{
	cdt_str role = messages_word(message, "role");
	cdt_str content = messages_get(message, "content");
	uint32_t type = content.p ? jsonwalk_type(content) : CDT_ABSENT;
	const struct role *r = roles;

	while (r < roles + sizeof roles / sizeof *roles && !str_is(role, r->name))
		r++;
	if (r == roles + sizeof roles / sizeof *roles)
		messages_refuse(s, "messages", "'messages[%zu]' needs a role: user, assistant "
		                "or system.", i);
	else if (type != CDT_TEXT && type != CDT_LIST)
		messages_refuse(s, "messages", "'messages[%zu].content' must be a string or "
		                "an array of blocks.", i);
	else
		r->write(s, content);
}

/* --- all of them --- */

static cdt_str last_of(cdt_str list)
{
	cdt_str rest = jsonwalk_inside(list), one, last = { NULL, 0 };

	while (jsonwalk_element(&rest, &one))
		last = one;
	return last;
}

static void find_last_block(struct script *s, cdt_str messages)
{
	cdt_str content;

	for (const char *const *own = s->x->ask.own_members; *own; own++)
		if (!strcmp(*own, "cache_control"))
			return;                        /* it is ours: see decode.c */
	s->last_mark = ask_value(&s->x->ask, "cache_control");
	if (!s->last_mark.n)
		return;
	content = messages_get(last_of(messages), "content");
	s->last_block = content.p && *content.p == '[' ? last_of(content).p : content.p;
}

/* Some clients write what changes with each request in front of their system text: it would
 * spoil every upstream's cache. */
static void find_skipped_block(struct script *s, cdt_str system)
{
	cdt_str rest = jsonwalk_inside(system), first;

	if (system.n && *system.p == '[' && jsonwalk_element(&rest, &first) &&
	    str_starts(messages_word(first, "text"), "x-anthropic-billing-header:"))
		s->skipped_block = first.p;
}

void messages_write_turns(struct script *s, cdt_str system, cdt_str messages)
{
	cdt_str rest = jsonwalk_inside(messages), message;

	find_last_block(s, messages);
	jsonw_key(&s->w, "messages");
	jsonw_open(&s->w, '[');
	find_skipped_block(s, system);
	if (system.n)
		write_system(s, system);
	for (size_t i = 0; s->status == CDT_OK && jsonwalk_element(&rest, &message); i++)
		write_message(s, i, message);
	jsonw_close(&s->w);
}
