/* provider_ollama/tools.c - the tools that a model may call, and the calls of the history.  The
 * server has no choice of tools: which are offered is all that can be said.
 * SPDX-License-Identifier: MIT */
#include "ollama.h"

#include "lib_words/words.h"

enum { LOOKED_AT_MAX = 256 };                    /* calls, for the one of a result */

static bool same(cdt_str a, cdt_str b)
{
	size_t i = 0;

	while (i < a.n && i < b.n && a.p[i] == b.p[i])
		i++;
	return i == a.n && i == b.n;
}

static cdt_str name_of(cdt_val v)
{
	cdt_str name = cdt_text(cdt_get(cdt_get(v, "function"), "name"));

	return name.n ? name : cdt_text(cdt_get(cdt_get(v, "custom"), "name"));
}

static bool allowed(cdt_val choice, cdt_str name)
{
	cdt_val list = cdt_get(cdt_get(choice, "allowed_tools"), "tools");

	if (ollama_type_is(choice, "function"))
		return same(name_of(choice), name);
	if (cdt_type(list) != CDT_LIST)
		return true;
	for (size_t i = 0; i < cdt_count(list); i++)
		if (same(name_of(cdt_at(list, i)), name))
			return true;
	return false;
}

/* A tool that must be called can only be offered alone. */
static void check_choice(struct draft *d, cdt_val choice)
{
	cdt_str mode = cdt_text(cdt_get(cdt_get(choice, "allowed_tools"), "mode"));

	if (cdt_is(cdt_text(choice), "required") || cdt_is(mode, "required") ||
	    ollama_type_is(choice, "function") || ollama_type_is(choice, "custom"))
		ollama_lacks(d, "tool_choice");
}

static bool usable(cdt_val tool, cdt_val choice)
{
	return ollama_type_is(tool, "function") && allowed(choice, name_of(tool));
}

static void write_list(struct draft *d, cdt_val tools, cdt_val choice)
{
	size_t n = cdt_count(tools);

	d->o->api->key(d->o, "tools");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < n; i++) {
		cdt_val tool = cdt_at(tools, i);

		if (!usable(tool, choice))
			continue;
		cdt_open(d->o, '{');
		cdt_put_text(d->o, "type", CDT_STR("function"));
		cdt_put_val(d->o, "function", cdt_get(tool, "function"));
		cdt_close(d->o);
	}
	cdt_close(d->o);
}

void ollama_write_tools(struct draft *d)
{
	cdt_val tools = cdt_get(d->doc, "tools"), choice = cdt_get(d->doc, "tool_choice");
	size_t n = cdt_count(tools), offered = 0;
	bool other = false;

	for (size_t i = 0; i < n; i++) {
		other = other || !ollama_type_is(cdt_at(tools, i), "function");
		offered += usable(cdt_at(tools, i), choice);
	}
	if (other)
		ollama_lacks(d, "tools");
	if (n)
		check_choice(d, choice);
	if (offered && !cdt_is(cdt_text(choice), "none"))
		write_list(d, tools, choice);
}

/* Arguments are a map there, a text here.  A text that is no map is kept as one's member. */
static void write_arguments(struct draft *d, cdt_str text)
{
	d->o->api->key(d->o, "arguments");
	if (words_is_map(text)) {
		d->o->api->bytes(d->o, text);
		return;
	}
	cdt_open(d->o, '{');
	if (text.n && !cdt_is(text, "null"))
		cdt_put_text(d->o, "_raw", text);
	cdt_close(d->o);
}

void ollama_write_call(struct draft *d, cdt_val call)
{
	cdt_val custom = cdt_get(call, "custom");
	cdt_str id = cdt_text(cdt_get(call, "id"));

	cdt_open(d->o, '{');
	if (id.n)
		cdt_put_text(d->o, "id", id);
	d->o->api->key(d->o, "function");
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "name", name_of(call));
	if (cdt_type(custom) == CDT_MAP) {
		d->o->api->key(d->o, "arguments");
		cdt_open(d->o, '{');
		cdt_put_text(d->o, "input", cdt_text(cdt_get(custom, "input")));
		cdt_close(d->o);
	} else {
		write_arguments(d, cdt_text(cdt_get(cdt_get(call, "function"), "arguments")));
	}
	cdt_close(d->o);
	cdt_close(d->o);
}

/* Results mostly come in the order of their calls. */
cdt_str ollama_tool_of(const struct draft *d, size_t position, cdt_str id)
{
	size_t n = cdt_count(d->calls);
	cdt_val near = cdt_at(d->calls, position);

	if (!id.n || !n)
		return CDT_STR("");
	if (same(cdt_text(cdt_get(near, "id")), id))
		return name_of(near);
	for (size_t i = 0; i < n && i < LOOKED_AT_MAX; i++)
		if (same(cdt_text(cdt_get(cdt_at(d->calls, i), "id")), id))
			return name_of(cdt_at(d->calls, i));
	return CDT_STR("");
}
