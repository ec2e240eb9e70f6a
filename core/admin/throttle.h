/* admin/throttle.h - how often one address may be wrong: 10 times at once, then once a second.
 * IPv4 counts by address, IPv6 by /64.  Private to the room.  One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_THROTTLE_H
#define ADMIN_THROTTLE_H
#include "conduit/base.h"

enum { THROTTLE_BURST = 10, THROTTLE_EVERY_MS = 1000 };
/* Who was wrong longest ago gives way when a set is full. */
enum { THROTTLE_SETS = 256, THROTTLE_WAYS = 4 };

struct throttle_slot {
	uint64_t who;                  /* hash of the address */
	uint64_t paid_until_ms;        /* past: the bucket is full again */
};
struct throttle { struct throttle_slot slots[THROTTLE_SETS][THROTTLE_WAYS]; };    /* zeroed */

/* Takes one token from the peer's bucket.  0, or in how many milliseconds there will be one. */
uint64_t throttle_take(struct throttle *t, cdt_str peer, uint64_t now_ms);

#endif
