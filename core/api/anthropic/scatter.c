/* api/anthropic/scatter.c - a whole message becomes the events of a stream: its beginning, each
 * block in one piece, its end.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "api/scatter.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { TEXT_MAX = 32 << 20 };

static cdt_status put_start(struct scatter *s, cdt_str message)
{
	static const char *const others[] = { "content", "[]", "stop_reason", "null",
		"stop_sequence", "null", "stop_details", "null", NULL };

	scatter_begin(s, "message_start");
	scatter_put_map(s, "message", message, others);
	return scatter_end(s);
}

static cdt_status put_delta(struct scatter *s, int64_t index, const char *type,
                            const char *member, cdt_str json)
{
	scatter_begin(s, "content_block_delta");
	jsonw_put_i64(&s->w, "index", index);
	jsonw_key(&s->w, "delta");
	jsonw_open(&s->w, '{');
	jsonw_put_z(&s->w, "type", type);
	jsonw_put_raw(&s->w, member, json);
	jsonw_close(&s->w);
	return scatter_end(s);
}

static cdt_status put_input(struct scatter *s, int64_t index, cdt_str input)
{
	struct jsonw w;
	struct buf text;
	cdt_status st;

	buf_init(&text, TEXT_MAX);
	jsonw_init(&w, &text);
	jsonw_text(&w, input);
	st = jsonw_status(&w);
	if (st == CDT_OK)
		st = put_delta(s, index, "input_json_delta", "partial_json", buf_str(&text));
	buf_fini(&text);
	return st;
}

static cdt_status put_citations(struct scatter *s, int64_t index, cdt_str list)
{
	cdt_str rest = jsonwalk_inside(list), one;
	cdt_status st = CDT_OK;

	while (st == CDT_OK && jsonwalk_type(list) == CDT_LIST && jsonwalk_element(&rest, &one))
		st = put_delta(s, index, "citations_delta", "citation", one);
	return st;
}

/* Members that come in pieces, what they begin as, and what their pieces are called. */
static const struct streamed {
	const char *member, *delta, *delta_member;
} streamed[] = {
	{ "text", "text_delta", "text" },
	{ "thinking", "thinking_delta", "thinking" },
	{ "signature", "signature_delta", "signature" },
};

static cdt_status put_pieces(struct scatter *s, int64_t index, cdt_str block)
{
	cdt_str input = messages_get(block, "input");
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < sizeof streamed / sizeof *streamed; i++)
		if (messages_word(block, streamed[i].member).n)
			st = put_delta(s, index, streamed[i].delta, streamed[i].delta_member,
			               messages_get(block, streamed[i].member));
	if (st == CDT_OK && input.p)
		st = put_input(s, index, input);
	return st == CDT_OK ? put_citations(s, index, messages_get(block, "citations")) : st;
}

/* Do its texts come in pieces?  Results of tools are in their beginning. */
static bool is_streamed(cdt_str block)
{
	cdt_str type = messages_word(block, "type");

	return str_is(type, "text") || str_is(type, "thinking") || str_ends(type, "tool_use");
}

static cdt_status put_block(struct scatter *s, int64_t index, cdt_str block)
{
	static const char *const pieces[] = { "text", "\"\"", "thinking", "\"\"", "signature",
		"\"\"", "input", "{}", "citations", "[]", NULL };
	static const char *const none[] = { NULL };
	bool whole = !is_streamed(block);
	cdt_status st;

	scatter_begin(s, "content_block_start");
	jsonw_put_i64(&s->w, "index", index);
	scatter_put_map(s, "content_block", block, whole ? none : pieces);
	st = scatter_end(s);
	if (st == CDT_OK && !whole)
		st = put_pieces(s, index, block);
	if (st != CDT_OK)
		return st;
	scatter_begin(s, "content_block_stop");
	jsonw_put_i64(&s->w, "index", index);
	return scatter_end(s);
}

static cdt_status put_end(struct scatter *s, cdt_str message)
{
	static const char *const members[] = { "stop_reason", "stop_sequence", "stop_details" };
	cdt_str usage = messages_get(message, "usage"), value;
	cdt_status st;

	scatter_begin(s, "message_delta");
	jsonw_key(&s->w, "delta");
	jsonw_open(&s->w, '{');
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		value = jsonwalk_get(message, members[i]);
		if (value.p)
			jsonw_put_raw(&s->w, members[i], value);
	}
	jsonw_close(&s->w);
	if (usage.p)
		jsonw_put_raw(&s->w, "usage", usage);
	st = scatter_end(s);
	scatter_begin(s, "message_stop");
	return st == CDT_OK ? scatter_end(s) : st;
}

static cdt_status scatter(struct scatter *s, cdt_str message)
{
	cdt_str content = messages_get(message, "content"), rest, block;
	cdt_status st;

	if (!content.p || jsonwalk_type(content) != CDT_LIST)
		return CDT_E_UNSUPPORTED;
	st = put_start(s, message);
	rest = jsonwalk_inside(content);
	for (int64_t i = 0; st == CDT_OK && jsonwalk_element(&rest, &block); i++)
		st = jsonwalk_type(block) == CDT_MAP ? put_block(s, i, block)
		                                     : CDT_E_UNSUPPORTED;
	return st == CDT_OK ? put_end(s, message) : st;
}

cdt_status messages_scatter(cdt_str body, struct buf *frames)
{
	struct scatter s;
	cdt_status st;

	scatter_init(&s, frames);
	st = scatter(&s, body);
	scatter_fini(&s);
	return st;
}
