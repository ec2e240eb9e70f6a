/* provider_mistral/chat.c - the body of a chat: only members that Mistral knows, tools with the
 * members it wants, and choices in its words.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

/* Of chat/1, with what is written elsewhere in this file left out. */
static const char *const canonical[] = {
	"stop", "temperature", "top_p", "top_k", "n", "seed", "frequency_penalty",
	"presence_penalty", "logit_bias", "logprobs", "top_logprobs", "response_format",
	"verbosity", "modalities", "audio", "web_search_options", "service_tier", "user",
	"safety_identifier", "prompt_cache_key", "metadata", "store", NULL
};
static const char elsewhere[] =
	"schema messages tools tool_choice parallel_tool_calls max_completion_tokens "
	"max_tokens cache_control model stream stream_options reasoning_effort prediction";

static bool same(cdt_str a, cdt_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static cdt_str name_of(cdt_val v)
{
	return cdt_text(cdt_get(cdt_get(v, "function"), "name"));
}

static bool allowed(cdt_val choice, cdt_val tool)
{
	cdt_val list = cdt_get(cdt_get(choice, "allowed_tools"), "tools");

	if (!mistral_type_is(tool, "function"))
		return false;
	if (cdt_type(list) != CDT_LIST)
		return true;
	for (size_t i = 0; i < cdt_count(list); i++)
		if (same(name_of(cdt_at(list, i)), name_of(tool)))
			return true;
	return false;
}

/* A function without parameters has none there, and an empty map here. */
static void put_function(struct cdt_out *o, cdt_val f)
{
	cdt_val parameters = cdt_get(f, "parameters");

	cdt_open(o, '{');
	cdt_put_val(o, "name", cdt_get(f, "name"));
	cdt_put_val(o, "description", cdt_get(f, "description"));
	cdt_put_val(o, "strict", cdt_get(f, "strict"));
	if (cdt_type(parameters) == CDT_MAP) {
		cdt_put_val(o, "parameters", parameters);
	} else {
		o->api->key(o, "parameters");
		o->api->bytes(o, CDT_STR("{\"type\":\"object\",\"properties\":{}}"));
	}
	cdt_close(o);
}

static void put_tools(struct cdt_out *o, cdt_val list, cdt_val choice)
{
	o->api->key(o, "tools");
	cdt_open(o, '[');
	for (size_t i = 0; i < cdt_count(list); i++) {
		if (!allowed(choice, cdt_at(list, i)))
			continue;
		cdt_open(o, '{');
		cdt_put_text(o, "type", CDT_STR("function"));
		o->api->key(o, "function");
		put_function(o, cdt_get(cdt_at(list, i), "function"));
		cdt_close(o);
	}
	cdt_close(o);
}

/* "any" is what "required" was called first: older models know nothing else. */
static cdt_status put_choice(const struct asking *a, cdt_val choice)
{
	cdt_str mode = cdt_text(cdt_get(cdt_get(choice, "allowed_tools"), "mode"));
	cdt_str word = cdt_type(choice) == CDT_TEXT ? cdt_text(choice) : mode;

	if (mistral_type_is(choice, "custom"))
		return openai_member_leave(a, CDT_STR("tool_choice"));
	if (cdt_is(word, "required"))
		cdt_put_text(a->out, "tool_choice", CDT_STR("any"));
	else if (word.n)
		cdt_put_text(a->out, "tool_choice", word);
	else
		cdt_put_val(a->out, "tool_choice", choice);
	return CDT_OK;
}

static cdt_status tools(const struct asking *a)
{
	cdt_val doc = a->req->doc, list = cdt_get(doc, "tools");
	cdt_val choice = cdt_get(doc, "tool_choice");
	size_t n = cdt_count(list), offered = 0;
	bool custom = false;
	cdt_status st;

	for (size_t i = 0; i < n; i++) {
		custom = custom || !mistral_type_is(cdt_at(list, i), "function");
		offered += allowed(choice, cdt_at(list, i));
	}
	st = custom ? openai_member_leave(a, CDT_STR("tools")) : CDT_OK;
	if (st != CDT_OK || !offered)
		return st;
	put_tools(a->out, list, choice);
	st = put_choice(a, choice);
	cdt_put_val(a->out, "parallel_tool_calls", cdt_get(doc, "parallel_tool_calls"));
	return st;
}

/* Only a text there; here it may be a list of parts. */
static cdt_status put_prediction(const struct asking *a)
{
	cdt_val v = cdt_get(cdt_get(a->req->doc, "prediction"), "content");
	cdt_str text = cdt_text(v);
	cdt_status st = CDT_OK;

	if (cdt_type(v) == CDT_LIST)
		st = mistral_joined(a, v, &text);
	if (st != CDT_OK || !text.n)
		return st;
	a->out->api->key(a->out, "prediction");
	cdt_open(a->out, '{');
	cdt_put_text(a->out, "type", CDT_STR("content"));
	cdt_put_text(a->out, "content", text);
	cdt_close(a->out);
	return CDT_OK;
}

static bool is_canonical(cdt_str key)
{
	size_t i = 0;

	while (canonical[i] && !cdt_is(key, canonical[i]))
		i++;
	return canonical[i] || openai_words_have(elsewhere, key);
}

/* Mistral's own members, from clients that know them. */
static cdt_status put_unknown(const struct asking *a)
{
	cdt_val doc = a->req->doc, v;
	cdt_status st = CDT_OK;
	cdt_str key;

	for (size_t it = 0; st == CDT_OK && doc.api->next(doc, &it, &key, &v);)
		if (!is_canonical(key) && (openai_body_from_openai(a->req) ||
		                           openai_words_have(a->me->row.only, key)))
			st = openai_member_put(a, key, v);
	return st;
}

static cdt_status members(const struct asking *a)
{
	const struct mistral *me = (const struct mistral *)(const void *)a->me;
	cdt_val doc = a->req->doc;
	cdt_status st = CDT_OK;

	cdt_put_val(a->out, "max_tokens", cdt_get(doc, "max_completion_tokens"));
	for (size_t i = 0; st == CDT_OK && canonical[i]; i++)
		st = openai_member_put(a, (cdt_str){ canonical[i], strlen(canonical[i]) },
		                       cdt_get(doc, canonical[i]));
	if (st == CDT_OK)
		st = openai_think_ask(a, cdt_get(doc, "reasoning_effort"));
	if (st == CDT_OK)
		st = put_prediction(a);
	if (me->safe_prompt && cdt_type(cdt_get(doc, "safe_prompt")) <= CDT_NULL)
		cdt_put_flag(a->out, "safe_prompt", 1);
	return st == CDT_OK ? put_unknown(a) : st;
}

cdt_status mistral_body_chat(const struct asking *a)
{
	cdt_status st;

	cdt_open(a->out, '{');
	cdt_put_text(a->out, "model", a->req->model);
	st = mistral_history(a, cdt_get(a->req->doc, "messages"));
	if (st == CDT_OK)
		st = tools(a);
	if (st == CDT_OK)
		st = members(a);
	if (a->req->flags & CDT_REQ_STREAM)
		cdt_put_flag(a->out, "stream", 1);
	cdt_close(a->out);
	return st;
}
