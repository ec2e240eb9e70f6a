/* Figures: means that fade, merged over workers; and which prompts are warm where.
 * SPDX-License-Identifier: MIT */
#include "router/stats.h"

#include <math.h>

#include "unit/unit.h"

enum { NOW = 5000000 };

static bool near(double a, double b)
{
	return fabs(a - b) < 0.01 * fabs(b) + 1e-9;
}

static void answer(struct figures *f, unsigned worker, double first_ms, double total_ms,
                   uint64_t now_ms)
{
	struct sample s = { .first_ms = first_ms, .total_ms = total_ms, .input = 1000,
	                    .cached = 250, .output = 100 };

	figures_begin(f, worker);
	figures_end(f, worker, &s, now_ms);
}

static void nothing_is_known_at_first(void)
{
	struct stats *s = stats_new(2);
	struct figures *f = figures_take(s, CDT_STR("a/m"));
	struct reading r;

	figures_read(f, 0, NOW, &r);
	CU_ASSERT(r.first_ms < 0 && r.total_ms < 0 && r.tokens_per_s < 0 && r.error_rate < 0);
	CU_ASSERT_EQUAL(r.requests_left, -1);
	CU_ASSERT_EQUAL(r.inflight, 0);
	figures_read(NULL, 0, NOW, &r);
	CU_ASSERT(r.total_ms < 0);
	figures_begin(NULL, 0);
	figures_end(NULL, 0, NULL, NOW);
	figures_give(NULL);
	figures_give(f);
	stats_free(s);
}

static void workers_are_merged(void)
{
	struct stats *s = stats_new(2);
	struct figures *f = figures_take(s, CDT_STR("a/m"));
	struct reading r;

	answer(f, 0, 100, 1100, NOW);
	answer(f, 1, 300, 1300, NOW);
	figures_merge(f, NOW, &r);
	CU_ASSERT(near(r.first_ms, 200) && near(r.total_ms, 1200));
	CU_ASSERT(near(r.tokens_per_s, 100) && near(r.cached_rate, 0.25));
	CU_ASSERT(near(r.error_rate, 0));
	/* A worker's own attempts count at once, those of others when it merges next. */
	figures_read(f, 0, NOW, &r);
	figures_begin(f, 0);
	figures_begin(f, 1);
	figures_read(f, 0, NOW + 50, &r);
	CU_ASSERT_EQUAL(r.inflight, 1);
	figures_read(f, 0, NOW + 100, &r);
	CU_ASSERT_EQUAL(r.inflight, 2);
	figures_end(f, 0, NULL, NOW + 100);
	figures_read(f, 0, NOW + 100, &r);
	CU_ASSERT_EQUAL(r.inflight, 1);
	figures_give(f);
	stats_free(s);
}

static void what_is_five_seconds_old_counts_half(void)
{
	struct stats *s = stats_new(1);
	struct figures *f = figures_take(s, CDT_STR("a/m"));
	struct reading r;
	struct sample bad = { .failed = true, .first_ms = -1, .total_ms = 9000 };

	answer(f, 0, -1, 100, NOW);
	answer(f, 0, -1, 400, NOW + 5000);
	figures_merge(f, NOW + 5000, &r);
	CU_ASSERT(near(r.total_ms, (100 * 0.5 + 400) / 1.5));
	CU_ASSERT(r.first_ms < 0);
	figures_begin(f, 0);
	figures_end(f, 0, &bad, NOW + 5000);           /* says nothing about times */
	figures_merge(f, NOW + 5000, &r);
	CU_ASSERT(near(r.total_ms, (100 * 0.5 + 400) / 1.5) && near(r.error_rate, 1 / 2.5));
	/* Long after it is still known, and after ten minutes not. */
	figures_merge(f, NOW + 500000, &r);
	CU_ASSERT(near(r.total_ms, 300));
	figures_merge(f, NOW + 700000, &r);
	CU_ASSERT(r.total_ms < 0);
	figures_give(f);
	stats_free(s);
}

static void headroom_is_forgotten_when_it_is_reset(void)
{
	struct stats *s = stats_new(1);
	struct figures *f = figures_take(s, CDT_STR("a/m"));
	struct reading r;

	figures_headroom(f, 17, -1, 2000, NOW);
	figures_headroom(f, -1, -1, -1, NOW);          /* no word changes nothing */
	figures_merge(f, NOW + 1999, &r);
	CU_ASSERT_EQUAL(r.requests_left, 17);
	CU_ASSERT_EQUAL(r.tokens_left, -1);
	figures_merge(f, NOW + 2000, &r);
	CU_ASSERT_EQUAL(r.requests_left, -1);
	figures_give(f);
	stats_free(s);
}

static void names_find_what_was_learned(void)
{
	struct stats *s = stats_new(1);
	struct figures *f = figures_take(s, CDT_STR("a/m")), *again;
	struct health *h = stats_health_take(s, CDT_STR("a k1 m")), *same;

	answer(f, 0, 1, 2, NOW);
	again = figures_take(s, CDT_STR("a/m"));
	CU_ASSERT_PTR_EQUAL(again, f);
	figures_give(f);                               /* the old generation */
	CU_ASSERT_PTR_EQUAL(figures_take(s, CDT_STR("a/m")), f);
	figures_give(f);
	figures_give(again);
	health_drain(h, true);
	same = stats_health_take(s, CDT_STR("a k1 m"));
	CU_ASSERT_PTR_EQUAL(same, h);
	stats_health_give(s, h);
	CU_ASSERT_EQUAL(health_look(same, NOW, 0), HEALTH_DRAINED);
	stats_health_give(s, same);
	same = stats_health_take(s, CDT_STR("a k1 m"));
	CU_ASSERT_EQUAL(health_look(same, NOW, 0), HEALTH_READY);
	stats_health_give(s, same);
	stats_free(s);
}

static void warm_is_the_last_target_for_five_minutes(void)
{
	struct stats *s = stats_new(1);
	struct figures *a = figures_take(s, CDT_STR("a/m")), *b = figures_take(s, CDT_STR("b/m"));
	uint64_t x = UINT64_C(0x123456789abcdef0), y = UINT64_C(0xfedcba9876543210);

	CU_ASSERT_FALSE(stats_is_warm(s, x, a, NOW));
	stats_set_warm(s, x, a, NOW);
	CU_ASSERT_TRUE(stats_is_warm(s, x, a, NOW + 299000));
	CU_ASSERT_FALSE(stats_is_warm(s, x, a, NOW + 301000));
	CU_ASSERT_FALSE(stats_is_warm(s, x, b, NOW));
	CU_ASSERT_FALSE(stats_is_warm(s, y, a, NOW));
	stats_set_warm(s, x, b, NOW);
	CU_ASSERT_FALSE(stats_is_warm(s, x, a, NOW));
	CU_ASSERT_TRUE(stats_is_warm(s, x, b, NOW));
	CU_ASSERT_FALSE(stats_is_warm(s, x, NULL, NOW));
	figures_give(a);
	figures_give(b);
	stats_free(s);
}

static const struct unit_test tests[] = {
	{ "nothing is known at first", nothing_is_known_at_first },
	{ "workers are merged", workers_are_merged },
	{ "what is five seconds old counts half", what_is_five_seconds_old_counts_half },
	{ "headroom is forgotten when it is reset", headroom_is_forgotten_when_it_is_reset },
	{ "names find what was learned", names_find_what_was_learned },
	{ "warm is the last target for five minutes", warm_is_the_last_target_for_five_minutes },
	{ NULL, NULL }
};
const struct unit_suite router_stats_suite = { "router/stats", tests };
