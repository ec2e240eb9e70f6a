/* unit/plugins/policies_test.c - what every policy of ours keeps, whatever it is asked: a whole
 * order without repetitions, and targets that cool down last.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/policy_rig.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "conduit/rank.h"
#include "unit/unit.h"

enum { MANY = 20, CROWD = 10000, UTMOST = 65535, ROUNDS = 200, FEW_ROUNDS = 20 };

static const char *const types[] = {
	"simple", "priority", "roundrobin", "random", "leastcost", "leastlatency", "leastused",
	"sticky",
};

/* Runs one test for each policy, with that many targets. */
static void each(size_t count, void (*test)(struct policyrig *r))
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct policyrig r;

		policyrig_open(&r, types[i], NULL, count);
		test(&r);
		policyrig_close(&r);
	}
}

static bool cools(const struct policyrig *r, size_t place)
{
	uint32_t flags = r->target[r->order[place]].flags;

	return flags & CDT_TARGET_COOLING && !(flags & CDT_TARGET_PROBING);
}

/* All targets are there once (the host counts what breaks that); none that cools down is before
 * one that does not. */
static void is_whole(struct policyrig *r)
{
	size_t n = policyrig_rank(r);

	CU_ASSERT_EQUAL(plugrig_misuses(&r->g), 0);
	for (size_t i = 1; i < n; i++)
		CU_ASSERT(!cools(r, i - 1) || cools(r, i));
}

static void are_whole(struct policyrig *r)
{
	for (size_t i = 0; i < ROUNDS; i++)
		is_whole(r);
}

static void ranks_targets_without_figures(void)
{
	each(MANY, are_whole);
}

static void ranks_nothing_and_one(void)
{
	each(0, is_whole);
	each(1, is_whole);
}

static void cool_every_third(struct policyrig *r)
{
	for (size_t i = 0; i < r->route.count; i++)
		r->target[i].flags = i % 3 ? 0 : CDT_TARGET_COOLING;
	is_whole(r);
}

static void ranks_more_than_anybody_has(void)
{
	each(CROWD, cool_every_third);
}

static void ranks_as_many_as_the_abi_can_name(void)
{
	struct policyrig r;

	policyrig_open(&r, "sticky", NULL, UTMOST);
	cool_every_third(&r);
	policyrig_close(&r);
}

static void leave_out_what_is_beyond(struct policyrig *r)
{
	CU_ASSERT_EQUAL(policy_rank(r->g.self, &r->route, r->order, UTMOST), UTMOST);
}

static void names_no_more_than_the_abi_can(void)
{
	each(UTMOST + 3, leave_out_what_is_beyond);
}

static void spoil_with_nan(struct policyrig *r)
{
	for (size_t i = 0; i < r->route.count; i++) {
		struct cdt_target *t = &r->target[i];

		t->ttft_ms = t->total_ms = i % 2 ? NAN : 5;
		t->tokens_per_s = i % 3 ? NAN : INFINITY;
		t->error_rate = i % 5 ? NAN : 2;
	}
	are_whole(r);
}

static void ranks_figures_that_are_no_numbers(void)
{
	each(MANY, spoil_with_nan);
}

static void take_weights_away(struct policyrig *r)
{
	for (size_t i = 0; i < r->route.count; i++)
		r->target[i].weight = 0;
	are_whole(r);
	r->target[7].weight = 3;
	r->route.affinity = CDT_STR("session");
	are_whole(r);
}

static void ranks_weights_of_zero(void)
{
	each(MANY, take_weights_away);
}

static void cool_all(struct policyrig *r)
{
	for (size_t i = 0; i < r->route.count; i++)
		r->target[i].flags = CDT_TARGET_COOLING;
	are_whole(r);
}

static void ranks_targets_that_all_cool_down(void)
{
	each(MANY, cool_all);
}

static void cool_all_but_two(struct policyrig *r)
{
	for (size_t i = 0; i < r->route.count; i++)
		r->target[i].flags = CDT_TARGET_COOLING;
	r->target[3].flags = CDT_TARGET_COOLING | CDT_TARGET_PROBING;
	r->target[11].flags = CDT_TARGET_PROBING;
	for (size_t i = 0; i < ROUNDS; i++) {
		is_whole(r);
		CU_ASSERT(r->order[0] + r->order[1] == 14);
	}
}

static void takes_one_that_is_probed_for_healthy(void)
{
	each(MANY, cool_all_but_two);
}

static void give_little_room(struct policyrig *r)
{
	for (size_t cap = 0; cap < MANY; cap++) {
		r->order[cap] = 9999;
		CU_ASSERT_EQUAL(policy_rank(r->g.self, &r->route, r->order, cap), cap);
		CU_ASSERT_EQUAL(r->order[cap], 9999);
	}
}

static void fits_into_the_room_there_is(void)
{
	each(MANY, give_little_room);
}

static void shrink_windows(struct policyrig *r)
{
	r->route.input_tokens = 5000;
	for (size_t i = 0; i < r->route.count; i++)
		r->target[i].context_tokens = i == 5 ? 5000 : i == 6 ? -1 : 4999;
	r->target[0].flags = CDT_TARGET_COOLING;
	for (size_t i = 0; i < ROUNDS; i++) {
		is_whole(r);
		CU_ASSERT(r->order[0] + r->order[1] == 11 && r->order[0] - r->order[1]);
		CU_ASSERT_EQUAL(r->order[MANY - 1], 0);
	}
}

static void puts_windows_that_are_too_small_behind(void)
{
	each(MANY, shrink_windows);
}

/* 128 bytes are what cdt_target had before capacity and tier; what follows is not read. */
static void forget_new_fields(struct policyrig *r)
{
	for (size_t i = 0; i < r->route.count; i++) {
		r->target[i].size = offsetof(struct cdt_target, capacity);
		r->target[i].capacity = i == 19 ? 1 << 20 : 1;
		r->target[i].tier = (uint32_t)(MANY - i);
		r->target[i].inflight = 3;
		r->target[i].weight = i ? 1 : 1000000;
	}
	are_whole(r);
	if (r->g.instance && strcmp(instance_type(r->g.instance), "priority") == 0)
		CU_ASSERT_EQUAL(r->order[0], 0);
}

static void serves_a_gateway_that_knows_no_capacity_and_no_tier(void)
{
	each(MANY, forget_new_fields);
}

static double any_figure(struct policyrig *r)
{
	static const double odd[] = { -1, 0, -0.0, 1e-308, 1e308, 1, 0.5 };
	uint64_t dice = policyrig_dice(r);
	double d;

	if (dice % 3 == 0)
		return odd[dice / 3 % (sizeof odd / sizeof *odd)];
	dice = policyrig_dice(r);
	memcpy(&d, &dice, sizeof d);
	return d;
}

/* Any bits, but for size and texts. */
static void litter(struct policyrig *r)
{
	for (size_t i = 0; i < r->route.count; i++) {
		struct cdt_target *t = &r->target[i];

		t->flags = (uint32_t)policyrig_dice(r);
		t->weight = (uint32_t)(policyrig_dice(r) >> policyrig_dice(r) % 64);
		t->inflight = (uint32_t)policyrig_dice(r);
		t->ttft_ms = any_figure(r);
		t->total_ms = any_figure(r);
		t->tokens_per_s = any_figure(r);
		t->error_rate = any_figure(r);
		t->cost_nanousd = (int64_t)policyrig_dice(r);
		t->context_tokens = (int64_t)policyrig_dice(r);
		t->capacity = (int64_t)policyrig_dice(r);
		t->tier = (uint32_t)policyrig_dice(r);
	}
	r->route.input_tokens = (int64_t)policyrig_dice(r);
	r->route.output_tokens = (int64_t)policyrig_dice(r);
	r->route.affinity = (cdt_str){ "sessions", policyrig_dice(r) % 9 };
}

static void survive_litter(struct policyrig *r)
{
	for (size_t i = 0; i < (r->route.count > MANY ? FEW_ROUNDS : ROUNDS); i++) {
		litter(r);
		is_whole(r);
	}
}

static void ranks_any_figures(void)
{
	each(MANY, survive_litter);
	each(3, survive_litter);
	each(CDT_RANK_KEPT + 1, survive_litter);
}

static const struct unit_test tests[] = {
	{ "ranks targets without figures", ranks_targets_without_figures },
	{ "ranks nothing, and one target", ranks_nothing_and_one },
	{ "ranks 10,000 targets", ranks_more_than_anybody_has },
	{ "ranks as many as the ABI can name", ranks_as_many_as_the_abi_can_name },
	{ "names no more than the ABI can", names_no_more_than_the_abi_can },
	{ "ranks figures that are no numbers", ranks_figures_that_are_no_numbers },
	{ "ranks weights of zero", ranks_weights_of_zero },
	{ "ranks targets that all cool down", ranks_targets_that_all_cool_down },
	{ "takes one that is probed for healthy", takes_one_that_is_probed_for_healthy },
	{ "fits into the room that there is", fits_into_the_room_there_is },
	{ "puts windows that are too small behind", puts_windows_that_are_too_small_behind },
	{ "serves a gateway that knows no capacity and no tier",
	  serves_a_gateway_that_knows_no_capacity_and_no_tier },
	{ "ranks any figures", ranks_any_figures },
	{ NULL, NULL },
};
const struct unit_suite plugins_policies_suite = { "plugins/policies", tests };
