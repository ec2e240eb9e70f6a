/* canon/chat_of.c - complete/1 -> chat/1 (sdk/canon).  The way back needs nothing: a chat's
 * text is a completion's text.
 * SPDX-License-Identifier: MIT */
#include "canon/chat_of.h"

static struct json *part_of(cdt_str text)
{
	struct json *part = json_new_map(), *list = json_new_list();

	json_set_give(part, "type", json_new_text(CDT_STR("text")));
	json_set_give(part, "text", json_new_text(text));
	json_push_give(list, part);
	return list;
}

void complete_as_chat(struct json *doc)
{
	static const char *const only_there[] = { "best_of", "echo", "logprobs", "suffix" };
	struct json *prompt = json_take(doc, "prompt"), *max = json_take(doc, "max_tokens");
	struct json *message = json_new_map(), *messages = json_new_list();

	json_set_give(message, "role", json_new_text(CDT_STR("user")));
	json_set_give(message, "content", part_of(json_text(json_at(prompt, 0))));
	json_push_give(messages, message);
	json_set_give(doc, "messages", messages);
	json_set_give(doc, "schema", json_new_text(CDT_STR("chat/1")));
	if (max)
		json_set_give(doc, "max_completion_tokens", max);
	for (size_t i = 0; i < sizeof only_there / sizeof *only_there; i++)
		json_remove(doc, only_there[i]);
	json_free(prompt);
}
