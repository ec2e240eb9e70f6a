/* fetch/guard.h - which addresses may be called.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_GUARD_H
#define FETCH_GUARD_H
#include <stdbool.h>

struct sockaddr;

/* The rule behind fetch_address_allowed, for an address that is about to be connected. */
bool guard_allows(const struct sockaddr *to, bool private_ok);

#endif
