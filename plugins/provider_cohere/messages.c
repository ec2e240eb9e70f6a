/* provider_cohere/messages.c - the conversation.  A content that is one text goes as a string,
 * any other as a list of parts.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

static int is_part(cdt_val part, const char *type)
{
	return cdt_is(cdt_text(cdt_get(part, "type")), type);
}

static void write_text(struct draft *d, cdt_str text)
{
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "type", CDT_STR("text"));
	cdt_put_text(d->o, "text", text);
	cdt_close(d->o);
}

static void write_image(struct draft *d, cdt_val part)
{
	cdt_val image = cdt_get(part, "image_url");

	cdt_open(d->o, '{');
	cdt_put_text(d->o, "type", CDT_STR("image_url"));
	d->o->api->key(d->o, "image_url");
	cdt_open(d->o, '{');
	cdt_put_val(d->o, "url", cdt_get(image, "url"));
	cdt_put_val(d->o, "detail", cdt_get(image, "detail"));
	cdt_close(d->o);
	cdt_close(d->o);
}

static void write_part(struct draft *d, cdt_val part)
{
	if (is_part(part, "text"))
		write_text(d, cdt_text(cdt_get(part, "text")));
	else if (is_part(part, "refusal"))
		write_text(d, cdt_text(cdt_get(part, "refusal")));
	else if (is_part(part, "image_url"))
		write_image(d, part);
	else if (is_part(part, "file"))
		cohere_refuse(d, CDT_E_UNSUPPORTED, "messages", "This provider takes no files "
		              "in messages. It takes texts as 'documents'.");
	else
		cohere_refuse(d, CDT_E_UNSUPPORTED, "messages", "This provider takes texts and "
		              "images in messages, nothing else.");
}

/* Of the system, the user, and tools: those who can not show pictures say texts only. */
static void write_content(struct draft *d, cdt_val content, int pictures)
{
	size_t n = cdt_count(content);

	d->o->api->key(d->o, "content");
	if (n == 0 || (n == 1 && is_part(cdt_at(content, 0), "text"))) {
		d->o->api->text(d->o, cdt_text(cdt_get(cdt_at(content, 0), "text")));
		return;
	}
	cdt_open(d->o, '[');
	for (size_t i = 0; i < n && d->status == CDT_OK; i++) {
		if (!pictures && is_part(cdt_at(content, i), "image_url"))
			cohere_refuse(d, CDT_E_UNSUPPORTED, "messages",
			              "Only a user's message can have images.");
		else
			write_part(d, cdt_at(content, i));
	}
	cdt_close(d->o);
}

static void write_call(struct draft *d, cdt_val call)
{
	cdt_val f = cdt_get(call, "function"), custom = cdt_get(call, "custom");
	cdt_str arguments = cdt_text(cdt_get(f, "arguments"));
	struct cdt_out *o = d->o;

	if (cdt_type(custom) == CDT_MAP) {
		cohere_refuse(d, CDT_E_UNSUPPORTED, "messages",
		              "This provider only has tools of type 'function'.");
		return;
	}
	cdt_open(o, '{');
	cdt_put_val(o, "id", cdt_get(call, "id"));
	cdt_put_text(o, "type", CDT_STR("function"));
	o->api->key(o, "function");
	cdt_open(o, '{');
	cdt_put_val(o, "name", cdt_get(f, "name"));
	cdt_put_text(o, "arguments", words_blank(arguments) ? CDT_STR("{}") : arguments);
	cdt_close(o);
	cdt_close(o);
}

/* Thoughts come first, and only models that have them take them back. */
static void write_thoughts(struct draft *d, cdt_val content)
{
	for (size_t i = 0; i < cdt_count(content) && d->thinks; i++) {
		cdt_str text = cdt_text(cdt_get(cdt_at(content, i), "text"));

		if (!is_part(cdt_at(content, i), "reasoning") || words_blank(text))
			continue;
		cdt_open(d->o, '{');
		cdt_put_text(d->o, "type", CDT_STR("thinking"));
		cdt_put_text(d->o, "thinking", text);
		cdt_close(d->o);
	}
}

static int has_thoughts(const struct draft *d, cdt_val content)
{
	for (size_t i = 0; i < cdt_count(content) && d->thinks; i++)
		if (is_part(cdt_at(content, i), "reasoning"))
			return 1;
	return 0;
}

/* What is said before tools are called is the "tool_plan" of models that can not think; the
 * others have no such member. */
static void write_said(struct draft *d, cdt_val content, size_t calls)
{
	cdt_str text = words_of_content(d->call, content);

	if (!text.p) {
		cohere_refuse(d, CDT_E_INVALID, "messages", "A message is too large.");
		return;
	}
	if (calls && !d->thinks) {
		if (text.n)
			cdt_put_text(d->o, "tool_plan", text);
		return;
	}
	if (!has_thoughts(d, content)) {
		if (text.n || !calls)
			cdt_put_text(d->o, "content", text);
		return;
	}
	d->o->api->key(d->o, "content");
	cdt_open(d->o, '[');
	write_thoughts(d, content);
	if (text.n)
		write_text(d, text);
	cdt_close(d->o);
}

static void write_assistant(struct draft *d, cdt_val message)
{
	cdt_val calls = cdt_get(message, "tool_calls");
	size_t n = cdt_count(calls);

	write_said(d, cdt_get(message, "content"), n);
	if (n == 0)
		return;
	d->o->api->key(d->o, "tool_calls");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < n && d->status == CDT_OK; i++)
		write_call(d, cdt_at(calls, i));
	cdt_close(d->o);
}

static void write_system(struct draft *d, cdt_val message)
{
	write_content(d, cdt_get(message, "content"), 0);
}

static void write_user(struct draft *d, cdt_val message)
{
	write_content(d, cdt_get(message, "content"), 1);
}

static void write_result(struct draft *d, cdt_val message)
{
	cdt_put_val(d->o, "tool_call_id", cdt_get(message, "tool_call_id"));
	write_content(d, cdt_get(message, "content"), 0);
}

static const struct {
	const char *role;
	void (*write)(struct draft *, cdt_val message);
} roles[] = {
	{ "assistant", write_assistant },
	{ "system", write_system },
	{ "tool", write_result },
	{ "user", write_user },
};

static void write_message(struct draft *d, cdt_val message)
{
	cdt_str role = cdt_text(cdt_get(message, "role"));

	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		if (cdt_is(role, roles[i].role)) {
			cdt_open(d->o, '{');
			cdt_put_text(d->o, "role", role);
			roles[i].write(d, message);
			cdt_close(d->o);
			return;
		}
	cohere_refuse(d, CDT_E_INVALID, "messages",
	              "A message's role must be system, user, assistant or tool.");
}

void cohere_write_messages(struct draft *d)
{
	cdt_val messages = cdt_get(d->doc, "messages");

	d->o->api->key(d->o, "messages");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < cdt_count(messages) && d->status == CDT_OK; i++)
		write_message(d, cdt_at(messages, i));
	cdt_close(d->o);
}
