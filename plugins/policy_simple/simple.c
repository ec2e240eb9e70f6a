/* policy_simple/simple.c - the configured order.  When weights differ, the first choice is
 * drawn by weight and the rest stay in order.  Targets that can not take the request or cool
 * down come last, in order: they are better than no answer.
 * SPDX-License-Identifier: MIT */
#include "simple.h"

#include <stdbool.h>

#include <conduit/rank.h>

static bool differ(const struct cdt_route *r, const uint16_t *order, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (r->targets[order[i]]->weight != r->targets[order[0]]->weight)
			return true;
	return false;
}

static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	size_t n = cdt_rank_fill(r, order, cap), ready = cdt_rank_ready(r, order, n);

	(void)self;
	if (differ(r, order, ready))
		cdt_rank_lead(order, cdt_rank_draw(r, order, ready, r->random));
	return n;
}

static const struct cdt_policy_ops ops = { .size = sizeof ops, .rank = rank };

const struct cdt_feature simple_feature = {
	.size = sizeof simple_feature, .kind = CDT_KIND_POLICY, .name = "simple",
	.summary = "configured order; the first choice by weight when weights differ",
	.ops = &ops,
};
