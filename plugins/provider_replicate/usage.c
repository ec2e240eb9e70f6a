/* provider_replicate/usage.c - what a prediction took: tokens for models that are sold by them,
 * seconds of a machine for the others.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

enum { SECONDS_MAX = 1000000 };

/* Some models only write their counts to the log: "Input token count: 644". */
static int64_t of_log(cdt_str log, const char *label)
{
	size_t at = words_find(log, words_z(label));

	if (at == log.n)
		return -1;
	log = words_after(log, at + words_z(label).n);
	while (log.n && log.p[0] == ' ')
		log = words_after(log, 1);
	return words_digits(log) <= CDT_COUNT_MAX ? words_digits(log) : -1;
}

static void take(int64_t *n, int64_t said)
{
	if (said >= 0)
		*n = said;
}

void replicate_usage(struct job *j, cdt_val doc)
{
	cdt_val metrics = cdt_get(doc, "metrics"), time = cdt_get(metrics, "predict_time");
	cdt_str log = cdt_text(cdt_get(doc, "logs"));
	double seconds = words_is_number(time) ? time.api->f64(time, -1) : -1;
	int64_t in = cdt_count_of(cdt_get(metrics, "input_token_count"));
	int64_t out = cdt_count_of(cdt_get(metrics, "output_token_count"));

	take(&j->usage.input, in >= 0 ? in : of_log(log, "Input token count:"));
	take(&j->usage.output, out >= 0 ? out : of_log(log, "Output token count:"));
	take(&j->usage.reasoning, of_log(log, "Reasoning tokens:"));
	if (seconds >= 0 && seconds < SECONDS_MAX)
		j->usage.seconds_ms = (int64_t)(seconds * 1000 + 0.5);
}
