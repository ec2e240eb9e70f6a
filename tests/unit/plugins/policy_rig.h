/* unit/plugins/policy_rig.h - one of our policies, loaded as the gateway does, and targets for
 * it whose figures are all unknown.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_PLUGINS_POLICY_RIG_H
#define UNIT_PLUGINS_POLICY_RIG_H
#include "plugin/policy.h"
#include "unit/plugin/rig.h"

#include <stdbool.h>

enum { POLICYRIG_NAME_SIZE = 16 };

struct policyrig {
	struct plugrig g;
	struct cdt_route route;                /* its random is fresh for every rank */
	struct cdt_target *target;             /* "t0", "t1", ...; weight 1 */
	const struct cdt_target **list;
	uint16_t *order;
	uint64_t seed;
	char (*name)[POLICYRIG_NAME_SIZE];
};

/* type: "simple"; options: JSON text or NULL. */
void policyrig_open(struct policyrig *r, const char *type, const char *options, size_t count);
void policyrig_close(struct policyrig *r);

/* Ranks into r->order; fails the test when the order breaks the contract. */
size_t policyrig_rank(struct policyrig *r);
/* The index of the target that comes first. */
size_t policyrig_first(struct policyrig *r);
/* Counts who is first in so many requests. */
void policyrig_count(struct policyrig *r, size_t requests, size_t *first);
/* The order is that: "021".  Fewer than 10 targets. */
void policyrig_order_is(struct policyrig *r, const char *want);

/* Weights for all targets; shares of the first place are theirs within 2 % of all requests. */
void policyrig_weigh(struct policyrig *r, const uint32_t *weights);
void policyrig_shares_are_weights(struct policyrig *r);

/* Dice that are the same in every run. */
uint64_t policyrig_dice(struct policyrig *r);

#endif
