/* flow/step_attempt.c - tries candidates in order until one answers.  Which failures are worth
 * another try is a table; what has reached the client ends it.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "flow/exchange.h"

/* When credentials are at their limits. */
enum { RETRY_MS = 1000, RETRY_MOST_MS = 60000 };

/* May somebody else do better?  (abi.md 2.6) */
enum { TRY_CREDENTIAL = 1, TRY_TARGET = 2 };
static const uint8_t tries[] = {
	[CDT_ERR_OTHER]          = 0,
	[CDT_ERR_BAD_REQUEST]    = 0,
	[CDT_ERR_AUTH]           = TRY_CREDENTIAL | TRY_TARGET,
	[CDT_ERR_FORBIDDEN]      = TRY_CREDENTIAL | TRY_TARGET,
	[CDT_ERR_NO_MODEL]       = TRY_TARGET,
	[CDT_ERR_CONTEXT_LENGTH] = 0,
	[CDT_ERR_FILTERED]       = 0,
	[CDT_ERR_RATE_LIMITED]   = TRY_CREDENTIAL | TRY_TARGET,
	[CDT_ERR_NO_CREDIT]      = TRY_CREDENTIAL | TRY_TARGET,
	[CDT_ERR_OVERLOADED]     = TRY_TARGET,
	[CDT_ERR_TIMEOUT]        = TRY_TARGET,
	[CDT_ERR_UPSTREAM]       = TRY_TARGET,
	[CDT_ERR_TOO_LARGE]      = 0,
};

static uint8_t tries_of(uint32_t reason)
{
	return reason < sizeof tries ? tries[reason] : 0;
}

/* Who is asked first: the best whose credential is not at its limits.  Without fallback
 * only the best target's credentials count.  NULL: x->problem says so. */
static const struct candidate *first_candidate(struct exchange *x)
{
	uint64_t wait_ms = 0, least_ms = RETRY_MOST_MS;

	while (x->candidate_next < x->candidate_count) {
		const struct candidate *c = &x->candidates[x->candidate_next++];

		if (x->ask.routing->no_fallback && c->target != x->candidates[0].target)
			break;
		if (limit_attempt(x, c, &wait_ms))
			return c;
		if (!wait_ms)
			wait_ms = RETRY_MS;            /* for one to end: nobody knows when */
		if (wait_ms < least_ms)
			least_ms = wait_ms;
	}
	if (x->problem.cause)                          /* money was refused before */
		return NULL;
	(void)problem_set(&x->problem, &x->arena, PROBLEM_UPSTREAM_RATE, NULL,
	                  "Every provider of the model '%.*s' is at its rate limit. Try again "
	                  "in %llu s.", STR_ARG(x->ask.model),
	                  (unsigned long long)(least_ms + 999) / 1000);
	x->problem.error.retry_after_ms = (int64_t)least_ms;
	return NULL;
}

/* The next candidate that the failure of the last leaves, or NULL. */
static const struct candidate *next_candidate(struct exchange *x)
{
	uint8_t may = tries_of(x->reason);
	uint64_t wait_ms;

	if (x->relay.begun || x->attempts >= ATTEMPTS_MAX || x->ask.routing->no_fallback)
		return NULL;
	while (x->candidate_next < x->candidate_count) {
		const struct candidate *c = &x->candidates[x->candidate_next++];
		bool same = c->target == x->tried->target;

		if (may & (same ? TRY_CREDENTIAL : TRY_TARGET) &&
		    limit_attempt(x, c, &wait_ms))
			return c;
	}
	return NULL;
}

/* The document that the provider reads: the client's own, or the canonical one. */
static cdt_status document(struct exchange *x, cdt_val *doc)
{
	cdt_status st;

	if (x->native) {
		x->lazy = json_lazy_of(flow_brief(x->flow), x->ask.body, x->ask.members,
		                       x->ask.member_count);
		*doc = json_lazy_val(x->lazy);
		return CDT_OK;
	}
	json_free(x->ask.doc);                 /* of the attempt before, with its limit */
	x->ask.doc = NULL;
	st = x->surface->canonical(x, &x->ask.doc);
	if (st != CDT_OK)
		return st;
	if (x->max_output)
		json_set_give(x->ask.doc, x->ask.op == CDT_OP_CHAT ? "max_completion_tokens"
		                                                   : "max_tokens",
		              json_new_i64(x->max_output));
	*doc = json_val(x->ask.doc);
	return CDT_OK;
}

/* Writes to an upstream's cache for an hour cost more than others; usage does not say which
 * they were.  Looked for where the difference has a price. */
static bool writes_for_an_hour(const struct exchange *x, const struct target *t)
{
	static const char hour[] = "\"1h\"";
	const struct price *p = t->price;

	if (x->charge)
		return x->charge->extent.writes_for_an_hour;
	return p && p->tier[0].rate[PRICE_CACHE_WRITE_HOUR] != PRICE_UNKNOWN &&
	       memmem(x->ask.body.p, x->ask.body.n, hour, sizeof hour - 1);
}

static void limit_times(struct fetch_timeouts *t, uint32_t max_ms)
{
	uint32_t *const each[] = { &t->connect_ms, &t->first_byte_ms, &t->idle_ms,
	                           &t->total_ms };

	for (size_t i = 0; max_ms && i < sizeof each / sizeof *each; i++)
		if (*each[i] > max_ms)
			*each[i] = max_ms;
}

static cdt_status start(struct exchange *x, const struct candidate *c)
{
	const struct flow_parts *parts = flow_parts(x->flow);
	const struct target *t = c->target;
	struct attempt_order o = {
		.worker = parts->worker, .fetch = parts->fetch,
		.self = roster_self(exchange_roster(x), t->instance_number),
		.xid = x->id.p, .arena = &x->arena, .ask = &x->ask, .number = x->attempts + 1,
		.model = t->model, .base_url = str_z(t->config->base_url),
		.secret = c->credential ? secret_bytes(c->credential->secret) : CDT_STR(""),
		.timeouts = t->timeouts, .max_output = x->max_output,
	};
	cdt_status st;

	limit_times(&o.timeouts, x->timeout_ms);
	if (!o.self)                                   /* the log has said why, at start */
		return problem_set(&x->problem, &x->arena, PROBLEM_UPSTREAM, NULL,
		                   "The provider '%.*s' is not ready.", STR_ARG(t->provider));
	x->native = provider_speaks(t->instance, str_z(x->surface->dialect->name));
	o.native = x->native;
	st = document(x, &o.doc);
	if (st != CDT_OK)
		return st;
	x->writes_for_an_hour = writes_for_an_hour(x, t);
	x->tried = c;
	x->attempts++;
	x->problem = (struct problem){ .cause = PROBLEM_NONE };    /* of who was asked before */
	flow_count_attempt(x);
	x->attempt_us = clock_us();
	x->end_times = (struct attempt_times){ .start_us = 0 };
	x->end_status = 0;
	relay_again(x);
	x->attempt = attempt_start(&o, &relay_ops, x);
	json_lazy_free(x->lazy);
	x->lazy = NULL;
	return x->attempt ? CDT_OK : CDT_E_LIMIT;
}

/* Candidates in order, until one is under way or money for it was asked for. */
static enum step_result go_on(struct exchange *x)
{
	const struct candidate *c;

	while ((c = x->attempts ? next_candidate(x) : first_candidate(x)) != NULL) {
		switch (charge_begin(x, c)) {
		case CHARGE_FREE:
			return start(x, c) == CDT_OK ? STEP_WAIT : STEP_FAILED;
		case CHARGE_ASKED:
			return STEP_WAIT;
		case CHARGE_DENIED:
			limit_attempt_undo(x);
		}
	}
	return STEP_FAILED;
}

enum step_result step_attempt(struct exchange *x)
{
	relay_init(x);
	return go_on(x);
}

void attempt_granted(struct exchange *x, const struct candidate *c)
{
	if (start(x, c) == CDT_OK)
		return;
	x->tried = c;
	charge_bill(x, BILL_UNREACHED);
	(void)charge_settle(x, false);
	exchange_resume(x, STEP_FAILED);
}

void attempt_denied(struct exchange *x, bool dead)
{
	enum step_result result = STEP_FAILED;

	limit_attempt_undo(x);
	if (!dead)
		result = go_on(x);
	if (result != STEP_WAIT)
		exchange_resume(x, result);
}

void attempt_settled(struct exchange *x)
{
	exchange_resume(x, x->left ? STEP_DONE : relay_finish(x));
}

static void note_end(struct exchange *x, const struct attempt_end *end)
{
	x->attempt = NULL;
	limit_attempt_end(x, end->ok);
	x->upstream_us += clock_us() - x->attempt_us;
	if (!x->first_us)
		x->first_us = end->times.first_us;
	x->end_times = end->times;
	x->end_status = end->http_status;
	x->reason = end->error.reason;
	if (!end->ok && !x->problem.cause)
		giveup_explain(x, end);
	charge_bill(x, bill_end_of(end, x->relay.seen, target_abort_stops(x->tried->target)));
}

/* The attempt was in vain: somebody else may do better. */
static enum step_result give_way(struct exchange *x)
{
	if (!x->relay.begun)
		buf_clear(flow_scratch(x->flow));      /* what the attempt left there */
	return go_on(x);
}

void attempt_ended(struct exchange *x, const struct attempt_end *end)
{
	enum step_result result = STEP_FAILED;

	note_end(x, end);
	if (x->left)
		result = STEP_DONE;
	else if (end->ok)
		result = relay_close(x);
	if (charge_settle(x, result == STEP_NEXT))
		return;
	if (result == STEP_NEXT)
		result = relay_finish(x);
	else if (!x->left && !end->ok)
		result = give_way(x);
	if (result != STEP_WAIT)
		exchange_resume(x, result);
}
