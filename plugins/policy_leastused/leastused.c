/* policy_leastused/leastused.c - in-flight requests over what a target takes at once: its
 * capacity when all targets have one, else its weight.  Of two targets drawn by that measure
 * the less used is first (the power of two choices: many workers with figures of a moment ago
 * do not all run to the same one); the others follow by use.  Full ones come after the rest.
 * SPDX-License-Identifier: MIT */
#include <conduit/rank.h>

#include <stdbool.h>

enum { CHOICES = 2 };

static bool all_have_capacity(const struct cdt_route *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (cdt_rank_capacity(r->targets[i]) < 0)
			return false;
	return true;
}

/* self: whether capacities count. */
static double room(const bool *by_capacity, const struct cdt_target *t)
{
	return *by_capacity ? (double)cdt_rank_capacity(t) : t->weight;
}

/* First: whether it is full.  Second: the use that it had with this request. */
static struct cdt_rank_key key(void *self, const struct cdt_route *r, size_t i)
{
	const struct cdt_target *t = r->targets[i];
	int64_t capacity = cdt_rank_capacity(t);

	return (struct cdt_rank_key){
		capacity > 0 && t->inflight >= capacity, (t->inflight + 1.0) / room(self, t),
	};
}

/* How many of the order are ready and not full. */
static size_t count_free(bool *by_capacity, const struct cdt_route *r, const uint16_t *order,
                         size_t n)
{
	size_t i = 0, ready = cdt_rank_ready(r, order, n);

	while (i < ready && key(by_capacity, r, order[i]).first <= 0)
		i++;
	return i;
}

/* The places of two of order[0..n), drawn by room; the first one drawn is at[0]. */
static void draw(const bool *by_capacity, const struct cdt_route *r, const uint16_t *order,
                 size_t n, size_t at[CHOICES])
{
	double least[CHOICES] = { INFINITY, INFINITY };

	for (size_t i = 0; i < n; i++) {
		double wait = cdt_rank_wait(cdt_rank_mix(r->random + order[i]),
		                            room(by_capacity, r->targets[order[i]]));

		if (wait < least[0]) {
			least[1] = least[0];
			at[1] = at[0];
			least[0] = wait;
			at[0] = i;
		} else if (wait < least[1]) {
			least[1] = wait;
			at[1] = i;
		}
	}
}

static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	bool by_capacity = all_have_capacity(r);
	size_t n = cdt_rank_by(r, order, cap, key, &by_capacity), at[CHOICES] = { 0, 0 };
	size_t open = count_free(&by_capacity, r, order, n);
	struct cdt_rank_key one, other;

	(void)self;
	if (open < CHOICES)
		return n;
	draw(&by_capacity, r, order, open, at);
	one = key(&by_capacity, r, order[at[0]]);
	other = key(&by_capacity, r, order[at[1]]);
	cdt_rank_lead(order, at[other.second < one.second]);
	return n;
}

static const struct cdt_policy_ops ops = { .size = sizeof ops, .rank = rank };

static const struct cdt_feature feature = {
	.size = sizeof feature, .kind = CDT_KIND_POLICY, .name = "leastused",
	.summary = "the less used of two drawn targets first, the others by use",
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &feature, NULL };

CDT_MODULE(.id = "org.conduit.policy.leastused", .version = "1.0", .license = "MIT",
           .features = features);
