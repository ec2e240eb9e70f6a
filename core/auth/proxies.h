/* auth/proxies.h - who the client is when proxies that we trust stand before us.  Immutable.
 * [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_PROXIES_H
#define AUTH_PROXIES_H
#include "base/arena.h"

#include <stdbool.h>

struct proxies;

/* cidrs: as the configuration has checked them.  NULL when there are none. */
struct proxies *proxies_new(const char *const *cidrs, size_t count);
void proxies_free(struct proxies *p);                  /* NULL is fine */

/* Is it worth reading X-Forwarded-For of this TCP peer?  p may be NULL. */
bool proxies_trust(const struct proxies *p, cdt_str peer);
/* forwarded: all X-Forwarded-For lines of a trusted peer, joined by commas.  From the right,
 * the first address that is no trusted proxy; what is not an address ends the search, with the
 * last proxy before it as the answer.  In its shortest form, IPv4-mapped as IPv4; lives in a,
 * or is peer. */
cdt_str proxies_client(const struct proxies *p, cdt_str peer, cdt_str forwarded,
                       struct arena *a);

#endif
