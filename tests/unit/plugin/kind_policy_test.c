/* unit/plugin/kind_policy_test.c - orders of targets, good and bad ones.
 * SPDX-License-Identifier: MIT */
#include "plugin/policy.h"

#include "base/str.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

static size_t rank(struct plugrig *g, const char *type, const char *route, uint16_t order[3])
{
	static const struct cdt_target target = { .size = sizeof target };
	const struct cdt_target *targets[] = { &target, &target, &target };
	struct cdt_route r = {
		.size = sizeof r, .route = str_z(route), .targets = targets, .count = 3,
	};

	plugrig_init(g, type);
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(g, "policy", type, NULL, NULL));
	return policy_rank(g->self, &r, order, 3);
}

static void takes_the_order_of_the_policy(void)
{
	uint16_t order[3];
	struct plugrig g;

	CU_ASSERT_EQUAL(rank(&g, "good", "r", order), 3);
	CU_ASSERT(order[0] == 2 && order[1] == 1 && order[2] == 0);
	policy_outcome(g.self, &(struct cdt_outcome){ .size = sizeof(struct cdt_outcome) });
	CU_ASSERT_EQUAL(plugrig_misuses(&g), 0);
	plugrig_fini(&g);
}

static void lets_a_policy_forbid_every_target(void)
{
	uint16_t order[3];
	struct plugrig g;

	CU_ASSERT_EQUAL(rank(&g, "good", "none", order), 0);
	CU_ASSERT_EQUAL(plugrig_misuses(&g), 0);
	plugrig_fini(&g);
}

static void falls_back_to_the_configured_order(void)
{
	static const char *const routes[] = { "repeated", "unknown", "too many" };
	uint16_t order[3];
	struct plugrig g;

	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(rank(&g, "misuse", routes[i], order), 3);
		CU_ASSERT(order[0] == 0 && order[1] == 1 && order[2] == 2);
		CU_ASSERT_EQUAL(plugrig_misuses(&g), 1);
		plugrig_fini(&g);
	}
}

static const struct unit_test tests[] = {
	{ "takes the order of the policy", takes_the_order_of_the_policy },
	{ "lets a policy forbid every target", lets_a_policy_forbid_every_target },
	{ "falls back to the configured order", falls_back_to_the_configured_order },
	{ NULL, NULL },
};
const struct unit_suite plugin_kind_policy_suite = { "plugin/kind_policy", tests };
