/* router/rank.c - what one worker has open of a router, and the order of targets for one
 * request: the client's wishes first, then the policy's word.
 * SPDX-License-Identifier: MIT */
#include "router/route.h"

#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "plugin/policy.h"
#include "router/instances.h"

struct roster {
	struct router *router;
	struct instance_self **selves;         /* one an instance of the router */
};

struct roster *roster_open(struct router *r, struct worker *w)
{
	struct roster *roster = mem_new(sizeof *roster);
	size_t count = router_instance_count(r);

	roster->router = r;
	roster->selves = mem_new_array(count + 1, sizeof *roster->selves);
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

static bool named(const cdt_str *names, size_t count, const struct target *t)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(names[i], t->provider) || str_eq(names[i], t->name))
			return true;
	return false;
}

static bool may_try(const struct roster *r, const struct ask *ask, const struct target *t)
{
	const struct ask_routing *wish = ask->routing;

	if (!roster_self(r, t->instance_number))
		return false;                    /* not served here; the log said so at start */
	if (wish->only_count && !named(wish->only, wish->only_count, t))
		return false;
	if (named(wish->ignore, wish->ignore_count, t))
		return false;
	return (provider_caps(t->instance)->ops & CDT_OP_BIT(ask->op)) != 0;
}

/* The targets that may be tried, as configured, and their places in the order of trying. */
struct choice {
	struct target *targets[ROUTE_TARGETS_MAX];
	uint16_t order[ROUTE_TARGETS_MAX];
	size_t count;
};

static void allow(const struct roster *r, const struct route *route, const struct ask *ask,
                  struct choice *c)
{
	c->count = 0;
	for (size_t i = 0; i < route->target_count; i++)
		if (may_try(r, ask, route->targets[i]))
			c->targets[c->count++] = route->targets[i];
}

/* It may drop targets. */
static void ask_policy(struct roster *r, const struct route *route, const struct ask *ask,
                       const char *key_id, struct choice *c)
{
	struct cdt_target shown[ROUTE_TARGETS_MAX];
	const struct cdt_target *list[ROUTE_TARGETS_MAX];
	struct cdt_route question = {
		.size = sizeof question, .op = ask->op, .route = route->name,
		.key_id = str_z(key_id), .input_tokens = -1, .output_tokens = -1,
		.random = rand_u64(), .tags = json_absent(), .targets = list,
		.count = c->count,
	};

	for (size_t i = 0; i < c->count; i++) {
		const struct target *t = c->targets[i];

		shown[i] = (struct cdt_target){
			.size = sizeof shown[i], .name = t->name, .provider = t->provider,
			.model = t->model, .weight = t->weight, .ttft_ms = -1, .total_ms = -1,
			.tokens_per_s = -1, .cost_nanousd = -1, .requests_left = -1,
			.tokens_left = -1, .context_tokens = t->context_window,
			.capacity = -1, .tier = t->tier,
		};
		list[i] = &shown[i];
	}
	memset(c->order, 0, sizeof c->order);
	c->count = policy_rank(roster_self(r, route->policy_number), &question, c->order,
	                       c->count);
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

/* All credentials of one target, the first one chosen by weight. */
static size_t add_candidates(const struct target *t, struct candidate *out, size_t room)
{
	const struct config_provider *p = t->config;
	uint64_t sum = 0, dice;
	size_t first = 0, n = 0;

	if (!p->credential_count) {
		*out = (struct candidate){ t, NULL };
		return 1;
	}
	for (size_t i = 0; i < p->credential_count; i++)
		sum += p->credentials[i].weight;
	dice = sum && p->credential_count > 1 ? rand_below(sum) : 0;
	while (sum && first + 1 < p->credential_count && dice >= p->credentials[first].weight)
		dice -= p->credentials[first++].weight;
	for (; n < p->credential_count && n < room; n++) {
		size_t i = (first + n) % p->credential_count;

		out[n] = (struct candidate){ t, &p->credentials[i] };
	}
	return n;
}

size_t roster_rank(struct roster *r, const struct route *route, const struct ask *ask,
                   const char *key_id, struct candidate out[ROUTE_CANDIDATES_MAX])
{
	struct choice c;
	size_t n = 0;

	allow(r, route, ask, &c);
	if (c.count > 1 && roster_self(r, route->policy_number))
		ask_policy(r, route, ask, key_id, &c);
	else
		for (size_t i = 0; i < c.count; i++)
			c.order[i] = (uint16_t)i;
	prefer(ask->routing, &c);
	for (size_t i = 0; i < c.count && n < ROUTE_CANDIDATES_MAX; i++)
		n += add_candidates(c.targets[c.order[i]], out + n, ROUTE_CANDIDATES_MAX - n);
	return n;
}
