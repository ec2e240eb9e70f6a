/* cache_redis/slots.h - which part of a cluster a key belongs to, and what nodes say about it.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_REDIS_SLOTS_H
#define CACHE_REDIS_SLOTS_H
#include "place.h"

enum { SLOTS = 16384 };

uint16_t slots_of(cdt_str key);

/* "MOVED 3999 127.0.0.1:6381": the slot lives there now.  "ASK ...": only this once. */
struct redirect { bool ask; uint16_t slot; struct place to; };

/* false: the answer is no redirect.  to.host is empty where the same host is meant. */
bool slots_redirect(cdt_str answer, struct redirect *out);

#endif
