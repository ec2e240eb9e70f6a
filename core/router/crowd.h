/* router/crowd.h - how many requests a credential is sent at once.  Any number, until its
 * upstream says that it is too much; then fewer, and with each ten good answers one more.
 * Shared by all workers, without locks.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_CROWD_H
#define ROUTER_CROWD_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A crowd below CROWD_SMALL is not what was too much. */
enum { CROWD_LEAST = 4, CROWD_SMALL = 16, CROWD_MOST = 1024 };

struct crowd {
	_Atomic uint32_t inside, good;
	_Atomic uint32_t limit;                /* 0 = none */
};

enum crowd_verdict { CROWD_NOTHING, CROWD_GOOD, CROWD_TOO_MANY };

/* False: it is full.  True is answered by crowd_leave. */
bool crowd_enter(struct crowd *c);
void crowd_leave(struct crowd *c, enum crowd_verdict v);

#endif
