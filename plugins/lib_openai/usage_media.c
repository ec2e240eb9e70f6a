/* lib_openai/usage_media.c - what pictures, sounds, transcripts and rankings cost: tokens by
 * either name, seconds, pictures.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

static int64_t either(int64_t a, int64_t b) { return a >= 0 ? a : b; }

static int64_t count(cdt_val map, const char *name) { return cdt_count_of(cdt_get(map, name)); }

static int64_t milliseconds(cdt_val seconds)
{
	uint32_t type = cdt_type(seconds);
	double s = type == CDT_INT || type == CDT_REAL ? seconds.api->f64(seconds, -1) : -1;

	return s >= 0 && s <= CDT_COUNT_MAX / 1000 ? (int64_t)(s * 1000 + 0.5) : -1;
}

static cdt_val details(cdt_val usage)
{
	cdt_val v = cdt_get(usage, "input_token_details");

	return cdt_type(v) == CDT_MAP ? v : cdt_get(usage, "input_tokens_details");
}

cdt_status openai_usage_media(struct cdt_sink *sink, cdt_val answer, int64_t images)
{
	struct cdt_usage u = CDT_USAGE_INIT;
	cdt_val usage = cdt_get(answer, "usage");

	u.input = either(count(usage, "input_tokens"), count(usage, "prompt_tokens"));
	u.output = either(count(usage, "output_tokens"), count(usage, "completion_tokens"));
	if (u.input < 0 && u.output < 0)
		u.input = count(usage, "total_tokens");
	if (u.input >= 0 && u.output < 0)
		u.output = 0;
	u.audio_in = count(details(usage), "audio_tokens");
	u.seconds_ms = milliseconds(cdt_get(usage, "seconds"));
	if (u.seconds_ms < 0 && u.input < 0)
		u.seconds_ms = milliseconds(cdt_get(answer, "duration"));
	u.images = images;
	if (u.input < 0 && u.output < 0 && u.seconds_ms < 0 && u.images < 0)
		return CDT_OK;
	return cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}
