/* api/anthropic/decode.c - POST /v1/messages: what it takes, and its place in the table of
 * surfaces.  Looks into no message: that is canon.c's, and only done where it is needed.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "api/body.h"
#include "api/native.h"
#include "base/jsonwalk.h"
#include "base/str.h"

static const struct body_field fields[] = {
	{ "model", BODY_TEXT },
	{ "messages", BODY_LIST },
	{ "max_tokens", BODY_INT },
	{ "system", BODY_TEXT | BODY_LIST },
	{ "stream", BODY_FLAG },
	{ "stop_sequences", BODY_LIST },
	{ "temperature", BODY_NUMBER },
	{ "top_p", BODY_NUMBER },
	{ "top_k", BODY_INT },
	{ "tools", BODY_LIST },
	{ "tool_choice", BODY_MAP },
	{ "thinking", BODY_MAP },
	{ "output_config", BODY_MAP },
	{ "metadata", BODY_MAP },
	{ "service_tier", BODY_TEXT },
	{ "routing", BODY_MAP },
	{ "cache_control", BODY_MAP },
	{ NULL, 0 },
};

/* Anthropic has a member of that name too.  Its own has a type; ours has words that are only
 * ours. */
static bool is_upstreams_mark(cdt_str value)
{
	static const char *const ours[] = { "no_cache", "no_store", "namespace" };

	if (!jsonwalk_get(value, "type").p)
		return false;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (jsonwalk_get(value, ours[i]).p)
			return false;
	return true;
}

static cdt_status read_cache_control(struct exchange *x)
{
	static const char *const without[] = { "routing", NULL };

	if (!is_upstreams_mark(ask_value(&x->ask, "cache_control")))
		return body_cache_control(x);
	x->ask.own_members = without;
	return CDT_OK;
}

cdt_status messages_decode(struct exchange *x)
{
	const struct json_member *messages;
	cdt_status st = body_decode(x, fields);

	if (st != CDT_OK)
		return st;
	messages = ask_member(&x->ask, "messages");
	if (!messages || messages->type == CDT_NULL)
		return body_missing(x, "messages");
	if (body_is_empty(messages))
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "messages",
		                   "'messages' must hold at least one message.");
	x->ask.wants_usage = true;             /* it is part of each answer */
	return read_cache_control(x);
}

static cdt_status decode(struct exchange *x)
{
	cdt_status st = messages_decode(x);
	cdt_str max = ask_value(&x->ask, "max_tokens");

	if (st != CDT_OK)
		return st;
	if (!max.n)
		return body_missing(x, "max_tokens");
	if (!str_i64(max, &x->ask.max_output) || x->ask.max_output < 0)
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "max_tokens",
		                   "'max_tokens' must be an integer of 0 or more.");
	return CDT_OK;
}

const struct surface messages_surface = {
	.path = "/v1/messages", .method = "POST", .op = CDT_OP_CHAT,
	.dialect = &messages_dialect,
	.decode = decode, .canonical = messages_canonical,
	.whole = messages_whole, .native_whole = native_whole,
	.event = messages_stream_event, .native_frame = messages_native_frame,
	.gather = messages_gather, .scatter = messages_scatter,
	.cut = messages_stream_cut, .stream_end = messages_stream_end,
};
