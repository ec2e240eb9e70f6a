/* limit/throttle.h - how often one address may send a wrong secret: 10 times at once, then once
 * a second; after 100 times in 10 minutes not at all for 15 minutes.  IPv4 counts by address,
 * IPv6 by /64.  What is right is never asked about, so nobody is shut out by a neighbour.
 * [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef LIMIT_THROTTLE_H
#define LIMIT_THROTTLE_H
#include "conduit/base.h"

enum { THROTTLE_BURST = 10, THROTTLE_EVERY_MS = 1000 };
enum { THROTTLE_FAILURES = 100, THROTTLE_WINDOW_MS = 600000, THROTTLE_BLOCK_MS = 900000 };
enum { THROTTLE_STRANGERS = 200 };         /* a second, of all addresses together */

struct throttle;

struct throttle *throttle_new(void);
void throttle_free(struct throttle *t);        /* NULL is fine */

/* A wrong secret came from peer.  0: say so.  Else: in how many milliseconds it may come again,
 * and until then it is not even told that it was wrong. */
uint64_t throttle_take(struct throttle *t, cdt_str peer, uint64_t now_ms);
/* The same for one whose id nobody knows: these have a limit all together. */
uint64_t throttle_take_stranger(struct throttle *t, cdt_str peer, uint64_t now_ms);

#endif
