/* api/responses/tools.c - tools as every provider can have them.  A function of a namespace
 * gets both names as one; a custom tool becomes a function with one text; of hosted tools a web
 * search is one that chat knows, the others are left out with a report.
 * SPDX-License-Identifier: MIT */
#include "api/responses/responses.h"
#include "base/digest.h"
#include "base/jsonscan.h"
#include "base/jsonwalk.h"
#include "base/str.h"

enum { NAME_MAX = 64, HASH_BYTES = 6, SKIPPED_MAX = 64 };

static struct json *text_of(cdt_str s)
{
	return json_new_text(s);
}

static cdt_str member(const struct json *map, const char *name)
{
	return json_text(json_get(map, name));
}

/* The two names with "__" between; what would be too long ends with a hash of both. */
cdt_str responses_flat_name(struct exchange *x, cdt_str space, cdt_str name)
{
	cdt_str flat = space.n ? arena_print(&x->arena, "%.*s__%.*s", STR_ARG(space),
	                                     STR_ARG(name))
	                       : arena_str(&x->arena, name);
	uint8_t sum[SHA256_SIZE];
	char hex[2 * HASH_BYTES + 1];

	if (!space.n || flat.n <= NAME_MAX)
		return flat;
	sha256(flat, sum);
	(void)hex_of(sum, HASH_BYTES, hex);
	return arena_print(&x->arena, "%.*s_%s", NAME_MAX - 2 * HASH_BYTES - 1, flat.p, hex);
}

const struct responses_tool *responses_tool_find(const struct responses_ask *ask, cdt_str flat)
{
	for (size_t i = 0; i < ask->tool_count; i++)
		if (str_eq(ask->tools[i].flat, flat))
			return &ask->tools[i];
	return NULL;
}

cdt_status responses_skip(struct exchange *x, const char *where, cdt_str name)
{
	cdt_str said = arena_print(&x->arena, "%s%s%.*s", where, *where ? "." : "",
	                           name.n < SKIPPED_MAX ? (int)name.n : SKIPPED_MAX, name.p);

	for (const char *at = said.p; at && *at; at++)         /* it goes into a header */
		if (*at <= ' ' || *at > '~' || *at == ',')
			said = str_z(*where ? where : "?");
	return said.p ? exchange_leave_out(x, said.p) : CDT_E_LIMIT;
}

/* --- their names --- */

static bool is_type(const struct json *tool, const char *type)
{
	return str_is(member(tool, "type"), type);
}

/* A text member of a tool that is not read yet. */
static cdt_str word_of(struct exchange *x, cdt_str tool, const char *key)
{
	cdt_str v = jsonwalk_get(tool, key);
	char *out;

	if (v.n < 2 || *v.p != '"')
		return CDT_STR("");
	v = str_from(v.p + 1, v.n - 2);
	if (str_find(v, '\\') == v.n)
		return v;
	out = arena_take(&x->arena, v.n);
	return out ? str_from(out, json_unescape(v, out)) : CDT_STR("");
}

/* Hosts of chats that search refuse functions beside it, or can not search at all. */
static bool searches_only(struct exchange *x, cdt_str tools)
{
	cdt_str rest = jsonwalk_inside(tools), tool, more;

	return jsonwalk_element(&rest, &tool) && !jsonwalk_element(&rest, &more) &&
	       str_starts(word_of(x, tool, "type"), "web_search");
}

static cdt_status note_name(struct exchange *x, struct responses_ask *ask, cdt_str space,
                            cdt_str tool)
{
	bool custom = str_is(word_of(x, tool, "type"), "custom");
	struct responses_tool *to;
	cdt_str name;

	if ((!custom && !space.n) || ask->tool_count == RESPONSES_TOOLS_MAX)
		return CDT_OK;
	if (!ask->tools)
		ask->tools = arena_take(&x->arena, RESPONSES_TOOLS_MAX * sizeof *ask->tools);
	if (!ask->tools)
		return CDT_E_LIMIT;
	to = &ask->tools[ask->tool_count++];
	name = word_of(x, tool, "name");
	*to = (struct responses_tool){
		.space = arena_str(&x->arena, space), .custom = custom,
		.name = arena_str(&x->arena, name),
		.flat = responses_flat_name(x, space, name),
	};
	return to->flat.p ? CDT_OK : CDT_E_LIMIT;
}

static cdt_status note_names(struct exchange *x, struct responses_ask *ask, cdt_str tool)
{
	cdt_str space, rest, inner;
	cdt_status st = CDT_OK;

	if (!str_is(word_of(x, tool, "type"), "namespace"))
		return note_name(x, ask, CDT_STR(""), tool);
	space = word_of(x, tool, "name");
	rest = jsonwalk_inside(jsonwalk_get(tool, "tools"));
	while (st == CDT_OK && jsonwalk_element(&rest, &inner))
		st = note_name(x, ask, space, inner);
	return st;
}

static cdt_status note_list(struct exchange *x, struct responses_ask *ask, cdt_str tools)
{
	cdt_str rest = jsonwalk_inside(tools), tool;
	cdt_status st = CDT_OK;

	while (st == CDT_OK && jsonwalk_element(&rest, &tool))
		st = note_names(x, ask, tool);
	return st;
}

/* Over the request's own bytes: most tools are functions, whose schemas nobody reads here. */
cdt_status responses_read_tools(struct exchange *x, struct responses_ask *ask)
{
	cdt_str tools = ask_value(&x->ask, "tools"), rest, item;
	cdt_status st = note_list(x, ask, tools);

	x->ask.leaves_hosted = !searches_only(x, tools);
	if (!responses_adds_tools(x->ask.body))
		return st;
	rest = jsonwalk_inside(ask_value(&x->ask, "input"));
	while (st == CDT_OK && jsonwalk_element(&rest, &item))
		if (str_is(word_of(x, item, "type"), responses_added_type)) {
			x->ask.leaves_hosted = true;
			st = note_list(x, ask, jsonwalk_get(item, "tools"));
		}
	return st;
}

/* --- canonical tools --- */

static void move(struct json *to, const char *name, const struct json *from)
{
	const struct json *v = json_get(from, name);

	if (v && json_type(v) != CDT_NULL)
		json_set_give(to, name, json_share(v));
}

static struct json *function_new(struct json *inside)
{
	struct json *tool = json_new_map();

	json_set_give(tool, "type", text_of(CDT_STR("function")));
	json_set_give(tool, "function", inside);
	return tool;
}

/* {"type":"object","properties":{"input":{"type":"string"}},...}, and what it looks like said
 * in words: a grammar no provider of functions can be made to keep. */
static struct json *custom_function(struct exchange *x, cdt_str flat, const struct json *tool)
{
	static const char schema[] = "{\"type\":\"object\",\"properties\":{\"input\":"
		"{\"type\":\"string\"}},\"required\":[\"input\"],"
		"\"additionalProperties\":false}";
	const struct json *format = json_get(tool, "format");
	cdt_str about = member(tool, "description"), grammar = member(format, "definition");
	struct json *f = json_new_map();

	if (grammar.n)
		about = arena_print(&x->arena, "%.*s%sThe input is plain text of this %.*s "
		                    "grammar:\n%.*s", STR_ARG(about), about.n ? "\n" : "",
		                    STR_ARG(member(format, "syntax")), STR_ARG(grammar));
	json_set_give(f, "name", text_of(flat));
	if (about.n)
		json_set_give(f, "description", text_of(about));
	json_set_give(f, "parameters", json_parse(str_z(schema)));
	return function_new(f);
}

static struct json *plain_function(cdt_str flat, const struct json *tool)
{
	static const char *const members[] = { "description", "parameters", "strict" };
	struct json *f = json_new_map();

	json_set_give(f, "name", text_of(flat));
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		move(f, members[i], tool);
	return function_new(f);
}

static cdt_status nameless(struct exchange *x)
{
	return responses_refuse(x, "tools", "A tool has no name.");
}

static cdt_status add_tool(struct exchange *x, cdt_str space, const struct json *tool,
                           struct json *list)
{
	cdt_str name = member(tool, "name"), flat;

	if (!name.n)
		return nameless(x);
	flat = responses_flat_name(x, space, name);
	json_push_give(list, is_type(tool, "custom") ? custom_function(x, flat, tool)
	                                             : plain_function(flat, tool));
	return CDT_OK;
}

static cdt_status add_namespace(struct exchange *x, const struct json *tool, struct json *list)
{
	const struct json *inner = json_get(tool, "tools");
	cdt_status st = member(tool, "name").n ? CDT_OK : nameless(x);

	for (size_t i = 0; st == CDT_OK && i < json_count(inner); i++)
		st = add_tool(x, member(tool, "name"), json_at(inner, i), list);
	return st;
}

/* Chat's own web search; what else it was told stays behind. */
static void add_search(const struct json *tool, struct json *doc)
{
	struct json *options = json_new_map();

	move(options, "search_context_size", tool);
	move(options, "user_location", tool);
	json_set_give(doc, "web_search_options", options);
}

static cdt_status each_tool(struct exchange *x, const struct json *tool, struct json *list,
                            struct json *doc)
{
	cdt_str type = member(tool, "type");

	if (!type.n)
		return responses_refuse(x, "tools", "A tool has no type.");
	if (str_is(type, "function") || str_is(type, "custom"))
		return add_tool(x, CDT_STR(""), tool, list);
	if (str_is(type, "namespace"))
		return add_namespace(x, tool, list);
	if (!x->ask.leaves_hosted) {
		add_search(tool, doc);
		return CDT_OK;
	}
	return responses_skip(x, "tools", type);
}

/* --- tool_choice --- */

static struct json *choice_of(struct exchange *x, const struct json *choice)
{
	cdt_str flat = responses_flat_name(x, member(choice, "namespace"),
	                                   member(choice, "name"));
	struct json *to = json_new_map(), *f = json_new_map();

	json_set_give(f, "name", text_of(flat));
	json_set_give(to, "type", text_of(CDT_STR("function")));
	json_set_give(to, "function", f);
	return to;
}

/* {"type":"allowed_tools","mode","tools":[flat]} -> chat's nested one. */
static struct json *allowed(struct exchange *x, const struct json *choice)
{
	struct json *to = json_new_map(), *inside = json_new_map(), *list = json_new_list();
	const struct json *tools = json_get(choice, "tools");

	for (size_t i = 0; i < json_count(tools); i++)
		if (member(json_at(tools, i), "name").n)
			json_push_give(list, choice_of(x, json_at(tools, i)));
	move(inside, "mode", choice);
	json_set_give(inside, "tools", list);
	json_set_give(to, "type", text_of(CDT_STR("allowed_tools")));
	json_set_give(to, "allowed_tools", inside);
	return to;
}

static cdt_status add_choice(struct exchange *x, const struct json *choice, struct json *doc)
{
	cdt_str type = member(choice, "type");

	if (json_type(choice) == CDT_TEXT)
		json_set_give(doc, "tool_choice", text_of(json_text(choice)));
	else if (str_is(type, "function") || str_is(type, "custom"))
		json_set_give(doc, "tool_choice", choice_of(x, choice));
	else if (str_is(type, "allowed_tools"))
		json_set_give(doc, "tool_choice", allowed(x, choice));
	else
		return responses_skip(x, "tool_choice", type);
	return CDT_OK;
}

cdt_status responses_tools(struct exchange *x, const struct json *body, struct json *doc)
{
	const struct json *tools = json_get(body, "tools"), *choice = json_get(body,
	                                                                       "tool_choice");
	struct json *list = json_new_list();
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < json_count(tools); i++)
		st = each_tool(x, json_at(tools, i), list, doc);
	if (!json_count(list)) {               /* a choice among none is refused by many */
		json_free(list);
		return st;
	}
	json_set_give(doc, "tools", list);
	move(doc, "parallel_tool_calls", body);
	if (st == CDT_OK && choice && json_type(choice) != CDT_NULL)
		st = add_choice(x, choice, doc);
	return st;
}
