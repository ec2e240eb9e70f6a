/* lib_gemini/closing.c - what an answer cost and why it ended.  Usage is repeated and
 * cumulative: later numbers replace earlier ones.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

#include <string.h>

static int64_t or_zero(int64_t n)
{
	return n > 0 ? n : 0;
}

/* Tokens of one modality in a list of {"modality","tokenCount"}. */
static int64_t of_modality(cdt_val list, const char *word)
{
	int64_t sum = -1;

	for (size_t i = 0; i < cdt_count(list); i++) {
		cdt_val one = cdt_at(list, i);

		if (cdt_is(cdt_text(cdt_get(one, "modality")), word))
			sum = or_zero(sum) + or_zero(cdt_count_of(cdt_get(one, "tokenCount")));
	}
	return sum;
}

static const struct { const char *word, *tier; } tiers[] = {
	{ "ON_DEMAND_FLEX", "flex" }, { "ON_DEMAND_PRIORITY", "priority" },
	{ "flex", "flex" }, { "priority", "priority" }, { "standard", "default" },
};

static void note_tier(struct gemini_answer *a, cdt_val usage)
{
	cdt_str word = cdt_text(cdt_get(usage, "serviceTier"));

	if (word.n == 0)
		word = cdt_text(cdt_get(usage, "trafficType"));
	for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++)
		if (cdt_is(word, tiers[i].word))
			a->tier = tiers[i].tier;
}

/* Numbers that are 0 are left out.  Thoughts stand beside the candidates' tokens, but inside of
 * them in early previews, which the total tells. */
cdt_status gemini_usage(const struct reader *r, cdt_val usage)
{
	struct cdt_usage *u = &r->answer->usage;
	int64_t prompt = cdt_count_of(cdt_get(usage, "promptTokenCount"));
	int64_t said = or_zero(cdt_count_of(cdt_get(usage, "candidatesTokenCount")));
	int64_t thoughts = cdt_count_of(cdt_get(usage, "thoughtsTokenCount"));
	int64_t total = cdt_count_of(cdt_get(usage, "totalTokenCount"));

	if (cdt_type(usage) != CDT_MAP)
		return CDT_OK;
	note_tier(r->answer, usage);
	if (prompt < 0 && total < 0)
		return CDT_OK;
	prompt = or_zero(prompt);
	u->input = prompt + or_zero(cdt_count_of(cdt_get(usage, "toolUsePromptTokenCount")));
	u->output = said;
	if (said == 0 || prompt + said != total)
		u->output += or_zero(thoughts);
	u->cache_read = cdt_count_of(cdt_get(usage, "cachedContentTokenCount"));
	u->reasoning = thoughts;
	u->audio_in = of_modality(cdt_get(usage, "promptTokensDetails"), "AUDIO");
	u->audio_out = of_modality(cdt_get(usage, "candidatesTokensDetails"), "AUDIO");
	u->image_in = of_modality(cdt_get(usage, "promptTokensDetails"), "IMAGE");
	u->image_out = of_modality(cdt_get(usage, "candidatesTokensDetails"), "IMAGE");
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = u });
}

/* --- the end --- */

static const struct { const char *word; uint32_t kind; } stops[] = {
	{ "BLOCKLIST", CDT_STOP_FILTER },
	{ "CONTINUATION", CDT_STOP_LENGTH },
	{ "IMAGE_PROHIBITED_CONTENT", CDT_STOP_FILTER },
	{ "IMAGE_RECITATION", CDT_STOP_FILTER },
	{ "IMAGE_SAFETY", CDT_STOP_FILTER },
	{ "LANGUAGE", CDT_STOP_FILTER },
	{ "MAX_TOKENS", CDT_STOP_LENGTH },
	{ "MODEL_ARMOR", CDT_STOP_FILTER },
	{ "NO_IMAGE", CDT_STOP_END },
	{ "PROHIBITED_CONTENT", CDT_STOP_FILTER },
	{ "RECITATION", CDT_STOP_FILTER },
	{ "SAFETY", CDT_STOP_FILTER },
	{ "SPII", CDT_STOP_FILTER },
	{ "STOP", CDT_STOP_END },
};

static uint32_t kind_of(cdt_str word)
{
	for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++)
		if (cdt_is(word, stops[i].word))
			return stops[i].kind;
	return CDT_STOP_OTHER;
}

int gemini_is_filter(cdt_str word)
{
	return kind_of(word) == CDT_STOP_FILTER;
}

int gemini_is_fault(cdt_str word)
{
	static const char *const words[] = { "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE",
	                                     "TOO_MANY_TOOL_CALLS", "UNEXPECTED_TOOL_CALL" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (cdt_is(word, words[i]))
			return 1;
	return 0;
}

void gemini_stop_note(struct choice *c, cdt_str word)
{
	if (word.n == 0)
		return;
	c->stop = kind_of(word);
	c->word_n = word.n < WORD_MAX ? word.n : WORD_MAX;
	memcpy(c->word, word.p, c->word_n);
}

/* A natural end after calls waits for their results. */
static uint32_t decided(const struct choice *c)
{
	if (c->calls && (c->stop == CDT_STOP_END || c->stop == CDT_STOP_OTHER || !c->stop))
		return CDT_STOP_TOOL;
	return c->stop ? c->stop : CDT_STOP_OTHER;
}

static cdt_status stop_one(const struct reader *r, uint32_t n)
{
	const struct choice *c = &r->answer->choice[n];
	cdt_status st = gemini_close(r, n);

	if (st == CDT_OK)
		st = gemini_cite(r, n);
	return st != CDT_OK ? st : cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP,
		.choice = n, .kind = decided(c), .data = { c->word, c->word_n } });
}

static cdt_status emit_tier(const struct reader *r)
{
	cdt_val doc;
	cdt_str json;

	if (!r->answer->tier)
		return CDT_OK;
	json = words_join(r->call, (cdt_str[]){ CDT_STR("[\""), words_z(r->answer->tier),
		CDT_STR("\"]") }, 3);
	if (!json.p || r->call->api->parse(r->call, json, &doc) != CDT_OK)
		return CDT_OK;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
		.name = CDT_STR("service_tier"), .doc = cdt_at(doc, 0) });
}

/* Of a stream each answer must have said why it ends: else it was cut. */
cdt_status gemini_stop_all(const struct reader *r)
{
	const struct gemini_answer *a = r->answer;
	uint32_t seen = 0, ended = 0;
	cdt_status st;

	for (uint32_t n = 0; n < CHOICES_MAX; n++) {
		seen += a->choice[n].seen != 0;
		ended += a->choice[n].seen && a->choice[n].stop;
	}
	if (seen == 0 || (a->flags & ANSWER_STREAM && !(a->flags & ANSWER_BLOCKED)
	                  && (ended < seen || ended < a->wanted)))
		return CDT_E_UPSTREAM;
	st = emit_tier(r);
	for (uint32_t n = 0; n < CHOICES_MAX && st == CDT_OK; n++)
		if (a->choice[n].seen)
			st = stop_one(r, n);
	return st;
}

/* The prompt itself was refused: there is no candidate at all. */
cdt_status gemini_blocked(const struct reader *r, cdt_val feedback)
{
	struct choice *c = &r->answer->choice[0];
	cdt_str why = cdt_text(cdt_get(feedback, "blockReasonMessage"));
	cdt_status st = CDT_OK;

	c->seen = 1;
	r->answer->flags |= ANSWER_BLOCKED;
	if (why.n) {
		st = gemini_part(r, 0, CDT_PART_REFUSAL, CDT_STR(""));
		if (st == CDT_OK)
			st = gemini_piece(r, 0, CDT_STR(""), why);
	}
	gemini_stop_note(c, cdt_text(cdt_get(feedback, "blockReason")));
	c->stop = CDT_STOP_FILTER;
	return st;
}
