/* provider_bedrock/tools.c - the client's tools in Converse's shape, and the names under which
 * their calls come back.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

/* So that calls show the client's own name and, for a custom tool, its plain text. */
static cdt_str wire_name(struct draft *d, cdt_val tool, int freeform)
{
	return turns_tool_name(&d->turns, &d->answer->aliases, turns_own_name(tool), freeform);
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

	begin_spec(d, wire_name(d, tool, 0),
	           cdt_text(cdt_get(function, "description")));
	write_schema(d, parameters);
	end_spec(d, flag.api->flag(flag, 0) && d->can & MODEL_FORMAT
	            && bedrock_is_closed(parameters));
}

static void write_custom(struct draft *d, cdt_val tool)
{
	cdt_val custom = cdt_get(tool, "custom");

	begin_spec(d, wire_name(d, tool, 1),
	           cdt_text(cdt_get(custom, "description")));
	turns_write_freeform(&d->turns, custom, 0);
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

/* They are not for use (choice.c). */
static void write_past_tools(struct draft *d)
{
	cdt_str names[TURNS_PAST_MAX];
	size_t n = turns_past_tools(&d->turns, names);

	for (size_t i = 0; i < n; i++) {
		begin_spec(d, names[i], CDT_STR(""));
		write_schema(d, cdt_get(d->doc, ""));
		end_spec(d, 0);
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
	static const char *const kinds[] = { "", "auto", "any", "tool", "" };
	struct cdt_out *o = d->o;
	const char *kind = kinds[d->turns.choice];
	cdt_str name = d->json_tool.n ? d->json_tool
	                              : bedrock_tool_name(d, d->turns.choice_name);

	if (!kind[0])
		return;
	o->api->key(o, "toolChoice");
	cdt_open(o, '{');
	o->api->key(o, kind);
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
		write_past_tools(d);
	if (d->json_tool.n)
		write_json_tool(d);
	cdt_close(d->o);
	write_choice(d);
	cdt_close(d->o);
}
