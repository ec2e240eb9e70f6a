/* plugin/kind_policy.c - kind conduit.policy/1: checks its table, wraps its calls, and does not
 * believe an order that breaks the contract.
 * SPDX-License-Identifier: MIT */
#include "plugin/policy.h"

#include <string.h>

#include "plugin/inside.h"

enum { TARGETS_MAX = 65535 };

static const char *flaw(const void *table)
{
	const struct cdt_policy_ops *ops = table;

	if (!CDT_CAN(struct cdt_policy_ops, ops, rank))
		return "a policy without rank";
	if (ops->worker_close && !ops->worker_open)
		return "a policy with worker_close, but without worker_open";
	return NULL;
}

static void adopt(union plugin_ops *out, struct plugin_life *life, const void *table)
{
	struct cdt_policy_ops *ops = &out->policy;

	plugin_copy_sized(ops, sizeof *ops, table);
	*life = (struct plugin_life){ ops->open, ops->close, ops->worker_open,
	                              ops->worker_close, ops->extension };
}

const struct plugin_kind kind_policy = { CDT_KIND_POLICY, "policy", flaw, adopt, NULL };

/* Distinct indices below count.  seen: one bit for each of TARGETS_MAX. */
static bool is_order(const uint16_t *order, size_t n, size_t count)
{
	uint64_t seen[TARGETS_MAX / 64 + 1];

	memset(seen, 0, (count / 64 + 1) * sizeof seen[0]);
	for (size_t i = 0; i < n; i++) {
		uint64_t bit = UINT64_C(1) << (order[i] % 64);

		if (order[i] >= count || seen[order[i] / 64] & bit)
			return false;
		seen[order[i] / 64] |= bit;
	}
	return true;
}

size_t policy_rank(struct instance_self *s, const struct cdt_route *route, uint16_t *order,
                   size_t cap)
{
	const struct instance *i = s->instance;
	size_t count = route->count < TARGETS_MAX ? route->count : TARGETS_MAX, n;
	struct enter e;

	enter_begin(&e, i, ENTER_RANK);
	n = i->ops.policy.rank(s->self, route, order, cap);
	enter_end(&e);
	if (n <= cap && n <= count && is_order(order, n, count))
		return n;
	enter_misuse(i, NULL, "rank gave an order with unknown or repeated targets");
	for (n = 0; n < count && n < cap; n++)
		order[n] = (uint16_t)n;
	return n;
}

void policy_outcome(struct instance_self *s, const struct cdt_outcome *o)
{
	const struct instance *i = s->instance;
	struct enter e;

	if (!i->ops.policy.outcome)
		return;
	enter_begin(&e, i, ENTER_OUTCOME);
	i->ops.policy.outcome(s->self, o);
	enter_end(&e);
}
