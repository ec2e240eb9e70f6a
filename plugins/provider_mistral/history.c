/* provider_mistral/history.c - the conversation in the order and with the members that Mistral
 * takes: no user right after a tool, no empty assistant, a last assistant is gone on from.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

static bool is_role(cdt_val m, const char *name)
{
	return cdt_is(cdt_text(cdt_get(m, "role")), name);
}

static cdt_str said_by(cdt_val part)
{
	if (mistral_type_is(part, "text"))
		return cdt_text(cdt_get(part, "text"));
	return mistral_type_is(part, "refusal") ? cdt_text(cdt_get(part, "refusal"))
	                                        : CDT_STR("");
}

cdt_status mistral_joined(const struct asking *a, cdt_val parts, cdt_str *out)
{
	size_t count = cdt_count(parts), n = 0;
	char *text;

	for (size_t i = 0; i < count; i++)
		n += said_by(cdt_at(parts, i)).n + 1;
	text = a->call->api->scratch(a->call, n + 1);
	*out = (cdt_str){ text, 0 };
	for (size_t i = 0; text && i < count; i++) {
		cdt_str s = said_by(cdt_at(parts, i));

		if (!s.n)
			continue;
		if (out->n)
			text[out->n++] = '\n';
		memcpy(text + out->n, s.p, s.n);
		out->n += s.n;
	}
	return text ? CDT_OK : CDT_E_NOMEM;
}

bool mistral_takes_thoughts(const struct asking *a)
{
	static const char family[] = "magistral";
	cdt_str model = a->req->model, effort = cdt_text(cdt_get(a->req->doc,
	                                                         "reasoning_effort"));

	if (cdt_text(cdt_get(a->req->doc, "prompt_mode")).n)
		return true;
	if (effort.n)
		return !cdt_is(effort, "none");
	return model.n >= sizeof family - 1 &&
	       memcmp(model.p, family, sizeof family - 1) == 0;
}

/* Opaque thoughts of others mean nothing there, and neither do empty texts. */
static bool goes(const struct asking *a, cdt_val part)
{
	if (mistral_type_is(part, "reasoning"))
		return mistral_takes_thoughts(a) && has_text(cdt_get(part, "text"));
	if (mistral_type_is(part, "text") || mistral_type_is(part, "refusal"))
		return said_by(part).n > 0;
	return true;
}

static size_t going(const struct asking *a, cdt_val content, cdt_val *only)
{
	size_t n = 0;

	for (size_t i = 0; i < cdt_count(content); i++)
		if (goes(a, cdt_at(content, i))) {
			*only = cdt_at(content, i);
			n++;
		}
	return n;
}

static cdt_status write_content(const struct asking *a, cdt_val content)
{
	struct cdt_out *o = a->out;
	cdt_val only = content;
	size_t n = going(a, content, &only);
	cdt_status st = CDT_OK;

	o->api->key(o, "content");
	if (!n || (n == 1 && said_by(only).n)) {
		o->api->text(o, n ? said_by(only) : CDT_STR(""));
		return CDT_OK;
	}
	cdt_open(o, '[');
	for (size_t i = 0; st == CDT_OK && i < cdt_count(content); i++)
		if (goes(a, cdt_at(content, i)))
			st = mistral_part(a, cdt_at(content, i));
	cdt_close(o);
	return st;
}

/* A custom call is one of a function with one text. */
static cdt_str arguments_of(const struct asking *a, cdt_val call)
{
	cdt_val input = cdt_get(cdt_get(call, "custom"), "input");
	cdt_str text = cdt_text(cdt_get(cdt_get(call, "function"), "arguments"));
	cdt_str pieces[3] = { CDT_STR("{\"input\":"), CDT_STR(""), CDT_STR("}") };

	if (cdt_type(input) != CDT_TEXT)
		return text.n ? text : CDT_STR("{}");
	pieces[1] = input.api->raw(input);
	return mistral_glued(a->call, pieces, 3);
}

static void write_call(const struct asking *a, cdt_val call)
{
	struct cdt_out *o = a->out;
	cdt_val function = cdt_get(call, "function");

	if (cdt_type(function) != CDT_MAP)
		function = cdt_get(call, "custom");
	cdt_open(o, '{');
	cdt_put_text(o, "id", mistral_id(a->call, cdt_text(cdt_get(call, "id"))));
	cdt_put_text(o, "type", CDT_STR("function"));
	o->api->key(o, "function");
	cdt_open(o, '{');
	cdt_put_text(o, "name", cdt_text(cdt_get(function, "name")));
	cdt_put_text(o, "arguments", arguments_of(a, call));
	cdt_close(o);
	cdt_close(o);
}

static void write_assistant(const struct asking *a, cdt_val m, bool last)
{
	struct cdt_out *o = a->out;
	cdt_val calls = cdt_get(m, "tool_calls"), prefix = cdt_get(m, "prefix");
	size_t n = cdt_count(calls);

	if (n) {
		o->api->key(o, "tool_calls");
		cdt_open(o, '[');
		for (size_t i = 0; i < n; i++)
			write_call(a, cdt_at(calls, i));
		cdt_close(o);
	}
	if (last && !n)
		cdt_put_flag(o, "prefix", 1);
	else
		cdt_put_val(o, "prefix", prefix);
}

static void write_result(const struct asking *a, cdt_val m)
{
	cdt_put_text(a->out, "tool_call_id",
	             mistral_id(a->call, cdt_text(cdt_get(m, "tool_call_id"))));
	cdt_put_val(a->out, "name", cdt_get(m, "name"));
}

static cdt_status write_message(const struct asking *a, cdt_val m, bool last)
{
	struct cdt_out *o = a->out;
	cdt_status st;

	cdt_open(o, '{');
	cdt_put_text(o, "role", cdt_text(cdt_get(m, "role")));
	st = write_content(a, cdt_get(m, "content"));
	if (is_role(m, "assistant"))
		write_assistant(a, m, last);
	else if (is_role(m, "tool"))
		write_result(a, m);
	cdt_close(o);
	return st;
}

/* Between a tool's result and what is not the assistant's. */
static void write_bridge(struct cdt_out *o)
{
	cdt_open(o, '{');
	cdt_put_text(o, "role", CDT_STR("assistant"));
	cdt_put_text(o, "content", CDT_STR("OK."));
	cdt_close(o);
}

static bool is_empty(const struct asking *a, cdt_val m)
{
	cdt_val any;

	return is_role(m, "assistant") && !cdt_count(cdt_get(m, "tool_calls")) &&
	       !going(a, cdt_get(m, "content"), &any);
}

cdt_status mistral_history(const struct asking *a, cdt_val messages)
{
	size_t n = cdt_count(messages);
	bool after_tool = false;
	cdt_status st = CDT_OK;

	a->out->api->key(a->out, "messages");
	cdt_open(a->out, '[');
	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		cdt_val m = cdt_at(messages, i);

		if (is_empty(a, m))
			continue;
		if (after_tool && !is_role(m, "tool") && !is_role(m, "assistant"))
			write_bridge(a->out);
		after_tool = is_role(m, "tool");
		st = write_message(a, m, i + 1 == n);
	}
	cdt_close(a->out);
	return st;
}
