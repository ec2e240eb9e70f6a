/* router/rank.c - what one worker has open of a router, and the order of targets for one
 * request: the client's wishes first, then the policy's word.
 * SPDX-License-Identifier: MIT */
#include "router/route.h"

#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "loop/worker.h"
#include "plugin/policy.h"
#include "router/instances.h"

enum { RETRY_SECONDS = 10, RETRY_LEAST = 3, PICTURE_TOKENS = 1600 };

/* Of one provider, in each of the latest seconds. */
struct allowance {
	uint64_t second;                       /* of the newest */
	uint32_t requests[RETRY_SECONDS], retries[RETRY_SECONDS];
};

struct roster {
	struct router *router;
	struct instance_self **selves;         /* one an instance of the router */
	struct allowance *allowances;          /* one a provider */
	unsigned worker;
};

struct roster *roster_open(struct router *r, struct worker *w)
{
	struct roster *roster = mem_new(sizeof *roster);
	size_t count = router_instance_count(r);

	roster->router = r;
	roster->worker = worker_number(w);
	roster->selves = mem_new_array(count + 1, sizeof *roster->selves);
	roster->allowances = mem_new_array(router_config(r)->provider_count + 1,
	                                   sizeof *roster->allowances);
	for (size_t i = 0; i < count; i++)
		if (router_instance(r, i))
			roster->selves[i] = instance_worker_open(router_instance(r, i), w);
	return roster;
}

void roster_close(struct roster *r)
{
	if (!r)
		return;
	for (size_t i = router_instance_count(r->router); i-- > 0;)
		if (r->selves[i])
			instance_worker_close(r->selves[i]);
	mem_free(r->allowances);
	mem_free(r->selves);
	mem_free(r);
}

struct router *roster_router(const struct roster *r)
{
	return r->router;
}

struct instance_self *roster_self(const struct roster *r, uint32_t instance_number)
{
	return instance_number < router_instance_count(r->router) ? r->selves[instance_number]
	                                                          : NULL;
}

/* --- how often may be tried again --- */

static struct allowance *allowance_now(struct roster *r, const struct target *t,
                                       uint64_t now_ms)
{
	struct allowance *a = &r->allowances[t->instance_number];
	uint64_t second = now_ms / 1000, gone = second - a->second;

	for (uint64_t i = 0; i < gone && i < RETRY_SECONDS; i++)
		a->requests[(second - i) % RETRY_SECONDS] =
			a->retries[(second - i) % RETRY_SECONDS] = 0;
	a->second = second;
	return a;
}

void roster_count_request(struct roster *r, const struct target *t, uint64_t now_ms)
{
	allowance_now(r, t, now_ms)->requests[now_ms / 1000 % RETRY_SECONDS]++;
}

bool roster_may_retry(struct roster *r, const struct target *t, uint64_t now_ms)
{
	struct allowance *a = allowance_now(r, t, now_ms);
	uint64_t requests = 0, retries = 0, most;

	for (int i = 0; i < RETRY_SECONDS; i++) {
		requests += a->requests[i];
		retries += a->retries[i];
	}
	most = requests * router_config(r->router)->retry_millionths / 1000000;
	if (retries >= (most > RETRY_LEAST ? most : RETRY_LEAST))
		return false;
	a->retries[now_ms / 1000 % RETRY_SECONDS]++;
	return true;
}

/* --- what it costs --- */

void roster_read(struct roster *r, const struct target *t, uint64_t now_ms, struct reading *out)
{
	figures_read(t->figures, r->worker, now_ms, out);
}

/* The part of a warm prompt that the upstream is expected to have: as it was of late. */
static int64_t cached_part(struct roster *r, const struct target *t, const struct wish *w)
{
	struct reading now;

	if (!w->affinity.n || w->input <= 0 ||
	    !stats_is_warm(router_stats(r->router), w->affinity_hash, t->figures, w->now_ms))
		return 0;
	roster_read(r, t, w->now_ms, &now);
	return now.cached_rate > 0 ? (int64_t)(now.cached_rate * (double)w->input) : 0;
}

/* Pictures that are billed in tokens, where no price says how many. */
static struct price_counts units_at(const struct target *t, const struct wish *w)
{
	struct price_counts counts = w->units;

	if (t->price && t->price->pictures_in_tokens &&
	    price_of_picture(t->price, &counts.shape) == PRICE_UNKNOWN)
		counts.tokens[PRICE_IMAGE_OUT] = counts.images * PICTURE_TOKENS;
	return counts;
}

int64_t roster_cost(struct roster *r, const struct target *t, const struct wish *w)
{
	struct price_counts counts = units_at(t, w);
	int64_t cached, cost;

	if (!t->price)
		return t->is_free ? 0 : -1;
	cached = cached_part(r, t, w);
	counts.tokens[PRICE_INPUT] = w->input > cached ? w->input - cached : 0;
	counts.tokens[PRICE_CACHED_INPUT] = cached;
	counts.tokens[PRICE_OUTPUT] = w->output > 0 ? w->output : 0;
	return price_cost(t->price, &counts, &cost) == CDT_OK ? cost : -1;
}

/* --- who may be tried --- */

/* The targets that may be tried, as configured, and their places in the order of trying. */
struct choice {
	struct target *targets[ROUTE_TARGETS_MAX];
	enum health_sight sights[ROUTE_TARGETS_MAX];   /* of their best credential */
	uint16_t order[ROUTE_TARGETS_MAX];
	size_t count;
	uint32_t dice;
};

static bool named(const cdt_str *names, size_t count, const struct target *t)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(names[i], t->provider) || str_eq(names[i], t->name))
			return true;
	return false;
}

size_t credential_count(const struct config_provider *p)
{
	return p->credential_count ? p->credential_count : 1;
}

enum health_sight target_sight(const struct target *t, size_t i, uint64_t now_ms, uint32_t dice)
{
	enum health_sight account = health_look(t->accounts[i], now_ms, dice), own;

	own = t->healths ? health_look(t->healths[i], now_ms, dice) : HEALTH_READY;
	return own > account ? own : account;
}

enum health_sight target_best_sight(const struct target *t, uint64_t now_ms, uint32_t dice)
{
	enum health_sight best = HEALTH_DRAINED;

	for (size_t i = 0; i < credential_count(t->config); i++) {
		enum health_sight s = target_sight(t, i, now_ms, dice);

		best = s < best ? s : best;
	}
	return best;
}

/* SKIP_COUNT: it may be tried. */
static enum skip why_not(struct roster *r, const struct target *t, const struct wish *w,
                         struct plan *p)
{
	const struct ask_routing *routing = w->ask->routing;
	int64_t cost;

	if (!roster_self(r, t->instance_number))
		return SKIP_NOT_SERVED;          /* the log said so at start */
	if (!target_op(t, w->ask))
		return SKIP_OPERATION;
	if (routing->only_count && !named(routing->only, routing->only_count, t))
		return SKIP_ONLY;
	if (named(routing->ignore, routing->ignore_count, t))
		return SKIP_IGNORED;
	if (!routing->has_max_price)
		return SKIP_COUNT;
	cost = roster_cost(r, t, w);
	if (cost >= 0 && cost <= routing->max_price)
		return SKIP_COUNT;
	if (cost >= 0 && (p->cheapest < 0 || cost < p->cheapest))
		p->cheapest = cost;
	return SKIP_PRICE;
}

static void skip(struct plan *p, const struct target *t, enum skip why)
{
	p->skipped[p->skipped_count++] = (struct skipped){ t, why };
}

static void allow(struct roster *r, const struct route *route, const struct wish *w,
                  struct choice *c, struct plan *p)
{
	c->count = 0;
	for (size_t i = 0; i < route->target_count; i++) {
		struct target *t = route->targets[i];
		enum health_sight sight = target_best_sight(t, w->now_ms, c->dice);
		enum skip why = why_not(r, t, w, p);

		if (why == SKIP_COUNT && sight == HEALTH_DRAINED)
			why = SKIP_DRAINED;
		if (why != SKIP_COUNT) {
			skip(p, t, why);
			continue;
		}
		c->sights[c->count] = sight;
		c->targets[c->count++] = t;
	}
}

const char *skip_name(enum skip why)
{
	static const char *const names[] = {
		[SKIP_NOT_SERVED] = "NOT_SERVED", [SKIP_OPERATION] = "OPERATION",
		[SKIP_ONLY] = "ONLY",             [SKIP_IGNORED] = "IGNORED",
		[SKIP_PRICE] = "PRICE",           [SKIP_DRAINED] = "DRAINED",
		[SKIP_POLICY] = "POLICY",
	};

	return names[why];
}

/* --- in which order --- */

static void show(struct roster *r, const struct choice *c, size_t i, const struct wish *w,
                 struct cdt_target *out)
{
	static const uint32_t flags[] = {
		[HEALTH_READY] = 0, [HEALTH_PROBING] = CDT_TARGET_PROBING,
		[HEALTH_COOLING] = CDT_TARGET_COOLING,
	};
	const struct target *t = c->targets[i];
	struct reading now;

	roster_read(r, t, w->now_ms, &now);
	*out = (struct cdt_target){
		.size = sizeof *out, .flags = flags[c->sights[i]],
		.name = t->name, .provider = t->provider, .model = t->model,
		.weight = t->weight, .inflight = now.inflight, .ttft_ms = now.first_ms,
		.total_ms = now.total_ms, .tokens_per_s = now.tokens_per_s,
		.error_rate = now.error_rate, .cost_nanousd = roster_cost(r, t, w),
		.requests_left = now.requests_left, .tokens_left = now.tokens_left,
		.context_tokens = t->context_window, .capacity = t->capacity, .tier = t->tier,
	};
}

/* It may drop targets. */
static void ask_policy(struct roster *r, const struct route *route, const struct wish *w,
                       struct choice *c, struct plan *p)
{
	struct cdt_target shown[ROUTE_TARGETS_MAX];
	const struct cdt_target *list[ROUTE_TARGETS_MAX];
	struct cdt_route question = {
		.size = sizeof question, .op = w->ask->op, .route = route->name,
		.key_id = str_z(w->key_id), .tenant = str_z(w->group), .affinity = w->affinity,
		.input_tokens = w->input, .output_tokens = w->output,
		.random = rand_u64(), .tags = w->tags, .targets = list, .count = c->count,
	};
	uint64_t placed = 0;
	size_t all = c->count;

	for (size_t i = 0; i < all; i++) {
		show(r, c, i, w, &shown[i]);
		list[i] = &shown[i];
	}
	memset(c->order, 0, sizeof c->order);
	c->count = policy_rank(roster_self(r, p->policy_number), &question, c->order, all);
	for (size_t i = 0; i < c->count; i++)
		placed |= UINT64_C(1) << c->order[i];
	for (size_t i = 0; i < all; i++)
		if (!(placed >> i & 1))
			skip(p, c->targets[i], SKIP_POLICY);
}

/* The client's own order goes before the policy's; both are stable. */
static void prefer(const struct ask_routing *wish, struct choice *c)
{
	size_t placed = 0;

	for (size_t w = 0; w < wish->order_count; w++)
		for (size_t i = placed; i < c->count; i++) {
			uint16_t chosen = c->order[i];

			if (!named(&wish->order[w], 1, c->targets[chosen]))
				continue;
			for (size_t k = i; k > placed; k--)
				c->order[k] = c->order[k - 1];
			c->order[placed++] = chosen;
		}
}

/* --- with which credentials --- */

/* The first one is drawn by weight; the others follow around. */
static size_t first_credential(const struct config_provider *p)
{
	uint64_t sum = 0, dice;
	size_t first = 0;

	if (p->credential_count < 2)
		return 0;
	for (size_t i = 0; i < p->credential_count; i++)
		sum += p->credentials[i].weight;
	dice = sum ? rand_below(sum) : 0;
	while (sum && first + 1 < p->credential_count && dice >= p->credentials[first].weight)
		dice -= p->credentials[first++].weight;
	return first;
}

/* Those that cool down, or those that do not. */
static void add_candidates(const struct target *t, const struct wish *w, uint32_t dice,
                           bool cooling, struct plan *p)
{
	size_t count = credential_count(t->config), first = first_credential(t->config);

	for (size_t n = 0; n < count && p->count < ROUTE_CANDIDATES_MAX; n++) {
		size_t i = (first + n) % count;
		enum health_sight sight = target_sight(t, i, w->now_ms, dice);

		if (sight == HEALTH_DRAINED || (sight == HEALTH_COOLING) != cooling)
			continue;
		p->candidates[p->count++] = (struct candidate){
			.target = t, .sight = sight, .account = t->accounts[i],
			.credential = t->config->credential_count ? &t->config->credentials[i]
			                                          : NULL,
			.health = t->healths ? t->healths[i] : NULL,
		};
	}
}

void roster_rank(struct roster *r, const struct route *route, const struct wish *w,
                 struct plan *out)
{
	struct choice c = { .dice = (uint32_t)rand_u64() };

	out->count = out->skipped_count = 0;
	out->cheapest = -1;
	out->policy_number = w->policy_number == NO_POLICY ? route->policy_number
	                                                   : w->policy_number;
	if (!roster_self(r, out->policy_number))
		out->policy_number = NO_POLICY;
	allow(r, route, w, &c, out);
	if (c.count > 1 && out->policy_number != NO_POLICY)
		ask_policy(r, route, w, &c, out);
	else
		for (size_t i = 0; i < c.count; i++)
			c.order[i] = (uint16_t)i;
	prefer(w->ask->routing, &c);
	for (size_t i = 0; i < c.count; i++)
		add_candidates(c.targets[c.order[i]], w, c.dice, false, out);
	for (size_t i = 0; i < c.count; i++)
		add_candidates(c.targets[c.order[i]], w, c.dice, true, out);
}
