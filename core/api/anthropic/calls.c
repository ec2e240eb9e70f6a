/* api/anthropic/calls.c - calls of tools and their results.  A result belongs to a call of the
 * assistant's turn before: one of nobody's is refused, as Anthropic does.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { CALLS_MAX = 1024, ID_SHOWN = 64 };      /* of one turn: providers take no more */

/* Those of the assistant's last turn, which may be several messages. */
struct messages_calls {
	cdt_str ids[CALLS_MAX];        /* as they are written */
	size_t count, last;            /* last: that a result was found for */
	bool over;                     /* the turn: what the assistant says next is another */
};

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

bool messages_has_calls(cdt_str content)
{
	return count_blocks(content, "tool_use") > 0;
}

/* --- which calls wait --- */

void messages_calls_begin(struct script *s)
{
	struct messages_calls *c = s->calls;

	if (c && c->over)
		c->count = c->last = 0;
	if (c)
		c->over = false;
}

static void remember(struct script *s, cdt_str id)
{
	struct messages_calls *c = s->calls;

	if (!c)
		c = s->calls = arena_take(&s->x->arena, sizeof *c);
	if (!c) {
		s->status = CDT_E_LIMIT;
		return;
	}
	if (c->count == CALLS_MAX)
		messages_refuse(s, "messages", "A turn has more than %d tool_use blocks.",
		                CALLS_MAX);
	else
		c->ids[c->count++] = id;
}

/* Results mostly come in the order of their calls. */
static bool was_called(struct script *s, cdt_str id)
{
	struct messages_calls *c = s->calls;

	for (size_t k = 1; c && k <= c->count; k++) {
		size_t i = (c->last + k) % c->count;

		if (!str_eq(c->ids[i], id))
			continue;
		c->last = i;
		return true;
	}
	return false;
}

/* --- results --- */

static void write_result(struct script *s, cdt_str block)
{
	cdt_str id = messages_get(block, "tool_use_id");

	if (id.n < 3 || *id.p != '"') {
		messages_refuse(s, "messages", "A block tool_result needs a tool_use_id.");
		return;
	}
	if (!was_called(s, id)) {
		messages_refuse(s, "messages", "The tool_result of '%.*s' has no tool_use in "
		                "the assistant's message before it.",
		                (int)(id.n - 2 < ID_SHOWN ? id.n - 2 : ID_SHOWN), id.p + 1);
		return;
	}
	jsonw_open(&s->w, '{');
	jsonw_put_z(&s->w, "role", "tool");
	jsonw_put_raw(&s->w, "tool_call_id", id);
	messages_write_content(s, messages_get(block, "content"));
	if (str_is(messages_get(block, "is_error"), "true"))
		jsonw_put_flag(&s->w, "is_error", true);
	messages_write_mark(s, block);
	jsonw_close(&s->w);
}

bool messages_write_results(struct script *s, cdt_str content)
{
	cdt_str rest = jsonwalk_inside(content), block;

	if (s->calls)
		s->calls->over = true;
	if (!count_blocks(content, "tool_result"))
		return false;
	while (s->status == CDT_OK && jsonwalk_element(&rest, &block))
		if (is_block(block, "tool_result"))
			write_result(s, block);
	return true;
}

/* --- calls --- */

/* The input as a text, byte for byte. */
static void write_call(struct script *s, cdt_str block)
{
	cdt_str id = messages_get(block, "id"), name = messages_get(block, "name");
	cdt_str input = messages_get(block, "input");

	if (id.n < 3 || *id.p != '"' || name.n < 3 || *name.p != '"') {
		messages_refuse(s, "messages", "A block tool_use needs an id and a name.");
		return;
	}
	if (input.p && jsonwalk_type(input) != CDT_MAP) {
		messages_refuse(s, "messages", "The input of a block tool_use must be an "
		                "object.");
		return;
	}
	remember(s, id);
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

void messages_write_calls(struct script *s, cdt_str content)
{
	cdt_str rest = jsonwalk_inside(content), block;

	jsonw_key(&s->w, "tool_calls");
	jsonw_open(&s->w, '[');
	while (s->status == CDT_OK && jsonwalk_element(&rest, &block))
		if (is_block(block, "tool_use"))
			write_call(s, block);
	jsonw_close(&s->w);
}
