/* plugin/policy.h - calls into policy instances (kind conduit.policy/1).  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_POLICY_H
#define PLUGIN_POLICY_H
#include "conduit/policy.h"
#include "plugin/instance.h"

/* Fills order with distinct, valid indices, best first; returns how many.  An answer that
 * breaks the contract is counted, logged, and replaced by the configured order 0, 1, 2... */
size_t policy_rank(struct instance_self *s, const struct cdt_route *route, uint16_t *order,
                   size_t cap);
void policy_outcome(struct instance_self *s, const struct cdt_outcome *o);

#endif
