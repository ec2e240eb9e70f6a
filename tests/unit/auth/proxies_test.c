/* Who the client is behind proxies.
 * SPDX-License-Identifier: MIT */
#include "auth/proxies.h"

#include "base/str.h"
#include "unit/unit.h"

static const char *const trusted[] = { "10.0.0.0/8", "::1/128", "2001:db8::/32" };

static void the_rightmost_stranger_is_the_client(void)
{
	static const struct { const char *peer, *forwarded, *client; } cases[] = {
		{ "10.0.0.1", "", "10.0.0.1" },
		{ "10.0.0.1", "192.0.2.7", "192.0.2.7" },
		{ "10.0.0.1", "192.0.2.1, 192.0.2.7", "192.0.2.7" },
		{ "10.0.0.1", "192.0.2.1, 192.0.2.7 , 10.9.9.9", "192.0.2.7" },
		{ "10.0.0.1", "10.1.1.1,10.2.2.2", "10.1.1.1" },
		{ "10.0.0.1", "192.0.2.1, unknown, 10.2.2.2", "10.2.2.2" },
		{ "10.0.0.1", "192.0.2.1, unknown", "10.0.0.1" },
		{ "10.0.0.1", "192.0.2.1,", "10.0.0.1" },
		{ "10.0.0.1", ",,,", "10.0.0.1" },
		{ "10.0.0.1", "192.0.2.7:4711", "192.0.2.7" },
		{ "10.0.0.1", "192.0.2.7:99999", "10.0.0.1" },
		{ "10.0.0.1", "[2001:DB9:0::7]:443", "2001:db9::7" },
		{ "10.0.0.1", "[2001:db9::7", "10.0.0.1" },
		{ "10.0.0.1", "[192.0.2.7]", "10.0.0.1" },
		{ "10.0.0.1", "2001:db9::7", "2001:db9::7" },
		{ "::1", "::ffff:192.0.2.7", "192.0.2.7" },
		{ "::1", "192.0.2.7, ::ffff:10.0.0.5", "192.0.2.7" },
		{ "::1", "192.0.2.7, 2001:db8::5", "192.0.2.7" },
		{ "::1", "'; drop, 1.2.3", "::1" },
	};
	struct proxies *p = proxies_new(trusted, 3);
	struct arena a;

	arena_init(&a, 1024, 8192);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cdt_str got = proxies_client(p, str_z(cases[i].peer),
		                             str_z(cases[i].forwarded), &a);

		CU_ASSERT(str_is(got, cases[i].client));
	}
	arena_fini(&a);
	proxies_free(p);
}

static void only_peers_of_the_list_are_trusted(void)
{
	struct proxies *p = proxies_new(trusted, 3);

	CU_ASSERT(proxies_trust(p, CDT_STR("10.255.0.1")));
	CU_ASSERT(proxies_trust(p, CDT_STR("::ffff:10.0.0.1")));
	CU_ASSERT(proxies_trust(p, CDT_STR("::1")));
	CU_ASSERT(!proxies_trust(p, CDT_STR("11.0.0.1")));
	CU_ASSERT(!proxies_trust(p, CDT_STR("unix")));
	CU_ASSERT(!proxies_trust(p, CDT_STR("")));
	CU_ASSERT(!proxies_trust(NULL, CDT_STR("10.0.0.1")));
	CU_ASSERT_PTR_NULL(proxies_new(NULL, 0));
	proxies_free(p);
	proxies_free(NULL);
}

static const struct unit_test tests[] = {
	{ "the rightmost stranger is the client", the_rightmost_stranger_is_the_client },
	{ "only peers of the list are trusted", only_peers_of_the_list_are_trusted },
	{ NULL, NULL },
};
const struct unit_suite auth_proxies_suite = { "auth/proxies", tests };
