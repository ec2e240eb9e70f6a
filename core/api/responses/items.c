/* api/responses/items.c - input items as messages.  What the assistant said, thought and called
 * in one go is one message; each output of a tool is one of its own.
 * SPDX-License-Identifier: MIT */
#include "api/responses/custom.h"
#include "api/responses/responses.h"
#include "base/str.h"

/* The messages that are being made. */
struct making {
	struct exchange *x;
	struct json *list;
	struct json *turn;             /* the assistant's, still open; in list */
	size_t i;                      /* of the item */
};

static cdt_str member(const struct json *map, const char *name)
{
	return json_text(json_get(map, name));
}

static void put_text(struct json *map, const char *name, cdt_str s)
{
	json_set_give(map, name, json_new_text(s));
}

static cdt_status bad_item(const struct making *m, const char *what, cdt_str name)
{
	return responses_refuse(m->x, "input", "'input[%zu]' %s%.*s.", m->i, what,
	                        name.n < 64 ? (int)name.n : 64, name.p);
}

static struct json *message_new(struct making *m, const char *role)
{
	struct json *message = json_new_map();

	put_text(message, "role", str_z(role));
	json_set_give(message, "content", json_new_list());
	json_push_give(m->list, message);
	return message;
}

static struct json *assistant(struct making *m)
{
	if (!m->turn)
		m->turn = message_new(m, "assistant");
	return m->turn;
}

static struct json *content_of(struct json *message)
{
	return json_get(message, "content");
}

/* --- parts --- */

static struct json *part_new(struct json *list, const char *type)
{
	struct json *part = json_new_map();

	put_text(part, "type", str_z(type));
	json_push_give(list, part);
	return part;
}

static void put_mark(struct json *part, const struct json *from)
{
	if (json_get(from, "cache_control"))
		json_set_give(part, "cache_control",
		              json_share(json_get(from, "cache_control")));
}

static cdt_status text_part(const struct making *m, const struct json *from, struct json *list)
{
	struct json *part = part_new(list, "text");

	(void)m;
	put_text(part, "text", member(from, "text"));
	put_mark(part, from);
	return CDT_OK;
}

static cdt_status refusal_part(const struct making *m, const struct json *from,
                               struct json *list)
{
	(void)m;
	put_text(part_new(list, "refusal"), "refusal", member(from, "refusal"));
	return CDT_OK;
}

static cdt_status image_part(const struct making *m, const struct json *from, struct json *list)
{
	cdt_str url = member(from, "image_url"), detail = member(from, "detail");
	struct json *part, *image;

	if (!url.n)
		return bad_item(m, "has an image without an 'image_url': a stored file is "
		                "another provider's", CDT_STR(""));
	part = part_new(list, "image_url");
	image = json_new_map();
	put_text(image, "url", url);
	if (detail.n)
		put_text(image, "detail", detail);
	json_set_give(part, "image_url", image);
	put_mark(part, from);
	return CDT_OK;
}

static cdt_status file_part(const struct making *m, const struct json *from, struct json *list)
{
	static const char *const members[] = { "file_id", "filename", "file_data", "file_url" };
	struct json *part = part_new(list, "file"), *file = json_new_map();

	(void)m;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (member(from, members[i]).n)
			put_text(file, members[i], member(from, members[i]));
	json_set_give(part, "file", file);
	put_mark(part, from);
	return CDT_OK;
}

static cdt_status audio_part(const struct making *m, const struct json *from, struct json *list)
{
	(void)m;
	json_push_give(list, json_share(from));
	return CDT_OK;
}

static const struct {
	const char *type;
	cdt_status (*put)(const struct making *, const struct json *, struct json *);
} part_kinds[] = {
	{ "input_text", text_part }, { "output_text", text_part }, { "text", text_part },
	{ "summary_text", text_part }, { "refusal", refusal_part },
	{ "input_image", image_part }, { "input_file", file_part },
	{ "input_audio", audio_part },
};

static cdt_status add_part(const struct making *m, const struct json *from, struct json *list)
{
	cdt_str type = member(from, "type");

	for (size_t i = 0; i < sizeof part_kinds / sizeof *part_kinds; i++)
		if (str_is(type, part_kinds[i].type))
			return part_kinds[i].put(m, from, list);
	return bad_item(m, "has a part of a type that is not known: ", type);
}

/* A text, a list of parts, or nothing. */
static cdt_status add_content(const struct making *m, const struct json *from,
                              struct json *list)
{
	uint32_t type = json_type(from);
	cdt_status st = CDT_OK;

	if (type != CDT_TEXT && type != CDT_LIST && type != CDT_ABSENT && type != CDT_NULL)
		return bad_item(m, "has a content that is neither a text nor a list of parts",
		                CDT_STR(""));
	if (type == CDT_TEXT && json_text(from).n)
		put_text(part_new(list, "text"), "text", json_text(from));
	for (size_t i = 0; st == CDT_OK && i < json_count(from); i++)
		st = add_part(m, json_at(from, i), list);
	return st;
}

/* --- items --- */

static cdt_status on_message(struct making *m, const struct json *item)
{
	static const struct { const char *role, *chats; } roles[] = {
		{ "user", "user" }, { "system", "system" }, { "developer", "system" },
		{ "assistant", NULL },
	};
	cdt_str role = member(item, "role");

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		struct json *message;

		if (!str_is(role, roles[i].role))
			continue;
		if (roles[i].chats)
			m->turn = NULL;
		message = roles[i].chats ? message_new(m, roles[i].chats) : assistant(m);
		return add_content(m, json_get(item, "content"), content_of(message));
	}
	return bad_item(m, "needs a role: user, system, developer or assistant", CDT_STR(""));
}

static struct json *calls_of(struct json *message)
{
	if (!json_get(message, "tool_calls"))
		json_set_give(message, "tool_calls", json_new_list());
	return json_get(message, "tool_calls");
}

static cdt_status add_call(struct making *m, const struct json *item, cdt_str arguments)
{
	cdt_str id = member(item, "call_id"), name = member(item, "name");
	struct json *call, *function;

	if (!id.n || !name.n)
		return bad_item(m, "needs a call_id and a name", CDT_STR(""));
	call = json_new_map();
	function = json_new_map();
	put_text(function, "name", responses_flat_name(m->x, member(item, "namespace"), name));
	put_text(function, "arguments", arguments);
	put_text(call, "id", id);
	put_text(call, "type", CDT_STR("function"));
	json_set_give(call, "function", function);
	json_push_give(calls_of(assistant(m)), call);
	return CDT_OK;
}

static cdt_status on_call(struct making *m, const struct json *item)
{
	return add_call(m, item, member(item, "arguments"));
}

static cdt_status on_custom_call(struct making *m, const struct json *item)
{
	return add_call(m, item, custom_arguments(&m->x->arena, member(item, "input")));
}

static cdt_status on_output(struct making *m, const struct json *item)
{
	cdt_str id = member(item, "call_id");
	struct json *message;

	if (!id.n)
		return bad_item(m, "needs a call_id", CDT_STR(""));
	m->turn = NULL;
	message = message_new(m, "tool");
	put_text(message, "tool_call_id", id);
	return add_content(m, json_get(item, "output"), content_of(message));
}

static cdt_str joined(const struct making *m, const struct json *list)
{
	cdt_str all = CDT_STR("");

	for (size_t i = 0; i < json_count(list); i++) {
		cdt_str text = member(json_at(list, i), "text");

		all = !i ? text : arena_print(&m->x->arena, "%.*s\n\n%.*s", STR_ARG(all),
		                              STR_ARG(text));
	}
	return all;
}

/* Thoughts stand among the words where they stood.  What is opaque goes back as it came: the
 * signature of a text where there is a summary (be it empty), else thoughts that nobody but
 * their maker can read. */
static cdt_status on_reasoning(struct making *m, const struct json *item)
{
	const struct json *summary = json_get(item, "summary");
	const struct json *raw = json_get(item, "content");
	cdt_str opaque = member(item, "encrypted_content");
	bool shown = json_count(summary) > 0 || json_count(raw) > 0;
	struct json *part;

	if (!shown && !opaque.n)
		return CDT_OK;                         /* nothing is in it */
	part = part_new(content_of(assistant(m)), "reasoning");
	if (shown)
		put_text(part, "text", joined(m, json_count(raw) ? raw : summary));
	if (opaque.n)
		put_text(part, shown ? "signature" : "redacted", opaque);
	return CDT_OK;
}

static cdt_status on_reference(struct making *m, const struct json *item)
{
	return bad_item(m, "refers to an item that is not known here: ", member(item, "id"));
}

/* What other hosts did on their side: nothing of it can be told to a provider that chats, and
 * the conversation can be read without. */
static cdt_status on_foreign(struct making *m, const struct json *item)
{
	return responses_skip(m->x, "input", member(item, "type"));
}

/* They are the request's (added.c), and no message. */
static cdt_status on_tools(struct making *m, const struct json *item)
{
	(void)m;
	(void)item;
	return CDT_OK;
}

static const struct {
	const char *type;
	cdt_status (*take)(struct making *, const struct json *);
} item_kinds[] = {
	{ "message", on_message }, { "function_call", on_call },
	{ "function_call_output", on_output }, { "custom_tool_call", on_custom_call },
	{ "custom_tool_call_output", on_output }, { "reasoning", on_reasoning },
	{ "item_reference", on_reference },
	{ "compaction", on_foreign }, { "compaction_summary", on_foreign },
	{ "web_search_call", on_foreign }, { "file_search_call", on_foreign },
	{ "code_interpreter_call", on_foreign }, { "image_generation_call", on_foreign },
	{ "computer_call", on_foreign }, { "computer_call_output", on_foreign },
	{ "mcp_list_tools", on_foreign }, { "mcp_call", on_foreign },
	{ "mcp_approval_request", on_foreign }, { "mcp_approval_response", on_foreign },
	{ "tool_search_call", on_foreign }, { "tool_search_output", on_foreign },
	{ "program", on_foreign }, { "program_output", on_foreign },
	{ "additional_tools", on_tools }, { "ghost_snapshot", on_foreign },
};

static cdt_status add_item(struct making *m, const struct json *item)
{
	cdt_str type = member(item, "type");

	if (json_type(item) != CDT_MAP)
		return bad_item(m, "must be an object", CDT_STR(""));
	if (!type.n)
		return on_message(m, item);
	for (size_t i = 0; i < sizeof item_kinds / sizeof *item_kinds; i++)
		if (str_is(type, item_kinds[i].type))
			return item_kinds[i].take(m, item);
	return bad_item(m, "is of a type that this provider can not be told: ", type);
}

/* A text, or messages as input has them. */
static cdt_status add_instructions(struct making *m, const struct json *said)
{
	cdt_status st = CDT_OK;

	if (json_type(said) == CDT_TEXT && json_text(said).n)
		return add_content(m, said, content_of(message_new(m, "system")));
	for (; st == CDT_OK && m->i < json_count(said); m->i++)
		st = add_item(m, json_at(said, m->i));
	m->turn = NULL;
	m->i = 0;
	return st;
}

cdt_status responses_messages(struct exchange *x, const struct json *body, struct json *doc)
{
	const struct json *input = json_get(body, "input");
	struct making m = { .x = x, .list = json_new_list() };
	cdt_status st;

	json_set_give(doc, "messages", m.list);
	st = add_instructions(&m, json_get(body, "instructions"));
	if (st == CDT_OK && json_type(input) == CDT_TEXT)
		return add_content(&m, input, content_of(message_new(&m, "user")));
	for (; st == CDT_OK && m.i < json_count(input); m.i++)
		st = add_item(&m, json_at(input, m.i));
	if (st == CDT_OK && !json_count(m.list))
		(void)message_new(&m, "user");         /* an empty input is a question, too */
	return st;
}
