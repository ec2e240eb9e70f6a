/* router/health.h - may a credential be asked now, and for this target?  Failures bench it for
 * a while; then one attempt is let through to see, and if that goes well its requests come back
 * in quarters.  Shared by all workers.  Time is passed in (clock_ms).  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_HEALTH_H
#define ROUTER_HEALTH_H
#include "conduit/base.h"
#include "router/crowd.h"

#include <pthread.h>

enum { HEALTH_QUARTERS = 4 };

/* What is seen of it for one request. */
enum health_sight {
	HEALTH_READY,
	HEALTH_PROBING,        /* one attempt would show: health_claim it */
	HEALTH_COOLING,        /* better not, but better than nobody */
	HEALTH_DRAINED,        /* an operator said no */
};

/* When failures in a row, or most of the latest, bench it, and for how long: the first time,
 * and at most, for each time in a row doubles it. */
struct health_rules { uint32_t failures, cooldown_ms, cooldown_max_ms; };

struct health {
	pthread_mutex_t lock;
	_Atomic uint64_t until_ms;             /* benched until then */
	_Atomic uint32_t quarters;             /* of its requests that it gets */
	_Atomic uint32_t answered;             /* since window_ms */
	_Atomic uint32_t row;                  /* failures without an answer between them */
	_Atomic uint32_t why;                  /* CDT_ERR_..., when benched; 0 = none */
	_Atomic bool probed, drained, told;    /* told: until_ms is its upstream's word */
	struct crowd crowd;                    /* of an account */
	/* Behind the lock. */
	uint32_t times;                        /* benched in a row */
	uint32_t good;                         /* answers since the last step up */
	uint32_t failed;                       /* since window_ms */
	uint64_t window_ms, step_ms;
};

void health_init(struct health *h);
void health_fini(struct health *h);

/* dice: who of a recovering one's requests is seen as ready.  Changes nothing. */
enum health_sight health_look(const struct health *h, uint64_t now_ms, uint32_t dice);
/* False: another attempt is the probe already.  True is answered by health_end or health_leave
 * with probe set. */
bool health_claim(struct health *h, uint64_t now_ms);
/* An attempt ended.  reason: CDT_ERR_..., 0 = it answered.  retry_after_ms: -1 = not said.
 * True: that benched it. */
bool health_end(struct health *h, const struct health_rules *rules, uint32_t reason,
                int64_t retry_after_ms, bool probe, uint64_t now_ms);
/* It was left before it showed anything. */
void health_leave(struct health *h, bool probe);

/* Milliseconds for which its upstream said that it is not to be asked; 0 = it did not. */
uint64_t health_barred(const struct health *h, uint64_t now_ms);

/* Is it benched because it has failed (not: refused)?  Then somebody who asks its upstream
 * without being a request may find out more. */
bool health_is_failing(const struct health *h, uint64_t now_ms);
/* Such a one answers: its pause is over, and the next attempt is the probe.  False: it was not
 * one. */
bool health_warm(struct health *h, uint64_t now_ms);

/* An operator's word: well again, at once. */
void health_reset(struct health *h);
void health_drain(struct health *h, bool drained);

const char *health_sight_name(enum health_sight s);    /* "ready", "cooling" */
const char *health_reason(uint32_t reason);            /* CDT_ERR_... as "RATE_LIMITED" */
/* Does that reason speak of the credential, whatever the model? */
bool health_of_account(uint32_t reason);

#endif
