/* api/anthropic/turns.c - the messages of a Messages body as canonical ones: results of tools
 * are messages of their own and stand in front of what else their user said; calls of tools
 * leave the content (calls.c).
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/anthropic/anthropic.h"
#include "base/jsonwalk.h"
#include "base/str.h"

void messages_write_content(struct script *s, cdt_str content)
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

/* What nothing is left of is no message. */
static bool is_empty(const struct script *s, cdt_str content)
{
	return jsonwalk_type(content) == CDT_LIST && !messages_count_parts(s, content);
}

static void write_plain(struct script *s, const char *role, cdt_str content)
{
	begin_message(s, role);
	messages_write_content(s, content);
	jsonw_close(&s->w);
}

static void write_user(struct script *s, cdt_str content)
{
	bool results = messages_write_results(s, content);

	if (!is_empty(s, content))
		write_plain(s, "user", content);
	else if (!results)
		messages_write_parts(s, content);      /* says what is left out */
}

static void write_assistant(struct script *s, cdt_str content)
{
	bool calls = messages_has_calls(content);

	messages_calls_begin(s);
	if (is_empty(s, content) && !calls) {
		messages_write_parts(s, content);
		return;
	}
	begin_message(s, "assistant");
	messages_write_content(s, content);
	if (calls)
		messages_write_calls(s, content);
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
