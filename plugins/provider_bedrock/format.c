/* provider_bedrock/format.c - answers that must be JSON: by the model's own format where it has
 * one that takes the schema, else by a tool that it must call, else in words.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

enum { DEPTH_MAX = 24 };

/* What enforced schemas may not have. */
static const char *const loose[] = {
	"exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength", "maximum", "minLength",
	"minimum", "multipleOf", "patternProperties", "propertyNames", "uniqueItems",
};

static int closed(cdt_val v, int depth);

static int all_closed(cdt_val map, int depth)
{
	cdt_val inner;
	cdt_str key;
	size_t at = 0;

	if (cdt_type(map) == CDT_LIST) {
		for (size_t i = 0; i < cdt_count(map); i++)
			if (!closed(cdt_at(map, i), depth))
				return 0;
		return 1;
	}
	while (cdt_type(map) == CDT_MAP && map.api->next(map, &at, &key, &inner))
		if (!closed(inner, depth))
			return 0;
	return 1;
}

static int closed(cdt_val v, int depth)
{
	static const char *const nested[] = { "$defs", "allOf", "anyOf", "definitions",
	                                      "oneOf", "properties" };
	cdt_val more = cdt_get(v, "additionalProperties"), items = cdt_get(v, "items");
	int is_map = cdt_is(cdt_text(cdt_get(v, "type")), "object")
	             || cdt_type(cdt_get(v, "properties")) == CDT_MAP;

	if (depth == 0 || (is_map && (cdt_type(more) != CDT_FLAG || more.api->flag(more, 1))))
		return 0;
	for (size_t i = 0; i < sizeof loose / sizeof *loose; i++)
		if (cdt_type(cdt_get(v, loose[i])) != CDT_ABSENT)
			return 0;
	for (size_t i = 0; i < sizeof nested / sizeof *nested; i++)
		if (!all_closed(cdt_get(v, nested[i]), depth - 1))
			return 0;
	return cdt_type(items) != CDT_MAP || closed(items, depth - 1);
}

int bedrock_is_closed(cdt_val schema)
{
	return cdt_is(cdt_text(cdt_get(schema, "type")), "object") && closed(schema, DEPTH_MAX);
}

/* Beside the client's own tools the model chooses between them and the answer; a tool that the
 * client names comes first. */
static int by_tool(struct draft *d, int thinks)
{
	const struct turns *t = &d->turns;
	cdt_str name = turns_has_tool(t, CDT_STR("json")) ? CDT_STR("json_answer")
	                                                  : CDT_STR("json");

	if (!(d->can & MODEL_FORCED) || thinks || d->must_not_call || turns_has_tool(t, name)
	    || t->choice == CHOICE_TOOL
	    || !cdt_is(cdt_text(cdt_get(d->schema, "type")), "object"))
		return 0;
	d->json_tool = name;
	d->turns.choice = d->has_tools ? CHOICE_ANY : CHOICE_TOOL;
	return 1;
}

void bedrock_format(struct draft *d)
{
	cdt_val format = cdt_get(d->doc, "response_format");
	cdt_str effort = cdt_text(cdt_get(d->doc, "reasoning_effort"));
	int thinks = cdt_type(cdt_get(d->doc, "thinking")) == CDT_MAP
	             || (effort.n && !cdt_is(effort, "none"));

	d->schema = cdt_get(cdt_get(format, "json_schema"), "schema");
	if (cdt_type(d->schema) != CDT_MAP)
		d->format = cdt_is(cdt_text(cdt_get(format, "type")), "json_object")
		            ? FORMAT_WORDS : FORMAT_NONE;
	else if (d->can & MODEL_FORMAT && bedrock_is_closed(d->schema))
		d->format = FORMAT_OWN;
	else
		d->format = by_tool(d, thinks && d->can & (MODEL_BUDGET | MODEL_ADAPTIVE))
		            ? FORMAT_TOOL : FORMAT_WORDS;
	if (d->json_tool.n)
		d->answer->json_tool = words_keep(d->call, d->json_tool);
}

/* The schema is a text there. */
void bedrock_write_format(struct draft *d)
{
	cdt_val named = cdt_get(cdt_get(d->doc, "response_format"), "json_schema");
	struct cdt_out *o = d->o;

	if (d->format != FORMAT_OWN)
		return;
	o->api->key(o, "outputConfig");
	cdt_open(o, '{');
	o->api->key(o, "textFormat");
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("json_schema"));
	o->api->key(o, "structure");
	cdt_open(o, '{');
	o->api->key(o, "jsonSchema");
	cdt_open(o, '{');
	cdt_put_text(o, "schema", d->schema.api->raw(d->schema));
	cdt_put_val(o, "name", cdt_get(named, "name"));
	cdt_put_val(o, "description", cdt_get(named, "description"));
	for (int i = 0; i < 4; i++)
		cdt_close(o);
}
