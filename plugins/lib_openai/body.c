/* lib_openai/body.c - request bodies out of canonical documents: which members go out.
 * The messages are history.c's.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

/* Of chat/1, as they are, in this order.  Those with a rule of their own are not here. */
static const char *const chat_members[] = {
	"stop", "temperature", "top_p", "n", "seed", "frequency_penalty", "presence_penalty",
	"logit_bias", "logprobs", "top_logprobs", "response_format", "reasoning_effort",
	"verbosity", "modalities", "audio", "prediction", "web_search_options", "service_tier",
	"user", "safety_identifier", "prompt_cache_key", "metadata", "store", NULL
};

/* Written by a rule of their own, or refused by OpenAI. */
static const char *const chat_ruled[] = {
	"schema", "messages", "tools", "tool_choice", "parallel_tool_calls",
	"max_completion_tokens", "max_tokens", "top_k", "cache_control", "model", "stream",
	"stream_options", NULL
};
static const char *const other_ruled[] = {
	"schema", "prompt", "input", "model", "stream", "stream_options", "top_k",
	"cache_control", "encoding_format", NULL
};

static bool among(const char *const *names, cdt_str key)
{
	while (*names && !cdt_is(key, *names))
		names++;
	return *names != NULL;
}

/* Members that the canonical schema does not know.  A client of the same API meant them for
 * OpenAI; those of another dialect mean nothing there, and unknown ones are refused. */
static void unknown(struct cdt_out *o, cdt_val doc, const char *const *known,
                    const char *const *ruled)
{
	cdt_str key;
	cdt_val val;

	for (size_t it = 0; doc.api->next(doc, &it, &key, &val);)
		if (!among(ruled, key) && !(known && among(known, key))) {
			openai_body_key(o, key);
			o->api->val(o, val);
		}
}

static bool from_openai(const struct cdt_request *req)
{
	return cdt_is(req->dialect, "openai.chat");
}

static void without_marks(struct cdt_out *o, cdt_val map)
{
	cdt_str key;
	cdt_val val;

	cdt_open(o, '{');
	for (size_t it = 0; map.api->next(map, &it, &key, &val);)
		if (!cdt_is(key, "cache_control")) {
			openai_body_key(o, key);
			o->api->val(o, val);
		}
	cdt_close(o);
}

/* OpenAI refuses a tool_choice that has no tools to choose from. */
static void tools(struct cdt_out *o, cdt_val doc)
{
	cdt_val list = cdt_get(doc, "tools");
	size_t n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;

	if (!n)
		return;
	o->api->key(o, "tools");
	cdt_open(o, '[');
	for (size_t i = 0; i < n; i++)
		without_marks(o, cdt_at(list, i));
	cdt_close(o);
	cdt_put_val(o, "tool_choice", cdt_get(doc, "tool_choice"));
	cdt_put_val(o, "parallel_tool_calls", cdt_get(doc, "parallel_tool_calls"));
}

static void streaming(const struct asking *a)
{
	struct cdt_out *o = a->out;

	if (!(a->req->flags & CDT_REQ_STREAM))
		return;
	cdt_put_flag(o, "stream", 1);
	if (a->me->row.no_stream_options)
		return;
	o->api->key(o, "stream_options");
	cdt_open(o, '{');
	cdt_put_flag(o, "include_usage", 1);
	cdt_close(o);
}

cdt_status openai_body_chat(const struct asking *a)
{
	cdt_val doc = a->req->doc;
	struct cdt_out *o = a->out;
	bool old = a->me->row.limit == LIMIT_OLD;
	cdt_status st;

	cdt_open(o, '{');
	cdt_put_text(o, "model", a->req->model);
	st = openai_history_write(a, cdt_get(doc, "messages"));
	if (st != CDT_OK)
		return st;
	tools(o, doc);
	cdt_put_val(o, old ? "max_tokens" : "max_completion_tokens",
	            cdt_get(doc, "max_completion_tokens"));
	for (const char *const *name = chat_members; *name; name++)
		cdt_put_val(o, *name, cdt_get(doc, *name));
	if (from_openai(a->req))
		unknown(o, doc, chat_members, chat_ruled);
	streaming(a);
	cdt_close(o);
	return CDT_OK;
}

/* A list of one goes out as the one: old servers know nothing else. */
static void one_or_all(struct cdt_out *o, const char *name, cdt_val list)
{
	cdt_val first = cdt_at(list, 0);
	bool single = cdt_count(list) == 1 && cdt_type(first) == CDT_TEXT;

	cdt_put_val(o, name, single ? first : list);
}

cdt_status openai_body_complete(const struct asking *a)
{
	struct cdt_out *o = a->out;

	cdt_open(o, '{');
	cdt_put_text(o, "model", a->req->model);
	one_or_all(o, "prompt", cdt_get(a->req->doc, "prompt"));
	unknown(o, a->req->doc, NULL, other_ruled);
	streaming(a);
	cdt_close(o);
	return CDT_OK;
}

/* base64 whatever the client wants: the gateway converts, and it is a quarter of the bytes. */
cdt_status openai_body_embed(const struct asking *a)
{
	struct cdt_out *o = a->out;

	cdt_open(o, '{');
	cdt_put_text(o, "model", a->req->model);
	one_or_all(o, "input", cdt_get(a->req->doc, "input"));
	unknown(o, a->req->doc, NULL, other_ruled);
	cdt_put_text(o, "encoding_format", CDT_STR("base64"));
	cdt_close(o);
	return CDT_OK;
}
