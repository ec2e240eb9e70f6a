/* lib_openai/history.c - canonical messages as Chat Completions takes them: no reasoning,
 * no cache marks, a lone text as a string, pictures of tools in a message of their own.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
		if (a->me->row.cache_marks || !cdt_is(key, "cache_control")) {
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

/* Marks can stand on a part only: one that has them is no bare string. */
static bool is_bare(const struct asking *a, cdt_val part)
{
	return is_type(part, "text") &&
	       (!a->me->row.cache_marks ||
	        cdt_type(cdt_get(part, "cache_control")) <= CDT_NULL);
}

static bool all_bare(const struct asking *a, cdt_val content, enum wanted wanted)
{
	size_t n = cdt_count(content);

	for (size_t i = 0; i < n; i++)
		if (fits(cdt_at(content, i), wanted) && !is_bare(a, cdt_at(content, i)))
			return false;
	return true;
}

/* Several texts as one, a line for each. */
static bool write_joined(const struct asking *a, cdt_val content, enum wanted wanted)
{
	size_t count = cdt_count(content), size = 0, n = 0;
	char *text;

	for (size_t i = 0; i < count; i++)
		if (fits(cdt_at(content, i), wanted))
			size += cdt_text(cdt_get(cdt_at(content, i), "text")).n + 1;
	text = a->call->api->scratch(a->call, size + 1);
	for (size_t i = 0; text && i < count; i++) {
		cdt_str s = cdt_text(cdt_get(cdt_at(content, i), "text"));

		if (!fits(cdt_at(content, i), wanted))
			continue;
		if (n)
			text[n++] = '\n';
		if (s.n)
			memcpy(text + n, s.p, s.n);
		n += s.n;
	}
	if (text)
		a->out->api->text(a->out, (cdt_str){ text, n });
	return text != NULL;
}

/* calls: nothing to say is null then, and "" otherwise. */
static cdt_status write_content(const struct asking *a, cdt_val content, enum wanted wanted,
                                bool calls)
{
	size_t n = count_fitting(content, wanted);
	cdt_val first = n == 1 ? first_fitting(content, wanted) : content;
	struct cdt_out *o = a->out;

	o->api->key(o, "content");
	if (n == 0 && calls && !a->me->row.empty_content) {
		o->api->bytes(o, CDT_STR("null"));
	} else if (n == 0) {
		o->api->text(o, CDT_STR(""));
	} else if (n == 1 && is_bare(a, first)) {
		o->api->text(o, cdt_text(cdt_get(first, "text")));
	} else if (a->me->row.join_text && all_bare(a, content, wanted)) {
		return write_joined(a, content, wanted) ? CDT_OK : CDT_E_NOMEM;
	} else {
		cdt_open(o, '[');
		write_parts(a, content, wanted);
		cdt_close(o);
	}
	return CDT_OK;
}

/* Longer ids, of other providers, are refused: they keep their beginning, and the same becomes
 * the same wherever it stands. */
static cdt_str short_id(const struct asking *a, cdt_str id)
{
	enum { ID_MAX = 40, HASH_DIGITS = 16, KEPT = ID_MAX - HASH_DIGITS - 1 };
	char *out = id.n > ID_MAX ? a->call->api->scratch(a->call, ID_MAX + 1) : NULL;
	uint64_t h = UINT64_C(14695981039346656037);     /* FNV-1a */

	if (!out)
		return id;
	for (size_t i = 0; i < id.n; i++)
		h = (h ^ (unsigned char)id.p[i]) * UINT64_C(1099511628211);
	memcpy(out, id.p, KEPT);
	(void)snprintf(out + KEPT, ID_MAX + 1 - KEPT, "_%016" PRIx64, h);
	return (cdt_str){ out, ID_MAX };
}

static void write_id(const struct asking *a, const char *name, cdt_val id)
{
	cdt_str text = cdt_text(id);

	if (!text.n && !a->me->row.tool_id)
		cdt_put_val(a->out, name, id);
	else if (text.n)
		cdt_put_text(a->out, name, a->me->row.tool_id
		             ? a->me->row.tool_id(a->call, text) : short_id(a, text));
}

static void write_call(const struct asking *a, cdt_val call)
{
	struct cdt_out *o = a->out;
	cdt_str key;
	cdt_val val;

	cdt_open(o, '{');
	write_id(a, "id", cdt_get(call, "id"));
	for (size_t it = 0; call.api->next(call, &it, &key, &val);)
		if (!cdt_is(key, "id") && !cdt_is(key, "cache_control")) {
			openai_body_key(o, key);
			o->api->val(o, val);
		}
	cdt_close(o);
}

static void write_calls(const struct asking *a, cdt_val calls)
{
	size_t n = cdt_count(calls);

	a->out->api->key(a->out, "tool_calls");
	cdt_open(a->out, '[');
	for (size_t i = 0; i < n; i++)
		write_call(a, cdt_at(calls, i));
	cdt_close(a->out);
}

static bool begins(cdt_str s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* A client's word is no path on the machine of a server of our own. */
static cdt_status check_part(const struct asking *a, cdt_val part)
{
	cdt_str type = cdt_text(cdt_get(part, "type")), url;

	if (cdt_is(type, "text") || cdt_is(type, "reasoning"))
		return CDT_OK;
	if (a->me->row.parts && !openai_words_have(a->me->row.parts, type))
		return openai_member_refuse(a, "messages",
		                            "This provider takes no such part of a message.");
	url = cdt_text(cdt_get(cdt_get(part, "image_url"), "url"));
	if (!url.n || begins(url, "https://") || begins(url, "http://") || begins(url, "data:"))
		return CDT_OK;
	(void)openai_member_refuse(a, "messages", "A picture is an http, https or data URL.");
	return CDT_E_INVALID;
}

static cdt_status check_parts(const struct asking *a, cdt_val content)
{
	size_t n = cdt_count(content);
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < n; i++)
		st = check_part(a, cdt_at(content, i));
	return st;
}

static void write_role(const struct asking *a, cdt_val m)
{
	const char *name = a->me->row.system_role;

	if (name && is_role(m, "system"))
		cdt_put_text(a->out, "role", (cdt_str){ name, strlen(name) });
	else
		cdt_put_val(a->out, "role", cdt_get(m, "role"));
}

/* What this host knows beside OpenAI: "prefix", "partial". */
static void write_others(const struct asking *a, cdt_val m)
{
	cdt_str key;
	cdt_val val;

	for (size_t it = 0; a->me->row.message_members && m.api->next(m, &it, &key, &val);)
		if (openai_words_have(a->me->row.message_members, key)) {
			openai_body_key(a->out, key);
			a->out->api->val(a->out, val);
		}
}

static cdt_status write_message(const struct asking *a, cdt_val m)
{
	cdt_val calls = cdt_get(m, "tool_calls"), content = cdt_get(m, "content");
	bool has_calls = cdt_type(calls) == CDT_LIST && cdt_count(calls) > 0;
	struct cdt_out *o = a->out;
	cdt_status st = check_parts(a, content);

	if (st != CDT_OK)
		return st;
	cdt_open(o, '{');
	write_role(a, m);
	st = write_content(a, content, is_role(m, "tool") ? TEXT_ONLY : ALL_BUT_REASONING,
	                   has_calls);
	if (!a->me->row.no_names)
		cdt_put_val(o, "name", cdt_get(m, "name"));
	if (st == CDT_OK && is_role(m, "assistant"))
		st = openai_think_back(a, m);
	if (has_calls)
		write_calls(a, calls);
	write_id(a, "tool_call_id", cdt_get(m, "tool_call_id"));
	cdt_put_val(o, "audio", cdt_get(m, "audio"));
	write_others(a, m);
	cdt_close(o);
	return st;
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
	cdt_status st = CDT_OK;

	o->api->key(o, "messages");
	cdt_open(o, '[');
	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		cdt_val m = cdt_at(messages, i);

		st = write_message(a, m);
		if (!is_role(m, "tool"))
			run = i + 1;
		else if (i + 1 == n || !is_role(cdt_at(messages, i + 1), "tool"))
			write_media(a, messages, run, i + 1);
	}
	cdt_close(o);
	return st;
}
