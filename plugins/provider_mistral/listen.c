/* provider_mistral/listen.c - a transcription, whole or in events: its words are text, times
 * and language are extras.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

static cdt_status start(const struct reading *r, cdt_val doc)
{
	if (r->turn->started)
		return CDT_OK;
	r->turn->started = true;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_START,
		.name = cdt_text(cdt_get(doc, "model")) });
}

static cdt_status extra(const struct reading *r, cdt_str name, cdt_val v)
{
	bool says = cdt_type(v) == CDT_TEXT ? has_text(v) : cdt_count(v) > 0;

	return !says ? CDT_OK : cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
		.name = name, .doc = v });
}

static cdt_status usage(const struct reading *r, cdt_val v)
{
	struct cdt_usage u = CDT_USAGE_INIT;
	int64_t seconds = cdt_count_of(cdt_get(v, "prompt_audio_seconds"));
	int64_t total = cdt_count_of(cdt_get(v, "total_tokens"));

	u.input = cdt_count_of(cdt_get(v, "prompt_tokens"));
	u.output = cdt_count_of(cdt_get(v, "completion_tokens"));
	u.seconds_ms = seconds < 0 ? -1 : seconds * 1000;
	if (total >= 0 && u.output >= 0 && total - u.output > u.input)
		u.input = total - u.output;                /* with what the sound counts for */
	if (u.input < 0 && u.output < 0 && seconds < 0)
		return CDT_OK;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}

/* The last event repeats what came in pieces. */
static cdt_status whole(const struct reading *r, cdt_val doc, bool again)
{
	int64_t seconds = cdt_i64(cdt_get(cdt_get(doc, "usage"), "prompt_audio_seconds"), 0);
	cdt_status st = CDT_OK;

	if (!again)
		st = openai_part_piece(r, 0, CDT_PART_TEXT, cdt_text(cdt_get(doc, "text")));
	if (st == CDT_OK)
		st = extra(r, CDT_STR("language"), cdt_get(doc, "language"));
	if (st == CDT_OK)
		st = extra(r, CDT_STR("segments"), cdt_get(doc, "segments"));
	if (st == CDT_OK)
		st = usage(r, cdt_get(doc, "usage"));
	if (st == CDT_OK && seconds > 0)
		st = cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_EXTRA,
			.name = CDT_STR("duration"),
			.doc = cdt_get(cdt_get(doc, "usage"), "prompt_audio_seconds") });
	return st == CDT_OK ? openai_stop_choice(r, 0, CDT_STR("")) : st;
}

static bool has_text_part(const struct turn *t)
{
	return t->block[0] && t->block[0][0].next_part > 0;
}

cdt_status mistral_heard(const struct reading *r, cdt_val doc)
{
	cdt_status st;

	if (r->turn->block[0] && r->turn->block[0][0].stopped)
		return CDT_OK;
	st = start(r, doc);
	if (st != CDT_OK)
		return st;
	if (mistral_type_is(doc, "transcription.text.delta"))
		return openai_part_piece(r, 0, CDT_PART_TEXT, cdt_text(cdt_get(doc, "text")));
	if (mistral_type_is(doc, "transcription.done"))
		return whole(r, doc, has_text_part(r->turn));
	if (cdt_type(cdt_get(doc, "type")) == CDT_TEXT)
		return CDT_OK;                             /* language, segment: come again */
	return cdt_type(cdt_get(doc, "text")) == CDT_TEXT ? whole(r, doc, false)
	                                                  : CDT_E_UPSTREAM;
}
