/* telemetry/content.c - what was asked, as the GenAI conventions write messages down: only
 * texts, and of everything else its kind.  For those who have asked for it.
 * SPDX-License-Identifier: MIT */
#include "telemetry/otlp.h"

#include "base/json.h"
#include "base/jsonw.h"
#include "base/str.h"
#include "conduit/doc.h"

enum { MESSAGES_MAX = 2 * TELEMETRY_CONTENT_MAX };

static void put_part(struct jsonw *w, cdt_str type, const struct json *text)
{
	jsonw_open(w, '{');
	jsonw_put_text(w, "type", text ? CDT_STR("text") : type);
	if (text)
		jsonw_put_text(w, "content", json_text(text));
	jsonw_close(w);
}

/* A text, or a list of parts. */
static void put_parts(struct jsonw *w, const struct json *content)
{
	jsonw_open(w, '[');
	if (json_type(content) == CDT_TEXT)
		put_part(w, CDT_STR("text"), content);
	for (size_t i = 0; json_type(content) == CDT_LIST && i < json_count(content); i++) {
		const struct json *part = json_at(content, i), *text = NULL;
		cdt_str type = CDT_STR("unknown");

		if (json_type(part) == CDT_TEXT)
			text = part;
		if (json_type(part) == CDT_MAP) {
			text = json_get(part, "text");
			type = json_text(json_get(part, "type"));
		}
		put_part(w, type, json_type(text) == CDT_TEXT ? text : NULL);
	}
	jsonw_close(w);
}

static void put_messages(struct jsonw *w, const struct json *messages)
{
	jsonw_open(w, '[');
	if (json_type(messages) == CDT_TEXT) {
		jsonw_open(w, '{');
		jsonw_put_z(w, "role", "user");
		jsonw_key(w, "parts");
		put_parts(w, messages);
		jsonw_close(w);
	}
	for (size_t i = 0; json_type(messages) == CDT_LIST && i < json_count(messages); i++) {
		const struct json *m = json_at(messages, i);

		if (json_type(m) != CDT_MAP)
			continue;
		jsonw_open(w, '{');
		jsonw_put_text(w, "role", json_text(json_get(m, "role")));
		jsonw_key(w, "parts");
		put_parts(w, json_get(m, "content"));
		jsonw_close(w);
	}
	jsonw_close(w);
}

static void put(struct buf *out, const char *name, const struct json *doc,
                const char *const *members, void (*print)(struct jsonw *w, const struct json *))
{
	struct json *found = NULL;
	struct jsonw w;
	struct buf text;

	while (!found && *members)
		found = json_get(doc, *members++);
	if (!found)
		return;
	buf_init(&text, MESSAGES_MAX);
	jsonw_init(&w, &text);
	print(&w, found);
	if (jsonw_status(&w) == CDT_OK)
		otlp_text(out, name, buf_str(&text));
	buf_fini(&text);
}

void content_put(struct buf *out, cdt_str body)
{
	static const char *const asked[] = { "messages", "input", "prompt", NULL };
	static const char *const system[] = { "system", "instructions", NULL };
	struct json *doc = body.n ? json_parse(body) : NULL;

	if (json_type(doc) == CDT_MAP) {
		put(out, "gen_ai.input.messages", doc, asked, put_messages);
		put(out, "gen_ai.system_instructions", doc, system, put_parts);
	}
	json_free(doc);
}
