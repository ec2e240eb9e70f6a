/* fetch/guard.c - which addresses may be called (reliability.md 3.6).  Judges addresses
 * only: names are judged by what they resolve to, when the connection is made.
 * SPDX-License-Identifier: MIT */
#include "fetch/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "fetch/fetch.h"

/* never: nobody's upstream lives there, not even a private one. */
struct range4 { uint32_t from; unsigned bits; bool never; };
struct range6 { uint8_t from[16]; unsigned bits, inner_at; bool never; };

enum { ADDRESS_TEXT_MAX = 63 };

static const struct range4 ranges4[] = {
	{ 0x00000000, 8, false },      /* 0/8: this host */
	{ 0x0a000000, 8, false },      /* 10/8 */
	{ 0x64400000, 10, false },     /* 100.64/10: carrier NAT */
	{ 0x7f000000, 8, false },      /* 127/8 */
	{ 0xa9fe0000, 16, false },     /* 169.254/16: link local, cloud metadata */
	{ 0xac100000, 12, false },     /* 172.16/12 */
	{ 0xc0000000, 24, false },     /* 192.0.0/24: protocol assignments */
	{ 0xc0000200, 24, false },     /* 192.0.2/24: documentation */
	{ 0xc0586300, 24, false },     /* 192.88.99/24: 6to4 relays */
	{ 0xc0a80000, 16, false },     /* 192.168/16 */
	{ 0xc6120000, 15, false },     /* 198.18/15: benchmarks */
	{ 0xc6336400, 24, false },     /* 198.51.100/24: documentation */
	{ 0xcb007100, 24, false },     /* 203.0.113/24: documentation */
	{ 0xe0000000, 4, true },       /* 224/4: multicast */
	{ 0xf0000000, 4, true },       /* 240/4: reserved, broadcast */
};

/* inner_at: where an IPv4 address is embedded that decides instead; 0: none. */
static const struct range6 ranges6[] = {
	{ { [10] = 0xff, 0xff }, 96, 12, false },                   /* ::ffff:0:0/96: mapped */
	{ { 0 }, 96, 0, false },                                    /* ::, ::1, ::a.b.c.d */
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, 0, false },               /* 64:ff9b::/96: NAT64 */
	{ { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, 0, false },   /* 64:ff9b:1::/48 */
	{ { 0x01, 0x00 }, 64, 0, false },                           /* 100::/64: discard */
	{ { 0x20, 0x01 }, 23, 0, false },                           /* 2001::/23: Teredo... */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, 0, false },               /* documentation */
	{ { 0x20, 0x02 }, 16, 2, false },                           /* 2002::/16: 6to4 */
	{ { 0x3f, 0xff }, 20, 0, false },                           /* 3fff::/20: samples */
	{ { 0x5f, 0x00 }, 16, 0, false },                           /* 5f00::/16: segments */
	{ { 0xfc, 0x00 }, 7, 0, false },                            /* fc00::/7: unique local */
	{ { 0xfe, 0x80 }, 10, 0, false },                           /* fe80::/10: link local */
	{ { 0xfe, 0xc0 }, 10, 0, false },                           /* fec0::/10: site local */
	{ { 0xff, 0x00 }, 8, 0, true },                             /* ff00::/8: multicast */
};

static bool allows4(uint32_t address, bool private_ok)
{
	for (size_t i = 0; i < sizeof ranges4 / sizeof *ranges4; i++) {
		const struct range4 *r = &ranges4[i];

		if ((address ^ r->from) >> (32 - r->bits) == 0)
			return private_ok && !r->never;
	}
	return true;
}

static bool in_range6(const uint8_t address[16], const struct range6 *r)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;

	if (memcmp(address, r->from, whole))
		return false;
	return !rest || (address[whole] ^ r->from[whole]) >> (8 - rest) == 0;
}

static bool allows6(const uint8_t address[16], bool private_ok)
{
	uint32_t inner;

	for (size_t i = 0; i < sizeof ranges6 / sizeof *ranges6; i++) {
		const struct range6 *r = &ranges6[i];

		if (!in_range6(address, r))
			continue;
		if (!r->inner_at)
			return private_ok && !r->never;
		memcpy(&inner, address + r->inner_at, sizeof inner);
		return allows4(ntohl(inner), private_ok);
	}
	return true;
}

bool guard_allows(const struct sockaddr *to, bool private_ok)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (to->sa_family == AF_INET) {
		memcpy(&in, to, sizeof in);
		return allows4(ntohl(in.sin_addr.s_addr), private_ok);
	}
	if (to->sa_family == AF_INET6) {
		memcpy(&in6, to, sizeof in6);
		return allows6(in6.sin6_addr.s6_addr, private_ok);
	}
	return false;
}

bool fetch_address_allowed(const char *address_text, bool private_ok)
{
	size_t n = strcspn(address_text, "%");         /* fe80::1%eth0 */
	char text[ADDRESS_TEXT_MAX + 1];
	struct in6_addr six;
	struct in_addr four;

	if (n > ADDRESS_TEXT_MAX)
		return false;
	memcpy(text, address_text, n);
	text[n] = '\0';
	if (inet_pton(AF_INET, text, &four) == 1)
		return allows4(ntohl(four.s_addr), private_ok);
	if (inet_pton(AF_INET6, text, &six) == 1)
		return allows6(six.s6_addr, private_ok);
	return false;
}

/* "example.org"; not "localhost", "127.1", "0x7f.1", "1.2.3.4", "[::1]", "a..b". */
static bool is_public_name(cdt_str host)
{
	cdt_str last = host;
	size_t dot, dots = 0;

	for (size_t i = 0; i < host.n; i++) {
		char c = (char)(host.p[i] | 0x20);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && host.p[i] != '-' &&
		    host.p[i] != '.')
			return false;
	}
	while ((dot = str_find(last, '.')) < last.n) {
		if (!dot)
			return false;
		last = str_skip(last, dot + 1);
		dots++;
	}
	/* Names end in a letter's label: what ends in a digit's may be read as an address. */
	return dots && last.n && (*last.p < '0' || *last.p > '9');
}

bool fetch_url_is_public(cdt_str url)
{
	static const char https[] = "https://", usual[] = ":443";
	cdt_str host;
	size_t n = 0;

	if (url.n < sizeof https || !str_is_nocase(str_from(url.p, sizeof https - 1), https))
		return false;
	host = str_skip(url, sizeof https - 1);
	while (n < host.n && host.p[n] != '/' && host.p[n] != '?' && host.p[n] != '#')
		n++;
	host.n = n;
	n = str_find(host, ':');
	if (n < host.n && !str_is(str_skip(host, n), usual))
		return false;
	host.n = n;
	return is_public_name(host);
}
