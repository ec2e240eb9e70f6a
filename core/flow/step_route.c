/* flow/step_route.c - who could answer: the client's wishes are read against what is
 * configured, then targets in order, without those that can not do it.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/affinity.h"
#include "flow/exchange.h"
#include "ledger/money.h"

enum { DRAINED_RETRY_MS = 5000 };
enum { SOUND_TOKENS = 20, BYTES_A_MS = 4 };    /* a second; of an upload: 32 kbit/s */

static cdt_status unknown(struct exchange *x, const char *member, const char *what,
                          cdt_str name, const char *near)
{
	char also[128] = "";

	if (near)
		(void)snprintf(also, sizeof also, " Did you mean '%s'?", near);
	return problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, member,
	                   "'%s' names '%.*s', which is no %s here.%s", member, STR_ARG(name),
	                   what, also);
}

static const char *nearest(const struct exchange *x, cdt_str name)
{
	const char *targets[ROUTE_TARGETS_MAX + 1] = { NULL }, *near;

	for (size_t i = 0; i < x->route->target_count; i++)
		targets[i] = x->route->targets[i]->name.p;     /* NUL-ended */
	near = config_nearest(name, targets);
	return near ? near : router_nearest_provider(roster_router(exchange_roster(x)), name);
}

/* Providers, or targets of the route. */
static cdt_status check_names(struct exchange *x, const char *member, const cdt_str *names,
                              size_t count)
{
	const struct router *r = roster_router(exchange_roster(x));

	for (size_t i = 0; i < count; i++) {
		bool known = router_has_provider(r, names[i]);

		for (size_t k = 0; !known && k < x->route->target_count; k++)
			known = str_eq(names[i], x->route->targets[k]->name);
		if (!known)
			return unknown(x, member, "provider or target", names[i],
			               nearest(x, names[i]));
	}
	return CDT_OK;
}

/* The key's, else its group's; NO_POLICY: the model's.  Keys live longer
 * than a configuration: what it does not know any more is no failure. */
static uint32_t standing_policy(struct exchange *x)
{
	const struct key *of = x->key->policy || !x->group ? x->key : x->group;
	uint32_t number;

	if (!of->policy)
		return NO_POLICY;
	number = router_policy(roster_router(exchange_roster(x)), str_z(of->policy));
	if (number == NO_POLICY)
		flow_count_lost_policy(x, of);
	return number;
}

static cdt_status check_wishes(struct exchange *x)
{
	const struct ask_routing *w = x->ask.routing;
	const struct router *r = roster_router(exchange_roster(x));
	const char *only = w->is_override ? "routing.provider_override" : "routing.only";
	cdt_status st = check_names(x, "routing.order", w->order, w->order_count);

	if (st == CDT_OK)
		st = check_names(x, only, w->only, w->only_count);
	if (st == CDT_OK)
		st = check_names(x, "routing.ignore", w->ignore, w->ignore_count);
	x->wish.policy_number = NO_POLICY;
	if (st == CDT_OK && !w->strategy.n)
		x->wish.policy_number = standing_policy(x);
	if (st == CDT_OK && w->strategy.n) {
		x->wish.policy_number = router_policy(r, w->strategy);
		if (x->wish.policy_number == NO_POLICY)
			st = unknown(x, "routing.strategy", "policy", w->strategy,
			             router_nearest_policy(r, w->strategy));
	}
	return st;
}

/* What a request that is not of text alone is likely to be billed for. */
static struct price_counts units_of(struct exchange *x)
{
	struct price_counts units = { .images = 0 };
	struct measure *m;

	if (!x->measure && measure_matters(x->ask.op) &&
	    (m = arena_take(&x->arena, sizeof *m)) != NULL) {
		measure_of(&x->ask, m);
		x->measure = m;
	}
	if (!x->measure)
		return units;
	units.images = x->measure->images;
	units.shape = measure_shape(x->measure);
	units.characters = x->measure->characters;
	units.searches = x->measure->searches;
	units.milliseconds = x->measure->spoken_ms;
	units.tokens[PRICE_AUDIO_OUT] = units.milliseconds * SOUND_TOKENS / 1000;
	if (x->ask.op != CDT_OP_TRANSCRIBE)
		return units;
	units.milliseconds = x->measure->sound_ms ? x->measure->sound_ms
	                                          : x->measure->sound_bytes / BYTES_A_MS;
	units.tokens[PRICE_AUDIO_IN] = units.milliseconds * SOUND_TOKENS / 1000;
	return units;
}

/* What only an order among several needs is not looked for otherwise. */
static void make_wish(struct exchange *x)
{
	struct wish *w = &x->wish;

	w->ask = &x->ask;
	w->key_id = x->key->id;
	w->group = x->key->group;
	w->tags = json_absent();
	w->now_ms = clock_ms();
	w->units = units_of(x);
	limit_estimate(x, &w->input, &w->output);
	if (x->ask.max_output > 0)
		w->output = x->ask.max_output;         /* it may all be used */
	if (x->route->target_count < 2 && !(x->route->model && x->route->model->fallback_count))
		return;
	w->affinity = affinity_of(&x->ask, &x->arena);
	w->affinity_hash = w->affinity.n ? hash_bytes(w->affinity) : 0;
	if (x->metadata.n && !x->tags) {
		x->tags = json_parse(x->metadata);
		w->tags = json_val(x->tags);
	}
}

/* It is not the wishes or the times: none of the model's providers does such things. */
static bool lacks_operation(const struct plan *p)
{
	for (size_t i = 0; i < p->skipped_count; i++)
		if (p->skipped[i].why != SKIP_OPERATION)
			return false;
	return p->skipped_count > 0;
}

static void say_who_can(struct exchange *x)
{
	cdt_str who = router_who_can(roster_router(exchange_roster(x)), x->ask.op, &x->arena);
	cdt_str chats = CDT_STR("");

	if (x->ask.op == CDT_OP_COMPLETE && x->ask.no_chat)
		chats = arena_print(&x->arena, " Without '%s' it could be asked as a chat.",
		                    x->ask.no_chat);
	(void)problem_set(&x->problem, &x->arena, x->ask.no_chat
	                  ? PROBLEM_UNSUPPORTED_PARAMETER : PROBLEM_INVALID_VALUE,
	                  x->ask.no_chat ? x->ask.no_chat : "model",
	                  "No provider of the model '%.*s' can serve %s (%s).%.*s %s%.*s.",
	                  STR_ARG(x->ask.model), op_name(x->ask.op), x->surface->path,
	                  STR_ARG(chats), who.n ? "Here these providers can: "
	                  : "No provider of this configuration can", STR_ARG(who));
}

static void nobody(struct exchange *x, const struct plan *p)
{
	bool drained = false, wished = false;
	char cheapest[MONEY_TEXT_SIZE];

	for (size_t i = 0; i < p->skipped_count; i++) {
		enum skip why = p->skipped[i].why;

		drained |= why == SKIP_DRAINED || why == SKIP_POLICY;
		wished |= why == SKIP_ONLY || why == SKIP_IGNORED;
	}
	if (lacks_operation(p))
		say_who_can(x);
	else if (p->cheapest >= 0)
		(void)problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE,
		                  "routing.max_price",
		                  "No target of the model '%.*s' serves this request for so "
		                  "little; the cheapest is estimated at %s USD.",
		                  STR_ARG(x->ask.model), money_text(p->cheapest, cheapest));
	else if (drained && !wished) {
		(void)problem_set(&x->problem, &x->arena, PROBLEM_OVERLOADED, NULL,
		                  "Every target of the model '%.*s' is out of service.",
		                  STR_ARG(x->ask.model));
		x->problem.error.retry_after_ms = DRAINED_RETRY_MS;
	} else
		(void)problem_set(&x->problem, &x->arena, PROBLEM_INVALID_VALUE, "model",
		                  "No provider of the model '%.*s' can serve %s%s.",
		                  STR_ARG(x->ask.model), op_name(x->ask.op),
		                  wished || x->ask.routing->has_max_price
		                  ? " with the given routing" : "");
}

cdt_status route_plan(struct exchange *x, const struct route *route, struct plan *p)
{
	struct candidate *copy;
	struct skipped *skipped;

	roster_rank(exchange_roster(x), route, &x->wish, p);
	copy = arena_take(&x->arena, (p->count + 1) * sizeof *copy);
	skipped = arena_take(&x->arena, (p->skipped_count + 1) * sizeof *skipped);
	if (!copy || !skipped)
		return CDT_E_LIMIT;
	memcpy(copy, p->candidates, p->count * sizeof *copy);
	memcpy(skipped, p->skipped, p->skipped_count * sizeof *skipped);
	x->serving = route;
	x->policy_number = p->policy_number;
	x->candidates = copy;
	x->candidate_count = p->count;
	x->candidate_next = 0;
	x->skipped = skipped;
	x->skipped_count = p->skipped_count;
	return CDT_OK;
}

enum step_result step_route(struct exchange *x)
{
	struct plan p;

	if (check_wishes(x) != CDT_OK)
		return STEP_FAILED;
	make_wish(x);
	if (route_plan(x, x->route, &p) != CDT_OK)
		return STEP_FAILED;
	if (instead_is_due(x))
		return instead_answer(x) ? STEP_DONE : STEP_FAILED;
	if (p.count)
		return STEP_NEXT;
	nobody(x, &p);
	/* Nobody is asked what the client did not want; what is out of service has others. */
	return x->problem.cause == PROBLEM_OVERLOADED && x->route->model &&
	       x->route->model->fallback_count ? STEP_NEXT : STEP_FAILED;
}
