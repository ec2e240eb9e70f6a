/* unit/plugins/simple_test.c - the order that policy_simple gives.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <string.h>

#include "conduit/policy.h"

extern const struct cdt_feature simple_feature;

enum { TARGETS_MAX = 4 };

/* weights: 0 ends; a negative weight is a cooling target of that weight. */
static size_t rank(const int *weights, uint64_t random, uint16_t *order, size_t cap)
{
	const struct cdt_policy_ops *ops = simple_feature.ops;
	struct cdt_target target[TARGETS_MAX];
	const struct cdt_target *list[TARGETS_MAX];
	struct cdt_route route = { .size = sizeof route, .random = random, .targets = list };

	memset(target, 0, sizeof target);
	for (; weights[route.count]; route.count++) {
		int w = weights[route.count];

		target[route.count].size = sizeof *target;
		target[route.count].weight = (uint32_t)(w < 0 ? -w : w);
		target[route.count].flags = w < 0 ? CDT_TARGET_COOLING : 0;
		list[route.count] = &target[route.count];
	}
	return ops->rank(NULL, &route, order, cap);
}

static void order_is(const int *weights, uint64_t random, const char *want)
{
	uint16_t order[TARGETS_MAX];
	char got[TARGETS_MAX + 1] = "";
	size_t n = rank(weights, random, order, TARGETS_MAX);

	for (size_t i = 0; i < n; i++)
		got[i] = (char)('0' + order[i]);
	got[n] = 0;
	CU_ASSERT_STRING_EQUAL(got, want);
}

static void keeps_the_configured_order_when_weights_are_equal(void)
{
	for (uint64_t random = 0; random < 50; random++)
		order_is((const int[]){ 1, 1, 1, 0 }, random * 977, "012");
}

static void draws_the_first_by_weight_and_keeps_the_rest_in_order(void)
{
	order_is((const int[]){ 9, 1, 5, 0 }, 0, "012");
	order_is((const int[]){ 9, 1, 5, 0 }, 8, "012");
	order_is((const int[]){ 9, 1, 5, 0 }, 9, "102");
	order_is((const int[]){ 9, 1, 5, 0 }, 10, "201");
	order_is((const int[]){ 9, 1, 5, 0 }, 15, "012");
}

static void draws_in_proportion(void)
{
	unsigned first[2] = { 0, 0 };
	uint16_t order[TARGETS_MAX];

	for (uint64_t random = 0; random < 1000; random++) {
		CU_ASSERT_EQUAL(rank((const int[]){ 9, 1, 0 }, random, order, TARGETS_MAX), 2);
		first[order[0]]++;
	}
	CU_ASSERT_EQUAL(first[0], 900);
	CU_ASSERT_EQUAL(first[1], 100);
}

static void puts_cooling_targets_last_but_keeps_them(void)
{
	order_is((const int[]){ -1, 1, -1, 0 }, 0, "102");
	order_is((const int[]){ -1, 1, 1, 0 }, 7, "120");
	order_is((const int[]){ -1, -1, 0 }, 7, "01");
}

static void never_draws_a_cooling_target_first(void)
{
	for (uint64_t random = 0; random < 100; random++)
		order_is((const int[]){ -90, 1, 1, 0 }, random, "120");
}

static void fits_what_there_is_room_for(void)
{
	uint16_t order[TARGETS_MAX] = { 9, 9, 9, 9 };

	CU_ASSERT_EQUAL(rank((const int[]){ 1, 1, 1, 0 }, 0, order, 2), 2);
	CU_ASSERT_EQUAL(order[2], 9);
	CU_ASSERT_EQUAL(rank((const int[]){ 0 }, 0, order, TARGETS_MAX), 0);
}

static void is_named_simple(void)
{
	CU_ASSERT_STRING_EQUAL(simple_feature.name, "simple");
	CU_ASSERT_STRING_EQUAL(simple_feature.kind, CDT_KIND_POLICY);
}

static const struct unit_test tests[] = {
	{ "keeps the configured order when weights are equal",
	  keeps_the_configured_order_when_weights_are_equal },
	{ "draws the first by weight and keeps the rest in order",
	  draws_the_first_by_weight_and_keeps_the_rest_in_order },
	{ "draws in proportion to the weights", draws_in_proportion },
	{ "puts cooling targets last but keeps them",
	  puts_cooling_targets_last_but_keeps_them },
	{ "never draws a cooling target first", never_draws_a_cooling_target_first },
	{ "fits what there is room for", fits_what_there_is_room_for },
	{ "is named simple", is_named_simple },
	{ NULL, NULL },
};
const struct unit_suite plugins_simple_suite = { "plugins/simple", tests };
