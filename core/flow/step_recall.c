/* flow/step_recall.c - is the answer known, or being asked for: which exchanges may have such
 * a one, how it is looked for, and what comes of it.
 * SPDX-License-Identifier: MIT */
#include "flow/recall.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "canon/op.h"

/* A clock that was set back makes entries of the future: a little of it is fine. */
enum { FUTURE_MS = 60000 };

/* --- who may --- */

/* The nearest rule that says something: key, group, model, section. */
static struct config_cache_rules rules_of(const struct exchange *x)
{
	const struct config_model *m = x->route->model;
	const struct config_cache_rules *each[] = {
		key_cache_rules(x->key), x->group ? key_cache_rules(x->group) : NULL,
		m ? &m->cache : NULL, &exchange_config(x)->cache.rules,
	};
	struct config_cache_rules all = { -1, -1, -1, -1, NULL };

	for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
		const struct config_cache_rules *r = each[i];

		if (!r)
			continue;
		all.enabled = all.enabled < 0 ? r->enabled : all.enabled;
		all.scope = all.scope < 0 ? r->scope : all.scope;
		all.ttl_ms = all.ttl_ms < 0 ? r->ttl_ms : all.ttl_ms;
		all.max_temperature = all.max_temperature < 0 ? r->max_temperature
		                                              : all.max_temperature;
		all.ns = all.ns ? all.ns : r->ns;
	}
	if (x->ask.cache && x->ask.cache->ttl_ms >= 0)
		all.ttl_ms = x->ask.cache->ttl_ms;
	return all;
}

static bool is_cached(const struct config_cache *c, uint32_t op)
{
	static const uint64_t usual = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) |
		CDT_OP_BIT(CDT_OP_EMBED) | CDT_OP_BIT(CDT_OP_MODERATE) |
		CDT_OP_BIT(CDT_OP_RERANK);

	if (!c->operation_count)
		return usual & CDT_OP_BIT(op);
	for (size_t i = 0; i < c->operation_count; i++)
		if (op_find(str_z(c->operations[i])) == op)
			return true;
	return false;
}

/* Providers take 1 where nothing is said. */
static bool is_too_warm(const struct exchange *x, int64_t max_millionths)
{
	cdt_str said = ask_value(&x->ask, "temperature");
	struct json *number;
	double temperature;

	if (max_millionths < 0 || !op_has_output(x->ask.op))
		return false;
	number = said.n ? json_parse(said) : NULL;
	temperature = json_f64(number, 1);
	json_free(number);
	return temperature * 1e6 > (double)max_millionths + 0.5;
}

/* The provider is to remember something: an answer of ours would not be remembered. */
static bool has_effects(const struct exchange *x)
{
	return x->ask.has_effects || str_is(ask_value(&x->ask, "store"), "true");
}

/* Its answers may be shorter than those of others. */
static bool is_clamped(const struct exchange *x)
{
	return x->key->clamps || (x->group && x->group->clamps);
}

static void weigh(struct exchange *x, struct recall *r)
{
	const struct config_cache *c = &exchange_config(x)->cache;
	const struct ask_cache *said = x->ask.cache;
	bool open = r->rules.enabled != 0 && !(c->opt_in && !said) &&
	            !is_too_warm(x, r->rules.max_temperature) && !has_effects(x) &&
	            !(r->rules.scope == CACHE_GROUP && !x->group);

	r->reads = open && !(said && said->no_cache);
	r->keeps = open && !(said && said->no_store);
	r->shares = r->reads && r->keeps && c->single_flight && !is_clamped(x) &&
	            pay_may_follow(x);
	r->verdict = r->reads || r->keeps ? RECALL_MISS : RECALL_BYPASS;
}

void recall_name(struct exchange *x, const struct route *route, uint8_t out[KEPT_KEY_SIZE])
{
	recall_name_rest(x, route, NULL, out);
}

void recall_name_rest(struct exchange *x, const struct route *route, const char *member,
                      uint8_t out[KEPT_KEY_SIZE])
{
	const struct recall *r = x->recall;
	static const char *const scopes[] = { "key", "group", "global" };
	const struct config_cache *c = &exchange_config(x)->cache;
	struct fingerprint f = {
		.scope = scopes[r->rules.scope],
		.ns = r->rules.ns ? str_z(r->rules.ns) : CDT_STR(""),
		.dialect = str_z(x->surface->dialect->name), .route = route->name,
		.ask = &x->ask, .with_stream = x->surface->event && !x->surface->gather,
		.with_who_asks = x->surface->dialect->repeats_who_asked,
		.ignored = c->ignore, .ignored_count = c->ignore_count, .without = member,
	};

	if (r->rules.scope == CACHE_KEY)
		f.owner = (cdt_str){ x->key->id, KEY_ID_SIZE };
	else if (r->rules.scope == CACHE_GROUP)
		f.owner = str_z(x->group->name);
	if (x->ask.cache && x->ask.cache->ns.n)
		f.wish = x->ask.cache->ns;
	fingerprint_of(desk_fingerprints(flow_desk(x->flow)), &f, out);
}

struct recall *recall_new(struct exchange *x)
{
	struct recall *r = arena_take(&x->arena, sizeof *r);

	if (r)
		buf_init(&r->gathered, FLIGHT_BYTES_MAX);
	x->recall = r;
	return r;
}

static bool may_be_known(const struct exchange *x)
{
	const struct config_cache *c = &exchange_config(x)->cache;

	return c->type && desk_keeps(flow_desk(x->flow)) &&
	       is_cached(c, x->ask.op);
}

/* --- in flight --- */

static void part(struct recall *r)
{
	flight_rise(&r->seat);
	flight_give(r->flight);
	r->flight = NULL;
}

/* Whose leader could not go on asks by itself, or follows another one. */
static enum step_result go_on(struct exchange *x)
{
	struct recall *r = x->recall;
	enum step_result result = replay_follow(x);

	if (result != STEP_NEXT)
		return result;
	timer_fini(&r->pace);
	x->waited_us += clock_us() - r->since_us;
	r->since_us = 0;
	part(r);
	r->verdict = r->idempotent ? RECALL_BYPASS : RECALL_MISS;
	buf_clear(&r->gathered);
	return recall_fly(x);
}

static void resume(struct exchange *x, enum step_result result)
{
	if (result != STEP_WAIT)
		exchange_resume(x, result);
}

static void on_news(void *arg)
{
	resume(arg, go_on(arg));
}

/* The client's own patience. */
static void on_late(void *arg)
{
	struct exchange *x = arg;

	(void)problem_set(&x->problem, &x->arena, PROBLEM_TIMEOUT, NULL,
	                  "The same request of somebody else was not answered in time.");
	exchange_resume(x, STEP_FAILED);
}

static enum step_result follow(struct exchange *x)
{
	struct recall *r = x->recall;
	struct worker *w = flow_worker(x->flow);
	uint64_t gone_ms = (clock_us() - x->started_us) / 1000;

	r->verdict = r->idempotent ? RECALL_REPLAYED : RECALL_JOINED;
	r->seat.news = on_news;
	r->seat.arg = x;
	r->since_us = clock_us();
	relay_init(x);
	if (x->ask.stream)
		pulse_watch(flow_pulse(x->flow));
	if (x->timeout_ms) {
		timer_init(&r->pace, w, on_late, x);
		timer_set(&r->pace, clock_ms(),
		          gone_ms < x->timeout_ms ? x->timeout_ms - gone_ms : 1);
	}
	flight_sit(r->flight, w, &r->seat);
	return STEP_WAIT;
}

/* Nobody follows any more, and the leader's own client has left. */
static void on_deserted(void *arg)
{
	struct exchange *x = arg;

	if (!x->left || !x->attempt || x->recall->idempotent || x->recall->answered ||
	    (x->charge && x->charge->drains_until_ms))
		return;
	charge_abandon(x);
	exchange_resume(x, STEP_DONE);
}

enum step_result recall_fly(struct exchange *x)
{
	struct flight_lead lead = {
		.stream = x->ask.stream, .worker = flow_worker(x->flow),
		.deserted = on_deserted, .arg = x,
	};
	struct recall *r = x->recall;

	memcpy(lead.body, r->body, sizeof lead.body);
	r->target = NULL;                      /* whatever was found is not given */
	r->leads = true;
	if (r->shares)
		r->flight = flight_take(desk_flights(flow_desk(x->flow)), r->key, &lead,
		                        &r->leads);
	if (r->flight && !r->leads)
		return promise_matches(x) ? follow(x) : promise_conflict(x);
	if (r->idempotent)
		return r->flight ? promise_look(x) : promise_crowded(x);
	r->leads = true;                       /* too many follow already: alone */
	if (!r->flight && r->keeps)
		r->flight = flight_alone(&lead);
	return STEP_NEXT;
}

bool recall_flies_on(struct exchange *x)
{
	struct recall *r = x->recall;

	if (!r || !r->flight || !r->leads || !(flight_leave(r->flight) || r->idempotent))
		return false;
	attempt_resume(x->attempt);
	return true;
}

bool recall_is_shared(const struct exchange *x)
{
	const struct recall *r = x->recall;

	return r && r->flight && r->leads && flight_is_shared(r->flight);
}

void recall_drained(struct exchange *x)
{
	struct recall *r = x->recall;

	if (!recall_follows(x))
		return;
	r->stalled = false;
	resume(x, go_on(x));
}

bool recall_follows(const struct exchange *x)
{
	return x->recall && x->recall->flight && !x->recall->leads;
}

/* Others would fare alike: what failed has nothing to do with who asked, or they are the same
 * key's.  Who has left has not tried all that could be. */
static bool holds_for_all(const struct exchange *x)
{
	bool alike = x->recall->rules.scope == CACHE_KEY;

	if (x->left && !x->relay.shown)
		return false;
	switch (x->problem.cause) {
	case PROBLEM_NONE:
	case PROBLEM_CONFLICT:
	case PROBLEM_INTERNAL:
		return false;
	case PROBLEM_BUDGET:
	case PROBLEM_RATE_LIMIT:
		return alike;
	case PROBLEM_NOT_ALLOWED:              /* to a key with a budget */
	case PROBLEM_UNSUPPORTED_PARAMETER:
		return alike || x->attempts;
	case PROBLEM_TIMEOUT:
		return !x->timeout_ms;
	default:
		return true;
	}
}

void recall_inherit(struct exchange *twin, struct exchange *first)
{
	twin->recall = first->recall;
	first->recall = NULL;
	if (capture_is_on(twin))
		flight_led_by(twin->recall->flight, twin);
}

void recall_land(struct exchange *x)
{
	struct recall *r = x->recall;

	if (r && r->flight && r->leads)
		flight_end(r->flight, holds_for_all(x) ? FLIGHT_BROKEN : FLIGHT_DROPPED, NULL,
		           &x->problem);
}

void recall_fini(struct exchange *x)
{
	struct recall *r = x->recall;

	if (!r)
		return;
	recall_count(x);
	desk_forget(&r->look);
	promise_forget(r);
	items_fini(x);
	timer_fini(&r->pace);
	buf_fini(&r->gathered);
	if (!r->flight)
		return;
	recall_land(x);
	part(r);
}

/* --- what was found --- */

bool recall_is_fresh(const struct recall *r, const struct kept *k, int64_t beyond_ms)
{
	int64_t age_ms = clock_wall_ms() - k->stored_ms, ttl_ms = k->ttl_ms;

	if (r->rules.ttl_ms < ttl_ms)
		ttl_ms = r->rules.ttl_ms;
	return age_ms >= -FUTURE_MS && age_ms < ttl_ms + beyond_ms;
}

static bool is_fresh(const struct recall *r, int64_t beyond_ms)
{
	return recall_is_fresh(r, &r->from, beyond_ms);
}

/* It was none after all. */
static void take_back(struct exchange *x)
{
	struct recall *r = x->recall;

	x->problem = (struct problem){ .cause = PROBLEM_NONE };
	if (r->verdict == RECALL_HIT)          /* nobody else was asked */
		x->cost = 0;
	r->verdict = r->idempotent ? RECALL_BYPASS : RECALL_MISS;
	r->saved = 0;
	r->target = NULL;
}

enum step_result recall_give(struct exchange *x, enum recall_verdict v)
{
	struct recall *r = x->recall;
	enum step_result result;

	r->verdict = v;
	r->saved = r->from.cost;
	if (v == RECALL_HIT && pay_for_hit(x) == CHARGE_ASKED) {
		relay_init(x);
		return STEP_WAIT;
	}
	result = replay_known(x);
	if (result == STEP_FAILED)
		take_back(x);
	return result;
}

/* The request stays, though it is answered.  False: it can not. */
static bool outlive(struct exchange *x)
{
	struct json_member *copy;
	cdt_str body = x->ask.body;

	if (x->ask.blob_count)
		return false;
	copy = arena_take(&x->arena, (x->ask.member_count + 1) * sizeof *copy);
	x->ask.body = arena_str(&x->arena, body);
	x->ask.type = arena_str(&x->arena, x->ask.type);
	if (!copy || !x->ask.body.p)
		return false;
	for (size_t i = 0; i < x->ask.member_count; i++) {
		copy[i] = x->ask.members[i];
		copy[i].key.p = x->ask.body.p + (copy[i].key.p - body.p);
		copy[i].value.p = x->ask.body.p + (copy[i].value.p - body.p);
	}
	x->ask.members = copy;
	return x->recall->outlives = true;
}

/* The client has its answer; the exchange goes on without it, to get a newer one, unless
 * somebody does so already. */
static enum step_result refresh(struct exchange *x)
{
	struct recall *r = x->recall;

	x->left = r->answered = true;
	relay_fini(x);
	x->relay = (struct relay){ .type = CDT_STR("") };
	x->surface_state = NULL;
	r->shares = !is_clamped(x);
	if (recall_fly(x) == STEP_NEXT)
		return STEP_NEXT;
	part(r);
	r->verdict = RECALL_STALE;
	return STEP_DONE;
}

/* What would come of it. */
static enum step_result foresee(struct exchange *x)
{
	struct recall *r = x->recall;
	bool fits = r->items ? items_known(x)
	                     : r->value.p && replay_fits(x, r->value) && is_fresh(r, 0);

	if (fits)
		r->verdict = RECALL_HIT;
	else
		r->target = NULL;
	return STEP_NEXT;
}

/* Those that are too old are asked for like those that are not known. */
static enum step_result after_items(struct exchange *x)
{
	enum step_result result = items_known(x) ? recall_give(x, RECALL_HIT) : STEP_FAILED;

	return result == STEP_FAILED ? recall_fly(x) : result;
}

static enum step_result after_look(struct exchange *x)
{
	const struct config_cache *c = &exchange_config(x)->cache;
	struct recall *r = x->recall;
	enum step_result result = STEP_FAILED;

	if (x->explains)
		return foresee(x);
	if (r->items)
		return after_items(x);
	if (!r->value.p || !replay_fits(x, r->value))
		return recall_fly(x);
	if (is_fresh(r, 0))
		result = recall_give(x, RECALL_HIT);
	else if (c->revalidate_ms && r->keeps && is_fresh(r, c->revalidate_ms) && outlive(x))
		result = recall_give(x, RECALL_STALE);
	else
		r->is_stale = c->if_error_ms && is_fresh(r, c->if_error_ms);
	if (result == STEP_FAILED)
		return recall_fly(x);
	return r->verdict == RECALL_STALE ? refresh(x) : result;
}

void recall_items_here(struct exchange *x)
{
	resume(x, after_look(x));
}

void recall_granted(struct exchange *x)
{
	enum step_result result;

	if (x->recall->verdict == RECALL_JOINED) {
		pay_follower(x, true);
		return;
	}
	result = replay_known(x);
	if (result == STEP_FAILED) {
		charge_drop(x);
		take_back(x);
		result = recall_fly(x);
	}
	resume(x, result);
}

void recall_denied(struct exchange *x)
{
	if (x->recall->verdict == RECALL_JOINED) {
		pay_follower(x, false);
		return;
	}
	x->recall->verdict = RECALL_MISS;
	x->recall->saved = 0;
	x->recall->target = NULL;
	exchange_resume(x, STEP_FAILED);
}

bool recall_rescue(struct exchange *x)
{
	struct recall *r = x->recall;
	struct problem why = x->problem;

	if (!r || !r->is_stale || !x->request || x->relay.begun || why.status < 500 ||
	    why.cause == PROBLEM_INTERNAL || !replay_fits(x, r->value))
		return false;
	r->is_stale = false;
	if (r->leads && r->flight)
		flight_end(r->flight, holds_for_all(x) ? FLIGHT_BROKEN : FLIGHT_DROPPED, NULL,
		           &why);
	x->problem = (struct problem){ .cause = PROBLEM_NONE };
	if (recall_give(x, RECALL_STALE) != STEP_FAILED)
		return true;
	x->problem = why;
	return false;
}

/* --- the step --- */

/* [from inside desk_look, or the loop] */
static void on_found(void *arg, cdt_str value)
{
	struct exchange *x = arg;

	x->recall->value = value.p ? arena_str(&x->arena, value) : value;
}

static void on_found_later(void *arg, cdt_str value)
{
	on_found(arg, value);
	resume(arg, after_look(arg));
}

/* True: all that was looked for has come. */
static bool look(struct exchange *x)
{
	struct recall *r = x->recall;

	if (r->items)
		return items_look(x);
	r->look.found = on_found;
	r->look.arg = x;
	if (desk_look(flow_desk(x->flow), r->key, exchange_config(x)->cache.deadline_ms,
	              &r->look))
		return true;
	r->look.found = on_found_later;
	return false;
}

enum step_result step_recall(struct exchange *x)
{
	struct recall *r;

	if (promise_is_wanted(x))
		return promise_begin(x);
	if (!may_be_known(x) || !(r = recall_new(x)))
		return STEP_NEXT;
	r->rules = rules_of(x);
	weigh(x, r);
	if (!r->reads && !r->keeps)
		return STEP_NEXT;
	recall_name(x, x->route, r->key);
	items_begin(x);
	if (!r->reads || look(x))
		return after_look(x);
	relay_watch(x);
	return STEP_WAIT;
}
