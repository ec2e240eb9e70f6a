/* provider_bedrock/tools.c - the client's tools in Converse's shape, and the names under which
 * their calls come back.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

enum { NAMES_MAX = 64 };                /* of history_tools */

/* So that calls show the client's own name and, for a custom tool, its plain text. */
static cdt_str wire_name(struct draft *d, cdt_str client, int freeform)
{
	cdt_str wire = bedrock_tool_name(d, client);
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
		bedrock_refuse(d, CDT_E_LIMIT, "tools", "The names of the tools are too long.");
	return wire;
}

static void begin_spec(struct draft *d, cdt_str name, cdt_str description)
{
	cdt_open(d->o, '{');
	d->o->api->key(d->o, "toolSpec");
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "name", name);
	if (!words_blank(description))
		cdt_put_text(d->o, "description", description);
	d->o->api->key(d->o, "inputSchema");
	cdt_open(d->o, '{');
	d->o->api->key(d->o, "json");
}

static void end_spec(struct draft *d, int strict)
{
	cdt_close(d->o);
	if (strict)
		cdt_put_flag(d->o, "strict", 1);
	cdt_close(d->o);
	cdt_close(d->o);
}

/* The root must be an object. */
static void write_schema(struct draft *d, cdt_val schema)
{
	struct cdt_out *o = d->o;
	cdt_val value;
	cdt_str key;
	size_t at = 0;

	if (cdt_type(schema) == CDT_MAP && cdt_type(cdt_get(schema, "type")) != CDT_ABSENT) {
		o->api->val(o, schema);
		return;
	}
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("object"));
	while (cdt_type(schema) == CDT_MAP && schema.api->next(schema, &at, &key, &value)) {
		cdt_str name = words_join(d->call, &key, 1);

		if (name.p)
			cdt_put_val(o, name.p, value);
	}
	cdt_close(o);
}

static void write_function(struct draft *d, cdt_val tool)
{
	cdt_val function = cdt_get(tool, "function");
	cdt_val parameters = cdt_get(function, "parameters");
	cdt_val flag = cdt_get(function, "strict");

	begin_spec(d, wire_name(d, turns_own_name(tool), 0),
	           cdt_text(cdt_get(function, "description")));
	write_schema(d, parameters);
	end_spec(d, flag.api->flag(flag, 0) && d->can & MODEL_FORMAT
	            && bedrock_is_closed(parameters));
}

/* A grammar can not be enforced here; the model is told of it. */
static cdt_str grammar(struct draft *d, cdt_val custom)
{
	cdt_val format = cdt_get(custom, "format"), inner = cdt_get(format, "grammar");
	cdt_val rules = cdt_type(inner) == CDT_MAP ? inner : format;
	cdt_str text = cdt_text(cdt_get(rules, "definition"));

	if (text.n == 0)
		return CDT_STR("The whole input as plain text.");
	return words_join(d->call, (cdt_str[]){
		CDT_STR("The whole input as plain text, by this "),
		cdt_text(cdt_get(rules, "syntax")), CDT_STR(" grammar:\n"), text }, 4);
}

static void write_custom(struct draft *d, cdt_val tool)
{
	cdt_val custom = cdt_get(tool, "custom");
	struct cdt_out *o = d->o;

	begin_spec(d, wire_name(d, turns_own_name(tool), 1),
	           cdt_text(cdt_get(custom, "description")));
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("object"));
	o->api->key(o, "properties");
	cdt_open(o, '{');
	o->api->key(o, "input");
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("string"));
	cdt_put_text(o, "description", grammar(d, custom));
	cdt_close(o);
	cdt_close(o);
	o->api->key(o, "required");
	cdt_open(o, '[');
	o->api->text(o, CDT_STR("input"));
	cdt_close(o);
	cdt_close(o);
	end_spec(d, 0);
}

/* What Bedrock runs itself, at the models that can. */
static void write_built_in(struct draft *d, cdt_str name)
{
	cdt_open(d->o, '{');
	d->o->api->key(d->o, "systemTool");
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "name", name);
	cdt_close(d->o);
	cdt_close(d->o);
}

static void write_other(struct draft *d, cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));
	cdt_str name = cdt_text(cdt_get(tool, "name"));
	int runs_code = cdt_is(type, "code_interpreter");

	if (d->can & MODEL_BUILT_IN && (runs_code || words_begin(name, "nova_")))
		write_built_in(d, runs_code ? CDT_STR("nova_code_interpreter") : name);
	else
		bedrock_drop(d, "tools");
}

static void write_tool(struct draft *d, cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));
	int function = cdt_is(type, "function"), custom = cdt_is(type, "custom");

	if (!turns_allowed(&d->turns, turns_own_name(tool)))
		return;
	if ((function || custom) && turns_own_name(tool).n == 0)
		bedrock_refuse(d, CDT_E_INVALID, "tools", "A tool has no name.");
	else if (function)
		write_function(d, tool);
	else if (custom)
		write_custom(d, tool);
	else
		write_other(d, tool);
	if (function || custom)
		bedrock_write_mark(d, tool, MODEL_MARKED);
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

/* A history with tool calls is refused when the request names no tools: name those of the
 * history.  They are not for use (choice.c). */
static void history_tools(struct draft *d)
{
	cdt_str names[NAMES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < cdt_count(d->turns.messages); i++) {
		cdt_val calls = cdt_get(cdt_at(d->turns.messages, i), "tool_calls");

		for (size_t k = 0; k < cdt_count(calls); k++) {
			cdt_str own = turns_own_name(cdt_at(calls, k));

			if (!is_new(names, &n, bedrock_tool_name(d, own)))
				continue;
			begin_spec(d, names[n - 1], CDT_STR(""));
			write_schema(d, cdt_get(d->doc, ""));
			end_spec(d, 0);
		}
	}
}

/* The answer itself, as a call: format.c. */
static void write_json_tool(struct draft *d)
{
	begin_spec(d, d->json_tool,
	           CDT_STR("Gives the answer: call it with the whole answer."));
	write_schema(d, d->schema);
	end_spec(d, 0);
}

static void write_choice(struct draft *d)
{
	struct cdt_out *o = d->o;
	cdt_str name = d->json_tool.n ? d->json_tool : bedrock_tool_name(d, d->turns.choice_name);

	if (d->turns.choice != CHOICE_ANY && d->turns.choice != CHOICE_TOOL && d->turns.choice != CHOICE_AUTO)
		return;
	o->api->key(o, "toolChoice");
	cdt_open(o, '{');
	o->api->key(o, d->turns.choice == CHOICE_ANY ? "any" : d->turns.choice == CHOICE_TOOL ? "tool"
	                                                                          : "auto");
	cdt_open(o, '{');
	if (d->turns.choice == CHOICE_TOOL)
		cdt_put_text(o, "name", name);
	cdt_close(o);
	cdt_close(o);
}

void bedrock_write_tools(struct draft *d)
{
	cdt_val search = cdt_get(d->doc, "web_search_options");

	if (cdt_type(search) == CDT_MAP && !(d->can & MODEL_BUILT_IN))
		bedrock_drop(d, "web_search_options");
	if (!d->has_tools && d->turns.calls_all == 0 && d->json_tool.n == 0)
		return;
	d->o->api->key(d->o, "toolConfig");
	cdt_open(d->o, '{');
	d->o->api->key(d->o, "tools");
	cdt_open(d->o, '[');
	for (size_t i = 0; d->has_tools && i < cdt_count(d->turns.tools); i++)
		write_tool(d, cdt_at(d->turns.tools, i));
	if (d->has_tools && cdt_type(search) == CDT_MAP && d->can & MODEL_BUILT_IN)
		write_built_in(d, CDT_STR("nova_grounding"));
	if (!d->has_tools)
		history_tools(d);
	if (d->json_tool.n)
		write_json_tool(d);
	cdt_close(d->o);
	write_choice(d);
	cdt_close(d->o);
}
