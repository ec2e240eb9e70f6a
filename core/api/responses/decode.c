/* api/responses/decode.c - what POST /v1/responses takes: types and ranges, what is refused by
 * name, and what the answer repeats.  The conversation itself is read by items.c.
 * SPDX-License-Identifier: MIT */
#include "api/responses/responses.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/rand.h"
#include "base/str.h"

static const struct body_field fields[] = {
	{ "input", BODY_TEXT | BODY_LIST },
	{ "model", BODY_TEXT },
	{ "instructions", BODY_TEXT | BODY_LIST },
	{ "previous_response_id", BODY_TEXT },
	{ "conversation", BODY_TEXT | BODY_MAP },
	{ "prompt", BODY_MAP },
	{ "max_output_tokens", BODY_INT },
	{ "max_tool_calls", BODY_INT },
	{ "tools", BODY_LIST },
	{ "tool_choice", BODY_TEXT | BODY_MAP },
	{ "parallel_tool_calls", BODY_FLAG },
	{ "text", BODY_MAP },
	{ "reasoning", BODY_MAP },
	{ "include", BODY_LIST },
	{ "store", BODY_FLAG },
	{ "background", BODY_FLAG },
	{ "stream", BODY_FLAG },
	{ "stream_options", BODY_MAP },
	{ "temperature", BODY_NUMBER },
	{ "top_p", BODY_NUMBER },
	{ "top_logprobs", BODY_INT },
	{ "truncation", BODY_TEXT },
	{ "metadata", BODY_MAP },
	{ "service_tier", BODY_TEXT },
	{ "user", BODY_TEXT },
	{ "safety_identifier", BODY_TEXT },
	{ "prompt_cache_key", BODY_TEXT },
	{ "routing", BODY_MAP },
	{ "cache_control", BODY_MAP },
	{ NULL, 0 },
};

const struct responses_echo responses_echoes[RESPONSES_ECHOES] = {
	{ "instructions", "null" }, { "max_output_tokens", "null" },
	{ "max_tool_calls", "null" }, { "metadata", "{}" },
	{ "parallel_tool_calls", "true" }, { "prompt_cache_key", "null" },
	{ "reasoning", "{\"effort\":null,\"summary\":null}" },
	{ "safety_identifier", "null" }, { "service_tier", "\"default\"" },
	{ "temperature", "1" }, { "text", "{\"format\":{\"type\":\"text\"}}" },
	{ "tool_choice", "\"auto\"" }, { "tools", "[]" }, { "top_p", "1" },
	{ "truncation", "\"disabled\"" }, { "user", "null" },
};

const struct responses_ask *responses_ask_of(const struct exchange *x)
{
	return x->ask.own;
}

cdt_status responses_refuse(struct exchange *x, const char *param, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, param, "%s", text);
}

static bool says(const struct exchange *x, const char *name, const char *value)
{
	return str_is(ask_value(&x->ask, name), value);
}

/* What no provider behind a gateway can be asked for, said by name. */
static cdt_status refuse_unsupported(struct exchange *x)
{
	static const struct { const char *name, *why; } rows[] = {
		{ "conversation", "'conversation' is not supported; chain answers with "
		  "'previous_response_id', or send the whole conversation in 'input'." },
		{ "prompt", "'prompt' (a stored template) is not supported; send its text as "
		  "'instructions' and 'input'." },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (ask_value(&x->ask, rows[i].name).n)
			return problem_set(&x->problem, &x->arena,
			                   PROBLEM_UNSUPPORTED_PARAMETER, rows[i].name, "%s",
			                   rows[i].why);
	if (says(x, "background", "true"))
		return problem_set(&x->problem, &x->arena, PROBLEM_UNSUPPORTED_PARAMETER,
		                   "background", "'background' is not supported; leave it out, "
		                   "and use 'stream' for answers that take long.");
	return CDT_OK;
}

static cdt_status check(struct exchange *x)
{
	static const char *const truncations[] = { "auto", "disabled", NULL };
	const struct json_member *input = ask_member(&x->ask, "input");

	if ((!input || input->type == CDT_NULL) && !ask_value(&x->ask, "prompt").n)
		return body_missing(x, "input");
	if (body_check_range(x, "max_output_tokens", 1, INT32_MAX) != CDT_OK ||
	    body_check_range(x, "top_logprobs", 0, 20) != CDT_OK ||
	    body_check_number(x, "temperature", 0, 2) != CDT_OK ||
	    body_check_number(x, "top_p", 0, 1) != CDT_OK ||
	    body_check_word(x, "truncation", truncations) != CDT_OK)
		return CDT_E_INVALID;
	return refuse_unsupported(x);
}

static cdt_status read_echoes(struct exchange *x, struct responses_ask *ask)
{
	for (size_t i = 0; i < RESPONSES_ECHOES; i++) {
		cdt_str said = ask_value(&x->ask, responses_echoes[i].name);

		if (!said.n)
			continue;
		ask->echo[i] = arena_str(&x->arena, said);
		if (!ask->echo[i].p)
			return CDT_E_LIMIT;
	}
	return CDT_OK;
}

static struct responses_ask *ask_new(struct exchange *x)
{
	struct responses_ask *ask = arena_take(&x->arena, sizeof *ask);
	char ulid[ULID_SIZE];

	if (!ask)
		return NULL;
	ask->stem = arena_str(&x->arena, str_z(ulid_new(x->wall_ms, ulid)));
	ask->id = arena_print(&x->arena, "resp_%.*s", STR_ARG(ask->stem));
	ask->previous = CDT_STR("");
	ask->stores = !says(x, "store", "false");
	return ask->stem.p && ask->id.p ? ask : NULL;
}

cdt_status responses_decode(struct exchange *x)
{
	struct responses_ask *ask;
	cdt_status st = body_decode(x, fields);

	if (st == CDT_OK)
		st = body_cache_control(x);
	if (st == CDT_OK)
		st = check(x);
	if (st != CDT_OK)
		return st;
	ask = ask_new(x);
	if (!ask)
		return CDT_E_LIMIT;
	x->ask.own = ask;
	x->ask.wants_usage = true;             /* an answer without it there is none */
	(void)str_i64(ask_value(&x->ask, "max_output_tokens"), &x->ask.max_output);
	ask->previous = body_text(x, "previous_response_id");
	ask->previous = ask->previous.n ? arena_str(&x->arena, ask->previous) : CDT_STR("");
	x->ask.has_effects = ask->stores || ask->previous.n;
	st = read_echoes(x, ask);
	if (st == CDT_OK)
		st = responses_expand(x, ask);
	return st == CDT_OK ? responses_read_tools(x, ask) : st;
}
