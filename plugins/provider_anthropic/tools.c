/* provider_anthropic/tools.c - the client's tools in Anthropic's shape, and the names under
 * which their calls come back.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

enum { NAMES_MAX = 64 };                /* of history_tools */

/* So that calls show the client's own name and, for a custom tool, its plain text. */
static cdt_str wire_name(struct draft *d, cdt_str client, int freeform)
{
	cdt_str wire = anthropic_tool_name(d, client);
	struct tool_alias *t;

	if (!freeform && words_same(wire, client))
		return wire;
	t = d->call->api->keep(d->call, sizeof *t);
	if (t) {
		*t = (struct tool_alias){ d->answer->aliases, words_keep(d->call, wire),
			words_keep(d->call, client), freeform };
		d->answer->aliases = t;
	}
	if (!t || !t->wire.p || !t->client.p)
		anthropic_refuse(d, CDT_E_LIMIT, "tools",
		                 "The names of the tools are too long.");
	return wire;
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
	cdt_put_text(o, "name", wire_name(d, anthropic_own_name(tool), 0));
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

/* A grammar can not be enforced here; the model is told of it. */
static void put_grammar(struct draft *d, cdt_val custom)
{
	cdt_val format = cdt_get(custom, "format"), inner = cdt_get(format, "grammar");
	cdt_val grammar = cdt_type(inner) == CDT_MAP ? inner : format;
	cdt_str rules = cdt_text(cdt_get(grammar, "definition"));
	cdt_str said = CDT_STR("The whole input as plain text.");

	if (rules.n)
		said = words_join(d->call, (cdt_str[]){
			CDT_STR("The whole input as plain text, by this "),
			cdt_text(cdt_get(grammar, "syntax")), CDT_STR(" grammar:\n"),
			rules }, 4);
	cdt_put_text(d->o, "description", said);
}

static void write_custom(struct draft *d, cdt_val tool)
{
	cdt_val custom = cdt_get(tool, "custom");
	struct cdt_out *o = d->o;

	cdt_open(o, '{');
	cdt_put_text(o, "name", wire_name(d, anthropic_own_name(tool), 1));
	put_description(d, custom);
	o->api->key(o, "input_schema");
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("object"));
	o->api->key(o, "properties");
	cdt_open(o, '{');
	o->api->key(o, "input");
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("string"));
	put_grammar(d, custom);
	cdt_close(o);
	cdt_close(o);
	o->api->key(o, "required");
	cdt_open(o, '[');
	o->api->text(o, CDT_STR("input"));
	cdt_close(o);
	cdt_put_flag(o, "additionalProperties", 0);
	cdt_close(o);
	anthropic_put_mark(d, cdt_get(tool, "cache_control"));
	cdt_close(o);
}

/* Anthropic's own tools ("web_search_20250305", "bash_20250124") have a type and a name. */
static void write_tool(struct draft *d, cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));

	if (!anthropic_allowed(d, anthropic_own_name(tool)))
		return;
	if (anthropic_own_name(tool).n == 0)
		anthropic_refuse(d, CDT_E_INVALID, "tools", "A tool has no name.");
	else if (cdt_is(type, "function"))
		write_function(d, tool);
	else if (cdt_is(type, "custom"))
		write_custom(d, tool);
	else
		d->o->api->val(d->o, tool);
}

static int has_name(const struct draft *d, cdt_str name)
{
	for (size_t i = 0; i < cdt_count(d->tools); i++)
		if (words_same(anthropic_own_name(cdt_at(d->tools, i)), name))
			return 1;
	return 0;
}

/* The chat client's search is Anthropic's server tool; the place is one level higher there. */
static void write_search(struct draft *d)
{
	static const char *const members[] = { "city", "region", "country", "timezone" };
	cdt_val options = cdt_get(d->doc, "web_search_options");
	cdt_val place = cdt_get(cdt_get(options, "user_location"), "approximate");
	struct cdt_out *o = d->o;

	if (cdt_type(options) != CDT_MAP || has_name(d, CDT_STR("web_search")))
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

static int is_new(cdt_str *names, size_t *n, cdt_str name)
{
	for (size_t i = 0; i < *n; i++)
		if (words_same(names[i], name))
			return 0;
	if (*n == NAMES_MAX)
		return 0;
	names[(*n)++] = name;
	return 1;
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

/* A history with tool calls is refused when the request names no tools: name those of the
 * history.  They are not for use (choice.c). */
static void history_tools(struct draft *d)
{
	cdt_str names[NAMES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < cdt_count(d->messages); i++) {
		cdt_val calls = cdt_get(cdt_at(d->messages, i), "tool_calls");

		for (size_t k = 0; k < cdt_count(calls); k++) {
			cdt_str own = anthropic_own_name(cdt_at(calls, k));

			if (is_new(names, &n, anthropic_tool_name(d, own)))
				write_bare(d, names[n - 1]);
		}
	}
}

void anthropic_write_tools(struct draft *d)
{
	if (!d->has_tools && d->calls_all == 0)
		return;
	d->o->api->key(d->o, "tools");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < cdt_count(d->tools) && d->status == CDT_OK; i++)
		write_tool(d, cdt_at(d->tools, i));
	if (d->has_tools)
		write_search(d);
	else
		history_tools(d);
	cdt_close(d->o);
}
