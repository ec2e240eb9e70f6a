/* How often one address may be wrong, and that the table stays small.
 * SPDX-License-Identifier: MIT */
#include "admin/throttle.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

static void spend(struct throttle *t, const char *peer, uint64_t now_ms)
{
	for (int i = 0; i < THROTTLE_BURST; i++)
		CU_ASSERT_EQUAL(throttle_take(t, str_z(peer), now_ms), 0);
}

static void ten_at_once_then_one_a_second(void)
{
	struct throttle *t = mem_new(sizeof *t);

	spend(t, "192.0.2.1", 5000);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 5000), 1000);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 5400), 600);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 6000), 0);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 6000), 1000);
	mem_free(t);
}

static void a_quiet_minute_fills_the_bucket_again(void)
{
	struct throttle *t = mem_new(sizeof *t);

	spend(t, "192.0.2.1", 5000);
	spend(t, "192.0.2.1", 65000);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.1"), 65000), 1000);
	mem_free(t);
}

static void another_address_has_its_own_bucket(void)
{
	struct throttle *t = mem_new(sizeof *t);

	spend(t, "192.0.2.1", 5000);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("192.0.2.2"), 5000), 0);
	CU_ASSERT_EQUAL(throttle_take(t, CDT_STR("unix"), 5000), 0);
	mem_free(t);
}

static void ipv6_neighbours_share_a_bucket(void)
{
	static const struct { const char *peer; bool shared; } rows[] = {
		{ "2001:db8:1:2::2", true }, { "2001:db8:1:2:ffff::1", true },
		{ "2001:db8:1:3::1", false }, { "::1", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct throttle *t = mem_new(sizeof *t);

		spend(t, "2001:db8:1:2::1", 5000);
		CU_ASSERT_EQUAL(throttle_take(t, str_z(rows[i].peer), 5000) > 0,
		                rows[i].shared);
		mem_free(t);
	}
}

static void many_addresses_push_out_the_oldest_only(void)
{
	struct throttle *t = mem_new(sizeof *t);
	char peer[32];

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(peer, sizeof peer, "10.0.%d.%d", i >> 8 & 255, i & 255);
		CU_ASSERT_EQUAL(throttle_take(t, str_z(peer), 5000), 0);
	}
	spend(t, "192.0.2.1", 9000);
	CU_ASSERT(throttle_take(t, CDT_STR("192.0.2.1"), 9000) > 0);
	mem_free(t);
}

static const struct unit_test tests[] = {
	{ "ten at once, then one a second", ten_at_once_then_one_a_second },
	{ "a quiet minute fills the bucket again", a_quiet_minute_fills_the_bucket_again },
	{ "another address has its own bucket", another_address_has_its_own_bucket },
	{ "IPv6 neighbours share a bucket", ipv6_neighbours_share_a_bucket },
	{ "many addresses push out the oldest only", many_addresses_push_out_the_oldest_only },
	{ NULL, NULL },
};
const struct unit_suite admin_throttle_suite = { "admin/throttle", tests };
