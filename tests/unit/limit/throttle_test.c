/* How often one address may be wrong, and that the table stays small.
 * SPDX-License-Identifier: MIT */
#include "limit/throttle.h"

#include <stdio.h>

#include "base/str.h"
#include "unit/unit.h"

static void spend(struct throttle *t, const char *peer, uint64_t now_ms)
{
	for (int i = 0; i < THROTTLE_BURST; i++)
		CU_ASSERT_EQUAL(throttle_take(t, str_z(peer), now_ms), 0);
}

static void ten_at_once_then_one_a_second(void)
{
	struct throttle *t = throttle_new();

	spend(t, "192.0.2.1", 5000);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 5000), 1000);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 5400), 600);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 6000), 0);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 6000), 1000);
	throttle_free(t);
}

static void a_quiet_minute_fills_the_bucket_again(void)
{
	struct throttle *t = throttle_new();

	spend(t, "192.0.2.1", 5000);
	spend(t, "192.0.2.1", 65000);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 65000), 1000);
	throttle_free(t);
}

static void another_address_has_its_own_bucket(void)
{
	struct throttle *t = throttle_new();

	spend(t, "192.0.2.1", 5000);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.2"), 5000), 0);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("unix"), 5000), 0);
	throttle_free(t);
}

static void ipv6_neighbours_share_a_bucket(void)
{
	static const struct { const char *peer; bool shared; } rows[] = {
		{ "2001:db8:1:2::2", true }, { "2001:db8:1:2:ffff::1", true },
		{ "2001:db8:1:3::1", false }, { "::1", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct throttle *t = throttle_new();

		spend(t, "2001:db8:1:2::1", 5000);
		CU_ASSERT_EQUAL(throttle_take(t, str_z(rows[i].peer), 5000) > 0,
		                rows[i].shared);
		throttle_free(t);
	}
}

static void many_addresses_push_out_the_oldest_only(void)
{
	struct throttle *t = throttle_new();
	char peer[32];

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(peer, sizeof peer, "10.0.%d.%d", i >> 8 & 255, i & 255);
		CU_ASSERT_EQUAL(throttle_take(t, str_z(peer), 5000), 0);
	}
	spend(t, "192.0.2.1", 9000);
	CU_ASSERT(throttle_take(t, CDT_STR("192.0.2.1"), 9000) > 0);
	throttle_free(t);
}

static void a_hundred_failures_block_for_a_quarter_of_an_hour(void)
{
	struct throttle *t = throttle_new();
	uint64_t now_ms = 5000, wait_ms = 0;

	for (int i = 0; i < THROTTLE_FAILURES; i++)
		CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), now_ms += 5000), 0);
	wait_ms = throttle_take(t, CDT_STR("192.0.2.1"), now_ms += 5000);
	CU_ASSERT_EQUAL(wait_ms, THROTTLE_BLOCK_MS);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), now_ms + 1000),
	                THROTTLE_BLOCK_MS - 1000);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.2"), now_ms), 0);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), now_ms + THROTTLE_BLOCK_MS), 0);
	throttle_free(t);
}

static void slow_failures_are_not_blocked(void)
{
	struct throttle *t = throttle_new();
	unsigned refused = 0;

	for (uint64_t i = 0; i < 1000; i++)
		refused += throttle_take(t, CDT_STR("192.0.2.1"), i * 7000) != 0;
	CU_ASSERT_EQUAL(refused, 0);
	throttle_free(t);
}

static void strangers_share_one_limit(void)
{
	struct throttle *t = throttle_new();
	unsigned refused = 0;
	char peer[32];

	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(peer, sizeof peer, "10.1.%u.%u", i >> 8, i & 255);
		refused += throttle_take_stranger(t, str_z(peer), 5000) != 0;
	}
	CU_ASSERT_EQUAL(refused, 300 - THROTTLE_STRANGERS);
	CU_ASSERT_EQUAL(throttle_take_stranger(t, CDT_STR("10.2.0.1"), 6000), 0);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("10.3.0.1"), 5000), 0);
	throttle_free(t);
	throttle_free(NULL);
}

static const struct unit_test tests[] = {
	{ "ten at once, then one a second", ten_at_once_then_one_a_second },
	{ "a quiet minute fills the bucket again", a_quiet_minute_fills_the_bucket_again },
	{ "another address has its own bucket", another_address_has_its_own_bucket },
	{ "IPv6 neighbours share a bucket", ipv6_neighbours_share_a_bucket },
	{ "many addresses push out the oldest only", many_addresses_push_out_the_oldest_only },
	{ "a hundred failures block for a quarter of an hour",
	  a_hundred_failures_block_for_a_quarter_of_an_hour },
	{ "slow failures are not blocked", slow_failures_are_not_blocked },
	{ "strangers share one limit", strangers_share_one_limit },
	{ NULL, NULL },
};
const struct unit_suite limit_throttle_suite = { "limit/throttle", tests };
