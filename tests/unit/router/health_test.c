/* The states of a credential, moved by hand through time.
 * SPDX-License-Identifier: MIT */
#include "router/health.h"

#include "conduit/event.h"
#include "unit/unit.h"

enum { NOW = 1000000, FIRST = 5000, MOST = 30000 };
static const struct health_rules rules = { 5, FIRST, MOST };

static bool end(struct health *h, uint32_t reason, uint64_t now_ms)
{
	return health_end(h, &rules, reason, -1, false, now_ms);
}

/* The probe of a benched one. */
static bool probe(struct health *h, uint32_t reason, uint64_t now_ms)
{
	CU_ASSERT_EQUAL(health_look(h, now_ms, 0), HEALTH_PROBING);
	CU_ASSERT_TRUE(health_claim(h, now_ms));
	return health_end(h, &rules, reason, -1, true, now_ms);
}

static uint64_t break_it(struct health *h, uint64_t now_ms)
{
	for (int i = 0; i < 4; i++)
		CU_ASSERT_FALSE(end(h, CDT_ERR_UPSTREAM, now_ms));
	CU_ASSERT_TRUE(end(h, CDT_ERR_UPSTREAM, now_ms));
	return now_ms;
}

static void failures_in_a_row_bench_it(void)
{
	struct health h;

	health_init(&h);
	for (int i = 0; i < 20; i++) {
		CU_ASSERT_FALSE(end(&h, CDT_ERR_UPSTREAM, NOW));
		CU_ASSERT_FALSE(end(&h, 0, NOW));      /* not in a row, and not the most */
		CU_ASSERT_FALSE(end(&h, 0, NOW));
	}
	for (int i = 0; i < 100; i++)                  /* the client's own fault is an answer */
		CU_ASSERT_FALSE(end(&h, CDT_ERR_BAD_REQUEST, NOW));
	(void)break_it(&h, NOW);
	CU_ASSERT_EQUAL(health_look(&h, NOW + FIRST - 1, 0), HEALTH_COOLING);
	CU_ASSERT_EQUAL(health_look(&h, NOW + FIRST, 0), HEALTH_PROBING);
	CU_ASSERT_EQUAL(h.why, CDT_ERR_UPSTREAM);
	health_fini(&h);
}

static void most_of_many_bench_it(void)
{
	struct health h;
	int n = 0;

	health_init(&h);
	while (n++ < 100) {                    /* two of three fail, never five in a row */
		(void)end(&h, 0, NOW);
		if (end(&h, CDT_ERR_TIMEOUT, NOW) || end(&h, CDT_ERR_TIMEOUT, NOW))
			break;
	}
	CU_ASSERT(n >= 6 && n <= 8);                   /* as soon as there are twenty */
	health_fini(&h);
}

static void one_probe_at_a_time_brings_it_back_in_quarters(void)
{
	struct health h;
	uint64_t now = NOW + FIRST;
	int ready = 0;

	health_init(&h);
	(void)break_it(&h, NOW);
	CU_ASSERT_FALSE(health_claim(&h, now - 1));
	CU_ASSERT_TRUE(health_claim(&h, now));
	CU_ASSERT_FALSE(health_claim(&h, now));
	CU_ASSERT_EQUAL(health_look(&h, now, 0), HEALTH_COOLING);
	health_leave(&h, true);                        /* it showed nothing */
	CU_ASSERT_FALSE(probe(&h, 0, now));
	for (uint32_t dice = 0; dice < 400; dice++)
		ready += health_look(&h, now, dice) == HEALTH_READY;
	CU_ASSERT_EQUAL(ready, 100);
	for (int i = 0; i < 10; i++)
		(void)end(&h, 0, now + 1000);
	CU_ASSERT_EQUAL(h.quarters, 2);
	for (int i = 0; i < 10; i++)
		(void)end(&h, 0, now + 2000);
	CU_ASSERT_EQUAL(h.quarters, 4);
	CU_ASSERT_EQUAL(h.why, 0);
	health_fini(&h);
}

static void a_failed_probe_doubles_the_pause(void)
{
	static const uint64_t pauses[] = { 10000, 20000, 30000, 30000 };
	struct health h;
	uint64_t now = NOW + FIRST;

	health_init(&h);
	(void)break_it(&h, NOW);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_TRUE(probe(&h, CDT_ERR_TIMEOUT, now));
		CU_ASSERT_EQUAL(health_look(&h, now + pauses[i] - 1, 0), HEALTH_COOLING);
		now += pauses[i];
	}
	/* So does a failure while it comes back. */
	CU_ASSERT_FALSE(probe(&h, 0, now));
	CU_ASSERT_TRUE(end(&h, CDT_ERR_UPSTREAM, now));
	CU_ASSERT_EQUAL(health_look(&h, now + MOST - 1, 0), HEALTH_COOLING);
	health_fini(&h);
}

static void a_crowd_that_fails_together_counts_once(void)
{
	struct health h;

	health_init(&h);
	(void)break_it(&h, NOW);
	for (int i = 0; i < 100; i++)
		CU_ASSERT_FALSE(end(&h, CDT_ERR_UPSTREAM, NOW + 10));
	CU_ASSERT_EQUAL(h.times, 1);
	/* Also those that end when a probe is due: they began before. */
	CU_ASSERT_FALSE(end(&h, CDT_ERR_UPSTREAM, NOW + FIRST));
	CU_ASSERT_EQUAL(h.times, 1);
	health_fini(&h);
}

static void what_the_upstream_says_is_kept(void)
{
	struct health h;

	health_init(&h);
	CU_ASSERT_TRUE(health_end(&h, &rules, CDT_ERR_RATE_LIMITED, 7000, false, NOW));
	CU_ASSERT_EQUAL(health_barred(&h, NOW + 1000), 6000);
	CU_ASSERT_EQUAL(health_look(&h, NOW + 6999, 0), HEALTH_COOLING);
	CU_ASSERT_EQUAL(health_look(&h, NOW + 7000, 0), HEALTH_READY); /* at once */
	CU_ASSERT_EQUAL(health_barred(&h, NOW + 7000), 0);
	health_reset(&h);
	/* Not said: a second, then two. */
	CU_ASSERT_TRUE(end(&h, CDT_ERR_RATE_LIMITED, NOW));
	CU_ASSERT_EQUAL(health_barred(&h, NOW), 0);
	CU_ASSERT_EQUAL(health_look(&h, NOW + 1000, 0), HEALTH_READY);
	CU_ASSERT_TRUE(end(&h, CDT_ERR_RATE_LIMITED, NOW + 1000));
	CU_ASSERT_EQUAL(health_look(&h, NOW + 2999, 0), HEALTH_COOLING);
	CU_ASSERT_EQUAL(health_look(&h, NOW + 3000, 0), HEALTH_READY);
	health_reset(&h);
	CU_ASSERT_TRUE(health_end(&h, &rules, CDT_ERR_RATE_LIMITED, INT64_MAX, false, NOW));
	CU_ASSERT_EQUAL(health_barred(&h, NOW), 3600000);      /* an hour at most */
	health_fini(&h);
}

static void an_answer_elsewhere_ends_the_pause_of_one_that_failed(void)
{
	static const uint32_t said[] = { CDT_ERR_RATE_LIMITED, CDT_ERR_AUTH, CDT_ERR_NO_MODEL };
	struct health h;

	health_init(&h);
	CU_ASSERT_FALSE(health_warm(&h, NOW));         /* it is well */
	(void)break_it(&h, NOW);
	CU_ASSERT_TRUE(health_is_failing(&h, NOW + 1));
	CU_ASSERT_TRUE(health_warm(&h, NOW + 1));
	CU_ASSERT_FALSE(health_is_failing(&h, NOW + 1));
	CU_ASSERT_FALSE(health_warm(&h, NOW + 1));     /* once is enough */
	CU_ASSERT_EQUAL(health_look(&h, NOW + 1, 0), HEALTH_PROBING);
	/* It only seemed so: the pause is doubled as ever. */
	CU_ASSERT_TRUE(probe(&h, CDT_ERR_OVERLOADED, NOW + 1));
	CU_ASSERT_EQUAL(health_look(&h, NOW + 2 * FIRST, 0), HEALTH_COOLING);
	health_drain(&h, true);
	CU_ASSERT_FALSE(health_warm(&h, NOW + 2));
	health_drain(&h, false);
	CU_ASSERT_TRUE(health_warm(&h, NOW + 2));
	CU_ASSERT_FALSE(probe(&h, 0, NOW + 2));
	CU_ASSERT_FALSE(health_warm(&h, NOW + 3));     /* it comes back in quarters */
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		health_reset(&h);
		CU_ASSERT_TRUE(end(&h, said[i], NOW));
		CU_ASSERT_FALSE(health_is_failing(&h, NOW + 1));
		CU_ASSERT_FALSE(health_warm(&h, NOW + 1));
		CU_ASSERT_EQUAL(health_look(&h, NOW + 1, 0), HEALTH_COOLING);
	}
	health_fini(&h);
}

static void a_bad_credential_rests_for_long(void)
{
	struct health h;

	CU_ASSERT_TRUE(health_of_account(CDT_ERR_AUTH));
	CU_ASSERT_TRUE(health_of_account(CDT_ERR_NO_CREDIT));
	CU_ASSERT_FALSE(health_of_account(CDT_ERR_UPSTREAM));
	CU_ASSERT_FALSE(health_of_account(9999));
	health_init(&h);
	CU_ASSERT_TRUE(end(&h, CDT_ERR_AUTH, NOW));
	CU_ASSERT_EQUAL(health_look(&h, NOW + 599999, 0), HEALTH_COOLING);
	health_reset(&h);                              /* the operator has changed it */
	CU_ASSERT_EQUAL(health_look(&h, NOW, 0), HEALTH_READY);
	health_drain(&h, true);
	CU_ASSERT_EQUAL(health_look(&h, NOW, 0), HEALTH_DRAINED);
	health_drain(&h, false);
	CU_ASSERT_EQUAL(health_look(&h, NOW, 0), HEALTH_READY);
	CU_ASSERT_FALSE(end(&h, 9999, NOW));           /* a reason of tomorrow */
	health_fini(&h);
}

static void a_crowd_shrinks_at_once_and_grows_slowly(void)
{
	struct crowd c = { .limit = 0 };

	CU_ASSERT_TRUE(crowd_enter(&c));
	crowd_leave(&c, CROWD_TOO_MANY);               /* one alone is no crowd */
	CU_ASSERT_EQUAL(c.limit, 0);
	for (int i = 0; i < 100; i++)
		CU_ASSERT_TRUE(crowd_enter(&c));       /* nobody has said a limit */
	crowd_leave(&c, CROWD_TOO_MANY);
	CU_ASSERT_EQUAL(c.limit, 70);
	CU_ASSERT_FALSE(crowd_enter(&c));
	for (int i = 0; i < 60; i++)
		crowd_leave(&c, CROWD_NOTHING);
	CU_ASSERT_EQUAL(c.limit, 70);
	CU_ASSERT_TRUE(crowd_enter(&c));
	crowd_leave(&c, CROWD_TOO_MANY);               /* of a crowd that was counted before */
	CU_ASSERT_EQUAL(c.limit, 70);
	for (int i = 0; i < 100; i++) {
		CU_ASSERT_TRUE(crowd_enter(&c));
		crowd_leave(&c, CROWD_GOOD);
	}
	CU_ASSERT_EQUAL(c.limit, 80);
	while (c.inside)
		crowd_leave(&c, CROWD_TOO_MANY);
	CU_ASSERT(c.limit >= CROWD_LEAST);
	for (int i = 0; i < 120000; i++) {
		CU_ASSERT_TRUE_FATAL(crowd_enter(&c));
		crowd_leave(&c, CROWD_GOOD);
	}
	CU_ASSERT_EQUAL(c.limit, 0);                   /* as before */
}

static const struct unit_test tests[] = {
	{ "failures in a row bench it", failures_in_a_row_bench_it },
	{ "most of many bench it", most_of_many_bench_it },
	{ "one probe at a time brings it back in quarters",
	  one_probe_at_a_time_brings_it_back_in_quarters },
	{ "a failed probe doubles the pause", a_failed_probe_doubles_the_pause },
	{ "a crowd that fails together counts once", a_crowd_that_fails_together_counts_once },
	{ "what the upstream says is kept", what_the_upstream_says_is_kept },
	{ "an answer elsewhere ends the pause of one that failed",
	  an_answer_elsewhere_ends_the_pause_of_one_that_failed },
	{ "a bad credential rests for long", a_bad_credential_rests_for_long },
	{ "a crowd shrinks at once and grows slowly", a_crowd_shrinks_at_once_and_grows_slowly },
	{ NULL, NULL }
};
const struct unit_suite router_health_suite = { "router/health", tests };
