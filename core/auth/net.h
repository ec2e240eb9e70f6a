/* auth/net.h - addresses and networks, IPv4 as ::ffff:a.b.c.d.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_NET_H
#define AUTH_NET_H
#include "conduit/base.h"

#include <stdbool.h>

struct net { uint8_t address[16]; uint32_t bits; };

/* "10.0.0.0/8", "2001:db8::/32", or one address. */
bool net_parse(cdt_str text, struct net *out);
/* Of a peer; a zone ("fe80::1%eth0") is ignored. */
bool net_address(cdt_str text, uint8_t out[16]);
/* An IPv6 network never holds an IPv4 address: ::/0 is not 0.0.0.0/0. */
bool net_has(const struct net *n, const uint8_t address[16]);

#endif
