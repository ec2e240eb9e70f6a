/* conduit/rank.h - what most policies do, compiled into the plugin; no ABI of its own: who can
 * take the request at all, draws by weight, and a sort of the order by keys that the policy
 * computes.  Nothing here allocates, waits or keeps state.  A whole policy:
 *
 *	static struct cdt_rank_key key(void *self, const struct cdt_route *r, size_t i)
 *	{
 *		struct cdt_rank_key k = { cdt_rank_known(r->targets[i]->ttft_ms), 0 };
 *		(void)self;
 *		return k;
 *	}
 *	static size_t rank(void *self, const struct cdt_route *r, uint16_t *order, size_t cap)
 *	{
 *		return cdt_rank_by(r, order, cap, key, self);
 *	}
 *
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_RANK_H
#define CONDUIT_RANK_H
#include "policy.h"

#include <math.h>
#include <string.h>

/* --- one target --- */

/* Classes of targets; a smaller one goes first whatever the figures say.  Later ones are there
 * because trying them is better than no answer. */
enum { CDT_RANK_READY, CDT_RANK_SMALL, CDT_RANK_COOLING, CDT_RANK_CLASSES };

/* SMALL: the prompt does not fit its window.  A target that is being probed is healthy. */
static inline uint32_t cdt_rank_class(const struct cdt_route *r, size_t i)
{
	const struct cdt_target *t = r->targets[i];

	if ((t->flags & (CDT_TARGET_COOLING | CDT_TARGET_PROBING)) == CDT_TARGET_COOLING)
		return CDT_RANK_COOLING;
	return r->input_tokens >= 0 && t->context_tokens >= 0 &&
	       t->context_tokens < r->input_tokens ? CDT_RANK_SMALL : CDT_RANK_READY;
}

/* These two came later than the rest of struct cdt_target: a gateway may be older than they. */
static inline uint32_t cdt_rank_tier(const struct cdt_target *t)
{
	return CDT_HAS(struct cdt_target, t, tier) ? t->tier : 0;
}

static inline int64_t cdt_rank_capacity(const struct cdt_target *t)
{
	return CDT_HAS(struct cdt_target, t, capacity) && t->capacity > 0 ? t->capacity : -1;
}

/* A figure as a key: what is not known (negative, or no number) comes last. */
static inline double cdt_rank_known(double figure)
{
	return figure >= 0 ? figure : (double)INFINITY;
}

/* --- dice --- */

/* Spreads the bits of x.  cdt_rank_mix(route->random + k) is the k-th die of a request. */
static inline uint64_t cdt_rank_mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* The same for the same text in every process; seed: 0, or the hash of what goes before. */
static inline uint64_t cdt_rank_hash(uint64_t seed, cdt_str s)
{
	uint64_t h = cdt_rank_mix(seed ^ s.n), word;

	for (; s.n >= sizeof word; s.p += sizeof word, s.n -= sizeof word) {
		memcpy(&word, s.p, sizeof word);
		h = cdt_rank_mix(h ^ word);
	}
	word = 0;
	if (s.n)
		memcpy(&word, s.p, s.n);
	return cdt_rank_mix(h ^ word);
}

/* -ln(u) of a u in 0 < u < 1 that is made of bits.  Plugins link no libm. */
static inline double cdt_rank_log(uint64_t bits)
{
	const double ln2 = 0.693147180559945309, root2 = 1.41421356237309505;
	double u = ((double)(bits >> 12) + 0.5) * (1.0 / 4503599627370496.0), s, s2;
	uint64_t raw;
	int64_t exponent;

	memcpy(&raw, &u, sizeof raw);                  /* u = mantissa * 2^exponent */
	exponent = (int64_t)(raw >> 52) - 1023;
	raw = (raw & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000);
	memcpy(&u, &raw, sizeof u);
	if (u > root2) {
		u *= 0.5;
		exponent++;
	}
	s = (u - 1) / (u + 1);
	s2 = s * s;
	return -((double)exponent * ln2 +
	         2 * s * (1 + s2 * (1 / 3.0 + s2 * (1 / 5.0 + s2 * (1 / 7.0 + s2 / 9.0)))));
}

/* How long a target of this weight lets one wait.  Who is first after independent dice is first
 * in proportion to its weight, the next one in proportion among the others, and so on.  Weights
 * of zero come after all others, and are equal among themselves. */
static inline double cdt_rank_wait(uint64_t bits, double weight)
{
	return cdt_rank_log(bits) / (weight > 0 ? weight : 1e-200);
}

/* The place in order[0..n) that is drawn by weight; n: all weights are zero. */
static inline size_t cdt_rank_draw(const struct cdt_route *r, const uint16_t *order, size_t n,
                                   uint64_t bits)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += r->targets[order[i]]->weight;
	if (!sum)
		return n;
	bits %= sum;
	for (size_t i = 0; i < n; i++) {
		if (bits < r->targets[order[i]]->weight)
			return i;
		bits -= r->targets[order[i]]->weight;
	}
	return n;
}

/* --- the order --- */

/* The configured order, by classes.  Returns how many there are: all targets, or the first cap
 * of them. */
static inline size_t cdt_rank_fill(const struct cdt_route *r, uint16_t *order, size_t cap)
{
	size_t n = r->count < cap ? r->count : cap, at = 0;

	if (n > UINT16_MAX)
		n = UINT16_MAX;
	for (uint32_t c = 0; c < CDT_RANK_CLASSES && at < n; c++)
		for (size_t i = 0; i < n; i++)
			if (cdt_rank_class(r, i) == c)
				order[at++] = (uint16_t)i;
	return n;
}

/* How many of an order that is sorted by classes can take the request; they are in front. */
static inline size_t cdt_rank_ready(const struct cdt_route *r, const uint16_t *order, size_t n)
{
	size_t i = 0;

	while (i < n && cdt_rank_class(r, order[i]) == CDT_RANK_READY)
		i++;
	return i;
}

/* Makes order[at] the first one; those before it move back by one. */
static inline void cdt_rank_lead(uint16_t *order, size_t at)
{
	uint16_t chosen = order[at];

	memmove(order + 1, order, at * sizeof *order);
	order[0] = chosen;
}

/* What targets are sorted by: smaller goes first, second decides among equals, then the
 * configured order.  No number (NaN) comes last. */
struct cdt_rank_key { double first, second; };

/* The key of r->targets[i]; the same whenever it is asked during one sort. */
typedef struct cdt_rank_key cdt_rank_key_fn(void *self, const struct cdt_route *r, size_t i);

/* Up to so many targets have their keys computed once and kept on the stack (24 KiB); with
 * more, a sort asks for them as it goes, which is slow and needs no memory. */
enum { CDT_RANK_KEPT = 1024 };

struct cdt_rank_kept { struct cdt_rank_key key; uint64_t cls; };
struct cdt_rank_sorter {
	const struct cdt_route *route;
	cdt_rank_key_fn *key;
	void *self;
	struct cdt_rank_kept *kept;                    /* by index of target, or NULL */
};

static inline struct cdt_rank_kept cdt_rank_keep(const struct cdt_rank_sorter *s, size_t i)
{
	struct cdt_rank_kept k;

	k.key = s->key(s->self, s->route, i);
	k.cls = cdt_rank_class(s->route, i);
	k.key.first = isnan(k.key.first) ? (double)INFINITY : k.key.first;
	k.key.second = isnan(k.key.second) ? (double)INFINITY : k.key.second;
	return k;
}

static inline struct cdt_rank_kept cdt_rank_kept_of(const struct cdt_rank_sorter *s, size_t i)
{
	return s->kept ? s->kept[i] : cdt_rank_keep(s, i);
}

/* Whether target a, whose key is x, goes before target b of key y.  A total order. */
static inline int cdt_rank_before(size_t a, const struct cdt_rank_kept *x, size_t b,
                                  const struct cdt_rank_kept *y)
{
	if (x->cls != y->cls)
		return x->cls < y->cls;
	if (x->key.first < y->key.first || x->key.first > y->key.first)
		return x->key.first < y->key.first;
	if (x->key.second < y->key.second || x->key.second > y->key.second)
		return x->key.second < y->key.second;
	return a < b;
}

/* Of the two places child and child + 1 of a heap order[0..n) the later target's; its key goes
 * into y. */
static inline size_t cdt_rank_later(const struct cdt_rank_sorter *s, const uint16_t *order,
                                    size_t n, size_t child, struct cdt_rank_kept *y)
{
	struct cdt_rank_kept z;

	*y = cdt_rank_kept_of(s, order[child]);
	if (child + 1 >= n)
		return child;
	z = cdt_rank_kept_of(s, order[child + 1]);
	if (!cdt_rank_before(order[child], y, order[child + 1], &z))
		return child;
	*y = z;
	return child + 1;
}

/* Puts target one into the heap order[0..n), which is free from at downwards; the last of all
 * is its root. */
static inline void cdt_rank_sift(const struct cdt_rank_sorter *s, uint16_t *order, size_t at,
                                 size_t n, uint16_t one)
{
	struct cdt_rank_kept x = cdt_rank_kept_of(s, one), y;

	while (2 * at + 1 < n) {
		size_t child = cdt_rank_later(s, order, n, 2 * at + 1, &y);

		if (!cdt_rank_before(one, &x, order[child], &y))
			break;
		order[at] = order[child];
		at = child;
	}
	order[at] = one;
}

/* Sorts what cdt_rank_fill gave by class, key and configured order, in n log n steps.  self is
 * handed to key. */
static inline void cdt_rank_sort(const struct cdt_route *r, uint16_t *order, size_t n,
                                 cdt_rank_key_fn *key, void *self)
{
	struct cdt_rank_kept kept[CDT_RANK_KEPT];
	struct cdt_rank_sorter s = { r, key, self, NULL };

	for (size_t i = 0; i < n && n <= CDT_RANK_KEPT; i++)
		kept[i] = cdt_rank_keep(&s, i);
	if (n <= CDT_RANK_KEPT)
		s.kept = kept;
	for (size_t i = n / 2; i-- > 0;)
		cdt_rank_sift(&s, order, i, n, order[i]);
	for (size_t last = n; last-- > 1;) {
		uint16_t one = order[last];

		order[last] = order[0];
		cdt_rank_sift(&s, order, 0, last, one);
	}
}

/* Both: fills and sorts.  Most policies end with it. */
static inline size_t cdt_rank_by(const struct cdt_route *r, uint16_t *order, size_t cap,
                                 cdt_rank_key_fn *key, void *self)
{
	size_t n = cdt_rank_fill(r, order, cap);

	cdt_rank_sort(r, order, n, key, self);
	return n;
}

/* A key that shuffles by weight. */
static inline struct cdt_rank_key cdt_rank_chance(void *self, const struct cdt_route *r,
                                                  size_t i)
{
	struct cdt_rank_key k = { 0, 0 };

	(void)self;
	k.first = cdt_rank_wait(cdt_rank_mix(r->random + i), r->targets[i]->weight);
	return k;
}
#endif
