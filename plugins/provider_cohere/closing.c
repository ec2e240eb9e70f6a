/* provider_cohere/closing.c - what an answer cost, how likely it was and why it ended.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

#include <stdio.h>
#include <string.h>

enum { PIECES_EACH = 6 };

/* Cohere's numbers may be written as 12.0. */
static int64_t count_of(cdt_val v)
{
	double f = cdt_type(v) == CDT_REAL ? v.api->f64(v, -1) : -1;

	return f >= 0 && f <= CDT_COUNT_MAX ? (int64_t)f : cdt_count_of(v);
}

static int64_t first_of(cdt_val a, cdt_val b, const char *name)
{
	int64_t n = count_of(cdt_get(a, name));

	return n >= 0 ? n : count_of(cdt_get(b, name));
}

/* "tokens" also has Cohere's own hidden prompt, which nobody pays for; "cached_tokens" is a
 * part of that and so of nothing here.  The price is for what is billed. */
cdt_status cohere_usage(const struct reader *r, cdt_val billed, cdt_val tokens)
{
	struct cdt_usage u = CDT_USAGE_INIT;

	u.input = first_of(billed, tokens, "input_tokens");
	u.output = first_of(billed, tokens, "output_tokens");
	if (u.input < 0 && u.output < 0)
		return CDT_OK;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}

/* A piece of text has the sum of its tokens' logarithms: the tokens' texts are not said. */
static cdt_str sum_of(struct cdt_call *call, cdt_val logs)
{
	double sum = 0;
	char text[40];
	cdt_str s;

	if (cdt_count(logs) == 1 && words_is_number(cdt_at(logs, 0)))
		return logs.api->raw(cdt_at(logs, 0));
	for (size_t i = 0; i < cdt_count(logs); i++)
		sum += logs.api->f64(cdt_at(logs, i), 0);
	(void)snprintf(text, sizeof text, "%.9g", sum);
	s = words_z(text);
	return words_join(call, &s, 1);
}

cdt_status cohere_logprobs(const struct reader *r, const cdt_val *items, size_t count)
{
	cdt_str *piece, json;
	size_t n = 0;
	cdt_val doc;

	piece = count ? r->call->api->scratch(r->call,
	                                      (count * PIECES_EACH + 2) * sizeof *piece) : NULL;
	if (!piece)
		return CDT_OK;
	piece[n++] = CDT_STR("{\"content\":[");
	for (size_t i = 0; i < count; i++) {
		cdt_val text = cdt_get(items[i], "text"), logs = cdt_get(items[i], "logprobs");

		if (cdt_type(text) != CDT_TEXT || cdt_count(logs) == 0)
			continue;
		if (n > 1)
			piece[n++] = CDT_STR(",");
		piece[n++] = CDT_STR("{\"token\":");
		piece[n++] = text.api->raw(text);
		piece[n++] = CDT_STR(",\"logprob\":");
		piece[n++] = sum_of(r->call, logs);
		piece[n++] = CDT_STR(",\"bytes\":null,\"top_logprobs\":[]}");
	}
	if (n == 1)
		return CDT_OK;
	piece[n++] = CDT_STR("],\"refusal\":null}");
	json = words_join(r->call, piece, n);
	if (!json.p || r->call->api->parse(r->call, json, &doc) != CDT_OK)
		return CDT_OK;                  /* an odd number: the text counts more */
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
		.name = CDT_STR("logprobs"), .doc = doc });
}

static const struct { const char *word; uint32_t kind; } stops[] = {
	{ "COMPLETE", CDT_STOP_END },
	{ "ERROR_LIMIT", CDT_STOP_LENGTH },
	{ "ERROR_TOXIC", CDT_STOP_FILTER },
	{ "MAX_TOKENS", CDT_STOP_LENGTH },
	{ "STOP_SEQUENCE", CDT_STOP_SEQUENCE },
	{ "TOOL_CALL", CDT_STOP_TOOL },
};

cdt_status cohere_stop_note(const struct reader *r, cdt_str word)
{
	struct answer *a = r->answer;

	if (word.n == 0 || cdt_is(word, "ERROR") || cdt_is(word, "TIMEOUT"))
		return CDT_E_UPSTREAM;
	a->stop = CDT_STOP_OTHER;
	for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++)
		if (cdt_is(word, stops[i].word))
			a->stop = stops[i].kind;
	a->word_n = word.n < WORD_MAX ? word.n : WORD_MAX;
	memcpy(a->word, word.p, a->word_n);
	return CDT_OK;
}

/* What was emitted decides, not the word alone. */
static uint32_t decided(const struct answer *a)
{
	int calls = (a->flags & ANSWER_CALLS) != 0;

	if (calls && (a->stop == CDT_STOP_END || a->stop == CDT_STOP_OTHER))
		return CDT_STOP_TOOL;
	return !calls && a->stop == CDT_STOP_TOOL ? CDT_STOP_END : a->stop;
}

cdt_status cohere_stop_emit(const struct reader *r)
{
	struct answer *a = r->answer;

	a->flags |= ANSWER_ENDED;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP, .kind = decided(a),
		.data = { a->word, a->word_n } });
}
