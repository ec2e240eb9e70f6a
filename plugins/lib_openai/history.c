/* lib_openai/history.c - canonical messages as Chat Completions takes them: no reasoning,
 * no cache marks, a lone text as a string, pictures of tools in a message of their own.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

static bool is_type(cdt_val part, const char *name)
{
	return cdt_is(cdt_text(cdt_get(part, "type")), name);
}

static bool is_role(cdt_val message, const char *name)
{
	return cdt_is(cdt_text(cdt_get(message, "role")), name);
}

/* Which parts of a message are meant. */
enum wanted { ALL_BUT_REASONING, TEXT_ONLY, MEDIA_ONLY };

static bool fits(cdt_val part, enum wanted wanted)
{
	switch (wanted) {
	case TEXT_ONLY: return is_type(part, "text");
	case MEDIA_ONLY: return !is_type(part, "text") && !is_type(part, "reasoning");
	default: return !is_type(part, "reasoning");
	}
}

static size_t count_fitting(cdt_val content, enum wanted wanted)
{
	size_t n = cdt_count(content), fitting = 0;

	for (size_t i = 0; i < n; i++)
		fitting += fits(cdt_at(content, i), wanted);
	return fitting;
}

static cdt_val first_fitting(cdt_val content, enum wanted wanted)
{
	size_t i = 0;

	while (!fits(cdt_at(content, i), wanted))
		i++;
	return cdt_at(content, i);
}

static void write_part(const struct asking *a, cdt_val part)
{
	struct cdt_out *o = a->out;
	cdt_str key;
	cdt_val val;

	if (a->me->row.part && a->me->row.part(o, part))
		return;
	cdt_open(o, '{');
	for (size_t it = 0; part.api->next(part, &it, &key, &val);)
		if (!cdt_is(key, "cache_control")) {
			openai_body_key(o, key);
			o->api->val(o, val);
		}
	cdt_close(o);
}

static void write_parts(const struct asking *a, cdt_val content, enum wanted wanted)
{
	size_t n = cdt_count(content);

	for (size_t i = 0; i < n; i++)
		if (fits(cdt_at(content, i), wanted))
			write_part(a, cdt_at(content, i));
}

/* calls: nothing to say is null then, and "" otherwise. */
static void write_content(const struct asking *a, cdt_val content, enum wanted wanted,
                          bool calls)
{
	size_t n = count_fitting(content, wanted);
	cdt_val first = n == 1 ? first_fitting(content, wanted) : content;
	struct cdt_out *o = a->out;

	o->api->key(o, "content");
	if (n == 0 && calls) {
		o->api->bytes(o, CDT_STR("null"));
	} else if (n == 0) {
		o->api->text(o, CDT_STR(""));
	} else if (n == 1 && is_type(first, "text")) {
		o->api->text(o, cdt_text(cdt_get(first, "text")));
	} else {
		cdt_open(o, '[');
		write_parts(a, content, wanted);
		cdt_close(o);
	}
}

static void write_id(const struct asking *a, const char *name, cdt_val id)
{
	if (!a->me->row.tool_id)
		cdt_put_val(a->out, name, id);
	else if (cdt_text(id).n)
		cdt_put_text(a->out, name, a->me->row.tool_id(a->call, cdt_text(id)));
}

static void write_call(const struct asking *a, cdt_val call)
{
	struct cdt_out *o = a->out;
	cdt_str key;
	cdt_val val;

	cdt_open(o, '{');
	write_id(a, "id", cdt_get(call, "id"));
	for (size_t it = 0; call.api->next(call, &it, &key, &val);)
		if (!cdt_is(key, "id")) {
			openai_body_key(o, key);
			o->api->val(o, val);
		}
	cdt_close(o);
}

static void write_calls(const struct asking *a, cdt_val calls)
{
	size_t n = cdt_count(calls);

	if (!a->me->row.tool_id) {
		cdt_put_val(a->out, "tool_calls", calls);
		return;
	}
	a->out->api->key(a->out, "tool_calls");
	cdt_open(a->out, '[');
	for (size_t i = 0; i < n; i++)
		write_call(a, cdt_at(calls, i));
	cdt_close(a->out);
}

static void write_message(const struct asking *a, cdt_val m)
{
	cdt_val calls = cdt_get(m, "tool_calls");
	bool has_calls = cdt_type(calls) == CDT_LIST && cdt_count(calls) > 0;
	struct cdt_out *o = a->out;

	cdt_open(o, '{');
	cdt_put_val(o, "role", cdt_get(m, "role"));
	write_content(a, cdt_get(m, "content"),
	              is_role(m, "tool") ? TEXT_ONLY : ALL_BUT_REASONING, has_calls);
	cdt_put_val(o, "name", cdt_get(m, "name"));
	if (has_calls)
		write_calls(a, calls);
	write_id(a, "tool_call_id", cdt_get(m, "tool_call_id"));
	cdt_put_val(o, "audio", cdt_get(m, "audio"));
	cdt_close(o);
}

/* Tool messages from..to-1 are an unbroken run.  OpenAI takes only text in them, and nothing
 * in between: what else they hold follows as the user's. */
static void write_media(const struct asking *a, cdt_val messages, size_t from, size_t to)
{
	struct cdt_out *o = a->out;
	size_t media = 0;

	for (size_t i = from; i < to; i++)
		media += count_fitting(cdt_get(cdt_at(messages, i), "content"), MEDIA_ONLY);
	if (!media)
		return;
	cdt_open(o, '{');
	cdt_put_text(o, "role", CDT_STR("user"));
	o->api->key(o, "content");
	cdt_open(o, '[');
	for (size_t i = from; i < to; i++)
		write_parts(a, cdt_get(cdt_at(messages, i), "content"), MEDIA_ONLY);
	cdt_close(o);
	cdt_close(o);
}

cdt_status openai_history_write(const struct asking *a, cdt_val messages)
{
	size_t n = cdt_count(messages), run = 0;
	struct cdt_out *o = a->out;

	o->api->key(o, "messages");
	cdt_open(o, '[');
	for (size_t i = 0; i < n; i++) {
		cdt_val m = cdt_at(messages, i);

		write_message(a, m);
		if (!is_role(m, "tool"))
			run = i + 1;
		else if (i + 1 == n || !is_role(cdt_at(messages, i + 1), "tool"))
			write_media(a, messages, run, i + 1);
	}
	cdt_close(o);
	return CDT_OK;
}
