/* lib_anthropic/system.c - system texts, hoisted out of the conversation in their order,
 * and what has to be said there because the API has no member for it.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

static void open_list(struct draft *d)
{
	if (d->list_open)
		return;
	d->o->api->key(d->o, "system");
	cdt_open(d->o, '[');
	d->list_open = 1;
}

static void write_line(struct draft *d, cdt_str text, cdt_val mark)
{
	if (words_blank(text))
		return;
	open_list(d);
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "type", CDT_STR("text"));
	cdt_put_text(d->o, "text", text);
	anthropic_put_mark(d, mark);
	cdt_close(d->o);
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
			           cdt_get(cdt_at(content, k), "cache_control"));
	}
}

static void ask_for_json(struct draft *d)
{
	cdt_val format = cdt_get(d->doc, "response_format");
	cdt_val schema = cdt_get(cdt_get(format, "json_schema"), "schema");
	cdt_str type = cdt_text(cdt_get(format, "type"));

	if (cdt_is(type, "json_object")) {
		write_line(d, CDT_STR("Answer with one JSON object and nothing else: no text "
		                      "before or after it, no code fence."), UNMARKED);
	} else if (cdt_type(schema) == CDT_MAP && !(d->model->abilities & MODEL_FORMAT)) {
		write_line(d, CDT_STR("Answer with one JSON value and nothing else: no text "
		                      "before or after it, no code fence. It must match this "
		                      "JSON Schema:"), UNMARKED);
		write_line(d, schema.api->raw(schema), UNMARKED);
	}
}

static void ask_for_a_call(struct draft *d)
{
	if (d->must_call)
		write_line(d, turns_call_plea(&d->turns), UNMARKED);
}

void anthropic_write_system(struct draft *d)
{
	d->list_open = 0;
	write_hoisted(d);
	ask_for_json(d);
	ask_for_a_call(d);
	if (d->list_open)
		cdt_close(d->o);
	d->list_open = 0;
}
