/* unit/plugins/policy_sticky_test.c - sessions stay where they are.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/policy_rig.h"

#include <math.h>
#include <stdio.h>

#include "base/str.h"
#include "unit/unit.h"

enum { FEW = 5, SESSIONS = 10000 };

static size_t home_of(struct policyrig *r, unsigned session)
{
	char name[24];
	size_t first;

	(void)snprintf(name, sizeof name, "session-%u", session);
	r->route.affinity = str_z(name);
	first = policyrig_first(r);
	r->route.affinity = CDT_STR("");
	return first < r->route.count ? (size_t)(r->list[first] - r->target) : SIZE_MAX;
}

static void find_homes(struct policyrig *r, uint8_t home[SESSIONS])
{
	for (unsigned i = 0; i < SESSIONS; i++)
		home[i] = (uint8_t)home_of(r, i);
}

static void keeps_a_session_on_its_target(void)
{
	static uint8_t before[SESSIONS], after[SESSIONS];
	struct policyrig r;

	policyrig_open(&r, "sticky", NULL, FEW);
	find_homes(&r, before);
	find_homes(&r, after);                         /* with other dice */
	for (size_t i = 0; i < SESSIONS; i++)
		CU_ASSERT_EQUAL(before[i], after[i]);
	policyrig_close(&r);
}

static void shares_sessions_by_weight(void)
{
	static const uint32_t weights[FEW] = { 1, 2, 3, 4, 10 };
	static uint8_t home[SESSIONS];
	size_t count[FEW] = { 0 };
	struct policyrig r;

	policyrig_open(&r, "sticky", NULL, FEW);
	policyrig_weigh(&r, weights);
	find_homes(&r, home);
	for (size_t i = 0; i < SESSIONS; i++)
		count[home[i]]++;
	for (size_t i = 0; i < FEW; i++)
		CU_ASSERT(fabs((double)count[i] / SESSIONS - weights[i] / 20.0) <= 0.02);
	policyrig_close(&r);
}

/* Who was not on the one that is gone stays; the others spread, and come back with it. */
static void moves_only_sessions_of_the_target_that_cools_down(void)
{
	static uint8_t before[SESSIONS], during[SESSIONS], after[SESSIONS];
	size_t moved[FEW] = { 0 }, stayed = 0;
	struct policyrig r;

	policyrig_open(&r, "sticky", NULL, FEW);
	find_homes(&r, before);
	r.target[2].flags = CDT_TARGET_COOLING;
	find_homes(&r, during);
	r.target[2].flags = CDT_TARGET_PROBING;
	find_homes(&r, after);
	for (size_t i = 0; i < SESSIONS; i++) {
		CU_ASSERT_EQUAL(before[i], after[i]);
		if (before[i] == 2)
			moved[during[i]]++;
		else
			stayed += before[i] == during[i];
	}
	CU_ASSERT_EQUAL(moved[2], 0);
	for (size_t i = 0; i < FEW; i++)
		CU_ASSERT(i == 2 || moved[i] > SESSIONS / FEW / 5);
	CU_ASSERT_EQUAL(stayed + moved[0] + moved[1] + moved[3] + moved[4], SESSIONS);
	policyrig_close(&r);
}

static void moves_only_sessions_of_a_target_that_is_removed(void)
{
	static uint8_t before[SESSIONS], after[SESSIONS];
	struct policyrig r;

	policyrig_open(&r, "sticky", NULL, FEW);
	find_homes(&r, before);
	for (size_t i = 1; i < FEW; i++)
		r.list[i - 1] = &r.target[i];
	r.route.count = FEW - 1;
	find_homes(&r, after);
	for (size_t i = 0; i < SESSIONS; i++)
		CU_ASSERT(before[i] == 0 ? after[i] != 0 : after[i] == before[i]);
	policyrig_close(&r);
}

static void goes_by_names_and_not_by_places(void)
{
	static uint8_t before[SESSIONS], after[SESSIONS];
	struct policyrig r;

	policyrig_open(&r, "sticky", NULL, FEW);
	find_homes(&r, before);
	for (size_t i = 0; i < FEW; i++)
		r.list[i] = &r.target[FEW - 1 - i];
	find_homes(&r, after);
	for (size_t i = 0; i < SESSIONS; i++)
		CU_ASSERT_EQUAL(before[i], after[i]);
	policyrig_close(&r);
}

static const struct unit_test tests[] = {
	{ "keeps a session on its target", keeps_a_session_on_its_target },
	{ "shares sessions by weight", shares_sessions_by_weight },
	{ "moves only sessions of the target that cools down",
	  moves_only_sessions_of_the_target_that_cools_down },
	{ "moves only sessions of a target that is removed",
	  moves_only_sessions_of_a_target_that_is_removed },
	{ "goes by names and not by places", goes_by_names_and_not_by_places },
	{ NULL, NULL },
};
const struct unit_suite plugins_policy_sticky_suite = { "plugins/policy_sticky", tests };
