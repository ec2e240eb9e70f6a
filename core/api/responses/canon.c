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

static void put_logprobs(const struct json *body, struct json *doc)
{
	const struct json *n = json_get(body, "top_logprobs");

	if (json_i64(n, 0) <= 0)
		return;
	give(doc, "top_logprobs", n);
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
