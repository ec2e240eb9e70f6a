/* flow/bounds.c - true upper bounds, not estimates: a token of a byte-level vocabulary is at
 * least a byte long, and no template adds more to a message than its JSON has beside its text.
 * Media are looked for in the text first: most requests have none and are never parsed.
 * SPDX-License-Identifier: MIT */
#include "flow/bounds.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"

enum {
	SLACK = 64,                    /* of the conversation as a whole */
	TOOLS_SLACK = 1024,            /* what providers write around tools and schemas */
	IMAGE_MAX = 50000,             /* the dearest known: 2,833 and 8 tiles of 5,667 */
	OUTPUT_UNKNOWN = 4096,         /* where nobody says how long an answer may be */
};
#define TEXT_KINDS (PRICE_BIT(PRICE_INPUT) | PRICE_BIT(PRICE_CACHED_INPUT) | \
	PRICE_BIT(PRICE_CACHE_WRITE) | PRICE_BIT(PRICE_OUTPUT) | PRICE_BIT(PRICE_REASONING))
#define AUDIO_KINDS (PRICE_BIT(PRICE_AUDIO_IN) | PRICE_BIT(PRICE_AUDIO_OUT))

static bool has(cdt_str text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

static cdt_str member(const struct ask *a, const char *name)
{
	const struct json_member *m = ask_member(a, name);

	return m && m->type != CDT_NULL ? m->value : CDT_STR("");
}

static int64_t number(const struct ask *a, const char *name, int64_t dflt)
{
	int64_t v;

	return str_i64(member(a, name), &v) && v > 0 && v <= CDT_COUNT_MAX ? v : dflt;
}

/* --- media --- */

static void count_part(struct extent *e, cdt_str type)
{
	static const char *const texts[] = { "text", "refusal", "thinking", "reasoning",
		"redacted_thinking", "input_audio", "input_text", "output_text" };
	static const char *const images[] = { "image_url", "image", "input_image" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (str_is(type, texts[i]))
			return;
	for (size_t i = 0; i < sizeof images / sizeof *images; i++)
		if (str_is(type, images[i])) {
			e->images++;
			return;
		}
	e->open_ended = true;
}

static void count_media(struct extent *e, cdt_str messages)
{
	struct json *list = json_parse(messages);

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *content = json_get(json_at(list, i), "content");

		for (size_t k = 0; json_type(content) == CDT_LIST && k < json_count(content);
		     k++)
			count_part(e, json_text(json_get(json_at(content, k), "type")));
	}
	json_free(list);
}

/* An escape may hide any of the words: \u followed by 00 stands for a plain letter. */
static bool may_have_media(cdt_str messages)
{
	static const char *const words[] = { "\"image", "\"file", "\"video", "\"audio",
		"\"document", "\"input_", "_url\"", "\\u00" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (has(messages, words[i]))
			return true;
	return false;
}

static void look_at_messages(const struct ask *a, struct extent *e)
{
	cdt_str messages = member(a, "messages");
	bool escaped = has(messages, "\\u00");

	if (may_have_media(messages))
		count_media(e, messages);
	if (escaped || has(messages, "\"input_audio\"") || member(a, "audio").n)
		e->kinds |= AUDIO_KINDS;
	e->writes_for_an_hour = escaped || has(messages, "\"1h\"") ||
	                        has(member(a, "tools"), "\"1h\"");
	if (e->writes_for_an_hour)
		e->kinds |= PRICE_BIT(PRICE_CACHE_WRITE_HOUR);
}

/* --- what is billed beside tokens of text --- */

static void look_at_services(const struct ask *a, struct extent *e)
{
	static const char *const hosted[] = { "\"web_", "\"code_", "\"computer", "\"mcp",
		"\"file_search", "\"bash_", "\"\\u00" };
	cdt_str tools = member(a, "tools");

	if (member(a, "web_search_options").n)
		e->unbounded = "web_search_options";
	if (has(member(a, "service_tier"), "priority") ||
	    has(member(a, "service_tier"), "\\"))
		e->unbounded = "service_tier";
	/* A function of the client's own that has such a name is taken for one. */
	for (size_t i = 0; i < sizeof hosted / sizeof *hosted; i++)
		e->open_ended |= has(tools, hosted[i]);
}

/* Each prompt of a completion gets n answers. */
static int64_t prompts_of(const struct ask *a)
{
	cdt_str prompt = member(a, "prompt");
	struct json *list;
	int64_t n = 1;

	if (a->op != CDT_OP_COMPLETE || !prompt.n || *prompt.p != '[')
		return 1;
	list = json_parse(prompt);
	if (json_type(json_at(list, 0)) != CDT_INT && json_count(list))
		n = (int64_t)json_count(list);
	json_free(list);
	return n;
}

void extent_of(const struct ask *a, struct extent *e)
{
	cdt_str tools = member(a, "tools"), format = member(a, "response_format");
	int64_t n = a->n, best_of = number(a, "best_of", 1);

	*e = (struct extent){
		.input = (int64_t)a->body.n + SLACK, .kinds = TEXT_KINDS,
		.output_extra = (int64_t)member(a, "prediction").n,
		.n = (best_of > n ? best_of : n) * prompts_of(a),
	};
	/* Some providers show a schema twice: as a tool, and in words. */
	if (tools.n || format.n || member(a, "functions").n)
		e->input += (int64_t)(tools.n + format.n) + TOOLS_SLACK;
	look_at_messages(a, e);
	look_at_services(a, e);
}

bool op_has_output(uint32_t op)
{
	return op == CDT_OP_CHAT || op == CDT_OP_COMPLETE;
}

static int64_t output_of(const struct ask *a, const struct target *t)
{
	if (a->max_output > 0)
		return a->max_output < CDT_COUNT_MAX ? a->max_output : CDT_COUNT_MAX;
	return t->max_output > 0 ? t->max_output : OUTPUT_UNKNOWN;
}

bool bounds_of(const struct extent *e, const struct ask *a, const struct target *t,
               struct price_bounds *b, int64_t *max_output)
{
	int64_t input = e->input + e->images * IMAGE_MAX, window = t->context_window;

	/* More than its window nobody takes. */
	if (window > 0 && (e->open_ended || input > window))
		input = window;
	*b = (struct price_bounds){ .input_max = input, .kinds = e->kinds, .n = e->n };
	*max_output = op_has_output(a->op) ? output_of(a, t) : 0;
	if (*max_output)
		b->output_max = *max_output + e->output_extra;
	return window > 0 || !e->open_ended;
}
