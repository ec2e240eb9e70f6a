/* unit/fetch/guard_test.c - which addresses may be called.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "unit/fetch/rig.h"
#include "unit/unit.h"

enum { NOBODY, PRIVATE, ANYBODY };

static const struct { const char *address; int who; } table[] = {
	{ "1.1.1.1", ANYBODY }, { "8.8.8.8", ANYBODY }, { "9.255.255.255", ANYBODY },
	{ "11.0.0.0", ANYBODY }, { "100.63.255.255", ANYBODY }, { "100.128.0.0", ANYBODY },
	{ "126.255.255.255", ANYBODY }, { "128.0.0.1", ANYBODY },
	{ "169.253.255.255", ANYBODY },
	{ "172.15.255.255", ANYBODY }, { "172.32.0.0", ANYBODY }, { "192.0.1.0", ANYBODY },
	{ "198.17.255.255", ANYBODY }, { "198.20.0.0", ANYBODY },
	{ "223.255.255.255", ANYBODY },
	{ "0.0.0.0", PRIVATE }, { "0.1.2.3", PRIVATE }, { "10.0.0.1", PRIVATE },
	{ "10.255.255.255", PRIVATE }, { "100.64.0.0", PRIVATE },
	{ "100.127.255.255", PRIVATE },
	{ "127.0.0.1", PRIVATE }, { "127.255.255.255", PRIVATE },
	{ "169.254.169.254", PRIVATE },
	{ "172.16.0.0", PRIVATE }, { "172.31.255.255", PRIVATE }, { "192.0.0.1", PRIVATE },
	{ "192.0.2.9", PRIVATE }, { "192.88.99.1", PRIVATE }, { "192.168.1.1", PRIVATE },
	{ "198.18.0.1", PRIVATE }, { "198.19.255.255", PRIVATE }, { "198.51.100.7", PRIVATE },
	{ "203.0.113.7", PRIVATE },
	{ "224.0.0.1", NOBODY }, { "239.255.255.255", NOBODY }, { "240.0.0.1", NOBODY },
	{ "255.255.255.255", NOBODY },
	{ "2606:4700::1111", ANYBODY }, { "2001:200::1", ANYBODY }, { "2400::1", ANYBODY },
	{ "::ffff:8.8.8.8", ANYBODY }, { "2002:808:808::1", ANYBODY },
	{ "::", PRIVATE }, { "::1", PRIVATE }, { "::127.0.0.1", PRIVATE },
	{ "::ffff:127.0.0.1", PRIVATE }, { "::ffff:10.0.0.1", PRIVATE },
	{ "::ffff:169.254.169.254", PRIVATE }, { "64:ff9b::a00:1", PRIVATE },
	{ "64:ff9b:1::1", PRIVATE }, { "100::1", PRIVATE }, { "2001::1", PRIVATE },
	{ "2001:1ff::1", PRIVATE }, { "2001:db8::1", PRIVATE }, { "2002:7f00:1::1", PRIVATE },
	{ "2002:a00:1::1", PRIVATE }, { "fc00::1", PRIVATE }, { "fdff::1", PRIVATE },
	{ "fe80::1", PRIVATE }, { "fe80::1%eth0", PRIVATE }, { "febf::1", PRIVATE },
	{ "fec0::1", PRIVATE }, { "feff::1", PRIVATE },
	{ "ff02::1", NOBODY }, { "::ffff:224.0.0.1", NOBODY },
	{ "", NOBODY }, { "localhost", NOBODY }, { "127.1", NOBODY }, { "0x7f000001", NOBODY },
	{ "2130706433", NOBODY }, { "1.2.3.4.5", NOBODY }, { "[::1]", NOBODY },
	{ "1.1.1.1 ", NOBODY },
	{ "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111", NOBODY },
};

static void addresses_are_judged_by_range(void)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		bool public = fetch_address_allowed(table[i].address, false);
		bool private = fetch_address_allowed(table[i].address, true);

		if (public != (table[i].who == ANYBODY) || private != (table[i].who != NOBODY))
			printf("\n%s: %d %d\n", table[i].address, public, private);
		CU_ASSERT_EQUAL(public, table[i].who == ANYBODY);
		CU_ASSERT_EQUAL(private, table[i].who != NOBODY);
	}
}

static enum after ok(struct peer *p)
{
	peer_say(p, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	return KEEP;
}

static void a_public_fetch_connects_to_no_private_address(void)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost", "0x7f.1", "2130706433" };

	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		struct fetch_limits limits;
		char base[64];
		struct probe p;
		struct rig r;

		fetch_limits_default(&limits);
		limits.public_only = true;
		limits.proxy = "http://127.0.0.1:9";           /* must not be a way around */
		rig_open(&r, ok, &limits);
		probe_init(&p, &r);
		(void)snprintf(base, sizeof base, "http://%s:%u", hosts[i],
		               upstream_port(r.upstream));
		outreq_set_url(&p.req, (cdt_str){ base, strlen(base) }, CDT_STR("/"));
		probe_run(&p);
		CU_ASSERT_EQUAL(p.end, FETCH_BLOCKED);
		CU_ASSERT_EQUAL(upstream_accepted(r.upstream), 0);
		probe_fini(&p);
		rig_close(&r);
	}
}

static void urls_of_strangers_are_judged_by_their_form(void)
{
	static const struct { const char *url; bool is_public; } urls[] = {
		{ "https://example.org/a.png", true }, { "HTTPS://Example.org", true },
		{ "https://a.b-c.example.org:443/x?y", true },
		{ "http://example.org/", false }, { "https://example.org:8443/", false },
		{ "https://example.org:443:1/", false }, { "https://localhost/", false },
		{ "https://1.2.3.4/", false }, { "https://127.1/", false },
		{ "https://0x7f.1/", false }, { "https://2130706433/", false },
		{ "https://[::1]/", false }, { "https://a@example.org/", false },
		{ "https://example.org./", false }, { "https://.example.org/", false },
		{ "https://a..org/", false }, { "https:///x", false }, { "https://", false },
		{ "https://exa mple.org/", false }, { "https://ex\xc3\xa4mple.org/", false },
		{ "ftp://example.org/", false }, { "", false },
	};

	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		bool got = fetch_url_is_public((cdt_str){ urls[i].url, strlen(urls[i].url) });

		if (got != urls[i].is_public)
			fprintf(stderr, "\n%s\n", urls[i].url);
		CU_ASSERT_EQUAL(got, urls[i].is_public);
	}
}

static const struct unit_test tests[] = {
	{ "urls of strangers are judged by their form",
	  urls_of_strangers_are_judged_by_their_form },
	{ "addresses are judged by range", addresses_are_judged_by_range },
	{ "a public fetch connects to no private address",
	  a_public_fetch_connects_to_no_private_address },
	{ NULL, NULL }
};
const struct unit_suite fetch_guard_suite = { "fetch/guard", tests };
