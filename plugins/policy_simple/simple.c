/* policy_simple/simple.c - the configured order.  When weights differ, the first choice is
 * drawn by weight and the rest stay in order.  Targets that cool down come last, in order:
 * they are better than no answer.
 * SPDX-License-Identifier: MIT */
#include "simple.h"

#include <stdbool.h>

static bool cooling(const struct cdt_route *r, size_t i)
{
	return (r->targets[i]->flags & CDT_TARGET_COOLING) != 0;
}

/* The sum of the weights of those that may be first; *differ: not all are the same. */
static uint64_t weigh(const struct cdt_route *r, size_t n, bool *differ)
{
	uint64_t sum = 0;
	const struct cdt_target *one = NULL;

	*differ = false;
	for (size_t i = 0; i < n; i++) {
		if (cooling(r, i))
			continue;
		if (!one)
			one = r->targets[i];
		*differ |= r->targets[i]->weight != one->weight;
		sum += r->targets[i]->weight;
	}
	return sum;
}

/* The target that a ticket of 0..sum-1 falls on. */
static size_t draw(const struct cdt_route *r, size_t n, uint64_t ticket)
{
	for (size_t i = 0; i < n; i++) {
		if (cooling(r, i))
			continue;
		if (ticket < r->targets[i]->weight)
			return i;
		ticket -= r->targets[i]->weight;
	}
	return n;                                  /* no weights: nobody is drawn */
}

/* Appends those that are cooling, or are not, except first. */
static size_t append(const struct cdt_route *r, size_t n, bool cool, size_t first,
                     uint16_t *order)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (i != first && cooling(r, i) == cool)
			order[count++] = (uint16_t)i;
	return count;
}

static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	size_t n = r->count < cap ? r->count : cap, first, count = 0;
	bool differ;
	uint64_t sum;

	(void)self;
	if (n > UINT16_MAX)
		n = UINT16_MAX;
	sum = weigh(r, n, &differ);
	first = differ && sum ? draw(r, n, r->random % sum) : n;
	if (first < n)
		order[count++] = (uint16_t)first;
	count += append(r, n, false, first, order + count);
	return count + append(r, n, true, first, order + count);
}

static const struct cdt_policy_ops ops = { .size = sizeof ops, .rank = rank };

const struct cdt_feature simple_feature = {
	.size = sizeof simple_feature, .kind = CDT_KIND_POLICY, .name = "simple",
	.summary = "configured order; the first choice by weight when weights differ",
	.ops = &ops,
};
