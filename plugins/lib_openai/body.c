/* lib_openai/body.c - request bodies out of canonical documents: which members go out, and in
 * which shape.  The messages are history.c's.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

static cdt_str str(const char *z) { return (cdt_str){ z, strlen(z) }; }

/* A host may know less than the client asks for: JSON, if not by this schema. */
static cdt_status put_format(const struct asking *a, cdt_val v)
{
	const char *formats = a->me->row.formats;
	cdt_str type = cdt_text(cdt_get(v, "type"));
	cdt_status st;

	if (!formats || openai_words_have(formats, type))
		return openai_member_put(a, CDT_STR("response_format"), v);
	if (cdt_is(type, "text"))
		return CDT_OK;
	st = openai_member_leave(a, CDT_STR("response_format"));
	if (st != CDT_OK || !openai_words_have(formats, CDT_STR("json_object")))
		return st;
	a->out->api->key(a->out, "response_format");
	cdt_open(a->out, '{');
	cdt_put_text(a->out, "type", CDT_STR("json_object"));
	cdt_close(a->out);
	return CDT_OK;
}

static cdt_status put_temperature(const struct asking *a, cdt_val v)
{
	double max = a->me->row.temperature_max;

	if (!(max > 0) || v.api->f64(v, 0) <= max)
		return openai_member_put(a, CDT_STR("temperature"), v);
	a->out->api->key(a->out, "temperature");
	a->out->api->f64(a->out, max);
	return CDT_OK;
}

static cdt_status put_logprobs(const struct asking *a, cdt_val v)
{
	int64_t top = cdt_i64(cdt_get(a->req->doc, "top_logprobs"), 0);

	if (!a->me->row.logprobs_number)
		return openai_member_put(a, CDT_STR("logprobs"), v);
	if (v.api->flag(v, 0))
		cdt_put_i64(a->out, "logprobs", top > 0 ? top : 1);
	return CDT_OK;
}

static cdt_status put_top_logprobs(const struct asking *a, cdt_val v)
{
	return a->me->row.logprobs_number ? CDT_OK
	                                  : openai_member_put(a, CDT_STR("top_logprobs"), v);
}

static cdt_status put_top_k(const struct asking *a, cdt_val v)
{
	return a->me->row.top_k ? openai_member_put(a, CDT_STR("top_k"), v)
	                        : openai_member_leave(a, CDT_STR("top_k"));
}

/* Of chat/1, in this order; put: those with a rule of their own. */
static const struct { const char *name; cdt_status (*put)(const struct asking *, cdt_val); }
chat_members[] = {
	{ "stop", NULL }, { "temperature", put_temperature }, { "top_p", NULL },
	{ "top_k", put_top_k }, { "n", NULL }, { "seed", NULL }, { "frequency_penalty", NULL },
	{ "presence_penalty", NULL }, { "logit_bias", NULL }, { "logprobs", put_logprobs },
	{ "top_logprobs", put_top_logprobs }, { "response_format", put_format },
	{ "reasoning_effort", openai_think_ask }, { "verbosity", NULL },
	{ "modalities", NULL }, { "audio", NULL }, { "prediction", NULL },
	{ "web_search_options", NULL }, { "service_tier", NULL }, { "user", NULL },
	{ "safety_identifier", NULL }, { "prompt_cache_key", NULL }, { "metadata", NULL },
	{ "store", NULL }, { NULL, NULL },
};

/* Written elsewhere, or for nobody: no member of these is unknown. */
static const char chat_ruled[] =
	"schema messages tools tool_choice parallel_tool_calls max_completion_tokens "
	"max_tokens cache_control model stream stream_options";
static const char other_ruled[] =
	"schema prompt input model stream stream_options top_k cache_control encoding_format";

static bool is_chat_member(cdt_str key)
{
	size_t i = 0;

	while (chat_members[i].name && !cdt_is(key, chat_members[i].name))
		i++;
	return chat_members[i].name || openai_words_have(chat_ruled, key);
}

bool openai_body_from_openai(const struct cdt_request *req)
{
	return cdt_is(req->dialect, "openai.chat");
}

/* Members that the canonical schema does not know.  A client of the same API meant them for
 * the host; those of another dialect mean nothing there, and unknown ones are refused. */
static cdt_status unknown(const struct asking *a, bool chat)
{
	cdt_val doc = a->req->doc, val;
	cdt_status st = CDT_OK;
	cdt_str key;

	for (size_t it = 0; st == CDT_OK && doc.api->next(doc, &it, &key, &val);)
		if (!(chat ? is_chat_member(key) : openai_words_have(other_ruled, key)))
			st = openai_member_put(a, key, val);
	return st;
}

/* Has the client said one of "a|b" itself? */
static bool said_one(cdt_val doc, cdt_str names)
{
	size_t at = 0;

	while (at < names.n) {
		char name[64];
		size_t n = 0;

		while (at + n < names.n && names.p[at + n] != '|')
			n++;
		if (n < sizeof name) {
			memcpy(name, names.p + at, n);
			name[n] = 0;
			if (cdt_type(cdt_get(doc, name)) > CDT_NULL)
				return true;
		}
		at += n + 1;
	}
	return false;
}

/* What the host is to be told in any case; the client's own word counts more. */
static void put_set(const struct asking *a)
{
	const char *at = a->me->row.set;
	cdt_str key, json;

	while (openai_words_next(&at, &key, &json)) {
		const char *bar = key.n ? memchr(key.p, '|', key.n) : NULL;

		if (!json.n || said_one(a->req->doc, key))
			continue;
		openai_body_key(a->out, bar ? (cdt_str){ key.p, (size_t)(bar - key.p) } : key);
		a->out->api->bytes(a->out, json);
	}
}

static void put_tool(const struct asking *a, cdt_val map)
{
	struct cdt_out *o = a->out;
	cdt_str key;
	cdt_val val;

	cdt_open(o, '{');
	for (size_t it = 0; map.api->next(map, &it, &key, &val);)
		if (a->me->row.cache_marks || !cdt_is(key, "cache_control")) {
			openai_body_key(o, key);
			o->api->val(o, val);
		}
	cdt_close(o);
}

static cdt_status put_choice(const struct asking *a, cdt_val choice)
{
	cdt_str word = cdt_type(choice) == CDT_MAP ? CDT_STR("named") : cdt_text(choice);

	if (!word.n || !a->me->row.choices || openai_words_have(a->me->row.choices, word))
		return openai_member_put(a, CDT_STR("tool_choice"), choice);
	return cdt_is(word, "auto") ? CDT_OK : openai_member_leave(a, CDT_STR("tool_choice"));
}

/* OpenAI refuses a tool_choice that has no tools to choose from. */
static cdt_status tools(const struct asking *a)
{
	cdt_val doc = a->req->doc, list = cdt_get(doc, "tools");
	size_t n = cdt_type(list) == CDT_LIST ? cdt_count(list) : 0;
	struct cdt_out *o = a->out;
	cdt_status st;

	if (!n)
		return CDT_OK;
	if (!openai_member_goes(a, CDT_STR("tools")))
		return openai_member_leave(a, CDT_STR("tools"));
	o->api->key(o, "tools");
	cdt_open(o, '[');
	for (size_t i = 0; i < n; i++)
		put_tool(a, cdt_at(list, i));
	cdt_close(o);
	st = put_choice(a, cdt_get(doc, "tool_choice"));
	return st == CDT_OK ? openai_member_put(a, CDT_STR("parallel_tool_calls"),
	                                        cdt_get(doc, "parallel_tool_calls")) : st;
}

static void streaming(const struct asking *a)
{
	struct cdt_out *o = a->out;

	if (!openai_turn_of(a->call)->stream)
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
	if (st == CDT_OK)
		st = tools(a);
	cdt_put_val(o, old ? "max_tokens" : "max_completion_tokens",
	            cdt_get(doc, "max_completion_tokens"));
	for (size_t i = 0; st == CDT_OK && chat_members[i].name; i++) {
		cdt_val v = cdt_get(doc, chat_members[i].name);

		if (cdt_type(v) > CDT_NULL && chat_members[i].put)
			st = chat_members[i].put(a, v);
		else
			st = openai_member_put(a, str(chat_members[i].name), v);
	}
	if (st == CDT_OK && openai_body_from_openai(a->req))
		st = unknown(a, true);
	put_set(a);
	streaming(a);
	cdt_close(o);
	return st;
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
	cdt_status st;

	cdt_open(o, '{');
	cdt_put_text(o, "model", a->req->model);
	one_or_all(o, "prompt", cdt_get(a->req->doc, "prompt"));
	st = unknown(a, false);
	streaming(a);
	cdt_close(o);
	return st;
}

/* base64 whatever the client wants: the gateway converts, and it is a quarter of the bytes. */
cdt_status openai_body_embed(const struct asking *a)
{
	const struct openai_host *row = &a->me->row;
	cdt_val input = cdt_get(a->req->doc, "input");
	struct cdt_out *o = a->out;
	cdt_status st;

	if (row->inputs_max > 0 && (int64_t)cdt_count(input) > row->inputs_max)
		return openai_member_refuse(a, "input", "This provider does not take so many "
		                                        "inputs at once.");
	cdt_open(o, '{');
	cdt_put_text(o, "model", a->req->model);
	one_or_all(o, "input", input);
	st = unknown(a, false);
	if (row->input_type && cdt_type(cdt_get(a->req->doc, "input_type")) <= CDT_NULL)
		cdt_put_text(o, "input_type", str(row->input_type));
	cdt_put_text(o, "encoding_format", row->no_base64 ? CDT_STR("float")
	                                                  : CDT_STR("base64"));
	cdt_close(o);
	return st;
}
