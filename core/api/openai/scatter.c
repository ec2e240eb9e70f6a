/* api/openai/scatter.c - a whole answer becomes the chunks of a stream: for each choice one
 * with what it says and one with its end, then usage.
 * SPDX-License-Identifier: MIT */
#include "api/openai/gather.h"
#include "base/jsonwalk.h"
#include "base/str.h"
#include "cache/kept.h"

struct scattering {
	cdt_str body;
	const char *object, *wrapper;
	struct buf *out;               /* frames; the last one is being written */
	size_t begun;
};

static void comma(struct buf *out)
{
	char last = out->n ? out->p[out->n - 1] : '{';

	if (last != '{' && last != '[' && last != ':')
		buf_add_c(out, ',');
}

static void put(struct buf *out, cdt_str key, cdt_str value)
{
	comma(out);
	buf_add_c(out, '"');
	buf_add(out, key);
	buf_add_z(out, "\":");
	buf_add(out, value);
}

/* All that stands beside the choices, and "choices":[ */
static void begin(struct scattering *s)
{
	cdt_str rest = jsonwalk_inside(s->body), key, value;

	s->begun = kept_begin(s->out);
	buf_add_c(s->out, '{');
	while (jsonwalk_member(&rest, &key, &value)) {
		if (str_is(key, "choices") || str_is(key, "usage"))
			continue;
		if (str_is(key, "object")) {
			comma(s->out);
			buf_print(s->out, "\"object\":\"%s\"", s->object);
		} else {
			put(s->out, key, value);
		}
	}
	put(s->out, CDT_STR("choices"), CDT_STR("["));
}

static cdt_status end(struct scattering *s, cdt_str usage)
{
	buf_add_c(s->out, ']');
	if (usage.p)
		put(s->out, CDT_STR("usage"), usage);
	buf_add_c(s->out, '}');
	return kept_end(s->out, s->begun);
}

/* Elements say which they are. */
static void put_calls(struct buf *out, cdt_str calls)
{
	cdt_str rest = jsonwalk_inside(calls), call;

	put(out, CDT_STR("tool_calls"), CDT_STR("["));
	for (int i = 0; jsonwalk_element(&rest, &call); i++) {
		comma(out);
		buf_print(out, "{\"index\":%d", i);
		if (jsonwalk_blanks(jsonwalk_inside(call)).n > 1)
			buf_add_c(out, ',');
		buf_add(out, jsonwalk_inside(call));
	}
	buf_add_c(out, ']');
}

static void put_message(struct scattering *s, cdt_str message)
{
	cdt_str rest = jsonwalk_inside(message), key, value;

	put(s->out, str_z(s->wrapper), CDT_STR("{"));
	while (jsonwalk_member(&rest, &key, &value))
		if (str_is(key, "tool_calls") && jsonwalk_type(value) == CDT_LIST)
			put_calls(s->out, value);
		else
			put(s->out, key, value);
	buf_add_c(s->out, '}');
}

/* What it says, but not yet its end. */
static cdt_status put_choice(struct scattering *s, cdt_str choice)
{
	cdt_str rest = jsonwalk_inside(choice), key, value;

	begin(s);
	buf_add_c(s->out, '{');
	while (jsonwalk_member(&rest, &key, &value)) {
		if (s->wrapper && str_is(key, "message") && jsonwalk_type(value) == CDT_MAP)
			put_message(s, value);
		else if (str_is(key, "finish_reason"))
			put(s->out, key, CDT_STR("null"));
		else
			put(s->out, key, value);
	}
	buf_add_c(s->out, '}');
	return end(s, (cdt_str){ NULL, 0 });
}

static cdt_status put_end(struct scattering *s, cdt_str choice)
{
	cdt_str index = jsonwalk_get(choice, "index");

	begin(s);
	buf_add_c(s->out, '{');
	put(s->out, CDT_STR("index"), index.p ? index : CDT_STR("0"));
	put(s->out, s->wrapper ? str_z(s->wrapper) : CDT_STR("text"),
	    s->wrapper ? CDT_STR("{}") : CDT_STR("\"\""));
	put(s->out, CDT_STR("logprobs"), CDT_STR("null"));
	put(s->out, CDT_STR("finish_reason"), jsonwalk_get(choice, "finish_reason"));
	buf_add_c(s->out, '}');
	return end(s, (cdt_str){ NULL, 0 });
}

static cdt_status scatter(struct scattering *s)
{
	cdt_str choices = jsonwalk_get(s->body, "choices"), choice, rest;
	cdt_str usage = jsonwalk_get(s->body, "usage");
	cdt_status st = CDT_OK;

	if (!choices.p || jsonwalk_type(choices) != CDT_LIST)
		return CDT_E_UNSUPPORTED;
	rest = jsonwalk_inside(choices);
	while (st == CDT_OK && jsonwalk_element(&rest, &choice)) {
		if (jsonwalk_type(choice) != CDT_MAP)
			return CDT_E_UNSUPPORTED;
		st = put_choice(s, choice);
		if (st == CDT_OK && jsonwalk_get(choice, "finish_reason").p)
			st = put_end(s, choice);
	}
	if (st != CDT_OK || !usage.p)
		return st;
	begin(s);
	return end(s, usage);
}

cdt_status openai_scatter(cdt_str body, const char *object, const char *wrapper,
                          struct buf *frames)
{
	struct scattering s = { .body = body, .object = object, .wrapper = wrapper,
	                        .out = frames };

	return scatter(&s);
}
