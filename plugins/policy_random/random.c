/* policy_random/random.c - a weighted shuffle: the first is drawn by weight from all targets,
 * the second from the others, and so on.
 * SPDX-License-Identifier: MIT */
#include <conduit/rank.h>

static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	return cdt_rank_by(r, order, cap, cdt_rank_chance, self);
}

static const struct cdt_policy_ops ops = { .size = sizeof ops, .rank = rank };

static const struct cdt_feature feature = {
	.size = sizeof feature, .kind = CDT_KIND_POLICY, .name = "random",
	.summary = "any order, drawn by weight",
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &feature, NULL };

CDT_MODULE(.id = "org.conduit.policy.random", .version = "1.0", .license = "MIT",
           .features = features);
