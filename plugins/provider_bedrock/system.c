/* provider_bedrock/system.c - system texts, hoisted out of the conversation in their order, and
 * what has to be said there because Converse has no member for it.  Models that refuse system
 * texts hear them from the user, first of all.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

static void write_line(struct draft *d, cdt_str text, cdt_val marked)
{
	if (words_blank(text))
		return;
	if (!(d->can & MODEL_SYSTEM)) {
		bedrock_write_text(d, text);
		return;
	}
	if (!d->system_open) {
		d->o->api->key(d->o, "system");
		cdt_open(d->o, '[');
	}
	d->system_open = 1;
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "text", text);
	cdt_close(d->o);
	bedrock_write_mark(d, marked, MODEL_CACHE);
}

/* Only text can be said there. */
static void write_hoisted(struct draft *d)
{
	for (size_t i = 0; i < cdt_count(d->turns.messages); i++) {
		cdt_val m = cdt_at(d->turns.messages, i), content = cdt_get(m, "content");

		if (turns_side(&d->turns, m) != 's')
			continue;
		for (size_t k = 0; k < cdt_count(content); k++)
			write_line(d, cdt_text(cdt_get(cdt_at(content, k), "text")),
			           cdt_at(content, k));
	}
}

static void ask_for_json(struct draft *d)
{
	if (d->format != FORMAT_WORDS)
		return;
	if (cdt_type(d->schema) != CDT_MAP) {
		write_line(d, CDT_STR("Answer with one JSON object and nothing else: no text "
		                      "before or after it, no code fence."), d->schema);
		return;
	}
	write_line(d, words_join(d->call, (cdt_str[]){
		CDT_STR("Answer with one JSON value and nothing else: no text before or after "
		        "it, no code fence. It must match this JSON Schema:\n"),
		d->schema.api->raw(d->schema) }, 2), cdt_get(d->schema, ""));
}

static void ask_for_calls(struct draft *d)
{
	cdt_val unmarked = cdt_get(d->doc, "");

	if (d->must_not_call)
		write_line(d, CDT_STR("Do not call any tool now: answer in words."), unmarked);
	if (d->must_call)
		write_line(d, turns_call_plea(&d->turns), unmarked);
}

void bedrock_say_system(struct draft *d)
{
	write_hoisted(d);
	ask_for_json(d);
	ask_for_calls(d);
}

void bedrock_write_system(struct draft *d)
{
	if (!(d->can & MODEL_SYSTEM))
		return;
	bedrock_say_system(d);
	if (d->system_open)
		cdt_close(d->o);
}
