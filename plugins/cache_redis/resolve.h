/* cache_redis/resolve.h - addresses of names.  A thread of its own asks for them, from the
 * first name on: numbers and paths need none.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_REDIS_RESOLVE_H
#define CACHE_REDIS_RESOLVE_H
#include <sys/socket.h>

#include "place.h"

enum { RESOLVE_FAILED = -1, RESOLVE_WAIT = 0, RESOLVE_READY = 1 };

struct resolve;

struct resolve *resolve_new(void);
/* Waits for a question that is on its way. */
void resolve_free(struct resolve *r);
/* Never blocks.  turn goes round the addresses of a name.  What is known is given at once, and
 * asked for again when it is older than a second: so a name that moves is followed. */
int resolve_find(struct resolve *r, const struct place *p, unsigned turn, uint64_t now_ms,
                 struct sockaddr_storage *out, socklen_t *n);

#endif
