/* lib_openai/native.c - frames that the gateway relays as they came: only usage, ends and
 * errors are wanted, and most chunks have none of them.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

enum { WHOLE_TAIL = 1024 };

/* "finish_reason":"stop" - the word without its quotes; words have no escapes. */
static cdt_str word_at(cdt_str s)
{
	size_t n = 1;

	while (n < s.n && s.p[n] != '"')
		n++;
	return (cdt_str){ s.p + 1, n - 1 };
}

static cdt_status stops_from(const struct reading *r, cdt_str bytes, size_t from)
{
	const char *quote = memchr(bytes.p + from, '"', bytes.n - from);
	struct look l;
	uint32_t what, index = 0;
	cdt_status st = CDT_OK;

	/* Most of what is left is text: the first quote in it is its end. */
	openai_look_init(&l, bytes, quote ? (size_t)(quote - bytes.p) : bytes.n);
	while (st == CDT_OK && (what = openai_look_next(&l)) != 0) {
		if (what != LOOK_FINISH)
			continue;
		st = openai_stop_kind(word_at(l.rest)) == STOP_ERROR ? CDT_E_UPSTREAM
			: openai_stop_choice(r, index++, word_at(l.rest));
	}
	return st;
}

/* Choices come in order; their finish words are found without a parse.  Of a lone choice the
 * word stands behind the text, near the end, or is looked for everywhere. */
static cdt_status whole_stops(const struct reading *r, cdt_str bytes)
{
	bool lone = r->turn->wanted == 1 && bytes.n > WHOLE_TAIL;
	cdt_status st = stops_from(r, bytes, lone ? bytes.n - WHOLE_TAIL : 0);

	if (st != CDT_OK || !lone || r->turn->block[0])
		return st;
	return stops_from(r, bytes, 0);
}

/* A whole answer may be megabytes: it is judged as JSON, but of its members only usage (and an
 * error) is looked into. */
static cdt_status whole_frame(const struct reading *r, cdt_str bytes)
{
	cdt_val doc, usage;
	cdt_status st = r->call->api->parse(r->call, bytes, &doc);

	if (st != CDT_OK)
		return st;
	if (openai_answer_errs(doc))
		return CDT_E_UPSTREAM;
	usage = openai_usage_find(doc);
	if (cdt_type(usage) == CDT_MAP)
		st = openai_usage_emit(r->sink, r->turn->op, usage);
	else if (cdt_type(cdt_get(doc, "choices")) != CDT_LIST &&
	         cdt_type(cdt_get(doc, "data")) != CDT_LIST)
		st = CDT_E_UPSTREAM;                  /* it says little, or is something else */
	return st == CDT_OK ? whole_stops(r, bytes) : st;
}

static cdt_status chunk_frame(const struct reading *r, cdt_val doc)
{
	cdt_val usage = openai_usage_find(doc), choices = cdt_get(doc, "choices");
	size_t n = cdt_type(choices) == CDT_LIST ? cdt_count(choices) : 0;
	cdt_status st = CDT_OK;

	if (cdt_type(usage) == CDT_MAP)
		st = openai_usage_emit(r->sink, r->turn->op, usage);
	for (size_t i = 0; st == CDT_OK && i < n; i++) {
		cdt_val v = cdt_at(choices, i);
		cdt_str word = cdt_text(cdt_get(v, "finish_reason"));
		int64_t index = cdt_i64(cdt_get(v, "index"), (int64_t)i);

		if (word.n)
			st = index < 0 ? CDT_E_UPSTREAM
			               : openai_stop_choice(r, (uint32_t)index, word);
	}
	return st;
}

/* How much of it needs no look.  A name may begin in there and end behind. */
static size_t familiar(const struct turn *t, cdt_str bytes)
{
	if (t->head_n < HEAD_MIN || bytes.n < t->head_n ||
	    memcmp(bytes.p, t->head, t->head_n) != 0)
		return 0;
	return t->head_n - LOOK_NAME_MAX;
}

static void remember(struct turn *t, cdt_str bytes, const char *first)
{
	size_t max = first ? (size_t)(first - bytes.p) : bytes.n, n = 0;

	if (!t->head_known) {
		t->head_known = true;
		n = max < HEAD_MAX ? max : HEAD_MAX;
		memcpy(t->head, bytes.p, n);
	} else {
		while (n < max && n < t->head_n && bytes.p[n] == t->head[n])
			n++;
	}
	t->head_n = (uint32_t)n;
}

/* Everything that is worth it in a frame, as bits. */
static uint32_t survey(struct turn *t, cdt_str bytes)
{
	size_t from = familiar(t, bytes);
	struct look l;
	uint32_t what, all = 0;

	openai_look_init(&l, bytes, from);
	while ((what = openai_look_next(&l)) != 0) {
		all |= what;
		if (what == LOOK_FINISH && openai_stop_kind(word_at(l.rest)) == STOP_ERROR)
			all |= LOOK_ERROR;
	}
	if (!all && !from && t->stream)
		remember(t, bytes, l.first);
	return all;
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* Half a chunk may not pass as one. */
static bool looks_whole(cdt_str s)
{
	while (s.n && blank(s.p[s.n - 1]))
		s.n--;
	return s.n && s.p[s.n - 1] == '}';
}

cdt_status openai_observe_frame(const struct reading *r, cdt_str bytes)
{
	cdt_status st;
	cdt_val doc;

	while (bytes.n && blank(*bytes.p))
		bytes = (cdt_str){ bytes.p + 1, bytes.n - 1 };
	if (!bytes.n && r->turn->stream)
		return CDT_OK;                             /* somebody's way to keep alive */
	if (!bytes.n || *bytes.p != '{')
		return CDT_E_UPSTREAM;
	r->turn->started = true;
	if (!r->turn->stream)
		return whole_frame(r, bytes);
	if (!looks_whole(bytes))
		return CDT_E_UPSTREAM;
	if (!survey(r->turn, bytes))
		return CDT_OK;
	st = r->call->api->parse(r->call, bytes, &doc);
	if (st != CDT_OK)
		return st;
	return openai_answer_refuses(doc) ? CDT_E_UPSTREAM : chunk_frame(r, doc);
}
