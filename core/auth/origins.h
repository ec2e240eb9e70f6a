/* auth/origins.h - the addresses that a key may come from.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_ORIGINS_H
#define AUTH_ORIGINS_H
#include "auth/net.h"

struct key_origins {
	size_t count;                  /* at most KEY_PATTERNS_MAX; never 0 */
	char **texts;                  /* CIDR, as they were said */
	struct net *nets;              /* the same, parsed */
};

/* The texts are its own, when all are good; else NULL, and they are not. */
struct key_origins *origins_take(char **texts, size_t count);
struct key_origins *origins_copy(const struct key_origins *o);
void origins_free(struct key_origins *o);
bool origins_have(const struct key_origins *o, cdt_str peer);

#endif
