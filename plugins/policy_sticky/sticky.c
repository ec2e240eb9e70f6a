/* policy_sticky/sticky.c - the same affinity, the same target (weighted rendezvous hashing):
 * each target gets a wait from the hash of affinity and its name, the shortest is first.  When
 * a target goes only its sessions move, to the next of their own order, and they come back with
 * it.  Requests without affinity are shuffled by weight.
 * SPDX-License-Identifier: MIT */
#include <conduit/rank.h>

/* self: the hash of the affinity. */
static struct cdt_rank_key key(void *self, const struct cdt_route *r, size_t i)
{
	const uint64_t *seed = self;
	const struct cdt_target *t = r->targets[i];

	return (struct cdt_rank_key){
		cdt_rank_wait(cdt_rank_hash(*seed, t->name), t->weight), 0,
	};
}

static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	uint64_t seed = cdt_rank_hash(0, r->affinity);

	(void)self;
	return cdt_rank_by(r, order, cap, r->affinity.n ? key : cdt_rank_chance, &seed);
}

static const struct cdt_policy_ops ops = { .size = sizeof ops, .rank = rank };

static const struct cdt_feature feature = {
	.size = sizeof feature, .kind = CDT_KIND_POLICY, .name = "sticky",
	.summary = "the same affinity, the same target; shared by weight",
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &feature, NULL };

CDT_MODULE(.id = "org.conduit.policy.sticky", .version = "1.0", .license = "MIT",
           .features = features);
