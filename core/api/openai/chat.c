/* api/openai/chat.c - POST /v1/chat/completions: what it takes, and whole answers.
 * SPDX-License-Identifier: MIT */
#include "api/native.h"
#include "api/openai/chat.h"
#include "api/openai/gather.h"
#include "base/str.h"

enum { CHOICES_MAX = 128 };

static const struct body_field fields[] = {
	{ "messages", BODY_LIST },
	{ "model", BODY_TEXT },
	{ "stream", BODY_FLAG },
	{ "stream_options", BODY_MAP },
	{ "temperature", BODY_NUMBER },
	{ "top_p", BODY_NUMBER },
	{ "n", BODY_INT },
	{ "max_tokens", BODY_INT },
	{ "max_completion_tokens", BODY_INT },
	{ "stop", BODY_TEXT | BODY_LIST },
	{ "frequency_penalty", BODY_NUMBER },
	{ "presence_penalty", BODY_NUMBER },
	{ "logit_bias", BODY_MAP },
	{ "logprobs", BODY_FLAG | BODY_INT },      /* an int for some hosts */
	{ "top_logprobs", BODY_INT },
	{ "seed", BODY_INT },
	{ "tools", BODY_LIST },
	{ "tool_choice", BODY_TEXT | BODY_MAP },
	{ "parallel_tool_calls", BODY_FLAG },
	{ "functions", BODY_LIST },
	{ "function_call", BODY_TEXT | BODY_MAP },
	{ "response_format", BODY_MAP },
	{ "reasoning_effort", BODY_TEXT },
	{ "modalities", BODY_LIST },
	{ "metadata", BODY_MAP },
	{ "user", BODY_TEXT },
	{ "routing", BODY_MAP },
	{ "cache_control", BODY_MAP },
	{ NULL, 0 },
};

static cdt_status decode(struct exchange *x)
{
	const struct json_member *messages;
	cdt_status st = openai_decode(x, fields);

	if (st != CDT_OK)
		return st;
	if (body_check_range(x, "n", 1, CHOICES_MAX) != CDT_OK)
		return CDT_E_INVALID;
	messages = ask_member(&x->ask, "messages");
	if (!messages)
		return body_missing(x, "messages");
	if (body_is_empty(messages))
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "messages",
		                   "'messages' must hold at least one message.");
	return CDT_OK;
}

static bool has_tools(const struct answer_choice *c)
{
	for (const struct answer_part *p = c->parts; p; p = p->next)
		if (p->kind == CDT_PART_TOOL_CALL)
			return true;
	return false;
}

const char *openai_finish_of(uint32_t stop, bool tools)
{
	/* A natural stop after a tool call is a tool call; length and filter win over it. */
	if (tools && (stop == CDT_STOP_END || stop == CDT_STOP_SEQUENCE ||
	              stop == CDT_STOP_OTHER || !stop))
		return "tool_calls";
	if (!tools && stop == CDT_STOP_TOOL)
		return "stop";
	return openai_finish(stop);
}

static void write_tool_calls(struct jsonw *w, const struct answer_choice *c)
{
	jsonw_key(w, "tool_calls");
	jsonw_open(w, '[');
	for (const struct answer_part *p = c->parts; p; p = p->next) {
		if (p->kind != CDT_PART_TOOL_CALL)
			continue;
		jsonw_open(w, '{');
		jsonw_put_text(w, "id", p->id);
		jsonw_put_z(w, "type", "function");
		jsonw_key(w, "function");
		jsonw_open(w, '{');
		jsonw_put_text(w, "name", p->name);
		jsonw_put_text(w, "arguments", p->text.n ? buf_str(&p->text) : CDT_STR("{}"));
		jsonw_close(w);
		jsonw_close(w);
	}
	jsonw_close(w);
}

void openai_thinking_block(struct jsonw *w, int64_t index, cdt_str text, cdt_str signature,
                           cdt_str redacted)
{
	jsonw_open(w, '{');
	if (index >= 0)
		jsonw_put_i64(w, "index", index);
	if (redacted.n) {
		jsonw_put_z(w, "type", "redacted_thinking");
		jsonw_put_text(w, "data", redacted);
	} else {
		jsonw_put_z(w, "type", "thinking");
		jsonw_put_text(w, "thinking", text);
		jsonw_put_text(w, "signature", signature);
	}
	jsonw_close(w);
}

/* The text for people, and the opaque originals for the way back. */
static void write_reasoning(struct jsonw *w, struct answer *a, const struct answer_choice *c)
{
	cdt_str text = answer_text(a, c, CDT_PART_REASONING);
	bool opaque = false;

	for (const struct answer_part *p = c->parts; p; p = p->next)
		opaque |= p->kind == CDT_PART_REASONING && (p->signature.n || p->redacted.n);
	if (text.n)
		jsonw_put_text(w, "reasoning_content", text);
	if (!opaque)
		return;
	jsonw_key(w, "thinking_blocks");
	jsonw_open(w, '[');
	for (const struct answer_part *p = c->parts; p; p = p->next)
		if (p->kind == CDT_PART_REASONING)
			openai_thinking_block(w, -1, buf_str(&p->text),
			                      buf_str(&p->signature), buf_str(&p->redacted));
	jsonw_close(w);
}

static void write_documents(struct jsonw *w, const struct answer_choice *c, uint32_t kind,
                            const char *key)
{
	bool open = false;

	for (const struct answer_part *p = c->parts; p; p = p->next) {
		if (p->kind != kind || !p->json.n)
			continue;
		if (!open) {
			jsonw_key(w, key);
			jsonw_open(w, '[');
			open = true;
		}
		jsonw_raw(w, p->json);
	}
	if (open)
		jsonw_close(w);
}

void openai_chat_picture(struct jsonw *w, int64_t index, const struct answer_part *p)
{
	cdt_str base64 = buf_str(&p->text);
	struct buf url;

	buf_init(&url, ANSWER_BYTES_MAX);
	if (!p->url.n) {
		buf_print(&url, "data:%.*s;base64,", p->name.n ? (int)p->name.n : 9,
		          p->name.n ? p->name.p : "image/png");
		buf_add(&url, base64);
	}
	jsonw_open(w, '{');
	if (index >= 0)
		jsonw_put_i64(w, "index", index);
	jsonw_put_z(w, "type", "image_url");
	jsonw_key(w, "image_url");
	jsonw_open(w, '{');
	jsonw_put_text(w, "url", p->url.n ? buf_str(&p->url) : buf_str(&url));
	jsonw_close(w);
	jsonw_close(w);
	buf_fini(&url);
}

bool openai_chat_shows(const struct answer_part *p)
{
	return p->kind == CDT_PART_IMAGE && !p->json.n && (p->text.n || p->url.n);
}

/* Those that came as they are to be shown, and those that came as bytes. */
static void write_pictures(struct jsonw *w, const struct answer_choice *c)
{
	bool open = false;

	for (const struct answer_part *p = c->parts; p; p = p->next) {
		if (p->kind != CDT_PART_IMAGE || (!p->json.n && !openai_chat_shows(p)))
			continue;
		if (!open) {
			jsonw_key(w, "images");
			jsonw_open(w, '[');
			open = true;
		}
		if (p->json.n)
			jsonw_raw(w, p->json);
		else
			openai_chat_picture(w, -1, p);
	}
	if (open)
		jsonw_close(w);
}

static void write_message(struct jsonw *w, struct answer *a, const struct answer_choice *c)
{
	cdt_str text = answer_text(a, c, CDT_PART_TEXT);
	cdt_str refusal = answer_text(a, c, CDT_PART_REFUSAL);
	bool tools = has_tools(c);

	jsonw_key(w, "message");
	jsonw_open(w, '{');
	jsonw_put_z(w, "role", "assistant");
	if (text.p || (!tools && !refusal.p))
		jsonw_put_text(w, "content", text.p ? text : CDT_STR(""));
	else
		jsonw_put_null(w, "content");
	if (refusal.n)
		jsonw_put_text(w, "refusal", refusal);
	else
		jsonw_put_null(w, "refusal");
	write_reasoning(w, a, c);
	if (tools)
		write_tool_calls(w, c);
	write_documents(w, c, CDT_PART_CITATION, "annotations");
	write_pictures(w, c);
	jsonw_close(w);
}

static void write_choice(struct jsonw *w, struct answer *a, uint32_t i)
{
	const struct answer_choice *c = a->choices[i];
	bool has_logprobs = false;

	jsonw_open(w, '{');
	jsonw_put_i64(w, "index", i);
	write_message(w, a, c);
	openai_extras(w, c->extras);
	for (const struct answer_extra *e = c->extras; e; e = e->next)
		has_logprobs |= str_is(e->name, "logprobs");
	if (!has_logprobs)
		jsonw_put_null(w, "logprobs");
	jsonw_put_z(w, "finish_reason", openai_finish_of(c->stop, has_tools(c)));
	jsonw_close(w);
}

static cdt_status whole(struct exchange *x, struct answer *a, struct buf *out)
{
	struct jsonw w;

	if (!a->choice_count)
		return CDT_E_UPSTREAM;
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	openai_stamp(x, &w, "chat.completion", openai_answer_id(x, "chatcmpl-", a->id));
	jsonw_key(&w, "choices");
	jsonw_open(&w, '[');
	for (uint32_t i = 0; i < a->choice_count; i++)
		write_choice(&w, a, i);
	jsonw_close(&w);
	openai_usage(&w, &x->usage);
	openai_extras(&w, a->extras);
	jsonw_close(&w);
	return jsonw_status(&w);
}

static cdt_status gather(cdt_str frames, struct buf *body)
{
	return openai_gather(frames, "chat.completion", "delta", body);
}

static cdt_status scatter(cdt_str body, struct buf *frames)
{
	return openai_scatter(body, "chat.completion.chunk", "delta", frames);
}

const struct surface openai_chat = {
	.path = "/v1/chat/completions", .method = "POST", .op = CDT_OP_CHAT,
	.dialect = &openai_chat_dialect,
	.decode = decode, .canonical = openai_chat_canonical,
	.whole = whole, .native_whole = native_whole,
	.event = openai_chat_event, .native_frame = openai_native_frame,
	.gather = gather, .scatter = scatter,
	.cut = openai_chat_cut, .stream_end = openai_chat_end,
};
