/* api/openai/canon.c - a chat body as sdk/canon describes it: one shape where the API has
 * several.  Only run when the provider does not speak the dialect itself.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"
#include "base/str.h"

static cdt_status bad_message(struct exchange *x, size_t i, const char *what)
{
	cdt_str at = arena_print(&x->arena, "messages[%zu]", i);

	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, at.p,
	                   "'messages[%zu]' %s.", i, what);
}

static size_t drop_some_nulls(struct json *map)
{
	const char *doomed[32];
	size_t it = 0, n = 0, dropped;
	struct json *v;
	cdt_str key;

	while (n < 32 && json_next(map, &it, &key, &v))
		if (json_type(v) == CDT_NULL)
			doomed[n++] = key.p;
	dropped = n;
	while (n-- > 0)
		json_remove(map, doomed[n]);
	return dropped;
}

static void drop_nulls(struct json *map)
{
	while (drop_some_nulls(map))
		;
}

static struct json *text_part(cdt_str text)
{
	struct json *part = json_new_map();

	json_set_give(part, "type", json_new_text(CDT_STR("text")));
	json_set_give(part, "text", json_new_text(text));
	return part;
}

/* content is always a list of parts. */
static void normalise_content(struct json *message)
{
	struct json *content = json_get(message, "content"), *list;

	if (json_type(content) == CDT_LIST)
		return;
	list = json_new_list();
	if (json_type(content) == CDT_TEXT && json_text(content).n)
		json_push_give(list, text_part(json_text(content)));
	json_set_give(message, "content", list);
}

static struct json *reasoning_part(const char *member, cdt_str value)
{
	struct json *part = json_new_map();

	json_set_give(part, "type", json_new_text(CDT_STR("reasoning")));
	json_set_give(part, member, json_new_text(value));
	return part;
}

static struct json *thinking_part(const struct json *block)
{
	struct json *part;

	if (str_is(json_text(json_get(block, "type")), "redacted_thinking"))
		return reasoning_part("redacted", json_text(json_get(block, "data")));
	part = reasoning_part("text", json_text(json_get(block, "thinking")));
	json_set_give(part, "signature",
	              json_new_text(json_text(json_get(block, "signature"))));
	return part;
}

static void push_copies(struct json *to, const struct json *from)
{
	for (size_t i = 0; i < json_count(from); i++)
		json_push_give(to, json_share(json_at(from, i)));
}

/* reasoning_content and thinking_blocks become parts in front of the others. */
static void normalise_reasoning(struct json *message)
{
	const struct json *blocks = json_get(message, "thinking_blocks");
	cdt_str text = json_text(json_get(message, "reasoning_content"));
	struct json *list;

	if (!json_count(blocks) && !text.n)
		return;
	list = json_new_list();
	for (size_t i = 0; i < json_count(blocks); i++)
		json_push_give(list, thinking_part(json_at(blocks, i)));
	if (!json_count(blocks))
		json_push_give(list, reasoning_part("text", text));
	push_copies(list, json_get(message, "content"));
	json_set_give(message, "content", list);
	json_remove(message, "thinking_blocks");
	json_remove(message, "reasoning_content");
}

/* A legacy function_call becomes the only tool call; its id is made from its name. */
static void normalise_function_call(struct exchange *x, struct json *message)
{
	struct json *call = json_take(message, "function_call"), *list, *entry;
	cdt_str id;

	if (json_type(call) != CDT_MAP) {
		json_free(call);
		return;
	}
	id = arena_print(&x->arena, "call_%.*s", STR_ARG(json_text(json_get(call, "name"))));
	list = json_new_list();
	entry = json_new_map();
	json_set_give(entry, "id", json_new_text(id));
	json_set_give(entry, "type", json_new_text(CDT_STR("function")));
	json_set_give(entry, "function", call);
	json_push_give(list, entry);
	json_set_give(message, "tool_calls", list);
}

static void normalise_role(struct exchange *x, struct json *message)
{
	cdt_str role = json_text(json_get(message, "role")), id;

	if (str_is(role, "developer"))
		json_set_give(message, "role", json_new_text(CDT_STR("system")));
	if (!str_is(role, "function"))
		return;
	id = arena_print(&x->arena, "call_%.*s", STR_ARG(json_text(json_get(message, "name"))));
	json_set_give(message, "role", json_new_text(CDT_STR("tool")));
	json_set_give(message, "tool_call_id", json_new_text(id));
}

static bool role_known(cdt_str role)
{
	static const char *const roles[] = { "assistant", "developer", "function", "system",
	                                     "tool", "user" };

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (str_is(role, roles[i]))
			return true;
	return false;
}

static cdt_status normalise_message(struct exchange *x, size_t i, struct json *message)
{
	if (json_type(message) != CDT_MAP)
		return bad_message(x, i, "must be an object");
	drop_nulls(message);
	if (!role_known(json_text(json_get(message, "role"))))
		return bad_message(x, i,
		                   "needs a role: system, developer, user, assistant or tool");
	normalise_content(message);
	for (size_t k = 0; k < json_count(json_get(message, "content")); k++)
		if (json_type(json_at(json_get(message, "content"), k)) != CDT_MAP)
			return bad_message(x, i, "has a content part that is not an object");
	normalise_reasoning(message);
	normalise_function_call(x, message);
	normalise_role(x, message);
	return CDT_OK;
}

/* {name, parameters...} -> {"type":"function","function":{...}} */
static void normalise_functions(struct json *doc)
{
	struct json *functions = json_take(doc, "functions"), *tools;

	if (json_type(functions) == CDT_LIST && !json_get(doc, "tools")) {
		tools = json_new_list();
		for (size_t i = 0; i < json_count(functions); i++) {
			struct json *tool = json_new_map();

			json_set_give(tool, "type", json_new_text(CDT_STR("function")));
			json_set_give(tool, "function", json_share(json_at(functions, i)));
			json_push_give(tools, tool);
		}
		json_set_give(doc, "tools", tools);
	}
	json_free(functions);
}

static void normalise_choice(struct json *doc)
{
	struct json *call = json_take(doc, "function_call"), *choice;

	if (call && !json_get(doc, "tool_choice")) {
		if (json_type(call) == CDT_TEXT) {
			json_set_give(doc, "tool_choice", call);
			return;
		}
		choice = json_new_map();
		json_set_give(choice, "type", json_new_text(CDT_STR("function")));
		json_set_give(choice, "function", call);
		json_set_give(doc, "tool_choice", choice);
		return;
	}
	json_free(call);
}

static void normalise_limits(struct json *doc)
{
	struct json *old = json_take(doc, "max_tokens"), *stop = json_get(doc, "stop");

	if (old && !json_get(doc, "max_completion_tokens"))
		json_set_give(doc, "max_completion_tokens", old);
	else
		json_free(old);
	if (json_type(stop) == CDT_TEXT) {
		struct json *list = json_new_list();

		json_push_give(list, json_new_text(json_text(stop)));
		json_set_give(doc, "stop", list);
	}
}

struct json *openai_tree(struct exchange *x, const char *schema)
{
	static const char *const ours[] = { "model", "stream", "stream_options" };
	struct json *doc = json_parse_but(x->ask.body, ask_schemas);

	if (!doc)
		return NULL;
	drop_nulls(doc);
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		json_remove(doc, ours[i]);
	for (const char *const *own = x->ask.own_members; *own; own++)
		json_remove(doc, *own);
	json_set_give(doc, "schema", json_new_text(str_z(schema)));
	return doc;
}

cdt_status openai_chat_canonical(struct exchange *x, struct json **out)
{
	struct json *doc = openai_tree(x, "chat/1");
	const struct json *messages = json_get(doc, "messages");
	cdt_status st = doc ? CDT_OK : CDT_E_INVALID;

	for (size_t i = 0; st == CDT_OK && i < json_count(messages); i++)
		st = normalise_message(x, i, json_at(messages, i));
	if (st != CDT_OK) {
		json_free(doc);
		return st;
	}
	normalise_functions(doc);
	normalise_choice(doc);
	normalise_limits(doc);
	*out = doc;
	return CDT_OK;
}
