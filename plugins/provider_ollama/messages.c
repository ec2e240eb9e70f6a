/* provider_ollama/messages.c - the conversation as the server takes it: one text a message,
 * pictures beside it as bare base64, results by the name of their tool.
 * SPDX-License-Identifier: MIT */
#include "ollama.h"

#include <string.h>

static bool is_role(cdt_val message, const char *name)
{
	return cdt_is(cdt_text(cdt_get(message, "role")), name);
}

/* What a part says in words: its text, or "" when it is of another kind. */
static cdt_str words(cdt_val part, const char *kind)
{
	if (!ollama_type_is(part, kind))
		return CDT_STR("");
	return cdt_text(cdt_get(part, cdt_is(CDT_STR("refusal"), kind) ? "refusal" : "text"));
}

/* Several texts were several things: they stay on lines of their own. */
static size_t gather(cdt_val content, const char *kind, char *out, cdt_str *only)
{
	size_t n = 0, count = cdt_count(content);

	for (size_t i = 0; i < count; i++) {
		cdt_str s = words(cdt_at(content, i), kind);

		if (!s.n)
			continue;
		if (n && out)
			out[n] = '\n';
		n += n ? 1 : 0;
		if (out)
			memcpy(out + n, s.p, s.n);
		n += s.n;
		*only = s;
	}
	return n;
}

static cdt_str joined(struct draft *d, cdt_val content, const char *kind)
{
	cdt_str only = CDT_STR("");
	size_t n = gather(content, kind, NULL, &only);
	char *all;

	if (n == only.n)                                 /* no copy of what may be long */
		return only;
	all = d->call->api->scratch(d->call, n);
	if (!all) {
		ollama_refuse(d, "messages", "The texts of a message are too long together.");
		return CDT_STR("");
	}
	(void)gather(content, kind, all, &only);
	return (cdt_str){ all, n };
}

static void write_text(struct draft *d, cdt_val m)
{
	cdt_val content = cdt_get(m, "content");
	cdt_str said = joined(d, content, "text");

	if (!said.n)
		said = joined(d, content, "refusal");
	cdt_put_text(d->o, "content", said);
}

/* What stands behind "data:...;base64,"; "" when it is no such URL. */
static cdt_str base64_of(cdt_str url)
{
	static const char mark[] = ";base64,";
	size_t n = sizeof mark - 1;

	if (url.n < 5 || memcmp(url.p, "data:", 5) != 0)
		return CDT_STR("");
	for (size_t i = 5; i + n <= url.n && url.p[i - 1] != ','; i++)
		if (memcmp(url.p + i, mark, n) == 0)
			return (cdt_str){ url.p + i + n, url.n - i - n };
	return CDT_STR("");
}

static void write_picture(struct draft *d, cdt_val part)
{
	cdt_str url = cdt_text(cdt_get(cdt_get(part, "image_url"), "url"));
	cdt_str bytes = base64_of(url);

	if (!bytes.n)
		ollama_refuse(d, "messages", "This model's provider takes pictures as base64 "
		              "data: URLs only, and does not fetch them itself.");
	d->o->api->text(d->o, bytes);
}

static void write_pictures(struct draft *d, cdt_val content)
{
	size_t count = cdt_count(content), pictures = 0;

	for (size_t i = 0; i < count; i++)
		pictures += ollama_type_is(cdt_at(content, i), "image_url");
	if (!pictures)
		return;
	d->o->api->key(d->o, "images");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < count; i++)
		if (ollama_type_is(cdt_at(content, i), "image_url"))
			write_picture(d, cdt_at(content, i));
	cdt_close(d->o);
}

static void check_kinds(struct draft *d, cdt_val content)
{
	static const char *const known[] = {
		"text", "image_url", "refusal", "reasoning", NULL };
	size_t count = cdt_count(content);

	for (size_t i = 0; i < count; i++) {
		const char *const *k = known;

		while (*k && !ollama_type_is(cdt_at(content, i), *k))
			k++;
		if (!*k)
			ollama_refuse(d, "messages", "This model's provider takes texts and "
			              "pictures in messages, nothing else.");
	}
}

static void write_assistant(struct draft *d, cdt_val m, size_t i)
{
	cdt_val calls = cdt_get(m, "tool_calls");
	cdt_str thought = joined(d, cdt_get(m, "content"), "reasoning");

	if (thought.n)
		cdt_put_text(d->o, "thinking", thought);
	if (!cdt_count(calls))
		return;
	d->calls = calls;
	d->calls_at = i;
	d->o->api->key(d->o, "tool_calls");
	cdt_open(d->o, '[');
	for (size_t k = 0; k < cdt_count(calls); k++)
		ollama_write_call(d, cdt_at(calls, k));
	cdt_close(d->o);
}

static void write_result(struct draft *d, cdt_val m, size_t i)
{
	cdt_str id = cdt_text(cdt_get(m, "tool_call_id"));
	cdt_str name = ollama_tool_of(d, i - d->calls_at - 1, id);

	if (!name.n)
		name = cdt_text(cdt_get(m, "name"));
	if (name.n)
		cdt_put_text(d->o, "tool_name", name);
	if (id.n)
		cdt_put_text(d->o, "tool_call_id", id);
}

static void write_message(struct draft *d, cdt_val m, size_t i)
{
	cdt_val content = cdt_get(m, "content");

	check_kinds(d, content);
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "role", cdt_text(cdt_get(m, "role")));
	write_text(d, m);
	write_pictures(d, content);
	if (is_role(m, "assistant"))
		write_assistant(d, m, i);
	else if (is_role(m, "tool"))
		write_result(d, m, i);
	cdt_close(d->o);
}

void ollama_write_messages(struct draft *d)
{
	cdt_val messages = cdt_get(d->doc, "messages");
	size_t n = cdt_count(messages);

	d->calls = cdt_get(messages, "");               /* none yet */
	d->o->api->key(d->o, "messages");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < n && d->status == CDT_OK; i++)
		write_message(d, cdt_at(messages, i), i);
	cdt_close(d->o);
}
