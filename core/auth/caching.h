/* auth/caching.h - what one key or group says of kept answers, as its member "cache" says it.
 * Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_CACHING_H
#define AUTH_CACHING_H
#include "auth/fields.h"

enum { CACHING_NAME_MAX = 64 };

/* Members of the member that are not there stay as they are; null resets one, or all. */
cdt_status caching_set(struct key *k, const struct setting *s);
/* The member and its name, with what is said; nothing when nothing is. */
void caching_print(const struct key *k, struct jsonw *w);

/* Is each number one that can be set? */
bool caching_is_good(const struct config_cache_rules *own);
struct config_cache_rules *caching_copy(const struct config_cache_rules *own);
void caching_free(struct config_cache_rules *own);     /* NULL is fine */

#endif
