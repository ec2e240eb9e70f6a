/* canon/failed.c - a model that is not told of a failure takes it for what the tool has found.
 * SPDX-License-Identifier: MIT */
#include "canon/failed.h"

#include "base/buf.h"
#include "base/str.h"

enum { TEXT_MAX = 64 << 20 };

static struct json *text_part(cdt_str text)
{
	struct json *part = json_new_map();

	json_set_give(part, "type", json_new_text(CDT_STR("text")));
	json_set_give(part, "text", json_new_text(text));
	return part;
}

/* Most tools say by themselves that something is an error. */
static bool says_so(cdt_str text)
{
	static const char word[] = "error";
	cdt_str head = str_trim(text);

	head.n = head.n < sizeof word - 1 ? head.n : sizeof word - 1;
	return str_is_nocase(head, word);
}

static void say(struct json *part)
{
	cdt_str said = json_text(json_get(part, "text"));
	struct buf text;

	if (says_so(said))
		return;
	buf_init(&text, TEXT_MAX);
	buf_add_z(&text, "Error: ");
	buf_add(&text, said);
	if (text.status == CDT_OK)
		json_set_give(part, "text", json_new_text(buf_str(&text)));
	buf_fini(&text);
}

static void tell(struct json *message)
{
	struct json *content = json_get(message, "content"), *part;

	for (size_t i = 0; i < json_count(content); i++) {
		part = json_at(content, i);
		if (str_is(json_text(json_get(part, "type")), "text")) {
			say(part);
			return;
		}
	}
	json_push_give(content, text_part(CDT_STR("Error")));
}

void failed_in_words(struct json *doc)
{
	struct json *messages = json_get(doc, "messages");

	for (size_t i = 0; i < json_count(messages); i++) {
		struct json *message = json_at(messages, i), *failed;

		failed = json_take(message, "is_error");
		if (json_flag(failed, 0) && json_type(json_get(message, "content")) == CDT_LIST)
			tell(message);
		json_free(failed);
	}
}
