/* policy_roundrobin/roundrobin.c - smooth weighted round robin.  Each target has a credit that
 * grows by its weight with every request; who has most is first, and pays the sum of all
 * weights.  So weights 2, 1, 1 give A B C A, not A A B C.  The others follow by credit.  They
 * are kept for each worker, route and target: sets may change from request to request.
 * SPDX-License-Identifier: MIT */
#include <conduit/rank.h>

#include <stdlib.h>

/* The table has a fixed size: of WAYS neighbours the one used longest ago gives way. */
enum { WAYS = 8, SETS = 2048 };
#define CREDIT_MOST (INT64_C(1) << 60)

struct slot { uint64_t name, used; int64_t credit; };
struct table {
	uint64_t now;                          /* the number of this request */
	uint64_t route;                        /* the hash of its name */
	struct slot slot[SETS][WAYS];
};

static void *worker_open(void *self, struct cdt_worker *w)
{
	(void)self, (void)w;
	return calloc(1, sizeof(struct table));
}

static void worker_close(void *self)
{
	free(self);
}

/* The slot of that name or, if it has none, the one to be used for it. */
static struct slot *slot_at(struct table *t, uint64_t name)
{
	struct slot *set = t->slot[name % SETS], *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].name == name)
			return &set[i];
		if (set[i].used < oldest->used)
			oldest = &set[i];
	}
	return oldest;
}

static uint64_t name_of(const struct table *t, const struct cdt_route *r, size_t i)
{
	return cdt_rank_hash(t->route, r->targets[i]->name);
}

static void earn(struct table *t, uint64_t name, int64_t weight)
{
	struct slot *s = slot_at(t, name);

	if (s->name != name)
		*s = (struct slot){ name, 0, 0 };
	s->used = t->now;
	s->credit += weight;
	if (s->credit > CREDIT_MOST || s->credit < -CREDIT_MOST)
		s->credit = 0;
}

static struct cdt_rank_key key(void *self, const struct cdt_route *r, size_t i)
{
	struct table *t = self;
	uint64_t name = name_of(t, r, i);
	const struct slot *s = slot_at(t, name);

	return (struct cdt_rank_key){ s->name == name ? -(double)s->credit : 0, 0 };
}

/* Those that can take the request earn.  All weights zero: all the same.  Returns the sum. */
static int64_t pay_out(struct table *t, const struct cdt_route *r, const uint16_t *order,
                       size_t ready)
{
	int64_t sum = 0;

	for (size_t i = 0; i < ready; i++)
		sum += r->targets[order[i]]->weight;
	for (size_t i = 0; i < ready; i++)
		earn(t, name_of(t, r, order[i]), sum ? r->targets[order[i]]->weight : 1);
	return sum ? sum : (int64_t)ready;
}

static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
{
	struct table *t = self;
	size_t n = cdt_rank_fill(r, order, cap), ready = cdt_rank_ready(r, order, n);
	int64_t sum;

	t->now++;
	t->route = cdt_rank_hash(0, r->route);
	sum = pay_out(t, r, order, ready);
	cdt_rank_sort(r, order, n, key, t);
	if (ready)
		earn(t, name_of(t, r, order[0]), -sum);
	return n;
}

static const struct cdt_policy_ops ops = {
	.size = sizeof ops, .worker_open = worker_open, .worker_close = worker_close,
	.rank = rank,
};

static const struct cdt_feature feature = {
	.size = sizeof feature, .kind = CDT_KIND_POLICY, .name = "roundrobin",
	.summary = "weighted round robin",
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &feature, NULL };

CDT_MODULE(.id = "org.conduit.policy.roundrobin", .version = "1.0", .license = "MIT",
           .features = features);
