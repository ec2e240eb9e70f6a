/* admin/throttle.c - a bounded table of token buckets, each kept as the one time at which it
 * will be full again.  What a wrong answer is, others decide.
 * SPDX-License-Identifier: MIT */
#include "admin/throttle.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/map.h"

enum { V6_PREFIX_BYTES = 8 };

static uint64_t who_is(cdt_str peer)
{
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char address[16];

	if (peer.n < sizeof text)
		memcpy(text, peer.p, peer.n);
	if (inet_pton(AF_INET6, text, address) == 1)
		return hash_bytes((cdt_str){ (const char *)address, V6_PREFIX_BYTES });
	return hash_bytes(peer);
}

uint64_t throttle_take(struct throttle *t, cdt_str peer, uint64_t now_ms)
{
	uint64_t who = who_is(peer);
	struct throttle_slot *set = t->slots[who % THROTTLE_SETS], *slot = set;
	uint64_t until_ms;

	for (size_t i = 0; i < THROTTLE_WAYS; i++) {
		if (set[i].who == who) {
			slot = &set[i];
			break;
		}
		if (set[i].paid_until_ms < slot->paid_until_ms)
			slot = &set[i];
	}
	until_ms = slot->who == who ? slot->paid_until_ms : 0;
	if (until_ms < now_ms)
		until_ms = now_ms;
	if (until_ms - now_ms > (THROTTLE_BURST - 1) * THROTTLE_EVERY_MS)
		return until_ms - now_ms - (THROTTLE_BURST - 1) * THROTTLE_EVERY_MS;
	*slot = (struct throttle_slot){ who, until_ms + THROTTLE_EVERY_MS };
	return 0;
}
