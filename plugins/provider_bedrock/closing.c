/* provider_bedrock/closing.c - what an answer cost and why it ended.  Usage comes behind the
 * end of the message, so the end waits until the stream does.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

static int64_t or_zero(int64_t n)
{
	return n > 0 ? n : 0;
}

/* What was read from the cache and written to it is not in inputTokens. */
cdt_status bedrock_usage(const struct reader *r, cdt_val usage, cdt_val tier)
{
	struct cdt_usage u = CDT_USAGE_INIT;
	cdt_status st;

	if (cdt_type(usage) != CDT_MAP)
		return CDT_OK;
	u.input = cdt_count_of(cdt_get(usage, "inputTokens"));
	u.output = cdt_count_of(cdt_get(usage, "outputTokens"));
	u.cache_read = cdt_count_of(cdt_get(usage, "cacheReadInputTokens"));
	u.cache_write = cdt_count_of(cdt_get(usage, "cacheWriteInputTokens"));
	if (u.input >= 0)
		u.input += or_zero(u.cache_read) + or_zero(u.cache_write);
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
	tier = cdt_get(tier, "type");
	if (st != CDT_OK || (!cdt_is(cdt_text(tier), "priority")
	                     && !cdt_is(cdt_text(tier), "flex")))
		return st;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
		.name = CDT_STR("service_tier"), .doc = tier });
}

/* kind 0: the model failed; that is no end. */
static const struct { const char *word; uint32_t kind; } stops[] = {
	{ "content_filtered", CDT_STOP_FILTER },
	{ "end_turn", CDT_STOP_END },
	{ "guardrail_intervened", CDT_STOP_FILTER },
	{ "malformed_model_output", 0 },
	{ "malformed_tool_use", 0 },
	{ "max_tokens", CDT_STOP_LENGTH },
	{ "model_context_window_exceeded", CDT_STOP_LENGTH },
	{ "stop_sequence", CDT_STOP_SEQUENCE },
	{ "tool_use", CDT_STOP_TOOL },
};

static uint32_t kind_of(cdt_str word)
{
	for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++)
		if (cdt_is(word, stops[i].word))
			return stops[i].kind;
	return CDT_STOP_OTHER;
}

cdt_status bedrock_stop_note(const struct reader *r, cdt_str word)
{
	struct answer *a = r->answer;

	if (a->flags & ANSWER_STOPPED)
		return CDT_OK;
	if (word.n == 0)
		return CDT_E_UPSTREAM;
	a->stop = kind_of(word);
	a->word_n = word.n < WORD_MAX ? word.n : WORD_MAX;
	memcpy(a->word, word.p, a->word_n);
	if (!a->stop) {
		a->flags |= ANSWER_BROKEN;
		return CDT_E_UPSTREAM;
	}
	a->flags |= ANSWER_STOPPED;
	return CDT_OK;
}

/* What was emitted decides, not the word alone: an answer with calls of the client's tools that
 * came to its natural end waits for their results, and one without them waits for nothing. */
static uint32_t decided(const struct answer *a)
{
	int calls = (a->flags & ANSWER_CALLS) != 0;

	if (calls && (a->stop == CDT_STOP_END || a->stop == CDT_STOP_OTHER))
		return CDT_STOP_TOOL;
	return !calls && a->stop == CDT_STOP_TOOL ? CDT_STOP_END : a->stop;
}

cdt_status bedrock_stop_emit(const struct reader *r)
{
	struct answer *a = r->answer;

	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP, .kind = decided(a),
		.data = { a->word, a->word_n } });
}
