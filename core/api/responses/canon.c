/* api/responses/canon.c - a request as sdk/canon has it: chat's names for what has one there.
 * What is the gateway's own, or means nothing to a provider that only chats, is left out.
 * SPDX-License-Identifier: MIT */
#include "api/responses/responses.h"
#include "base/str.h"

/* The same under chat's name. */
static const struct { const char *ours, *chats; } renamed[] = {
	{ "max_output_tokens", "max_completion_tokens" },
	{ "temperature", "temperature" }, { "top_p", "top_p" },
	{ "metadata", "metadata" }, { "service_tier", "service_tier" }, { "user", "user" },
	{ "safety_identifier", "safety_identifier" },
	{ "prompt_cache_key", "prompt_cache_key" },
};

static void give(struct json *doc, const char *name, const struct json *v)
{
	if (v && json_type(v) != CDT_NULL)
		json_set_give(doc, name, json_share(v));
}

/* Members that are told, mean nothing to a provider that chats, or are none of its business. */
static const char *const told[] = {
	"background", "cache_control", "client_metadata", "include", "input", "instructions",
	"max_output_tokens", "max_tool_calls", "metadata", "model", "parallel_tool_calls",
	"previous_response_id", "prompt_cache_key", "reasoning", "routing", "safety_identifier",
	"service_tier", "store", "stream", "stream_options", "temperature", "text",
	"tool_choice", "tools", "top_logprobs", "top_p", "user",
};

static bool is_told(cdt_str name, const struct json *v)
{
	if (json_type(v) == CDT_NULL || (str_is(name, "truncation") &&
	                                 str_is(json_text(v), "disabled")))
		return true;
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (str_is(name, told[i]))
			return true;
	return false;
}

/* What nobody is told of is said to the client. */
static cdt_status skip_others(struct exchange *x, const struct json *body)
{
	cdt_status st = CDT_OK;
	struct json *v;
	cdt_str name;
	size_t it = 0;

	while (st == CDT_OK && json_next(body, &it, &name, &v))
		if (!is_told(name, v))
			st = responses_skip(x, "", name);
	return st;
}

/* text.format is flat; chat's response_format has its schema one deeper. */
static void put_format(const struct json *text, struct json *doc)
{
	static const char *const members[] = { "name", "description", "schema", "strict" };
	const struct json *format = json_get(text, "format");
	cdt_str type = json_text(json_get(format, "type"));
	struct json *to, *inside;

	give(doc, "verbosity", json_get(text, "verbosity"));
	if (!type.n || str_is(type, "text"))
		return;
	to = json_new_map();
	json_set_give(to, "type", json_new_text(type));
	if (str_is(type, "json_schema")) {
		inside = json_new_map();
		for (size_t i = 0; i < sizeof members / sizeof *members; i++)
			give(inside, members[i], json_get(format, members[i]));
		json_set_give(to, "json_schema", inside);
	}
	json_set_give(doc, "response_format", to);
}

static bool includes(const struct json *body, const char *what)
{
	const struct json *list = json_get(body, "include");
	size_t n = json_count(list);

	for (size_t i = 0; i < n; i++)
		if (str_is(json_text(json_at(list, i)), what))
			return true;
	return false;
}

static void put_logprobs(const struct json *body, struct json *doc)
{
	const struct json *n = json_get(body, "top_logprobs");

	if (json_i64(n, 0) > 0)
		give(doc, "top_logprobs", n);
	if (json_i64(n, 0) > 0 || includes(body, "message.output_text.logprobs"))
		json_set_give(doc, "logprobs", json_new_flag(1));
}

cdt_status responses_canonical(struct exchange *x, struct json **out)
{
	struct json *body = json_parse_but(x->ask.body, ask_schemas), *doc;
	cdt_status st;

	if (!body)
		return CDT_E_INVALID;
	doc = json_new_map();
	json_set_give(doc, "schema", json_new_text(CDT_STR("chat/1")));
	for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
		give(doc, renamed[i].chats, json_get(body, renamed[i].ours));
	give(doc, "reasoning_effort", json_get(json_get(body, "reasoning"), "effort"));
	put_format(json_get(body, "text"), doc);
	put_logprobs(body, doc);
	st = responses_gather_tools(x, body);
	if (st == CDT_OK)
		st = skip_others(x, body);
	if (st == CDT_OK)
		st = responses_messages(x, body, doc);
	if (st == CDT_OK)
		st = responses_tools(x, body, doc);
	json_free(body);
	if (st == CDT_OK)
		*out = doc;
	else
		json_free(doc);
	return st;
}
