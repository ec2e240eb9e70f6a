/* Networks and addresses.
 * SPDX-License-Identifier: MIT */
#include "auth/net.h"

#include "base/str.h"
#include "unit/unit.h"

static const struct { const char *net, *peer; bool in; } pairs[] = {
	{ "10.0.0.0/8", "10.1.2.3", true },
	{ "10.0.0.0/8", "11.0.0.0", false },
	{ "10.1.2.3", "10.1.2.3", true },
	{ "10.1.2.3", "10.1.2.4", false },
	{ "10.1.2.3/8", "10.200.0.1", true },
	{ "192.168.128.0/17", "192.168.127.255", false },
	{ "192.168.128.0/17", "192.168.255.255", true },
	{ "1.2.3.4/31", "1.2.3.5", true },
	{ "1.2.3.4/31", "1.2.3.6", false },
	{ "0.0.0.0/0", "255.1.2.3", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "2001:db8::1", true },
	{ "::/0", "1.2.3.4", false },
	{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
	{ "::ffff:10.0.0.0/104", "10.1.2.3", true },
	{ "2001:db8::/32", "2001:db8:ffff::1", true },
	{ "2001:db8::/32", "2001:db9::1", false },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "::1", "::1", true },
	{ "::1", "::2", false },
	{ "fe80::/10", "fe80::1%eth0", true },
	{ "127.0.0.1", "", false },
	{ "127.0.0.1", "unix", false },
	{ "127.0.0.1", "127.0.0.1:80", false },
};

static void an_address_is_in_its_networks(void)
{
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		uint8_t address[16];
		struct net n;

		CU_ASSERT(net_parse(str_z(pairs[i].net), &n));
		CU_ASSERT_EQUAL(net_address(str_z(pairs[i].peer), address) &&
		                net_has(&n, address), pairs[i].in);
	}
}

static void what_is_no_network_is_refused(void)
{
	static const char *const bad[] = {
		"", "/8", "10", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/ 8", "256.0.0.1", "::/129", ":::1",
		"fe80::1%eth0/64", "10.0.0.0/0000000000000000000000008", "example.com", "*",
		"10.*",
	};
	struct net n;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CU_ASSERT(!net_parse(str_z(bad[i]), &n));
	CU_ASSERT(!net_parse(str_from("1.2.3.4\0", 8), &n));
}

static const struct unit_test tests[] = {
	{ "an address is in its networks", an_address_is_in_its_networks },
	{ "what is no network is refused", what_is_no_network_is_refused },
	{ NULL, NULL },
};
const struct unit_suite auth_net_suite = { "auth/net", tests };
