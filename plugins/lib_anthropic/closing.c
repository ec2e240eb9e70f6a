/* lib_anthropic/closing.c - what an answer cost and why it ended.  Usage comes twice or
 * more in a stream and each number is cumulative: later ones replace earlier ones, and a
 * number that is not said again stays.
 * SPDX-License-Identifier: MIT */
#include "lib_anthropic/inside.h"

#include <string.h>

static void replace(int64_t *n, cdt_val v)
{
	int64_t said = cdt_count_of(v);

	if (said >= 0)
		*n = said;
}

static int64_t or_zero(int64_t n)
{
	return n > 0 ? n : 0;
}

/* Rounds of context compaction are billed at the model's own price but are not in the totals.
 * The list is cumulative too.  Advisor rounds have another model's price: not ours to add. */
static void read_rounds(struct answer *a, cdt_val rounds)
{
	if (cdt_type(rounds) != CDT_LIST)
		return;
	a->compacted_in = a->compacted_out = 0;
	for (size_t i = 0; i < cdt_count(rounds); i++) {
		cdt_val round = cdt_at(rounds, i);

		if (!cdt_is(cdt_text(cdt_get(round, "type")), "compaction"))
			continue;
		a->compacted_in += or_zero(cdt_count_of(cdt_get(round, "input_tokens")));
		a->compacted_out += or_zero(cdt_count_of(cdt_get(round, "output_tokens")));
	}
}

/* "standard" has no equal among the client's words; the others share theirs. */
static cdt_status emit_tier(const struct reader *r, cdt_val tier)
{
	if (!cdt_is(cdt_text(tier), "priority"))
		return CDT_OK;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
		.name = CDT_STR("service_tier"), .doc = tier });
}

cdt_status anthropic_usage(const struct reader *r, cdt_val usage)
{
	struct answer *a = r->answer;
	struct cdt_usage total;
	cdt_val details = cdt_get(usage, "output_tokens_details");
	int64_t output = a->usage.output;
	cdt_status st;

	if (cdt_type(usage) != CDT_MAP)
		return CDT_OK;
	replace(&a->fresh, cdt_get(usage, "input_tokens"));
	replace(&a->usage.cache_read, cdt_get(usage, "cache_read_input_tokens"));
	replace(&a->usage.cache_write, cdt_get(usage, "cache_creation_input_tokens"));
	replace(&output, cdt_get(usage, "output_tokens"));
	a->usage.output = output;
	replace(&a->usage.reasoning, cdt_get(details, "thinking_tokens"));
	read_rounds(a, cdt_get(usage, "iterations"));
	total = a->usage;
	if (a->fresh >= 0)
		total.input = a->fresh + or_zero(a->usage.cache_read)
		              + or_zero(a->usage.cache_write) + a->compacted_in;
	if (total.output >= 0)
		total.output += a->compacted_out;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &total });
	if (st != CDT_OK || a->flags & ANSWER_NATIVE)
		return st;
	return emit_tier(r, cdt_get(usage, "service_tier"));
}

static const struct { const char *word; uint32_t kind; } stops[] = {
	{ "end_turn", CDT_STOP_END },
	{ "max_tokens", CDT_STOP_LENGTH },
	{ "model_context_window_exceeded", CDT_STOP_LENGTH },
	{ "pause_turn", CDT_STOP_PAUSE },
	{ "refusal", CDT_STOP_REFUSAL },
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

static cdt_status emit_refusal(const struct reader *r, cdt_str why)
{
	uint32_t index = r->answer->next_index;
	cdt_status st;

	if (why.n == 0 || r->answer->flags & ANSWER_NATIVE)
		return CDT_OK;
	r->answer->next_index++;
	st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_OPEN, .index = index,
		.kind = CDT_PART_REFUSAL });
	if (st == CDT_OK)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_DELTA, .index = index,
			.kind = CDT_PART_REFUSAL, .data = why });
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){
		.type = CDT_EV_CLOSE, .index = index, .kind = CDT_PART_REFUSAL });
}

cdt_status anthropic_stop_note(const struct reader *r, cdt_val v)
{
	struct answer *a = r->answer;
	cdt_str word = cdt_text(cdt_get(v, "stop_reason"));

	if (word.n == 0 || a->stop)
		return CDT_OK;
	a->stop = kind_of(word);
	a->word_n = word.n < WORD_MAX ? word.n : WORD_MAX;
	memcpy(a->word, word.p, a->word_n);
	if (a->stop != CDT_STOP_REFUSAL)
		return CDT_OK;
	return emit_refusal(r, cdt_text(cdt_get(cdt_get(v, "stop_details"), "explanation")));
}

/* What was emitted decides, not the word alone: an answer with tool calls that came to its
 * natural end waits for their results, and one without them waits for nothing. */
static uint32_t decided(const struct answer *a)
{
	int calls = (a->flags & ANSWER_CALLS) != 0;

	if (a->flags & ANSWER_NATIVE)
		return a->stop ? a->stop : CDT_STOP_OTHER;
	if (calls && (a->stop == CDT_STOP_END || a->stop == CDT_STOP_OTHER || !a->stop))
		return CDT_STOP_TOOL;
	if (!calls && a->stop == CDT_STOP_TOOL)
		return CDT_STOP_END;
	return a->stop ? a->stop : CDT_STOP_OTHER;
}

cdt_status anthropic_stop_emit(const struct reader *r)
{
	struct answer *a = r->answer;

	if (a->flags & ANSWER_ENDED)
		return CDT_OK;
	a->flags |= ANSWER_ENDED;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP, .kind = decided(a),
		.data = { a->word, a->word_n } });
}
