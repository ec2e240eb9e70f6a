/* provider_cohere/tools.c - tools and which of them may or must be called.  Cohere knows "all
 * of them or none": a choice among them leaves the others out.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

static cdt_str name_of(cdt_val tool)
{
	return cdt_text(cdt_get(cdt_get(tool, "function"), "name"));
}

/* Is the tool one that the client's tool_choice allows? */
static int chosen(const struct draft *d, cdt_val tool)
{
	cdt_val choice = cdt_get(d->doc, "tool_choice");
	cdt_val set = cdt_get(cdt_get(choice, "allowed_tools"), "tools");
	cdt_str only = name_of(choice);

	if (only.n)
		return words_same(only, name_of(tool));
	if (cdt_type(set) != CDT_LIST)
		return 1;
	for (size_t i = 0; i < cdt_count(set) && i < TOOLS_MAX; i++)
		if (words_same(name_of(cdt_at(set, i)), name_of(tool)))
			return 1;
	return 0;
}

void cohere_choose_tools(struct draft *d)
{
	cdt_val tools = cdt_get(d->doc, "tools");
	cdt_val choice = cdt_get(d->doc, "tool_choice");

	if (cdt_count(tools) > TOOLS_MAX)
		cohere_refuse(d, CDT_E_INVALID, "tools", "More than 1024 tools.");
	for (size_t i = 0; i < cdt_count(tools) && d->status == CDT_OK; i++) {
		cdt_val tool = cdt_at(tools, i);

		if (!cdt_is(cdt_text(cdt_get(tool, "type")), "function"))
			cohere_refuse(d, CDT_E_UNSUPPORTED, "tools",
			              "This provider only has tools of type 'function'.");
		else if (chosen(d, tool))
			d->tools++;
	}
	if (name_of(choice).n && !d->tools)
		cohere_refuse(d, CDT_E_INVALID, "tool_choice",
		              "'tool_choice' names a tool that 'tools' does not have.");
}

static void write_function(struct draft *d, cdt_val f)
{
	struct cdt_out *o = d->o;

	cdt_open(o, '{');
	cdt_put_text(o, "type", CDT_STR("function"));
	o->api->key(o, "function");
	cdt_open(o, '{');
	cdt_put_val(o, "name", cdt_get(f, "name"));
	cdt_put_val(o, "description", cdt_get(f, "description"));
	o->api->key(o, "parameters");
	if (cdt_type(cdt_get(f, "parameters")) == CDT_MAP)
		o->api->val(o, cdt_get(f, "parameters"));
	else
		o->api->bytes(o, CDT_STR("{\"type\":\"object\",\"properties\":{}}"));
	cdt_close(o);
	cdt_close(o);
}

static void write_choice(struct draft *d)
{
	cdt_val choice = cdt_get(d->doc, "tool_choice");
	cdt_str mode = cdt_text(cdt_get(cdt_get(choice, "allowed_tools"), "mode"));

	if (cdt_type(choice) == CDT_TEXT)
		mode = cdt_text(choice);
	if (cdt_is(mode, "required") || name_of(choice).n)
		cdt_put_text(d->o, "tool_choice", CDT_STR("REQUIRED"));
	else if (cdt_is(mode, "none"))
		cdt_put_text(d->o, "tool_choice", CDT_STR("NONE"));
}

void cohere_write_tools(struct draft *d)
{
	cdt_val tools = cdt_get(d->doc, "tools");
	int strict = 1;

	if (!d->tools)
		return;
	d->o->api->key(d->o, "tools");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < cdt_count(tools); i++) {
		cdt_val f = cdt_get(cdt_at(tools, i), "function");
		cdt_val wish = cdt_get(f, "strict");

		if (!chosen(d, cdt_at(tools, i)))
			continue;
		strict = strict && wish.api->flag(wish, 0);
		write_function(d, f);
	}
	cdt_close(d->o);
	if (strict)
		cdt_put_flag(d->o, "strict_tools", 1);
	write_choice(d);
}
