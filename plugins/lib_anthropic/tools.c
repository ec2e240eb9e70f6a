/* lib_anthropic/tools.c - the client's tools in Anthropic's shape, and the names under
 * which their calls come back.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

enum { NAME_MAX_BYTES = 128 };

cdt_str anthropic_tool_name(struct draft *d, cdt_str name)
{
	return turns_fit(&d->turns, name.n > NAME_MAX_BYTES
	                            ? (cdt_str){ name.p, NAME_MAX_BYTES } : name);
}

/* So that calls show the client's own name and, for a custom tool, its plain text. */
static cdt_str wire_name(struct draft *d, cdt_val tool, int freeform)
{
	return turns_tool_name(&d->turns, &d->answer->aliases, turns_own_name(tool), freeform);
}

static void put_description(struct draft *d, cdt_val tool)
{
	cdt_str text = cdt_text(cdt_get(tool, "description"));

	if (!words_blank(text))
		cdt_put_text(d->o, "description", text);
}

/* Strict tools have the limits of structured output: the schema is cleaned likewise. */
static void write_function(struct draft *d, cdt_val tool)
{
	cdt_val function = cdt_get(tool, "function");
	cdt_val parameters = cdt_get(function, "parameters");
	cdt_val flag = cdt_get(function, "strict");
	int strict = flag.api->flag(flag, 0) && d->model->abilities & MODEL_FORMAT
	             && cdt_is(cdt_text(cdt_get(parameters, "type")), "object");
	struct cdt_out *o = d->o;

	cdt_open(o, '{');
	cdt_put_text(o, "name", wire_name(d, tool, 0));
	put_description(d, function);
	o->api->key(o, "input_schema");
	if (strict)
		anthropic_write_schema(d, parameters);
	else
		anthropic_write_input_schema(d, parameters);
	if (strict)
		cdt_put_flag(o, "strict", 1);
	anthropic_put_mark(d, cdt_get(tool, "cache_control"));
	cdt_close(o);
}

static void write_custom(struct draft *d, cdt_val tool)
{
	cdt_val custom = cdt_get(tool, "custom");
	struct cdt_out *o = d->o;

	cdt_open(o, '{');
	cdt_put_text(o, "name", wire_name(d, tool, 1));
	put_description(d, custom);
	o->api->key(o, "input_schema");
	turns_write_freeform(&d->turns, custom, 1);
	anthropic_put_mark(d, cdt_get(tool, "cache_control"));
	cdt_close(o);
}

/* Anthropic's own tools ("web_search_20250305", "bash_20250124") have a type and a name. */
static void write_tool(struct draft *d, cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));

	if (!turns_allowed(&d->turns, turns_own_name(tool)))
		return;
	if (turns_own_name(tool).n == 0)
		anthropic_refuse(d, CDT_E_INVALID, "tools", "A tool has no name.");
	else if (cdt_is(type, "function"))
		write_function(d, tool);
	else if (cdt_is(type, "custom"))
		write_custom(d, tool);
	else
		d->o->api->val(d->o, tool);
}

/* The chat client's search is Anthropic's server tool; the place is one level higher there. */
static void write_search(struct draft *d)
{
	static const char *const members[] = { "city", "region", "country", "timezone" };
	cdt_val options = cdt_get(d->doc, "web_search_options");
	cdt_val place = cdt_get(cdt_get(options, "user_location"), "approximate");
	struct cdt_out *o = d->o;

	if (cdt_type(options) != CDT_MAP || turns_has_tool(&d->turns, CDT_STR("web_search")))
		return;
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("web_search_20250305"));
	cdt_put_text(o, "name", CDT_STR("web_search"));
	if (cdt_type(place) == CDT_MAP) {
		o->api->key(o, "user_location");
		cdt_open(o, '{');
		cdt_put_text(o, "type", CDT_STR("approximate"));
		for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
			if (cdt_text(cdt_get(place, members[i])).n)
				cdt_put_val(o, members[i], cdt_get(place, members[i]));
		cdt_close(o);
	}
	cdt_close(o);
}

static void write_bare(struct draft *d, cdt_str name)
{
	struct cdt_out *o = d->o;

	cdt_open(o, '{');
	cdt_put_text(o, "name", name);
	o->api->key(o, "input_schema");
	anthropic_write_input_schema(d, cdt_get(d->doc, ""));
	cdt_close(o);
}

/* They are not for use (choice.c). */
static void write_past_tools(struct draft *d)
{
	cdt_str names[TURNS_PAST_MAX];
	size_t n = turns_past_tools(&d->turns, names);

	for (size_t i = 0; i < n; i++)
		write_bare(d, names[i]);
}

void anthropic_write_tools(struct draft *d)
{
	if (!d->has_tools && d->turns.calls_all == 0)
		return;
	d->o->api->key(d->o, "tools");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < cdt_count(d->turns.tools) && d->turns.status == CDT_OK; i++)
		write_tool(d, cdt_at(d->turns.tools, i));
	if (d->has_tools)
		write_search(d);
	else
		write_past_tools(d);
	cdt_close(d->o);
}
