/* lib_gemini/tools.c - the client's tools as function declarations, Google's own tools, and
 * which of them may or must be called.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

static cdt_str own_name(cdt_val tool)
{
	cdt_str name = cdt_text(cdt_get(cdt_get(tool, "function"), "name"));

	return name.n ? name : cdt_text(cdt_get(cdt_get(tool, "custom"), "name"));
}

/* Google's tools by the names that clients give them. */
static const struct { const char *type, *wire; } builtins[] = {
	{ "codeExecution", "codeExecution" },
	{ "code_execution", "codeExecution" },
	{ "code_interpreter", "codeExecution" },
	{ "googleSearch", "googleSearch" },
	{ "google_search", "googleSearch" },
	{ "urlContext", "urlContext" },
	{ "url_context", "urlContext" },
	{ "web_fetch", "urlContext" },
	{ "web_search", "googleSearch" },
	{ "web_search_preview", "googleSearch" },
};

static const char *builtin_of(cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));

	for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
		if (cdt_is(type, builtins[i].type)
		    || (type.n == 0 && cdt_type(cdt_get(tool, builtins[i].type)) == CDT_MAP))
			return builtins[i].wire;
	return NULL;
}

static int is_function(cdt_val tool)
{
	cdt_str type = cdt_text(cdt_get(tool, "type"));

	return cdt_is(type, "function") || cdt_is(type, "custom");
}

static int is_allowed(const struct draft *d, cdt_str name)
{
	if (cdt_type(d->allowed) != CDT_LIST)
		return 1;
	for (size_t i = 0; i < cdt_count(d->allowed); i++)
		if (words_same(own_name(cdt_at(d->allowed, i)), name)
		    || words_same(cdt_text(cdt_get(cdt_at(d->allowed, i), "name")), name))
			return 1;
	return 0;
}

static void check_tools(struct draft *d)
{
	for (size_t i = 0; i < cdt_count(d->tools); i++) {
		cdt_val tool = cdt_at(d->tools, i);
		cdt_val strict = cdt_get(cdt_get(tool, "function"), "strict");

		d->has_strict |= strict.api->flag(strict, 0);
		if (is_function(tool) && own_name(tool).n == 0)
			gemini_refuse(d, CDT_E_INVALID, "tools", "A tool has no name.");
		else if (is_function(tool))
			d->has_functions |= is_allowed(d, own_name(tool));
		else if (!builtin_of(tool))
			gemini_refuse(d, CDT_E_UNSUPPORTED, "tools", "This provider takes "
			              "functions, custom tools, web_search, url_context and "
			              "code_execution.");
	}
}

void gemini_choose(struct draft *d)
{
	static const struct { const char *word; int choice; } words[] = {
		{ "auto", CHOICE_AUTO }, { "none", CHOICE_NONE }, { "required", CHOICE_ANY },
	};
	cdt_val choice = cdt_get(d->doc, "tool_choice");
	cdt_val list = cdt_get(choice, "allowed_tools");
	cdt_val serial = cdt_get(d->doc, "parallel_tool_calls");
	cdt_str word = cdt_text(choice);

	if (cdt_type(list) == CDT_MAP) {
		d->allowed = cdt_get(list, "tools");
		word = cdt_text(cdt_get(list, "mode"));
	} else {
		d->allowed = cdt_get(d->doc, "");
	}
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (cdt_is(word, words[i].word))
			d->choice = words[i].choice;
	d->choice_name = own_name(choice);
	if (d->choice_name.n)
		d->choice = CHOICE_TOOL;
	if (!serial.api->flag(serial, 1))
		d->answer->flags |= ANSWER_SINGLE;
	check_tools(d);
}

/* So that calls show the client's own name and, for a custom tool, its plain text. */
static cdt_str wire_name(struct draft *d, cdt_str client, int freeform)
{
	cdt_str wire = gemini_tool_name(d, client);
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
		gemini_refuse(d, CDT_E_LIMIT, "tools", "The names of the tools are too long.");
	return wire;
}

/* An object without members is said by saying nothing. */
static void write_parameters(struct draft *d, cdt_val schema)
{
	if (cdt_type(schema) != CDT_MAP || cdt_count(schema) == 0)
		return;
	if (d->model->abilities & MODEL_SCHEMA) {
		d->o->api->key(d->o, "parametersJsonSchema");
		gemini_write_schema(d, schema);
	} else if (cdt_count(cdt_get(schema, "properties"))
	           || cdt_type(cdt_get(schema, "$ref")) == CDT_TEXT
	           || cdt_count(cdt_get(schema, "allOf"))
	           || cdt_count(cdt_get(schema, "anyOf"))
	           || cdt_count(cdt_get(schema, "oneOf"))) {
		d->o->api->key(d->o, "parameters");
		gemini_write_subset(d, schema);
	}
}

static void write_freeform(struct draft *d)
{
	struct cdt_out *o = d->o;

	o->api->key(o, d->model->abilities & MODEL_SCHEMA ? "parametersJsonSchema"
	                                                  : "parameters");
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("object"));
	o->api->key(o, "properties");
	cdt_open(o, '{');
	o->api->key(o, "input");
	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("string"));
	cdt_put_text(o, "description", CDT_STR("The whole input as plain text."));
	cdt_close(o);
	cdt_close(o);
	o->api->key(o, "required");
	cdt_open(o, '[');
	o->api->text(o, CDT_STR("input"));
	cdt_close(o);
	cdt_close(o);
}

static void write_function(struct draft *d, cdt_val tool)
{
	int freeform = cdt_is(cdt_text(cdt_get(tool, "type")), "custom");
	cdt_val function = cdt_get(tool, freeform ? "custom" : "function");
	cdt_str described = cdt_text(cdt_get(function, "description"));

	cdt_open(d->o, '{');
	cdt_put_text(d->o, "name", wire_name(d, own_name(tool), freeform));
	if (!words_blank(described))
		cdt_put_text(d->o, "description", described);
	if (freeform)
		write_freeform(d);
	else
		write_parameters(d, cdt_get(function, "parameters"));
	cdt_close(d->o);
}

static void write_functions(struct draft *d)
{
	struct cdt_out *o = d->o;

	cdt_open(o, '{');
	o->api->key(o, "functionDeclarations");
	cdt_open(o, '[');
	for (size_t i = 0; i < cdt_count(d->tools) && d->status == CDT_OK; i++) {
		cdt_val tool = cdt_at(d->tools, i);

		if (is_function(tool) && is_allowed(d, own_name(tool)))
			write_function(d, tool);
	}
	cdt_close(o);
	cdt_close(o);
}

enum { SEARCHES = 1, FETCHES = 2, RUNS = 4 };

static uint32_t wanted_builtins(struct draft *d)
{
	uint32_t wanted = 0;

	if (cdt_type(cdt_get(d->doc, "web_search_options")) == CDT_MAP)
		wanted |= SEARCHES;
	for (size_t i = 0; i < cdt_count(d->tools); i++) {
		const char *wire = builtin_of(cdt_at(d->tools, i));

		if (wire)
			wanted |= wire[0] == 'g' ? SEARCHES : wire[0] == 'u' ? FETCHES : RUNS;
	}
	if (!wanted || !d->has_functions || d->model->abilities & MODEL_NEWER)
		return wanted;
	gemini_unsupported(d, wanted & SEARCHES ? "web_search_options" : "tools");
	return 0;
}

static void write_builtin(struct draft *d, const char *name)
{
	cdt_open(d->o, '{');
	d->o->api->key(d->o, name);
	cdt_open(d->o, '{');
	cdt_close(d->o);
	cdt_close(d->o);
}

/* VALIDATED is AUTO with arguments that keep to their schema. */
static void write_choice(struct draft *d)
{
	static const char *const modes[] = { "", "AUTO", "ANY", "ANY", "NONE" };
	int strict = d->has_strict && d->model->abilities & MODEL_SCHEMA
	             && (d->choice == CHOICE_UNSAID || d->choice == CHOICE_AUTO);
	struct cdt_out *o = d->o;

	if (!d->has_functions || (d->choice == CHOICE_UNSAID && !strict))
		return;
	o->api->key(o, "toolConfig");
	cdt_open(o, '{');
	o->api->key(o, "functionCallingConfig");
	cdt_open(o, '{');
	cdt_put_text(o, "mode", words_z(strict ? "VALIDATED" : modes[d->choice]));
	if (d->choice == CHOICE_TOOL) {
		o->api->key(o, "allowedFunctionNames");
		cdt_open(o, '[');
		o->api->text(o, gemini_tool_name(d, d->choice_name));
		cdt_close(o);
	}
	cdt_close(o);
	cdt_close(o);
}

void gemini_write_tools(struct draft *d)
{
	uint32_t builtin = wanted_builtins(d);

	if (!d->has_functions && !builtin)
		return;
	d->o->api->key(d->o, "tools");
	cdt_open(d->o, '[');
	if (d->has_functions)
		write_functions(d);
	if (builtin & SEARCHES)
		write_builtin(d, "googleSearch");
	if (builtin & FETCHES)
		write_builtin(d, "urlContext");
	if (builtin & RUNS) {
		write_builtin(d, "codeExecution");
		d->answer->flags |= ANSWER_CODE;
	}
	cdt_close(d->o);
	write_choice(d);
}
