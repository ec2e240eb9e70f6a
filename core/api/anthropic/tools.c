/* api/anthropic/tools.c - tools and their choice as canonical ones.  The upstream's own tools
 * run there or have shapes that only it knows: a search can be asked for elsewhere too, all
 * others are left out and told.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "base/jsonwalk.h"
#include "base/str.h"

static bool is_plain(cdt_str tool)
{
	cdt_str type = messages_word(tool, "type");

	return !messages_get(tool, "type").p || str_is(type, "custom") ||
	       str_is(type, "function");
}

static bool is_search(cdt_str tool)
{
	return str_starts(messages_word(tool, "type"), "web_search_");
}

/* Hints that change how an answer is made, but not what is asked for, go without a word. */
static void tell_unknown(struct script *s, cdt_str tool)
{
	static const char *const known[] = { "name", "description", "input_schema", "strict",
		"cache_control", "type", "eager_input_streaming", NULL };
	cdt_str rest = jsonwalk_inside(tool), key, value;

	while (jsonwalk_member(&rest, &key, &value)) {
		size_t i = 0;

		while (known[i] && !str_is(key, known[i]))
			i++;
		if (!known[i] && jsonwalk_type(value) != CDT_NULL)
			messages_leave_out(s, "tools", key);
	}
}

static void put_if(struct jsonw *w, const char *key, cdt_str value)
{
	if (value.p)
		jsonw_put_raw(w, key, value);
}

static void write_function(struct script *s, cdt_str tool)
{
	cdt_str schema = messages_get(tool, "input_schema");
	struct jsonw *w = &s->w;

	if (!messages_word(tool, "name").n) {
		messages_refuse(s, "tools", "A tool needs a name.");
		return;
	}
	if (schema.p && jsonwalk_type(schema) != CDT_MAP) {
		messages_refuse(s, "tools", "The input_schema of a tool must be an object.");
		return;
	}
	tell_unknown(s, tool);
	jsonw_open(w, '{');
	jsonw_put_z(w, "type", "function");
	jsonw_key(w, "function");
	jsonw_open(w, '{');
	jsonw_put_raw(w, "name", messages_get(tool, "name"));
	put_if(w, "description", messages_get(tool, "description"));
	put_if(w, "parameters", schema);
	put_if(w, "strict", messages_get(tool, "strict"));
	jsonw_close(w);
	put_if(w, "cache_control", messages_get(tool, "cache_control"));
	jsonw_close(w);
}

/* The place is one level lower there. */
static void write_search(struct script *s, cdt_str tool)
{
	cdt_str place = messages_get(tool, "user_location"), rest, key, value;
	struct jsonw *w = &s->w;

	jsonw_key(w, "web_search_options");
	jsonw_open(w, '{');
	if (place.p) {
		jsonw_key(w, "user_location");
		jsonw_open(w, '{');
		jsonw_put_z(w, "type", "approximate");
		jsonw_key(w, "approximate");
		jsonw_open(w, '{');
		rest = jsonwalk_inside(place);
		while (jsonwalk_member(&rest, &key, &value))
			if (!str_is(key, "type") && jsonwalk_type(value) != CDT_NULL)
				jsonw_put_raw(w, arena_str(&s->x->arena, key).p, value);
		jsonw_close(w);
		jsonw_close(w);
	}
	jsonw_close(w);
}

static size_t count(cdt_str tools, bool (*is)(cdt_str))
{
	cdt_str rest = jsonwalk_inside(tools), tool;
	size_t n = 0;

	while (jsonwalk_element(&rest, &tool))
		n += is(tool);
	return n;
}

static void write_one(struct script *s, cdt_str tool)
{
	if (is_plain(tool))
		write_function(s, tool);
	else if (!is_search(tool))
		messages_leave_out(s, "tools", messages_word(tool, "type"));
}

void messages_write_tools(struct script *s, cdt_str tools)
{
	cdt_str rest = jsonwalk_inside(tools), tool;
	bool any = count(tools, is_plain) > 0;

	if (any) {
		jsonw_key(&s->w, "tools");
		jsonw_open(&s->w, '[');
	}
	while (s->status == CDT_OK && jsonwalk_element(&rest, &tool))
		write_one(s, tool);
	if (any)
		jsonw_close(&s->w);
	rest = jsonwalk_inside(tools);
	while (jsonwalk_element(&rest, &tool))
		if (is_search(tool)) {
			write_search(s, tool);
			return;
		}
}

void messages_write_choice(struct script *s, cdt_str choice)
{
	static const char *const words[][2] = { { "auto", "auto" }, { "any", "required" },
	                                        { "none", "none" } };
	cdt_str type = messages_word(choice, "type"), tools = ask_value(&s->x->ask, "tools");
	struct jsonw *w = &s->w;

	if (str_is(messages_get(choice, "disable_parallel_tool_use"), "true"))
		jsonw_put_flag(w, "parallel_tool_calls", false);
	if (!tools.n || !count(tools, is_plain))
		return;                        /* nothing is left to choose from */
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_is(type, words[i][0])) {
			jsonw_put_z(w, "tool_choice", words[i][1]);
			return;
		}
	if (!str_is(type, "tool") || !messages_word(choice, "name").n) {
		messages_refuse(s, "tool_choice", "'tool_choice' must be auto, any, none, or "
		                "tool with a name.");
		return;
	}
	jsonw_key(w, "tool_choice");
	jsonw_open(w, '{');
	jsonw_put_z(w, "type", "function");
	jsonw_key(w, "function");
	jsonw_open(w, '{');
	jsonw_put_raw(w, "name", messages_get(choice, "name"));
	jsonw_close(w);
	jsonw_close(w);
}
