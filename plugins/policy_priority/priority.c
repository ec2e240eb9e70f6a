/* policy_priority/priority.c - tiers: all targets of a smaller one go first.  Inside a tier the
 * order is drawn by weight.
 * SPDX-License-Identifier: MIT */
#include <conduit/rank.h>

static struct cdt_rank_key key(void *self, const struct cdt_route *r, size_t i)
{
	return (struct cdt_rank_key){
		cdt_rank_tier(r->targets[i]), cdt_rank_chance(self, r, i).first,
	};
}

static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	return cdt_rank_by(r, order, cap, key, self);
}

static const struct cdt_policy_ops ops = { .size = sizeof ops, .rank = rank };

static const struct cdt_feature feature = {
	.size = sizeof feature, .kind = CDT_KIND_POLICY, .name = "priority",
	.summary = "smaller tiers first; inside a tier drawn by weight",
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &feature, NULL };

CDT_MODULE(.id = "org.conduit.policy.priority", .version = "1.0", .license = "MIT",
           .features = features);
