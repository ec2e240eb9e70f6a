/* unit/plugins/policy_shares_test.c - policies that share requests out by weight: random,
 * roundrobin, priority, simple.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/policy_rig.h"

#include <stdio.h>

#include "base/str.h"
#include "unit/unit.h"

enum { FEW = 5 };
static const uint32_t weights[FEW] = { 5, 1, 10, 3, 6 };

static void share(const char *type)
{
	struct policyrig r;

	policyrig_open(&r, type, NULL, FEW);
	policyrig_weigh(&r, weights);
	policyrig_shares_are_weights(&r);
	policyrig_close(&r);
}

static void share_by_weight(void)
{
	share("simple");
	share("random");
	share("roundrobin");
	share("priority");
	share("sticky");                               /* requests without affinity */
}

/* --- random --- */

static void random_draws_the_second_place_too(void)
{
	size_t second[FEW] = { 0 };
	struct policyrig r;

	policyrig_open(&r, "random", NULL, 3);
	policyrig_weigh(&r, (const uint32_t[]){ 1000000, 3, 1 });
	for (size_t i = 0; i < 10000; i++) {
		(void)policyrig_rank(&r);
		second[r.order[1]]++;
	}
	CU_ASSERT(second[1] > 7300 && second[1] < 7700);
	CU_ASSERT(second[2] > 2300 && second[2] < 2700);
	policyrig_close(&r);
}

static void random_leaves_weights_of_zero_behind(void)
{
	size_t first[3];
	struct policyrig r;

	policyrig_open(&r, "random", NULL, 3);
	policyrig_weigh(&r, (const uint32_t[]){ 0, 1, 0 });
	policyrig_count(&r, 1000, first);
	CU_ASSERT_EQUAL(first[1], 1000);
	policyrig_weigh(&r, (const uint32_t[]){ 0, 0, 0 });
	policyrig_count(&r, 9000, first);
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT(first[i] > 2700 && first[i] < 3300);
	policyrig_close(&r);
}

/* --- roundrobin --- */

static void roundrobin_is_exact_and_smooth(void)
{
	static const size_t turns[] = { 0, 1, 2, 0 };
	size_t first[3];
	struct policyrig r;

	policyrig_open(&r, "roundrobin", NULL, 3);
	policyrig_weigh(&r, (const uint32_t[]){ 2, 1, 1 });
	policyrig_count(&r, 10000, first);
	CU_ASSERT(first[0] == 5000 && first[1] == 2500 && first[2] == 2500);
	for (size_t i = 0; i < 40; i++)
		CU_ASSERT_EQUAL(policyrig_first(&r), turns[i % 4]);
	policyrig_close(&r);
}

static void roundrobin_counts_every_route_for_itself(void)
{
	size_t first[2] = { 0 };
	struct policyrig r;

	policyrig_open(&r, "roundrobin", NULL, 2);
	for (size_t i = 0; i < 100; i++) {
		r.route.route = i % 2 ? CDT_STR("odd") : CDT_STR("even");
		first[policyrig_first(&r)] += i % 2;
	}
	CU_ASSERT(first[0] == 25 && first[1] == 25);
	policyrig_close(&r);
}

/* One of three comes and goes: the others share what it leaves, and it gets no more than its
 * part when it is back. */
static void roundrobin_bears_sets_that_change(void)
{
	size_t first[3] = { 0 };
	struct policyrig r;

	policyrig_open(&r, "roundrobin", NULL, 3);
	for (size_t i = 0; i < 6000; i++) {
		r.target[2].flags = i / 10 % 2 ? CDT_TARGET_COOLING : 0;
		first[policyrig_first(&r)]++;
	}
	CU_ASSERT(first[0] > 2480 && first[0] < 2520);
	CU_ASSERT(first[1] > 2480 && first[1] < 2520);
	CU_ASSERT(first[2] > 980 && first[2] < 1020);
	policyrig_close(&r);
}

static void roundrobin_shares_equally_without_weights(void)
{
	size_t first[4];
	struct policyrig r;

	policyrig_open(&r, "roundrobin", NULL, 4);
	policyrig_weigh(&r, (const uint32_t[]){ 0, 0, 0, 0 });
	policyrig_count(&r, 400, first);
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(first[i], 100);
	policyrig_close(&r);
}

static void roundrobin_forgets_what_was_used_longest_ago(void)
{
	char name[24];
	size_t first[2];
	struct policyrig r;

	policyrig_open(&r, "roundrobin", NULL, 2);
	for (unsigned i = 0; i < 50000; i++) {
		(void)snprintf(name, sizeof name, "route %u", i);
		r.route.route = str_z(name);
		(void)policyrig_rank(&r);
	}
	policyrig_count(&r, 1000, first);
	CU_ASSERT(first[0] == 500 && first[1] == 500);
	policyrig_close(&r);
}

/* --- priority --- */

static void priority_respects_tiers(void)
{
	size_t second[FEW] = { 0 };
	struct policyrig r;

	policyrig_open(&r, "priority", NULL, FEW);
	policyrig_weigh(&r, (const uint32_t[]){ 1000, 1000, 1, 3, 1000 });
	r.target[0].tier = 7;
	r.target[1].tier = 1000;
	r.target[2].tier = r.target[3].tier = 2;
	for (size_t i = 0; i < 10000; i++) {
		(void)policyrig_rank(&r);
		CU_ASSERT(r.order[0] == 4 && r.order[3] == 0 && r.order[4] == 1);
		second[r.order[1]]++;
	}
	CU_ASSERT(second[2] > 2300 && second[2] < 2700);
	CU_ASSERT_EQUAL(second[2] + second[3], 10000);
	policyrig_close(&r);
}

static void priority_leaves_a_tier_that_cools_down(void)
{
	struct policyrig r;

	policyrig_open(&r, "priority", NULL, 3);
	r.target[1].tier = 1;
	r.target[2].tier = 2;
	policyrig_order_is(&r, "012");
	r.target[0].flags = CDT_TARGET_COOLING;
	policyrig_order_is(&r, "120");
	r.target[1].flags = CDT_TARGET_COOLING;
	policyrig_order_is(&r, "201");
	policyrig_close(&r);
}

static const struct unit_test tests[] = {
	{ "simple, random, roundrobin and priority share by weight", share_by_weight },
	{ "random draws the second place, too", random_draws_the_second_place_too },
	{ "random leaves weights of zero behind", random_leaves_weights_of_zero_behind },
	{ "roundrobin is exact and smooth", roundrobin_is_exact_and_smooth },
	{ "roundrobin counts every route for itself", roundrobin_counts_every_route_for_itself },
	{ "roundrobin bears sets that change", roundrobin_bears_sets_that_change },
	{ "roundrobin shares equally without weights",
	  roundrobin_shares_equally_without_weights },
	{ "roundrobin forgets what was used longest ago",
	  roundrobin_forgets_what_was_used_longest_ago },
	{ "priority respects tiers", priority_respects_tiers },
	{ "priority leaves a tier that cools down", priority_leaves_a_tier_that_cools_down },
	{ NULL, NULL },
};
const struct unit_suite plugins_policy_shares_suite = { "plugins/policy_shares", tests };
