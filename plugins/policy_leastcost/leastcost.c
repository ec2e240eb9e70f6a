/* policy_leastcost/leastcost.c - what this request costs least goes first.  Targets of unknown
 * cost come after all others.  Of the same cost the greater weight is first.
 * SPDX-License-Identifier: MIT */
#include <conduit/rank.h>

static struct cdt_rank_key key(void *self, const struct cdt_route *r, size_t i)
{
	const struct cdt_target *t = r->targets[i];

	(void)self;
	return (struct cdt_rank_key){
		cdt_rank_known((double)t->cost_nanousd), -(double)t->weight,
	};
}

static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	return cdt_rank_by(r, order, cap, key, self);
}

static const struct cdt_policy_ops ops = { .size = sizeof ops, .rank = rank };

static const struct cdt_feature feature = {
	.size = sizeof feature, .kind = CDT_KIND_POLICY, .name = "leastcost",
	.summary = "the cheapest for this request; unknown costs last",
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &feature, NULL };

CDT_MODULE(.id = "org.conduit.policy.leastcost", .version = "1.0", .license = "MIT",
           .features = features);
