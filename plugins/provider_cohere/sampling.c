/* provider_cohere/sampling.c - how the next token is picked, where to stop, how long to think.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

enum { STOPS_MAX = 5, K_MAX = 500 };

/* Numbers outside of what Cohere takes become the nearest that it takes. */
static void write_between(struct draft *d, const char *key, const char *member, double low,
                          double high)
{
	cdt_val v = cdt_get(d->doc, member);
	double f = words_is_number(v) ? v.api->f64(v, low) : low;

	if (!words_is_number(v))
		return;
	if (f >= low && f <= high) {
		cdt_put_val(d->o, key, v);
		return;
	}
	d->o->api->key(d->o, key);
	d->o->api->f64(d->o, f < low ? low : high);
}

static void write_k(struct draft *d)
{
	cdt_val v = cdt_get(d->doc, "top_k");
	int64_t k = cdt_i64(v, 0);

	if (cdt_type(v) == CDT_INT)
		cdt_put_i64(d->o, "k", k < 0 ? 0 : k > K_MAX ? K_MAX : k);
}

static void write_stops(struct draft *d)
{
	cdt_val stop = cdt_get(d->doc, "stop");
	size_t n = cdt_count(stop);

	if (n == 0)
		return;
	if (n > STOPS_MAX) {
		cohere_drop(d, "stop");
		n = STOPS_MAX;
	}
	d->o->api->key(d->o, "stop_sequences");
	cdt_open(d->o, '[');
	for (size_t i = 0; i < n; i++)
		d->o->api->text(d->o, cdt_text(cdt_at(stop, i)));
	cdt_close(d->o);
}

void cohere_write_sampling(struct draft *d)
{
	cdt_val logprobs = cdt_get(d->doc, "logprobs");

	cdt_put_val(d->o, "max_tokens", cdt_get(d->doc, "max_completion_tokens"));
	cdt_put_val(d->o, "temperature", cdt_get(d->doc, "temperature"));
	write_between(d, "p", "top_p", 0.01, 0.99);
	write_k(d);
	cdt_put_val(d->o, "seed", cdt_get(d->doc, "seed"));
	write_between(d, "frequency_penalty", "frequency_penalty", 0, 1);
	write_between(d, "presence_penalty", "presence_penalty", 0, 1);
	write_stops(d);
	if (logprobs.api->flag(logprobs, 0))
		cdt_put_flag(d->o, "logprobs", 1);
}

static const struct { const char *effort; int64_t budget; } efforts[] = {
	{ "minimal", 512 },
	{ "low", 1024 },
	{ "medium", 4096 },
	{ "high", 8192 },
	{ "xhigh", 16384 },
	{ "max", 31000 },
};

static int64_t budget_of(struct draft *d, cdt_str effort)
{
	for (size_t i = 0; i < sizeof efforts / sizeof efforts[0]; i++)
		if (cdt_is(effort, efforts[i].effort))
			return efforts[i].budget;
	cohere_refuse(d, CDT_E_INVALID, "reasoning_effort", "'reasoning_effort' must be none, "
	              "minimal, low, medium, high, xhigh or max.");
	return 0;
}

static void write_thought(struct draft *d, int on, int64_t budget)
{
	d->o->api->key(d->o, "thinking");
	cdt_open(d->o, '{');
	cdt_put_text(d->o, "type", on ? CDT_STR("enabled") : CDT_STR("disabled"));
	if (on && budget > 0)
		cdt_put_i64(d->o, "token_budget", budget);
	cdt_close(d->o);
}

/* The client's own member counts more; some clients give its budget another name. */
void cohere_write_thinking(struct draft *d)
{
	cdt_val own = cdt_get(d->doc, "thinking");
	cdt_str effort = cdt_text(cdt_get(d->doc, "reasoning_effort"));
	int off = cdt_type(own) == CDT_MAP ? cdt_is(cdt_text(cdt_get(own, "type")), "disabled")
	                                   : cdt_is(effort, "none");
	int64_t budget = cdt_i64(cdt_get(own, "token_budget"), 0);

	if (cdt_type(own) != CDT_MAP && effort.n == 0)
		return;
	if (!d->thinks) {
		if (!off)
			cohere_drop(d, cdt_type(own) == CDT_MAP ? "thinking"
			                                        : "reasoning_effort");
		return;
	}
	if (!budget)
		budget = cdt_i64(cdt_get(own, "budget_tokens"), 0);
	if (cdt_type(own) != CDT_MAP && !off)
		budget = budget_of(d, effort);
	write_thought(d, !off, budget);
}
