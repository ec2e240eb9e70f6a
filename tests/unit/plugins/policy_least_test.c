/* unit/plugins/policy_least_test.c - policies that go by figures: leastcost, leastlatency,
 * leastused.
 * SPDX-License-Identifier: MIT */
#include "unit/plugins/policy_rig.h"

#include <math.h>

#include "unit/unit.h"

enum { REQUESTS = 10000 };

/* --- leastcost --- */

static void leastcost_picks_the_cheapest(void)
{
	struct policyrig r;

	policyrig_open(&r, "leastcost", NULL, 6);
	r.target[0].cost_nanousd = 900;
	r.target[2].cost_nanousd = 0;                  /* free is known */
	r.target[3].cost_nanousd = 30;
	r.target[4].cost_nanousd = 900;
	r.target[4].weight = 2;                        /* breaks the tie with 0 */
	policyrig_order_is(&r, "234015");              /* unknown ones in order */
	r.target[2].flags = CDT_TARGET_COOLING;
	policyrig_order_is(&r, "340152");
	policyrig_close(&r);
}

/* --- leastlatency --- */

static void be_known(struct policyrig *r, size_t i, double ttft_ms, double tokens_per_s)
{
	r->target[i].ttft_ms = ttft_ms;
	r->target[i].tokens_per_s = tokens_per_s;
}

static void leastlatency_moves_to_who_is_three_times_faster(void)
{
	size_t first[4];
	struct policyrig r;

	policyrig_open(&r, "leastlatency", NULL, 4);
	for (size_t i = 0; i < 4; i++)
		r.target[i].total_ms = i == 2 ? 1000 : 3000;
	policyrig_count(&r, REQUESTS, first);
	CU_ASSERT(first[2] >= REQUESTS * 9 / 10);
	for (size_t i = 0; i < 4; i++)                 /* 5 % among three */
		CU_ASSERT(first[i] >= 100);
	r.target[2].total_ms = 9000;
	policyrig_count(&r, REQUESTS, first);
	CU_ASSERT(first[2] > 100 && first[2] < 300);
	policyrig_close(&r);
}

static void leastlatency_expects_the_time_of_this_request(void)
{
	struct policyrig r;

	policyrig_open(&r, "leastlatency", "{\"explore\":\"0%\"}", 3);
	be_known(&r, 0, 2000, 100);                    /* starts late, speaks fast */
	be_known(&r, 1, 200, 20);
	r.target[2].total_ms = 6000;
	r.route.output_tokens = 40;
	policyrig_order_is(&r, "102");                 /* 2.2 s, 2.4 s, 6 s */
	r.route.output_tokens = 100;
	policyrig_order_is(&r, "012");                 /* 3 s, 5.2 s, 6 s */
	r.route.output_tokens = 1000;
	policyrig_order_is(&r, "201");                 /* 6 s, 12 s, 50 s */
	r.route.output_tokens = -1;
	policyrig_order_is(&r, "102");                 /* 0.2 s, 2 s, 6 s */
	policyrig_close(&r);
}

static void leastlatency_counts_failures_as_time(void)
{
	struct policyrig r;

	policyrig_open(&r, "leastlatency", "{\"explore\":\"0\"}", 3);
	r.target[0].total_ms = 1000;
	r.target[1].total_ms = 1500;
	r.target[2].total_ms = 900000;
	policyrig_order_is(&r, "012");
	r.target[0].error_rate = 0.5;                  /* two tries each: 2 s */
	policyrig_order_is(&r, "102");
	r.target[0].error_rate = 1;                    /* bounded: still a figure */
	policyrig_order_is(&r, "102");
	r.target[0].error_rate = NAN;
	policyrig_order_is(&r, "012");
	policyrig_close(&r);
}

static void leastlatency_finds_out_about_unknown_ones_one_request_at_a_time(void)
{
	struct policyrig r;

	policyrig_open(&r, "leastlatency", "{\"explore\":\"0%\"}", 3);
	r.target[0].total_ms = 10;
	r.target[2].total_ms = 20;
	policyrig_order_is(&r, "102");
	r.target[1].inflight = 1;
	policyrig_order_is(&r, "021");
	r.target[1].inflight = 0;
	r.target[1].error_rate = 0.3;                  /* it was tried, and only failed */
	policyrig_order_is(&r, "021");
	policyrig_close(&r);
}

static void leastlatency_begins_with_all_by_weight(void)
{
	static const uint32_t weights[] = { 1, 6, 2, 1 };
	struct policyrig r;

	policyrig_open(&r, "leastlatency", "{\"explore\":\"0%\"}", 4);
	policyrig_weigh(&r, weights);
	policyrig_shares_are_weights(&r);
	policyrig_close(&r);
}

static size_t explored(const char *options, size_t requests)
{
	size_t first[2];
	struct policyrig r;

	policyrig_open(&r, "leastlatency", options, 2);
	r.target[0].total_ms = 10;
	r.target[1].total_ms = 20;
	policyrig_count(&r, requests, first);
	policyrig_close(&r);
	return first[1];
}

static void leastlatency_explores_as_much_as_it_is_told(void)
{
	size_t n = explored(NULL, REQUESTS);

	CU_ASSERT(n > 400 && n < 600);
	n = explored("{\"explore\":\"12.5%\"}", REQUESTS);
	CU_ASSERT(n > 1100 && n < 1400);
	n = explored("{\"explore\":\"0.25\"}", 10 * REQUESTS);
	CU_ASSERT(n > 180 && n < 320);
	CU_ASSERT_EQUAL(explored("{\"explore\":\"0%\"}", REQUESTS), 0);
	CU_ASSERT_EQUAL(explored("{\"explore\":\"100%\"}", REQUESTS), REQUESTS);
}

static void leastlatency_explores_nothing_that_cools_down(void)
{
	struct policyrig r;

	policyrig_open(&r, "leastlatency", "{\"explore\":\"100%\"}", 3);
	r.target[0].total_ms = 10;
	r.target[1].total_ms = 20;
	r.target[2].flags = CDT_TARGET_COOLING;
	policyrig_order_is(&r, "102");
	r.target[1].flags = CDT_TARGET_COOLING;
	for (size_t i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(policyrig_first(&r), 0);
	policyrig_close(&r);
}

static void leastlatency_refuses_what_is_no_percentage(void)
{
	static const char *const bad[] = {
		"{\"explore\":\"\"}", "{\"explore\":\"%\"}", "{\"explore\":\"often\"}",
		"{\"explore\":\"-1%\"}", "{\"explore\":\"100.01%\"}", "{\"explore\":\"5%%\"}",
		"{\"explore\":\"5 %\"}", "{\"explore\":\"1000\"}", "{\"explore\":\".5\"}",
		"{\"explore\":\"0.001%\"}", "{\"explore\":\"99999999999999999999\"}",
		"{\"explore\":5}", "{\"window\":\"2m\"}",
	};
	struct policyrig r;

	policyrig_open(&r, "leastlatency", NULL, 1);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CU_ASSERT_PTR_NULL(plugrig_open(&r.g, "policy", "leastlatency", bad[i], NULL));
	policyrig_close(&r);
}

/* --- leastused --- */

static double size_of(const struct cdt_target *t)
{
	return t->capacity > 0 ? (double)t->capacity : t->weight;
}

/* Any of so many requests ends. */
static void end_one(struct policyrig *r, size_t total)
{
	size_t ticket = policyrig_dice(r) % total, i = 0;

	while (ticket >= r->target[i].inflight)
		ticket -= r->target[i++].inflight;
	r->target[i].inflight--;
}

static void keep_busy(struct policyrig *r, double mean)
{
	size_t total = 0;

	for (size_t i = 0; i < r->route.count; i++) {
		r->target[i].inflight = 0;
		total += (size_t)(mean * size_of(&r->target[i]));
	}
	for (size_t i = 0; i < total; i++)
		r->target[policyrig_first(r)].inflight++;
	for (size_t i = 0; i < REQUESTS; i++) {
		end_one(r, total);
		r->target[policyrig_first(r)].inflight++;
	}
	for (size_t i = 0; i < r->route.count; i++) {
		double use = r->target[i].inflight / size_of(&r->target[i]);

		CU_ASSERT(fabs(use - mean) <= mean / 10);
	}
}

static void leastused_balances_by_weight_or_capacity(void)
{
	struct policyrig r;

	policyrig_open(&r, "leastused", NULL, 5);
	keep_busy(&r, 40);
	policyrig_weigh(&r, (const uint32_t[]){ 1, 2, 3, 4, 5 });
	keep_busy(&r, 40);
	for (size_t i = 0; i < 5; i++)
		r.target[i].capacity = 500 - 100 * (int64_t)i;
	keep_busy(&r, 0.5);
	policyrig_close(&r);
}

/* Figures are of a moment ago, and every worker sees the same. */
static void leastused_does_not_send_all_to_the_same(void)
{
	size_t first[5];
	struct policyrig r;

	policyrig_open(&r, "leastused", NULL, 5);
	for (size_t i = 0; i < 5; i++)
		r.target[i].inflight = (uint32_t)(10 - i);
	policyrig_count(&r, REQUESTS, first);
	CU_ASSERT(first[4] > 3700 && first[4] < 4300);         /* two of five draws */
	CU_ASSERT(first[3] > 2700 && first[3] < 3300);
	CU_ASSERT_EQUAL(first[0], 0);
	policyrig_close(&r);
}

static void leastused_shares_by_weight_when_idle(void)
{
	size_t first[3];
	struct policyrig r;

	policyrig_open(&r, "leastused", NULL, 3);
	policyrig_count(&r, 9000, first);
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT(first[i] > 2700 && first[i] < 3300);
	policyrig_close(&r);
}

static void leastused_puts_full_ones_behind(void)
{
	struct policyrig r;

	policyrig_open(&r, "leastused", NULL, 3);
	r.target[0].capacity = 4;                      /* the others have no limit */
	r.target[0].inflight = 4;
	r.target[1].inflight = 50;
	r.target[2].inflight = 40;
	policyrig_order_is(&r, "210");
	r.target[2].flags = CDT_TARGET_COOLING;
	policyrig_order_is(&r, "102");
	policyrig_close(&r);
}

/* A weight beside a capacity says nothing: when one has none, weights count for all. */
static void leastused_does_not_mix_capacities_and_weights(void)
{
	struct policyrig r;

	policyrig_open(&r, "leastused", NULL, 2);
	r.target[0].capacity = 1000;
	r.target[0].inflight = 50;
	r.target[1].inflight = 40;
	policyrig_order_is(&r, "10");
	r.target[1].capacity = 100;
	policyrig_order_is(&r, "01");
	policyrig_close(&r);
}

static const struct unit_test tests[] = {
	{ "leastcost picks the cheapest, unknown ones last", leastcost_picks_the_cheapest },
	{ "leastlatency moves to who is three times faster, and explores",
	  leastlatency_moves_to_who_is_three_times_faster },
	{ "leastlatency expects the time of this request",
	  leastlatency_expects_the_time_of_this_request },
	{ "leastlatency counts failures as time", leastlatency_counts_failures_as_time },
	{ "leastlatency finds out about unknown ones, one request at a time",
	  leastlatency_finds_out_about_unknown_ones_one_request_at_a_time },
	{ "leastlatency begins with all, by weight", leastlatency_begins_with_all_by_weight },
	{ "leastlatency explores as much as it is told",
	  leastlatency_explores_as_much_as_it_is_told },
	{ "leastlatency explores nothing that cools down",
	  leastlatency_explores_nothing_that_cools_down },
	{ "leastlatency refuses what is no percentage",
	  leastlatency_refuses_what_is_no_percentage },
	{ "leastused balances by weight or capacity", leastused_balances_by_weight_or_capacity },
	{ "leastused does not send all to the same", leastused_does_not_send_all_to_the_same },
	{ "leastused shares by weight when idle", leastused_shares_by_weight_when_idle },
	{ "leastused does not mix capacities and weights",
	  leastused_does_not_mix_capacities_and_weights },
	{ "leastused puts full ones behind", leastused_puts_full_ones_behind },
	{ NULL, NULL },
};
const struct unit_suite plugins_policy_least_suite = { "plugins/policy_least", tests };
