/* sim/targets.c - upstream accounts, models and their prices; what the ranking asks of plugins.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <string.h>

#include "base/str.h"
#include "plugin/policy.h"
#include "router/instances.h"
#include "router/route.h"

#include "../../plugins/policy_simple/simple.h"

enum { CREDENTIALS = 2 };

static const char *const names[UPSTREAMS] = { "north", "east", "south", "west" };
static const char *const labels[UPSTREAMS] = { "north/m", "east/m", "south/m", "west/m" };
static const char *const models[MODELS] = { "model-a1", "model-a2", "model-b" };
static struct config_provider providers[UPSTREAMS];
static struct config_credential credentials[UPSTREAMS][CREDENTIALS];
static struct price prices[UPSTREAMS];
static struct target targets[UPSTREAMS];
static struct target *lists[MODELS][UPSTREAMS];
static struct route routes[MODELS];
static struct config_limits limits[MODELS];
static struct health healths[UPSTREAMS][CREDENTIALS], *accounts[UPSTREAMS][CREDENTIALS];

static void draw_price(struct price *p)
{
	price_init(p);
	p->tier[0].rate[PRICE_INPUT] = dice_between(10000, 5000000);
	p->tier[0].rate[PRICE_OUTPUT] = dice_between(10000, 20000000);
	if (dice(2))
		p->tier[0].rate[PRICE_CACHED_INPUT] = p->tier[0].rate[PRICE_INPUT] / 10;
	if (dice(2))
		p->tier[0].rate[PRICE_CACHE_WRITE] = p->tier[0].rate[PRICE_INPUT] * 5 / 4;
	if (dice(3) == 0)
		p->tier[0].rate[PRICE_REASONING] = dice_between(10000, 30000000);
	if (dice(3) == 0)
		p->per_call = dice_between(0, 1000000000);
	if (dice(3) == 0) {
		p->tier_count = 2;
		p->tier[1].above = dice_between(500, 5000);
		p->tier[1].rate[PRICE_INPUT] = dice_between(10000, 9000000);
	}
}

static void draw_target(size_t i)
{
	struct config_provider *p = &providers[i];

	for (size_t k = 0; k < CREDENTIALS; k++)
		credentials[i][k] = (struct config_credential){ k ? "two" : "one", NULL,
		                                                (uint32_t)dice_between(1, 5) };
	*p = (struct config_provider){
		.name = names[i], .credentials = credentials[i],
		.credential_count = dice(CREDENTIALS + 1), .abort_stops_billing = dice(2) != 0,
	};
	if (dice(2))
		p->limits.max[LIMIT_CONCURRENCY] = dice_between(2, 12);
	if (dice(3) == 0)
		p->limits.max[LIMIT_RPM] = dice_between(10, 200);
	draw_price(&prices[i]);
	for (size_t k = 0; k < CREDENTIALS; k++) {
		health_init(&healths[i][k]);
		accounts[i][k] = &healths[i][k];
	}
	targets[i] = (struct target){
		.name = str_z(labels[i]), .provider = str_z(names[i]), .model = CDT_STR("m"),
		.config = p, .instance_number = (uint32_t)i, .accounts = accounts[i],
		.weight = (uint32_t)dice_between(1, 3), .price = &prices[i],
		.context_window = dice(2) ? -1 : 8000, .max_output = dice(2) ? -1 : 1500,
	};
}

void targets_reset(void)
{
	for (size_t i = 0; i < UPSTREAMS; i++)
		draw_target(i);
	for (size_t m = 0; m < MODELS; m++) {
		size_t n = 0, from = dice(UPSTREAMS), count = 1 + dice(UPSTREAMS);

		while (n < count) {
			lists[m][n] = &targets[(from + n) % UPSTREAMS];
			n++;
		}
		routes[m] = (struct route){ .name = str_z(models[m]), .targets = lists[m],
		                            .target_count = n };
		limits[m] = (struct config_limits){ .max = {
			[LIMIT_RPM] = dice_between(50, 500),
			[LIMIT_CONCURRENCY] = dice_between(5, 60),
		} };
	}
}

const struct route *targets_route(size_t model)
{
	return &routes[model];
}

size_t targets_number(const struct target *t)
{
	return (size_t)(t - targets);
}

const struct config_limits *targets_model_limits(size_t model)
{
	return &limits[model];
}

/* --- what core/router/rank.c asks of instances; instance 0 is the policy, too --- */

size_t router_instance_count(const struct router *r)
{
	(void)r;
	return UPSTREAMS;
}

const struct config *router_config(const struct router *r)
{
	static const struct config config = { .provider_count = UPSTREAMS };

	(void)r;
	return &config;
}

struct stats *router_stats(const struct router *r)
{
	(void)r;
	return NULL;                                   /* nobody has an affinity here */
}

struct instance *router_instance(const struct router *r, size_t i)
{
	(void)r, (void)i;
	return (struct instance *)(void *)targets;     /* only passed on */
}

struct instance_self *instance_worker_open(struct instance *i, struct worker *w)
{
	(void)w;
	return (struct instance_self *)(void *)i;
}

void instance_worker_close(struct instance_self *s)
{
	(void)s;
}

const struct provider_caps *provider_caps(const struct instance *i)
{
	static const struct provider_caps all = { .ops = UINT64_MAX };

	(void)i;
	return &all;
}

bool provider_speaks(const struct instance *i, cdt_str dialect, cdt_str model, cdt_str base_url)
{
	(void)i, (void)dialect, (void)model, (void)base_url;
	return false;
}

size_t policy_rank(struct instance_self *s, const struct cdt_route *question, uint16_t *order,
                   size_t cap)
{
	const struct cdt_policy_ops *ops = simple_feature.ops;

	return ops->rank(s, question, order, cap);
}
