/* provider_replicate/chat.c - a conversation becomes the input of a language model: as a list
 * where the model takes one, as its prompt when there is one message only, else as one text.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

enum { IMAGES_MAX = 64 };

static int is_role(cdt_val message, const char *role)
{
	return cdt_is(cdt_text(cdt_get(message, "role")), role);
}

static int is_part(cdt_val part, const char *type)
{
	return cdt_is(cdt_text(cdt_get(part, "type")), type);
}

static int said(cdt_val v) { return cdt_type(v) != CDT_ABSENT; }
static int above_one(cdt_val v) { return cdt_i64(v, 1) > 1; }
static int filled(cdt_val v) { return cdt_count(v) > 0; }
static int is_on(cdt_val v) { return v.api->flag(v, 0); }
static int is_map(cdt_val v) { return cdt_type(v) == CDT_MAP; }

static int is_formed(cdt_val format)
{
	cdt_str type = cdt_text(cdt_get(format, "type"));

	return type.n && !cdt_is(type, "text");
}

static int is_loud(cdt_val modalities)
{
	for (size_t i = 0; i < cdt_count(modalities); i++)
		if (!cdt_is(cdt_text(cdt_at(modalities, i)), "text"))
			return 1;
	return 0;
}

/* What changes an answer and has no equal there. */
static const struct { const char *member; int (*matters)(cdt_val); } missing[] = {
	{ "audio", said },
	{ "logit_bias", filled },
	{ "logprobs", is_on },
	{ "modalities", is_loud },
	{ "n", above_one },
	{ "prediction", said },
	{ "response_format", is_formed },
	{ "web_search_options", is_map },
};

static void check_members(struct draft *d)
{
	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++)
		if (missing[i].matters(cdt_get(d->doc, missing[i].member)))
			replicate_drop(d, missing[i].member);
	if (cdt_count(cdt_get(d->doc, "tools"))
	    && !cdt_is(cdt_text(cdt_get(d->doc, "tool_choice")), "none"))
		replicate_refuse(d, CDT_E_UNSUPPORTED, "tools",
		                 "This provider's models can not call tools.");
}

/* Texts everywhere, images only from the user and where the model has a place for them. */
static void check_part(struct draft *d, cdt_val message, cdt_val part)
{
	if (is_part(part, "text") || is_part(part, "refusal") || is_part(part, "reasoning"))
		return;
	if (!is_part(part, "image_url"))
		replicate_refuse(d, CDT_E_UNSUPPORTED, "messages", "This provider takes texts "
		                 "and images in messages, nothing else.");
	else if (!d->family->images || !is_role(message, "user"))
		replicate_refuse(d, CDT_E_UNSUPPORTED, "messages",
		                 "This model takes no images there.");
}

static void check_message(struct draft *d, cdt_val message)
{
	cdt_val content = cdt_get(message, "content");

	if (is_role(message, "tool") || cdt_count(cdt_get(message, "tool_calls")))
		replicate_refuse(d, CDT_E_UNSUPPORTED, "messages",
		                 "This provider's models know no tool calls and results.");
	else if (!is_role(message, "system") && !is_role(message, "user")
	         && !is_role(message, "assistant"))
		replicate_refuse(d, CDT_E_INVALID, "messages",
		                 "A message's role must be system, user or assistant.");
	for (size_t i = 0; i < cdt_count(content); i++)
		check_part(d, message, cdt_at(content, i));
}

/* All system messages together. */
static cdt_str system_of(struct draft *d, cdt_val messages)
{
	size_t count = cdt_count(messages), n = 0;
	cdt_str *piece = d->call->api->scratch(d->call, (2 * count + 1) * sizeof *piece);

	for (size_t i = 0; i < count && piece; i++) {
		cdt_val message = cdt_at(messages, i);

		if (!is_role(message, "system"))
			continue;
		if (n)
			piece[n++] = CDT_STR("\n\n");
		piece[n++] = words_of_content(d->call, cdt_get(message, "content"));
	}
	return piece ? words_join(d->call, piece, n) : (cdt_str){ NULL, 0 };
}

/* The only message that is not the system's, if it is the user's; else an absent one. */
static cdt_val only_question(cdt_val messages)
{
	cdt_val none = cdt_at(messages, cdt_count(messages)), only = none;

	for (size_t i = 0; i < cdt_count(messages); i++) {
		cdt_val message = cdt_at(messages, i);

		if (is_role(message, "system"))
			continue;
		if (cdt_type(only) != CDT_ABSENT || !is_role(message, "user"))
			return none;
		only = message;
	}
	return only;
}

static cdt_val image_of(cdt_val part)
{
	return cdt_get(cdt_get(part, "image_url"), "url");
}

/* Those of all messages, for models that have one place for them. */
static size_t collect_images(cdt_val messages, cdt_val *urls)
{
	size_t n = 0;

	for (size_t i = 0; i < cdt_count(messages); i++) {
		cdt_val content = cdt_get(cdt_at(messages, i), "content");

		for (size_t k = 0; k < cdt_count(content); k++)
			if (is_part(cdt_at(content, k), "image_url") && n <= IMAGES_MAX)
				urls[n++] = image_of(cdt_at(content, k));
	}
	return n;
}

static void write_images(struct draft *d, cdt_val messages)
{
	cdt_val urls[IMAGES_MAX + 1];
	size_t n = collect_images(messages, urls);
	size_t most = d->family->takes & TAKES_ONE_IMAGE ? 1 : IMAGES_MAX;

	if (n > most)
		replicate_refuse(d, CDT_E_UNSUPPORTED, "messages", most == 1
		                 ? "This model takes one image." : "More than 64 images.");
	if (n == 0 || n > most || !replicate_may_put(d, d->family->images))
		return;
	d->o->api->key(d->o, d->family->images);
	if (most > 1)
		cdt_open(d->o, '[');
	for (size_t i = 0; i < n; i++)
		d->o->api->val(d->o, urls[i]);
	if (most > 1)
		cdt_close(d->o);
}

static void write_list_part(struct draft *d, cdt_val part)
{
	if (is_part(part, "reasoning"))
		return;
	cdt_open(d->o, '{');
	if (is_part(part, "image_url")) {
		cdt_put_text(d->o, "type", CDT_STR("image_url"));
		cdt_put_val(d->o, "image_url", cdt_get(part, "image_url"));
	} else {
		cdt_put_text(d->o, "type", CDT_STR("text"));
		cdt_put_text(d->o, "text", cdt_text(cdt_get(part, is_part(part, "refusal")
			? "refusal" : "text")));
	}
	cdt_close(d->o);
}

static void write_list(struct draft *d, cdt_val messages)
{
	struct cdt_out *o = d->o;

	if (!replicate_may_put(d, "messages"))
		return;
	o->api->key(o, "messages");
	cdt_open(o, '[');
	for (size_t i = 0; i < cdt_count(messages); i++) {
		cdt_val content = cdt_get(cdt_at(messages, i), "content");

		cdt_open(o, '{');
		cdt_put_val(o, "role", cdt_get(cdt_at(messages, i), "role"));
		o->api->key(o, "content");
		if (cdt_count(content) == 1 && is_part(cdt_at(content, 0), "text")) {
			o->api->text(o, cdt_text(cdt_get(cdt_at(content, 0), "text")));
		} else {
			cdt_open(o, '[');
			for (size_t k = 0; k < cdt_count(content); k++)
				write_list_part(d, cdt_at(content, k));
			cdt_close(o);
		}
		cdt_close(o);
	}
	cdt_close(o);
}

/* One question goes as it is: models with a template put it around themselves. */
static void write_question(struct draft *d, cdt_val question, cdt_str system)
{
	cdt_str text = words_of_content(d->call, cdt_get(question, "content"));

	if (system.n && d->family->system)
		replicate_put_text(d, d->family->system, system);
	else if (system.n)
		text = words_join(d->call, (cdt_str[]){ system, CDT_STR("\n\n"), text }, 3);
	if (!text.p)
		replicate_refuse(d, CDT_E_INVALID, "messages", "The message is too large.");
	else
		replicate_put_text(d, "prompt", text);
}

/* Whoever has a template is told to leave it away; whoever has none gets the system's words in
 * their own place. */
static void write_rendered(struct draft *d, cdt_val messages, cdt_str system)
{
	int whole = (d->family->takes & TAKES_TEMPLATE) != 0 || !d->family->system;
	struct prompt p = { .p = NULL };

	if (!whole && system.n)
		replicate_put_text(d, d->family->system, system);
	prompt_render(&p, d->call, &(struct talk){ messages, whole ? system : CDT_STR(""),
		d->family->render });
	if (p.failed)
		replicate_refuse(d, CDT_E_INVALID, "messages", "The messages are too large.");
	else
		replicate_put_text(d, "prompt", (cdt_str){ p.p, p.n });
	if (d->family->takes & TAKES_TEMPLATE)
		replicate_put_text(d, "prompt_template", CDT_STR("{prompt}"));
	prompt_fini(&p);
}

void replicate_write_chat(struct draft *d)
{
	cdt_val messages = cdt_get(d->doc, "messages");
	cdt_val question = only_question(messages);
	cdt_str system;

	check_members(d);
	for (size_t i = 0; i < cdt_count(messages) && d->status == CDT_OK; i++)
		check_message(d, cdt_at(messages, i));
	if (d->status != CDT_OK)
		return;
	if (cdt_type(question) == CDT_ABSENT && d->family->takes & TAKES_MESSAGES) {
		write_list(d, messages);
		replicate_write_sampling(d);
		return;
	}
	system = system_of(d, messages);
	if (cdt_type(question) != CDT_ABSENT)
		write_question(d, question, system);
	else
		write_rendered(d, messages, system);
	write_images(d, messages);
	replicate_write_sampling(d);
}

void replicate_write_complete(struct draft *d)
{
	cdt_val prompt = cdt_get(d->doc, "prompt");

	if (cdt_count(prompt) != 1 || cdt_type(cdt_at(prompt, 0)) != CDT_TEXT) {
		replicate_refuse(d, CDT_E_UNSUPPORTED, "prompt",
		                 "This provider completes one text at a time.");
		return;
	}
	if (cdt_i64(cdt_get(d->doc, "n"), 1) > 1)
		replicate_drop(d, "n");
	if (cdt_type(cdt_get(d->doc, "suffix")) == CDT_TEXT)
		replicate_drop(d, "suffix");
	replicate_put_text(d, "prompt", cdt_text(cdt_at(prompt, 0)));
	if (d->family->takes & TAKES_TEMPLATE)
		replicate_put_text(d, "prompt_template", CDT_STR("{prompt}"));
	replicate_write_sampling(d);
}
