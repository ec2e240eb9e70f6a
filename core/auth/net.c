/* auth/net.c - is an address in a network?  Pure functions.
 * SPDX-License-Identifier: MIT */
#include "auth/net.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/str.h"

enum { V4_AT = 12, V4_BITS = 96 };

static const uint8_t mapped[V4_AT] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool is_v4(const uint8_t address[16])
{
	return memcmp(address, mapped, V4_AT) == 0;
}

bool net_address(cdt_str text, uint8_t out[16])
{
	char z[INET6_ADDRSTRLEN];
	uint8_t found[16];
	cdt_str plain = str_cut(&text, '%');

	if (!plain.n || plain.n >= sizeof z || memchr(plain.p, '\0', plain.n))
		return false;
	memcpy(z, plain.p, plain.n);
	z[plain.n] = '\0';
	memcpy(found, mapped, V4_AT);
	if (inet_pton(AF_INET, z, found + V4_AT) != 1 && inet_pton(AF_INET6, z, found) != 1)
		return false;
	memcpy(out, found, sizeof found);
	return true;
}

bool net_parse(cdt_str text, struct net *out)
{
	bool has_bits = memchr(text.p, '/', text.n) != NULL;
	bool is_short = memchr(text.p, ':', text.n) == NULL;
	cdt_str address = str_cut(&text, '/');
	uint64_t bits = is_short ? 32 : 128;
	struct net n;

	if (memchr(address.p, '%', address.n) || !net_address(address, n.address))
		return false;
	if (has_bits && (text.n > 3 || !str_u64(text, &bits) || bits > (is_short ? 32 : 128)))
		return false;
	n.bits = (uint32_t)bits + (is_short ? V4_BITS : 0);
	*out = n;
	return true;
}

bool net_has(const struct net *n, const uint8_t address[16])
{
	const uint32_t whole = n->bits / 8, rest = n->bits % 8;

	if (is_v4(address) != (n->bits >= V4_BITS && is_v4(n->address)))
		return false;
	if (memcmp(n->address, address, whole) != 0)
		return false;
	return !rest || (n->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}
