/* flow/step_attempt.c - tries candidates in order until one answers: then the last one again,
 * then other models.  Which failures are worth another try is a table; what has reached the
 * client ends it.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/str.h"
#include "flow/exchange.h"
#include "flow/hedge.h"
#include "flow/line.h"
#include "flow/recall.h"

/* When credentials are at their limits. */
enum { RETRY_MS = 1000, RETRY_MOST_MS = 60000 };
/* Before asking again; for a place at a credential; until one is looked for again. */
enum { PAUSE_MS = 100, PLACE_MS = 1000, LOOK_AGAIN_MS = 10 };

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

enum { TRY_ALL = TRY_CREDENTIAL | TRY_TARGET };

static uint8_t tries_of(uint32_t reason)
{
	return reason < sizeof tries ? tries[reason] : 0;
}

/* --- who is next --- */

/* A prompt that was too long fits where more fits. */
static bool is_larger(const struct target *t, const struct target *than)
{
	return t->context_window > 0 && than->context_window > 0 &&
	       t->context_window > than->context_window;
}

static bool may_follow(const struct exchange *x, const struct candidate *c)
{
	if (x->ask.routing->no_fallback && c->target != x->candidates[0].target)
		return false;
	if (!x->tried || x->may == TRY_ALL)
		return true;
	if (c->target == x->tried->target)
		return x->may & TRY_CREDENTIAL;
	return x->may & TRY_TARGET ||
	       (x->reason == CDT_ERR_CONTEXT_LENGTH && is_larger(c->target, x->tried->target));
}

/* Its upstream said how long it is not to be asked. */
static uint64_t barred_ms(const struct candidate *c, uint64_t now_ms)
{
	uint64_t own = c->health ? health_barred(c->health, now_ms) : 0;
	uint64_t account = health_barred(c->account, now_ms);

	return own > account ? own : account;
}

/* May it be asked now?  Then it has its places; else *least_ms is when one could be. */
static bool admit(struct exchange *x, const struct candidate *c, uint64_t *least_ms)
{
	uint64_t wait_ms = barred_ms(c, clock_ms());

	items_aim(x, c);
	if (!wait_ms && limit_attempt(x, c, &wait_ms)) {
		if (live_begin(x, c))
			return true;
		limit_attempt_undo(x);
		return false;
	}
	if (!wait_ms)
		wait_ms = RETRY_MS;            /* for one to end: nobody knows when */
	if (wait_ms < *least_ms)
		*least_ms = wait_ms;
	return false;
}

static const struct candidate *next_candidate(struct exchange *x, uint64_t *least_ms)
{
	if (x->relay.shown || x->attempts >= ATTEMPTS_MAX)
		return NULL;
	while (x->candidate_next < x->candidate_count) {
		const struct candidate *c = &x->candidates[x->candidate_next++];

		if (may_follow(x, c) && attempt_time_left(x, c->target) &&
		    admit(x, c, least_ms))
			return c;
	}
	return NULL;
}

/* --- fallbacks: other models --- */

static void add_fallbacks(struct exchange *x, const char *const *names, size_t count)
{
	const struct router *r = roster_router(exchange_roster(x));
	struct chain *chain = &x->chain;

	for (size_t i = 0; i < count && chain->count < CHAIN_MAX; i++) {
		const struct route *route = router_find(r, str_z(names[i]), &x->arena);
		bool seen = !route || !route->model || route == x->route;

		for (size_t k = 0; !seen && k < chain->count; k++)
			seen = chain->seen[k] == route;
		if (!seen && exchange_may_model(x, route->name, CDT_STR("")))
			chain->seen[chain->count++] = route;
	}
}

/* Those of the model that has just failed come behind those that are waiting. */
static void find_fallbacks(struct exchange *x)
{
	const struct config_model *m = x->serving->model;

	if (!m || x->ask.routing->no_fallback)
		return;
	if (x->reason == CDT_ERR_CONTEXT_LENGTH)
		add_fallbacks(x, m->context_fallbacks, m->context_fallback_count);
	else if (x->reason == CDT_ERR_FILTERED)
		add_fallbacks(x, m->content_fallbacks, m->content_fallback_count);
	else if (!x->attempts || x->may & TRY_TARGET)
		add_fallbacks(x, m->fallbacks, m->fallback_count);
}

static bool next_route(struct exchange *x)
{
	struct plan p;

	if (x->relay.shown || x->attempts >= ATTEMPTS_MAX)
		return false;
	find_fallbacks(x);
	while (x->chain.next < x->chain.count) {
		const struct route *route = x->chain.seen[x->chain.next++];

		if (route_plan(x, route, &p) != CDT_OK)
			return false;
		if (!p.count || !limit_serving(x))
			continue;
		x->may = TRY_ALL;
		log_info(LOG_FLOW, x->id.p, "falling back model=%.*s to=%.*s reason=%s",
		         STR_ARG(x->ask.model), STR_ARG(route->name), health_reason(x->reason));
		return true;
	}
	return false;
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

static void drop_document(struct exchange *x)
{
	json_lazy_free(x->lazy);
	x->lazy = NULL;
}

static cdt_status start(struct exchange *x, const struct candidate *c)
{
	const struct target *t = c->target;
	struct attempt_order o;
	cdt_status st = attempt_order_of(x, c, &o);

	if (st != CDT_OK)
		return st;
	x->writes_for_an_hour = writes_for_an_hour(x, t);
	if (x->attempts)
		flow_count_retry(x, t, x->serving != x->route ? "fallback"
		                       : c == x->tried ? "again" : "next");
	x->tried = c;
	x->attempts++;
	x->problem = (struct problem){ .cause = PROBLEM_NONE };    /* of who was asked before */
	flow_count_attempt(x);
	x->attempt_us = clock_us();
	x->end_times = (struct attempt_times){ .start_us = 0 };
	x->end_status = 0;
	relay_again(x);
	if (x->ask.stream)
		pulse_watch(flow_pulse(x->flow));
	x->attempt = attempt_start(&o, &relay_ops, x);
	hedge_arm(x);
	if (!x->attempt || !attempt_needs_order(x->attempt))
		drop_document(x);
	return x->attempt ? CDT_OK : CDT_E_LIMIT;
}

/* --- the loop --- */

static enum step_result go_on(struct exchange *x);

/* What it needs, then money, then the attempt.  STEP_DONE: not this one. */
static enum step_result ask(struct exchange *x, const struct candidate *c)
{
	switch (media_prepare(x, c->target)) {
	case MEDIA_WAITS:
		x->media_for = c;
		return STEP_WAIT;
	case MEDIA_FAILED:
		limit_attempt_undo(x);
		return STEP_DONE;
	case MEDIA_READY:
		break;
	}
	switch (charge_begin(x, c)) {
	case CHARGE_FREE:
		return start(x, c) == CDT_OK ? STEP_WAIT : STEP_FAILED;
	case CHARGE_ASKED:
		return STEP_WAIT;
	case CHARGE_DENIED:
		break;
	}
	limit_attempt_undo(x);
	return STEP_DONE;
}

/* The pause is over. */
static bool ask_again(struct exchange *x, uint64_t now_ms)
{
	const struct candidate *c = x->tried;
	enum step_result result = STEP_DONE;
	uint64_t ignored = 0;

	(void)now_ms;
	if (admit(x, c, &ignored))
		result = ask(x, c);
	if (result == STEP_DONE)
		result = go_on(x);
	if (result != STEP_WAIT)
		exchange_resume(x, result);
	return false;
}

/* Nobody else is left: the last one once more, after a pause, where that may help. */
static bool pause(struct exchange *x)
{
	uint64_t wait_ms = x->again_ms >= 0 ? (uint64_t)x->again_ms : 0;
	uint32_t most_ms = exchange_config(x)->retry_wait_ms;

	if (x->again_ms < 0 || x->retried || x->relay.shown || x->attempts >= ATTEMPTS_MAX ||
	    !most_ms || wait_ms > most_ms ||
	    wait_ms >= attempt_time_left(x, x->tried->target) ||
	    x->surface->instead ||         /* it has another answer */
	    !roster_may_retry(exchange_roster(x), x->tried->target, clock_ms()))
		return false;
	x->waiting.again = ask_again;
	x->waiting.patient = true;
	if (!line_join(flow_line(x->flow), x, clock_ms(), wait_ms + rand_below(PAUSE_MS)))
		return false;
	x->retried = true;
	return true;
}

/* A place may have come free. */
static bool look_again(struct exchange *x, uint64_t now_ms)
{
	enum step_result result;

	x->crowded = false;
	x->candidate_next = 0;
	x->waiting.retry_ms = now_ms + LOOK_AGAIN_MS;
	result = go_on(x);
	if (result == STEP_WAIT)
		return false;                  /* asked, or back in the line by itself */
	exchange_resume(x, result);
	return false;
}

/* All places are taken: until one is given back, for a short while. */
static bool wait_for_place(struct exchange *x)
{
	uint64_t now_ms = clock_ms();
	uint64_t part;

	if (!x->crowded || x->attempts)
		return false;
	part = attempt_time_left(x, x->candidates[0].target) / 10;
	if (!x->waiting.until_ms || x->waiting.again != look_again)
		x->waiting.until_ms = now_ms + (part < PLACE_MS ? part : PLACE_MS);
	x->waiting.again = look_again;
	x->waiting.patient = false;
	return now_ms < x->waiting.until_ms &&
	       line_join(flow_line(x->flow), x, now_ms, LOOK_AGAIN_MS);
}

static void explain(struct exchange *x, uint64_t least_ms)
{
	if (x->problem.cause)                          /* of the last attempt, or no money */
		return;
	if (x->crowded) {
		(void)problem_set(&x->problem, &x->arena, PROBLEM_OVERLOADED, NULL,
		                  "Every provider of the model '%.*s' is busy. Try again.",
		                  STR_ARG(x->ask.model));
		x->problem.error.retry_after_ms = RETRY_MS;
		return;
	}
	(void)problem_set(&x->problem, &x->arena, PROBLEM_UPSTREAM_RATE, NULL,
	                  "Every provider of the model '%.*s' is at its rate limit. Try again "
	                  "in %llu s.", STR_ARG(x->ask.model),
	                  (unsigned long long)(least_ms + 999) / 1000);
	x->problem.error.retry_after_ms = (int64_t)least_ms;
}

/* Candidates in order, until one is under way, or money for it was asked for, or it pays to
 * wait. */
static enum step_result go_on(struct exchange *x)
{
	uint64_t least_ms = RETRY_MOST_MS;
	const struct candidate *c;

	do {
		while ((c = next_candidate(x, &least_ms)) != NULL) {
			enum step_result result = ask(x, c);

			if (result != STEP_DONE)
				return result;
		}
		if (x->is_hedge)
			return STEP_FAILED;    /* its twin has the others */
		if (x->attempts ? pause(x) : wait_for_place(x))
			return STEP_WAIT;
	} while (next_route(x));
	explain(x, least_ms);
	return STEP_FAILED;
}

void attempt_media_here(struct exchange *x, bool ok)
{
	enum step_result result = STEP_DONE;

	if (ok)
		result = ask(x, x->media_for);
	else
		limit_attempt_undo(x);
	if (result == STEP_DONE)
		result = go_on(x);
	if (result != STEP_WAIT)
		exchange_resume(x, result);
}

enum step_result step_attempt(struct exchange *x)
{
	if (x->explains)
		return explain_answer(x);
	relay_init(x);
	x->may = TRY_ALL;
	x->again_ms = -1;
	x->waiting.until_ms = 0;
	return go_on(x);
}

void attempt_hedge(struct exchange *x)
{
	enum step_result result;

	relay_prepare(x);
	x->may = TRY_ALL;
	x->again_ms = -1;
	result = go_on(x);
	if (result != STEP_WAIT)
		(void)hedge_lost(x);
}

void attempt_granted(struct exchange *x, const struct candidate *c)
{
	if (start(x, c) == CDT_OK)
		return;
	charge_drop(x);
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

/* What may pass by itself is worth asking again: after so many milliseconds, or never (-1). */
static int64_t again_after(const struct attempt_end *end)
{
	switch (end->error.reason) {
	case CDT_ERR_RATE_LIMITED:
		return end->error.retry_after_ms;
	case CDT_ERR_TIMEOUT:                          /* another as long would be too long */
		return end->fetch == FETCH_LATE_CONNECT ? 0 : -1;
	case CDT_ERR_OVERLOADED:
	case CDT_ERR_UPSTREAM:
		return end->error.retry_after_ms > 0 ? end->error.retry_after_ms : 0;
	}
	return -1;
}

void attempt_leave(struct exchange *x)
{
	attempt_progress(x->attempt, &x->end_times, &x->end_status);
	attempt_cancel(x->attempt);
	x->attempt = NULL;
	x->waited_us += clock_us() - x->attempt_us;
}

static void note_end(struct exchange *x, const struct attempt_end *end)
{
	x->attempt = NULL;
	drop_document(x);
	x->dropped = end->dropped;
	x->dropped_count = end->dropped_count;
	live_end(x, end);
	limit_attempt_end(x, end->ok);
	x->waited_us += clock_us() - x->attempt_us;
	if (!x->first_us)
		x->first_us = end->times.first_us;
	x->end_times = end->times;
	x->end_status = end->http_status;
	x->reason = end->ok ? 0 : end->error.reason;
	x->may = tries_of(x->reason);
	x->again_ms = end->ok ? -1 : again_after(end);
	if (!end->ok && !x->problem.cause)
		giveup_explain(x, end);
	charge_bill(x, bill_end_of(end, x->relay.seen, charge_stops(x)));
}

/* The attempt was in vain: somebody else may do better. */
static enum step_result give_way(struct exchange *x)
{
	if (!x->relay.shown)
		buf_clear(flow_scratch(x->flow));      /* what the attempt left there */
	return go_on(x);
}

static void conclude(struct exchange *x, bool ok, enum step_result result)
{
	if (result == STEP_NEXT)
		capture_end(x);
	if (x->left) {
		result = STEP_DONE;
		buf_clear(flow_scratch(x->flow));      /* what nobody is sent */
	}
	if (charge_settle(x, result == STEP_NEXT))
		return;
	if (result == STEP_NEXT)
		result = relay_finish(x);
	else if (!x->left && !ok)
		result = give_way(x);
	if (result != STEP_WAIT)
		exchange_resume(x, result);
}

void attempt_kept(struct exchange *x)
{
	conclude(x, true, STEP_NEXT);
}

void attempt_remembered(struct exchange *x)
{
	if (!promise_keep(x))
		conclude(x, true, STEP_NEXT);
}

void attempt_answered(struct exchange *x)
{
	if (!keepsake_keep(x))
		attempt_remembered(x);
}

void attempt_ended(struct exchange *x, const struct attempt_end *end)
{
	enum step_result result = STEP_FAILED;

	note_end(x, end);
	if (end->ok) {
		hedge_won(x);
	} else if (x->twin) {
		(void)charge_settle(x, false);
		(void)hedge_lost(x);
		return;
	}
	if (end->ok && (!x->left || capture_is_on(x)))
		result = relay_close(x);
	if (result == STEP_NEXT)
		attempt_answered(x);
	else
		conclude(x, end->ok, result);
}
