/* provider_openai/usage.c - the token counts of an answer: where they hide and what they
 * include.  Prices are not known here.
 * SPDX-License-Identifier: MIT */
#include "openai.h"

static bool is_usage(cdt_val v) { return cdt_type(v) == CDT_MAP && cdt_count(v) > 0; }

cdt_val openai_usage_find(cdt_val frame)
{
	cdt_val v = cdt_get(frame, "usage");
	cdt_val choices;

	if (is_usage(v))
		return v;
	v = cdt_get(cdt_get(frame, "x_groq"), "usage");
	if (is_usage(v))
		return v;
	choices = cdt_get(frame, "choices");
	return cdt_get(cdt_at(choices, 0), "usage");
}

static int64_t number(cdt_val map, const char *key)
{
	int64_t v = cdt_i64(cdt_get(map, key), -1);

	return v < 0 ? -1 : v;
}

/* The first of the places that says something. */
static int64_t either(int64_t a, int64_t b) { return a >= 0 ? a : b; }

static int64_t cached_tokens(cdt_val usage, cdt_val details)
{
	int64_t v = either(number(details, "cached_tokens"), number(usage, "cached_tokens"));

	return either(v, number(usage, "prompt_cache_hit_tokens"));
}

/* Some hosts leave reasoning out of completion_tokens (xAI: total is the sum of three). */
static int64_t all_output(int64_t input, int64_t output, int64_t reasoning, int64_t total)
{
	if (reasoning <= 0 || output < 0)
		return output;
	if (reasoning > output || (total >= 0 && input >= 0 &&
	                           total == input + output + reasoning))
		return output + reasoning;
	return output;
}

cdt_status openai_usage_emit(struct cdt_sink *sink, uint32_t op, cdt_val v)
{
	struct cdt_usage u = CDT_USAGE_INIT;
	cdt_val in = cdt_get(v, "prompt_tokens_details");
	cdt_val out = cdt_get(v, "completion_tokens_details");
	int64_t total = number(v, "total_tokens");

	u.input = number(v, "prompt_tokens");
	u.output = number(v, "completion_tokens");
	if (u.input < 0 && u.output < 0 && total < 0)
		return CDT_OK;
	if (u.input < 0 && total >= 0 && u.output >= 0 && total >= u.output)
		u.input = total - u.output;
	if (u.output < 0 && total >= 0 && u.input >= 0 && total >= u.input)
		u.output = total - u.input;
	if (op == CDT_OP_EMBED) {
		u.input = either(u.input, total);
		u.output = 0;
	}
	u.cache_read = cached_tokens(v, in);
	u.cache_write = number(in, "cache_write_tokens");
	u.reasoning = either(number(out, "reasoning_tokens"), number(v, "reasoning_tokens"));
	u.audio_in = number(in, "audio_tokens");
	u.audio_out = number(out, "audio_tokens");
	u.output = all_output(u.input, u.output, u.reasoning, total);
	if (u.input >= 0 && u.cache_read > u.input)        /* counted beside, not inside */
		u.input += u.cache_read;
	return cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}
