/* api/anthropic/gather.c - the events of a stream become the whole message that they are.  Put
 * together from their bytes; what nobody knows how to put together is not.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "base/arena.h"
#include "base/jsonscan.h"
#include "base/jsonwalk.h"
#include "base/str.h"
#include "cache/kept.h"

enum { BLOCKS_MAX = 4096, TEXT_MAX = 32 << 20, ARENA_FIRST = 16 << 10, ARENA_MAX = 16 << 20 };

/* A block as it began, and what came after.  Texts are insides of JSON texts, but for an
 * input, which is JSON. */
struct gathered {
	cdt_str begun;
	struct buf text, signature, citations, input;
	struct gathered *next;
};

struct gathering {
	struct arena arena;
	cdt_str message, delta, usage;
	struct gathered *first, **last;
	int64_t count;
	bool whole;                    /* message_stop came */
};

static cdt_status on_block(struct gathering *g, cdt_str body)
{
	struct gathered *b = arena_take(&g->arena, sizeof *b);
	int64_t index;

	if (!str_i64(messages_get(body, "index"), &index) || index != g->count)
		return CDT_E_UNSUPPORTED;
	if (!b || g->count == BLOCKS_MAX)
		return CDT_E_LIMIT;
	b->begun = messages_get(body, "content_block");
	buf_init(&b->text, TEXT_MAX);
	buf_init(&b->signature, TEXT_MAX);
	buf_init(&b->citations, TEXT_MAX);
	buf_init(&b->input, TEXT_MAX);
	*g->last = b;
	g->last = &b->next;
	g->count++;
	return b->begun.p ? CDT_OK : CDT_E_UNSUPPORTED;
}

static struct gathered *block_at(struct gathering *g, cdt_str body)
{
	struct gathered *b = g->first;
	int64_t index;

	if (!str_i64(messages_get(body, "index"), &index))
		return NULL;
	while (b && index-- > 0)
		b = b->next;
	return b;
}

static cdt_status add_input(struct gathering *g, struct gathered *b, cdt_str inside)
{
	char *out = arena_take(&g->arena, inside.n + 1);

	if (!out)
		return CDT_E_LIMIT;
	buf_add(&b->input, (cdt_str){ out, json_unescape(inside, out) });
	return b->input.status;
}

static cdt_status on_delta(struct gathering *g, cdt_str body)
{
	struct gathered *b = block_at(g, body);
	cdt_str delta = messages_get(body, "delta"), type = messages_word(delta, "type");

	if (!b)
		return CDT_E_UNSUPPORTED;
	if (str_is(type, "input_json_delta"))
		return add_input(g, b, messages_word(delta, "partial_json"));
	if (str_is(type, "text_delta")) {
		buf_add(&b->text, messages_word(delta, "text"));
	} else if (str_is(type, "thinking_delta")) {
		buf_add(&b->text, messages_word(delta, "thinking"));
	} else if (str_is(type, "signature_delta")) {
		buf_clear(&b->signature);
		buf_add(&b->signature, messages_word(delta, "signature"));
	} else if (str_is(type, "citations_delta")) {
		if (b->citations.n)
			buf_add_c(&b->citations, ',');
		buf_add(&b->citations, messages_get(delta, "citation"));
	} else {
		return CDT_E_UNSUPPORTED;
	}
	return CDT_OK;
}

static cdt_status on_event(struct gathering *g, cdt_str body)
{
	cdt_str type = messages_word(body, "type");

	if (str_is(type, "content_block_start"))
		return on_block(g, body);
	if (str_is(type, "content_block_delta"))
		return on_delta(g, body);
	if (str_is(type, "message_start") && !g->message.p)
		g->message = messages_get(body, "message");
	else if (str_is(type, "message_delta"))
		g->delta = messages_get(body, "delta"), g->usage = messages_get(body, "usage");
	else if (str_is(type, "message_stop"))
		g->whole = true;
	else if (!str_is(type, "ping") && !str_is(type, "content_block_stop"))
		return CDT_E_UNSUPPORTED;
	return CDT_OK;
}

/* --- writing --- */

static void put(struct buf *out, cdt_str key, cdt_str value)
{
	if (out->p[out->n - 1] != '{')
		buf_add_c(out, ',');
	buf_add_c(out, '"');
	buf_add(out, key);
	buf_add_z(out, "\":");
	buf_add(out, value);
}

static void put_joined(struct buf *out, cdt_str key, cdt_str before, const struct buf *more,
                       char brace)
{
	char end = brace == '[' ? ']' : '"';
	cdt_str inside = before.n >= 2 && *before.p == brace
		? (cdt_str){ before.p + 1, before.n - 2 } : CDT_STR("");

	put(out, key, (cdt_str){ &brace, 1 });
	buf_add(out, inside);
	if (brace == '[' && inside.n && more->n)
		buf_add_c(out, ',');
	buf_add(out, buf_str(more));
	buf_add_c(out, end);
}

static bool is_input(const struct gathered *b)
{
	struct jsonscan scan;

	return jsonscan(&scan, buf_str(&b->input)) == CDT_OK && scan.type == CDT_MAP;
}

static void write_block(const struct gathered *b, struct buf *out)
{
	cdt_str rest = jsonwalk_inside(b->begun), key, value;
	bool cited = !b->citations.n;

	buf_add_c(out, '{');
	while (jsonwalk_member(&rest, &key, &value)) {
		if ((str_is(key, "text") || str_is(key, "thinking")) && *value.p == '"') {
			put_joined(out, key, value, &b->text, '"');
		} else if (str_is(key, "signature") && b->signature.n) {
			put_joined(out, key, CDT_STR(""), &b->signature, '"');
		} else if (str_is(key, "citations") && b->citations.n) {
			put_joined(out, key, value, &b->citations, '[');
			cited = true;
		} else {
			put(out, key, str_is(key, "input") && b->input.n ? buf_str(&b->input)
			                                                 : value);
		}
	}
	if (!cited)
		put_joined(out, CDT_STR("citations"), CDT_STR(""), &b->citations, '[');
	buf_add_c(out, '}');
}

/* Later numbers take the place of earlier ones. */
static void write_usage(cdt_str first, cdt_str later, struct buf *out)
{
	cdt_str rest = jsonwalk_inside(first), key, value;
	char name[64];

	put(out, CDT_STR("usage"), CDT_STR("{"));
	while (first.n && jsonwalk_member(&rest, &key, &value)) {
		if (key.n >= sizeof name)
			continue;
		for (size_t i = 0; i < key.n; i++)
			name[i] = key.p[i];
		name[key.n] = '\0';
		if (!messages_get(later, name).p)
			put(out, key, value);
	}
	rest = jsonwalk_inside(later);
	while (later.n && jsonwalk_member(&rest, &key, &value))
		if (jsonwalk_type(value) != CDT_NULL)
			put(out, key, value);
	buf_add_c(out, '}');
}

static void write_content(const struct gathering *g, struct buf *out)
{
	put(out, CDT_STR("content"), CDT_STR("["));
	for (const struct gathered *b = g->first; b; b = b->next) {
		if (b != g->first)
			buf_add_c(out, ',');
		write_block(b, out);
	}
	buf_add_c(out, ']');
}

static cdt_status write_message(const struct gathering *g, struct buf *out)
{
	cdt_str rest = jsonwalk_inside(g->message), key, value;

	for (const struct gathered *b = g->first; b; b = b->next)
		if (b->input.n && !is_input(b))
			return CDT_E_UNSUPPORTED;
	buf_add_c(out, '{');
	while (jsonwalk_member(&rest, &key, &value)) {
		if (str_is(key, "content"))
			write_content(g, out);
		else if (!str_is(key, "usage") && !str_starts(key, "stop_"))
			put(out, key, value);
	}
	rest = jsonwalk_inside(g->delta);
	while (jsonwalk_member(&rest, &key, &value))
		put(out, key, value);
	write_usage(messages_get(g->message, "usage"), g->usage, out);
	buf_add_c(out, '}');
	return out->status;
}

/* --- all of it --- */

static void forget(struct gathering *g)
{
	for (struct gathered *b = g->first; b; b = b->next) {
		buf_fini(&b->text);
		buf_fini(&b->signature);
		buf_fini(&b->citations);
		buf_fini(&b->input);
	}
	arena_fini(&g->arena);
}

cdt_status messages_gather(cdt_str frames, struct buf *body)
{
	struct gathering g = { .count = 0 };
	struct kept_frame f;
	cdt_status st = CDT_OK;

	g.last = &g.first;
	arena_init(&g.arena, ARENA_FIRST, ARENA_MAX);
	while (st == CDT_OK && kept_next(&frames, &f))
		st = on_event(&g, f.body);
	if (st == CDT_OK && (!g.message.p || !g.delta.p || !g.whole))
		st = CDT_E_UNSUPPORTED;
	if (st == CDT_OK)
		st = write_message(&g, body);
	forget(&g);
	return st;
}
