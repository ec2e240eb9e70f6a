/* lib_openai/options.c - the config's word on a row: every field of it has an option.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const limit_names[] = {
	[LIMIT_AUTO] = "auto", [LIMIT_OLD] = "max_tokens",
	[LIMIT_NEW] = "max_completion_tokens",
};

static const char *const switch_names[SWITCH_COUNT] = {
	[SWITCH_EFFORT] = "reasoning_effort", [SWITCH_THINKING] = "thinking",
	[SWITCH_ADAPTIVE] = "thinking_adaptive", [SWITCH_ENABLE] = "enable_thinking",
	[SWITCH_TEMPLATE] = "chat_template_kwargs", [SWITCH_REASONING] = "reasoning",
	[SWITCH_REASONING_ENABLED] = "reasoning_enabled", [SWITCH_NONE] = "none",
};

static const struct { const char *name; uint64_t op; } operations[] = {
	{ "chat", CDT_OP_BIT(CDT_OP_CHAT) },
	{ "completions", CDT_OP_BIT(CDT_OP_COMPLETE) },
	{ "embeddings", CDT_OP_BIT(CDT_OP_EMBED) },
	{ "images", CDT_OP_BIT(CDT_OP_IMAGE) },
	{ "moderations", CDT_OP_BIT(CDT_OP_MODERATE) },
	{ "rerank", CDT_OP_BIT(CDT_OP_RERANK) },
	{ "speech", CDT_OP_BIT(CDT_OP_SPEECH) },
	{ "transcriptions", CDT_OP_BIT(CDT_OP_TRANSCRIBE) },
};

enum kind { TEXT, WORDS, LINES, FLAG, FLAG_NOT, INT, REAL };
struct field { const char *name; size_t at; enum kind kind; };
#define FIELD(name, member, kind) { name, offsetof(struct openai_host, member), kind }

static const struct field fields[] = {
	FIELD("account", account, TEXT),
	FIELD("auth_header", auth_header, TEXT),
	FIELD("auth_prefix", auth_prefix, TEXT),
	FIELD("base64", no_base64, FLAG_NOT),
	FIELD("base64_images", base64_images, WORDS),
	FIELD("cache_marks", cache_marks, FLAG),
	FIELD("drop", drop, WORDS),
	FIELD("edits", edits, FLAG),
	FIELD("empty_content", empty_content, FLAG),
	FIELD("headers", headers, LINES),
	FIELD("inline_media", inline_media, FLAG),
	FIELD("input_type", input_type, TEXT),
	FIELD("inputs_max", inputs_max, INT),
	FIELD("join_text", join_text, FLAG),
	FIELD("logprobs_number", logprobs_number, FLAG),
	FIELD("message_members", message_members, WORDS),
	FIELD("model_efforts", model_efforts, WORDS),
	FIELD("names", no_names, FLAG_NOT),
	FIELD("only", only, WORDS),
	FIELD("parts", parts, WORDS),
	FIELD("paths", paths, WORDS),
	FIELD("plain_transcripts", plain_transcripts, WORDS),
	FIELD("reasoning_back", back, TEXT),
	FIELD("reasoning_back_always", back_always, FLAG),
	FIELD("reasoning_back_empty", back_empty, FLAG),
	FIELD("reasoning_efforts", efforts, WORDS),
	FIELD("refuse", refuse, WORDS),
	FIELD("rename", rename, WORDS),
	FIELD("response_formats", formats, WORDS),
	FIELD("responses", responses, FLAG),
	FIELD("set", set, WORDS),
	FIELD("stream_only", stream_only, WORDS),
	FIELD("stream_usage", no_stream_options, FLAG_NOT),
	FIELD("system_role", system_role, TEXT),
	FIELD("temperature_max", temperature_max, REAL),
	FIELD("think_tags", think_tags, FLAG),
	FIELD("tool_choices", choices, WORDS),
	FIELD("top_k", top_k, FLAG),
	FIELD("values", values, WORDS),
};

/* The members of a list, each with the mark behind it. */
static const char *joined(struct openai *me, cdt_val list, char mark)
{
	size_t n = 0, at = 0, count = cdt_count(list);
	char *text;

	for (size_t i = 0; i < count; i++)
		n += cdt_text(cdt_at(list, i)).n + 1;
	text = openai_room(me, n);
	for (size_t i = 0; text && i < count; i++) {
		cdt_str s = cdt_text(cdt_at(list, i));

		if (s.n)
			memcpy(text + at, s.p, s.n);
		at += s.n;
		text[at++] = mark;
	}
	return text;
}

static bool read_field(struct openai *me, const struct field *f, cdt_val v)
{
	char *at = (char *)&me->row + f->at;
	const char *text = "";

	switch (f->kind) {
	case TEXT: text = openai_host_text(me, cdt_text(v)); break;
	case WORDS: text = joined(me, v, ' '); break;
	case LINES: text = joined(me, v, '\n'); break;
	case FLAG: *(bool *)(void *)at = v.api->flag(v, 0) != 0; return true;
	case FLAG_NOT: *(bool *)(void *)at = v.api->flag(v, 0) == 0; return true;
	case INT: *(int64_t *)(void *)at = cdt_i64(v, 0); return true;
	case REAL: *(double *)(void *)at = v.api->f64(v, 0); return true;
	}
	*(const char **)(void *)at = text;
	return text != NULL;
}

/* Which of the names it is; count: none. */
static size_t place_of(cdt_str s, const char *const *names, size_t count)
{
	size_t i = 0;

	while (i < count && !cdt_is(s, names[i]))
		i++;
	return i;
}

static bool complain(const struct openai *me, const char *what)
{
	me->gateway->log(me->gateway, CDT_LOG_ERROR, what);
	return false;
}

static bool read_names(struct openai *me, cdt_val config)
{
	cdt_str limit = cdt_text(cdt_get(config, "max_tokens_member"));
	cdt_str think = cdt_text(cdt_get(config, "reasoning_switch"));
	size_t at = place_of(limit, limit_names, sizeof limit_names / sizeof *limit_names);

	if (limit.n && at == sizeof limit_names / sizeof *limit_names)
		return complain(me, "max_tokens_member is none of auto, max_tokens, "
		                    "max_completion_tokens");
	if (limit.n)
		me->row.limit = (enum openai_limit)at;
	at = place_of(think, switch_names, SWITCH_COUNT);
	if (think.n && at == SWITCH_COUNT)
		return complain(me, "reasoning_switch is none of reasoning_effort, thinking, "
		                    "thinking_adaptive, enable_thinking, chat_template_kwargs, "
		                    "reasoning, reasoning_enabled, none");
	if (think.n)
		me->row.think = (enum openai_switch)at;
	return true;
}

static uint64_t operation(cdt_str name)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (cdt_is(name, operations[i].name))
			return operations[i].op;
	return 0;
}

static bool read_operations(struct openai *me, cdt_val config)
{
	cdt_val list = cdt_get(config, "operations"), native = cdt_get(config, "native");
	size_t n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;

	if (n)
		me->row.ops = 0;
	for (size_t i = 0; i < n; i++) {
		uint64_t op = operation(cdt_text(cdt_at(list, i)));

		if (!op)
			return complain(me, "operations has one that is none of chat, "
			                    "completions, embeddings, images, moderations, "
			                    "rerank, speech, transcriptions");
		me->row.ops |= op;
	}
	if (cdt_type(native) == CDT_FLAG)
		me->row.native_ops = native.api->flag(native, 0) ? UINT64_MAX : 0;
	return true;
}

bool openai_options_read(struct openai *me, cdt_val config)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		cdt_val v = cdt_get(config, fields[i].name);

		if (cdt_type(v) > CDT_NULL && !read_field(me, &fields[i], v))
			return complain(me, "out of memory");
	}
	return read_names(me, config) && read_operations(me, config);
}
