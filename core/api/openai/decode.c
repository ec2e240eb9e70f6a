/* api/openai/decode.c - what OpenAI's bodies have and others have not: stream_options, n, how
 * long an answer may be.
 * SPDX-License-Identifier: MIT */
#include "api/openai/openai.h"
#include "base/jsonwalk.h"
#include "base/str.h"

static bool says_usage(cdt_str options)
{
	cdt_str rest = jsonwalk_inside(options), key, value;
	bool wanted = false;

	while (jsonwalk_member(&rest, &key, &value))
		if (str_is(key, "include_usage"))
			wanted = str_is(value, "true");
	return wanted;
}

static cdt_status read_stream_options(struct exchange *x)
{
	const struct json_member *options = ask_member(&x->ask, "stream_options");

	if (!options || options->type == CDT_NULL)
		return CDT_OK;
	if (options->type != CDT_MAP)
		return body_wrong_type(x, "stream_options", BODY_MAP, options->type);
	if (!x->ask.stream)
		return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE,
		                   "stream_options",
		                   "'stream_options' is only allowed when 'stream' is true.");
	x->ask.wants_usage = says_usage(options->value);
	return CDT_OK;
}

/* The new name of chat's member wins over the old one. */
static void read_max_output(struct exchange *x)
{
	static const char *const names[] = { "max_completion_tokens", "max_tokens" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct json_member *m = ask_member(&x->ask, names[i]);

		if (m && m->type == CDT_INT && str_i64(m->value, &x->ask.max_output) &&
		    x->ask.max_output > 0)
			return;
		x->ask.max_output = 0;
	}
}

static void read_n(struct exchange *x)
{
	const struct json_member *m = ask_member(&x->ask, "n");

	if (!m || m->type != CDT_INT || !str_i64(m->value, &x->ask.n) || x->ask.n < 1)
		x->ask.n = 1;
}

cdt_status openai_decode(struct exchange *x, const struct body_field *fields)
{
	cdt_status st = body_decode(x, fields);

	if (st != CDT_OK)
		return st;
	read_max_output(x);
	read_n(x);
	st = read_stream_options(x);
	return st == CDT_OK ? body_cache_control(x) : st;
}
