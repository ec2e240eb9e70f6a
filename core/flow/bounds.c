/* flow/bounds.c - true upper bounds, not estimates: a token of a byte-level vocabulary is at
 * least a byte long, and no template adds more to a message than its JSON has beside its text.
 * What is known to cost no more than its bytes is listed; all else is without bounds.
 * SPDX-License-Identifier: MIT */
#include "flow/bounds.h"

#include <string.h>

#include "base/jsonwalk.h"
#include "base/str.h"
#include "canon/op.h"

enum {
	SLACK = 64,                    /* of the conversation as a whole */
	TOOLS_SLACK = 1024,            /* what providers write around tools and schemas */
	UNSEEN = 1024,                 /* what some put in front: 680 are known */
	HOSTED_TOOLS = 16384,          /* and for tools of theirs: 4,700 for one of them */
	IMAGE_MAX = 50000,             /* the dearest known: 2,833 and 8 tiles of 5,667 */
	OUTPUT_UNKNOWN = 4096,         /* where nobody says how long an answer may be */
	EDITED_MAX = 10000,            /* tokens of a picture to be edited: 6,240 are known */
	HEARD_TOKENS = 32,             /* a second of sound that is read, */
	MADE_TOKENS = 25,              /* or made, or written down */
	WRITTEN_LEAST = 256,
};
#define TEXT_KINDS (PRICE_BIT(PRICE_INPUT) | PRICE_BIT(PRICE_CACHED_INPUT) | \
	PRICE_BIT(PRICE_CACHE_WRITE) | PRICE_BIT(PRICE_OUTPUT) | PRICE_BIT(PRICE_REASONING))
#define AUDIO_KINDS (PRICE_BIT(PRICE_AUDIO_IN) | PRICE_BIT(PRICE_AUDIO_OUT))

static int64_t number(const struct ask *a, const char *name, int64_t dflt)
{
	int64_t v;

	return str_i64(ask_value(a, name), &v) && v > 0 && v <= CDT_COUNT_MAX ? v : dflt;
}

/* --- media --- */

static bool is_one_of(cdt_str word, const char *const *list)
{
	for (; *list; list++)
		if (str_is(word, *list))
			return true;
	return false;
}

/* What a text member says, as it is written: an escape in it makes it unknown. */
static cdt_str word_of(cdt_str map, const char *key)
{
	cdt_str v = jsonwalk_get(map, key);

	return v.n > 2 && *v.p == '"' ? str_from(v.p + 1, v.n - 2) : CDT_STR("");
}

static void count_parts(struct extent *e, cdt_str content);

/* Bytes of it are in the request that are no text. */
static void count_image(struct extent *e, cdt_str part)
{
	cdt_str url = word_of(jsonwalk_get(part, "image_url"), "url");

	e->images++;
	e->inlined += (int64_t)word_of(jsonwalk_get(part, "source"), "data").n;
	if (str_starts(url, "data:"))
		e->inlined += (int64_t)url.n;
}

/* Those that are a text, or parts, are as long as they are; others as the window allows. */
static void count_document(struct extent *e, cdt_str part)
{
	cdt_str source = jsonwalk_get(part, "source"), type = word_of(source, "type");

	if (str_is(type, "content"))
		count_parts(e, jsonwalk_get(source, "content"));
	else if (!str_is(type, "text"))
		e->open_ended++;
}

static void count_part(struct extent *e, cdt_str part)
{
	static const char *const texts[] = { "text", "refusal", "thinking", "reasoning",
		"redacted_thinking", "input_text", "output_text", "reasoning_text", "tool_use",
		NULL };
	static const char *const images[] = { "image_url", "image", "input_image", NULL };
	static const char *const holders[] = { "tool_result", "search_result", NULL };
	cdt_str type = word_of(part, "type");

	if (is_one_of(type, texts))
		return;
	if (is_one_of(type, images))
		count_image(e, part);
	else if (is_one_of(type, holders))
		count_parts(e, jsonwalk_get(part, "content"));
	else if (str_is(type, "document"))
		count_document(e, part);
	else if (str_is(type, "input_audio"))
		e->kinds |= AUDIO_KINDS;
	else
		e->open_ended++;               /* files, and what we do not know */
}

/* A text has none. */
static void count_parts(struct extent *e, cdt_str content)
{
	cdt_str rest = jsonwalk_inside(content), part;

	while (content.n && *content.p == '[' && jsonwalk_element(&rest, &part))
		count_part(e, part);
}

/* A member whose name has an escape may be any. */
static bool hides_names(cdt_str map)
{
	cdt_str rest = jsonwalk_inside(map), key, value;

	while (jsonwalk_member(&rest, &key, &value))
		if (memchr(key.p, '\\', key.n))
			return true;
	return false;
}

static void count_media(struct extent *e, cdt_str messages)
{
	cdt_str rest = jsonwalk_inside(messages), message;

	while (jsonwalk_element(&rest, &message)) {
		cdt_str content = jsonwalk_get(message, "content");

		if (!content.p)                /* of items: what a tool has said */
			content = jsonwalk_get(message, "output");

		if (!content.p)
			e->open_ended += hides_names(message);
		count_parts(e, content);
	}
}

static bool is_hex_of_letter(const char *hex)
{
	/* 0 to 9 and A to z: nobody escapes those but to hide them. */
	return (hex[0] == '3' && hex[1] >= '0' && hex[1] <= '9') || hex[0] == '4' ||
	       hex[0] == '5' || hex[0] == '6' || hex[0] == '7';
}

/* Does a text say "1h", or something that may be it? */
static bool may_say_hour(cdt_str text)
{
	static const char hour[] = "\"1h\"";
	const char *end = text.p + text.n, *at = text.p;

	if (memmem(text.p, text.n, hour, sizeof hour - 1))
		return true;
	while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
		if (end - at > 6 && !memcmp(at, "\\u00", 4) && is_hex_of_letter(at + 4))
			return true;
		at += 2;                       /* what is escaped begins no escape */
	}
	return false;
}

/* What is only named may be of any size. */
static void count_references(struct extent *e, cdt_str items)
{
	cdt_str rest = jsonwalk_inside(items), item;

	while (jsonwalk_type(items) == CDT_LIST && jsonwalk_element(&rest, &item))
		e->open_ended += str_is(word_of(item, "type"), "item_reference");
}

static void look_at_messages(const struct ask *a, struct extent *e)
{
	static const char *const marked[] = { "messages", "tools", "system", "cache_control" };

	count_media(e, ask_value(a, "messages"));
	if (a->op == CDT_OP_CHAT) {
		count_media(e, ask_value(a, "input"));
		count_references(e, ask_value(a, "input"));
	}
	if (ask_value(a, "audio").n)
		e->kinds |= AUDIO_KINDS;
	for (size_t i = 0; i < sizeof marked / sizeof *marked; i++)
		e->writes_for_an_hour |= may_say_hour(ask_value(a, marked[i]));
	if (e->writes_for_an_hour)
		e->kinds |= PRICE_BIT(PRICE_CACHE_WRITE_HOUR);
}

/* --- what is billed beside tokens of text --- */

/* A tool of the client's own, in a dialect that gives those no type. */
static bool is_schema(cdt_str tool)
{
	return !jsonwalk_get(tool, "type").p && jsonwalk_get(tool, "input_schema").p &&
	       !hides_names(tool);
}

/* Hosted tools read what they like, and have fees; other members change what all costs. */
static void look_at_services(const struct ask *a, struct extent *e)
{
	static const char *const own[] = { "function", "custom", "namespace", NULL };
	static const char *const tiers[] = { "\"auto\"", "\"default\"", "\"flex\"",
		"\"standard_only\"", NULL };
	static const char *const dear[] = { "web_search_options", "mcp_servers", "container",
		"context_management", "fallbacks", "speed", "inference_geo" };
	cdt_str rest = jsonwalk_inside(ask_value(a, "tools")), tool;
	cdt_str tier = ask_value(a, "service_tier");

	for (size_t i = 0; i < sizeof dear / sizeof *dear; i++)
		if (ask_value(a, dear[i]).n)
			e->unbounded = dear[i];
	if (tier.n && !is_one_of(tier, tiers))
		e->unbounded = "service_tier";
	while (jsonwalk_element(&rest, &tool))
		e->hosted |= !is_one_of(word_of(tool, "type"), own) && !is_schema(tool);
	if (e->hosted && !a->leaves_hosted)
		e->unbounded = "tools";
}

/* Each prompt of a completion gets n answers. */
static int64_t prompts_of(const struct ask *a)
{
	cdt_str prompt = ask_value(a, "prompt"), rest = jsonwalk_inside(prompt), one;
	int64_t n = 0;

	if (a->op != CDT_OP_COMPLETE || !prompt.n || *prompt.p != '[')
		return 1;
	while (jsonwalk_element(&rest, &one))
		if (!n++ && jsonwalk_type(one) == CDT_INT)
			return 1;              /* one, as the numbers of its tokens */
	return n ? n : 1;
}

void extent_of(const struct ask *a, struct extent *e)
{
	cdt_str tools = ask_value(a, "tools"), format = ask_value(a, "response_format");
	cdt_str config = ask_value(a, "output_config");
	cdt_str text = a->op == CDT_OP_CHAT ? ask_value(a, "text") : CDT_STR("");
	int64_t n = a->n, best_of = number(a, "best_of", 1);

	*e = (struct extent){
		.input = (int64_t)a->body.n + SLACK, .kinds = TEXT_KINDS,
		.output_extra = (int64_t)ask_value(a, "prediction").n,
		.n = (best_of > n ? best_of : n) * prompts_of(a),
	};
	/* Some providers show a schema twice: as a tool, and in words. */
	if (tools.n || format.n || config.n || text.n || ask_value(a, "functions").n)
		e->input += (int64_t)(tools.n + format.n + config.n + text.n) + TOOLS_SLACK;
	look_at_messages(a, e);
	look_at_services(a, e);
	measure_of(a, &e->measure);
}

int64_t bounds_count(const struct ask *a)
{
	struct extent e;

	extent_of(a, &e);
	if (ask_value(a, "mcp_servers").n)     /* their tools are written out there */
		e.open_ended++;
	return e.input + UNSEEN + (e.hosted ? HOSTED_TOOLS : 0) - e.inlined +
	       (e.images + e.open_ended) * IMAGE_MAX;
}

static int64_t output_of(const struct ask *a, const struct target *t)
{
	if (a->max_output > 0)
		return a->max_output < CDT_COUNT_MAX ? a->max_output : CDT_COUNT_MAX;
	return t->max_output > 0 ? t->max_output : OUTPUT_UNKNOWN;
}

/* --- what is not text --- */

static int64_t at_most(int64_t v)
{
	return v < CDT_COUNT_MAX ? v : CDT_COUNT_MAX;
}

static int64_t tokens_of(int64_t ms, int64_t a_second)
{
	return at_most(ms / 1000 * a_second + a_second);
}

static void bound_images(const struct extent *e, const struct price *p,
                         struct price_bounds *b)
{
	b->input_max = at_most(e->input + e->measure.images_in * EDITED_MAX);
	b->n = e->measure.images;
	b->images_max = e->measure.images;
	b->shape = measure_shape(&e->measure);
	b->output_max = p ? measure_picture_tokens(&e->measure, p) : 0;
}

static void bound_speech(const struct extent *e, const struct price *p,
                         struct price_bounds *b)
{
	(void)p;
	b->kinds |= AUDIO_KINDS;
	b->characters_max = e->measure.characters;
	b->milliseconds_max = e->measure.spoken_ms_max;
	b->output_max = tokens_of(e->measure.spoken_ms_max, MADE_TOKENS);
}

static void bound_upload(const struct extent *e, const struct price *p,
                         struct price_bounds *b)
{
	int64_t ms = e->measure.sound_ms_max;

	(void)p;
	b->kinds |= AUDIO_KINDS;
	b->characters_max = 0;
	b->milliseconds_max = ms;
	b->input_max = at_most(e->input + tokens_of(ms, HEARD_TOKENS));
	b->output_max = at_most(tokens_of(ms, MADE_TOKENS) + WRITTEN_LEAST);
}

static void bound_ranking(const struct extent *e, const struct price *p,
                          struct price_bounds *b)
{
	(void)p;
	b->searches_max = e->measure.searches_max;
	b->input_max = at_most(e->input + e->measure.repeated_bytes);
}

static const struct {
	uint32_t op;
	void (*bound)(const struct extent *, const struct price *, struct price_bounds *);
} others[] = {
	{ CDT_OP_IMAGE, bound_images },
	{ CDT_OP_SPEECH, bound_speech },
	{ CDT_OP_TRANSCRIBE, bound_upload },
	{ CDT_OP_RERANK, bound_ranking },
};

/* --- the door --- */

bool bounds_of(const struct extent *e, const struct ask *a, const struct target *t,
               struct price_bounds *b, int64_t *max_output)
{
	int64_t input = e->input + e->images * IMAGE_MAX, window = t->context_window;

	/* More than its window nobody takes at once; other operations take many at once. */
	if (window > 0 && a->op == CDT_OP_CHAT && (e->open_ended || input > window))
		input = window;
	*b = (struct price_bounds){ .input_max = input, .kinds = e->kinds, .n = e->n,
	                            .images_max = e->images, .characters_max = e->input };
	*max_output = op_has_output(a->op) ? output_of(a, t) : 0;
	if (*max_output)
		b->output_max = *max_output + e->output_extra;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i].op == a->op)
			others[i].bound(e, t->price, b);
	return window > 0 || !e->open_ended;
}
