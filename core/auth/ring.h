/* auth/ring.h - the inside of the key ring: what keyring.c and change.c share.  Private to the
 * room.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_RING_H
#define AUTH_RING_H
#include <pthread.h>
#include <stdatomic.h>

#include "auth/keyring.h"
#include "base/map.h"
#include "store/store.h"

enum { STRIPES = 64, STRIPE_SHIFT = 58 };

struct stripe {
	pthread_mutex_t lock;
	struct map keys;               /* handle, lent by it -> struct key; the ring uses it */
	char apart[64];                /* so that workers do not disturb each other */
};

/* A new one takes the place of the oldest. */
enum { PASSES = 64 };
struct pass { uint8_t hash[SHA256_SIZE]; int64_t until_ms; };     /* until_ms 0: none */
struct passes { pthread_mutex_t lock; size_t next; struct pass all[PASSES]; };

struct keyring {
	uint64_t tag_key[2];            /* of this process; see auth/tag.h */
	struct stripe stripes[STRIPES];
	struct stripe groups;
	struct passes passes;           /* see keyring_pass */
	struct hmac_key *pepper;
	struct store *store;
	_Atomic size_t count, group_count;
};

/* t: STORE_KEYS or STORE_GROUPS.  k NULL: takes it out.  What was there loses the ring as its
 * user. */
void ring_swap(struct keyring *r, enum store_table t, cdt_str handle, struct key *k);

/* Is there a pass of that hash?  It is used up then. */
bool ring_use_pass(struct keyring *r, const uint8_t hash[SHA256_SIZE], int64_t wall_ms);

#endif
