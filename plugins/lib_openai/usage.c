/* lib_openai/usage.c - the token counts of an answer: where they hide and what they
 * include.  Prices are not known here.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

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

/* What usage and its details may say.  They share some names. */
enum { INPUT, OUTPUT, TOTAL, IN_DETAILS, OUT_DETAILS, CACHED, CACHE_HIT, CACHE_WRITE, REASONING,
       AUDIO, NAMES };

static const cdt_str names[NAMES] = {
	[INPUT] = CDT_STR("prompt_tokens"),
	[OUTPUT] = CDT_STR("completion_tokens"),
	[TOTAL] = CDT_STR("total_tokens"),
	[IN_DETAILS] = CDT_STR("prompt_tokens_details"),
	[OUT_DETAILS] = CDT_STR("completion_tokens_details"),
	[CACHED] = CDT_STR("cached_tokens"),
	[CACHE_HIT] = CDT_STR("prompt_cache_hit_tokens"),
	[CACHE_WRITE] = CDT_STR("cache_write_tokens"),
	[REASONING] = CDT_STR("reasoning_tokens"),
	[AUDIO] = CDT_STR("audio_tokens"),
};

/* In the order of names; without api: not there. */
struct members { cdt_val named[NAMES]; };

static size_t name_of(cdt_str key)
{
	size_t i = 0;

	while (i < NAMES && (key.n != names[i].n || memcmp(key.p, names[i].p, key.n) != 0))
		i++;
	return i;
}

static void read_members(cdt_val map, struct members *m)
{
	cdt_val v;
	cdt_str key;
	size_t it = 0, name;

	*m = (struct members){ .named = { { NULL, NULL } } };
	while (map.api && map.api->next(map, &it, &key, &v))
		if ((name = name_of(key)) < NAMES)
			m->named[name] = v;
}

static int64_t number(const struct members *m, size_t name)
{
	return m->named[name].api ? cdt_count_of(m->named[name]) : -1;
}

/* The first of the places that says something. */
static int64_t either(int64_t a, int64_t b) { return a >= 0 ? a : b; }

static int64_t cached_tokens(const struct members *usage, const struct members *in)
{
	int64_t v = either(number(in, CACHED), number(usage, CACHED));

	return either(v, number(usage, CACHE_HIT));
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

/* The Responses API has names of its own for the same. */
cdt_status openai_usage_response(struct cdt_sink *sink, cdt_val v)
{
	cdt_val in = cdt_get(v, "input_tokens_details");
	cdt_val out = cdt_get(v, "output_tokens_details");
	struct cdt_usage u = CDT_USAGE_INIT;

	u.input = cdt_count_of(cdt_get(v, "input_tokens"));
	u.output = cdt_count_of(cdt_get(v, "output_tokens"));
	if (u.input < 0 && u.output < 0)
		return CDT_OK;
	u.cache_read = cdt_count_of(cdt_get(in, "cached_tokens"));
	u.cache_write = cdt_count_of(cdt_get(in, "cache_write_tokens"));
	u.reasoning = cdt_count_of(cdt_get(out, "reasoning_tokens"));
	u.output = all_output(u.input, u.output, u.reasoning,
	                      cdt_count_of(cdt_get(v, "total_tokens")));
	if (u.input >= 0 && u.cache_read > u.input)        /* counted beside, not inside */
		u.input += u.cache_read;
	return cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}

cdt_status openai_usage_emit(struct cdt_sink *sink, uint32_t op, cdt_val v)
{
	struct cdt_usage u = CDT_USAGE_INIT;
	struct members usage, in, out;
	int64_t total;

	read_members(v, &usage);
	read_members(usage.named[IN_DETAILS], &in);
	read_members(usage.named[OUT_DETAILS], &out);
	total = number(&usage, TOTAL);
	u.input = number(&usage, INPUT);
	u.output = number(&usage, OUTPUT);
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
	u.cache_read = cached_tokens(&usage, &in);
	u.cache_write = number(&in, CACHE_WRITE);
	u.reasoning = either(number(&out, REASONING), number(&usage, REASONING));
	u.audio_in = number(&in, AUDIO);
	u.audio_out = number(&out, AUDIO);
	u.output = all_output(u.input, u.output, u.reasoning, total);
	if (u.input >= 0 && u.cache_read > u.input)        /* counted beside, not inside */
		u.input += u.cache_read;
	return cdt_emit(sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}
