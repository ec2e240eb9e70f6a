/* limit/limiter.c - meters by the id of their scope, in stripes with a lock each.  A request
 * that needs several scopes locks their stripes in order, so that it takes all or nothing and
 * nobody sees half of it.
 * SPDX-License-Identifier: MIT */
#include "limit/limiter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "limit/bucket.h"

/* A new meter looks at LOOKS others, and at FULL_LOOKS when its stripe is full. */
enum { STRIPES = 64, STRIPE_SHIFT = 58, METERS_MAX = 16384, LOOKS = 4, FULL_LOOKS = 256,
       ID_MAX = 512 };

struct meter {
	struct bucket buckets[LIMIT_BUCKETS];
	int64_t running;
	uint32_t leases;               /* that point here */
	uint8_t stripe;
	struct list link;              /* of its stripe's ring */
	char *id;
	size_t id_n;
};

struct stripe {
	pthread_mutex_t lock;
	struct map meters;
	struct list ring;              /* the same; who was looked at goes to the end */
	char apart[64];                /* so that workers do not disturb each other */
};

struct limiter {
	struct stripe stripes[STRIPES];
	_Atomic size_t count;
};

struct limiter *limiter_new(void)
{
	struct limiter *l = mem_new(sizeof *l);

	for (size_t i = 0; i < STRIPES; i++) {
		pthread_mutex_init(&l->stripes[i].lock, NULL);
		map_init(&l->stripes[i].meters);
		list_init(&l->stripes[i].ring);
	}
	return l;
}

static void meter_free(struct meter *m)
{
	mem_free(m->id);
	mem_free(m);
}

void limiter_free(struct limiter *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < STRIPES; i++) {
		LIST_EACH(it, &l->stripes[i].ring)
			meter_free(LIST_OF(it, struct meter, link));
		map_fini(&l->stripes[i].meters);
		pthread_mutex_destroy(&l->stripes[i].lock);
	}
	mem_free(l);
}

/* --- finding, making, forgetting; under the stripe's lock --- */

/* Is there nothing to remember?  A full bucket is like a new one. */
static bool is_blank(struct meter *m, uint64_t now_ms)
{
	if (m->leases)
		return false;
	for (int i = 0; i < LIMIT_BUCKETS; i++) {
		struct bucket *b = &m->buckets[i];

		if (!b->max)
			continue;
		bucket_refill(b, b->max, b->period_ms, now_ms);
		if (!bucket_has(b, b->max))
			return false;
	}
	return true;
}

static void forget_some(struct limiter *l, struct stripe *s, uint64_t now_ms)
{
	int looks = s->meters.count < METERS_MAX ? LOOKS : FULL_LOOKS;

	while (looks-- > 0 && !list_empty(&s->ring)) {
		struct meter *m = LIST_OF(s->ring.next, struct meter, link);

		list_remove(&m->link);
		if (!is_blank(m, now_ms)) {
			list_push(&s->ring, &m->link);
			continue;
		}
		(void)map_remove(&s->meters, (cdt_str){ m->id, m->id_n });
		atomic_fetch_sub_explicit(&l->count, 1, memory_order_relaxed);
		meter_free(m);
	}
}

/* NULL: too many are remembered. */
static struct meter *meter_make(struct limiter *l, struct stripe *s, cdt_str id,
                                uint64_t now_ms)
{
	struct meter *m;

	forget_some(l, s, now_ms);
	if (s->meters.count >= METERS_MAX || id.n > ID_MAX)
		return NULL;
	m = mem_new(sizeof *m);
	m->id = mem_text(id.p, id.n);
	m->id_n = id.n;
	m->stripe = (uint8_t)(s - l->stripes);
	list_push(&s->ring, &m->link);
	(void)map_put(&s->meters, id, m);              /* was not there */
	atomic_fetch_add_explicit(&l->count, 1, memory_order_relaxed);
	return m;
}

/* --- one scope; under its stripe's lock --- */

static int64_t amount(enum limit limit, const struct limit_ask *ask)
{
	switch (limit) {
	case LIMIT_TPM:
		return ask->input + ask->output;
	case LIMIT_INPUT_TPM:
		return ask->input;
	case LIMIT_OUTPUT_TPM:
		return ask->output;
	default:
		return 1;
	}
}

static void refuse(struct limit_refusal *why, const struct limit_refusal *new, bool *refused)
{
	if (!*refused || new->wait_ms > why->wait_ms)
		*why = *new;
	*refused = true;
}

/* Which limits have not enough; what each is charged goes to part. */
static uint8_t lacking(struct meter *m, const struct config_limits *limits,
                       const struct limit_ask *ask, struct lease_part *part)
{
	uint8_t not = 0;

	part->took = 0;
	for (int i = 0; i < LIMIT_BUCKETS; i++) {
		struct bucket *b = &m->buckets[i];

		if (!limits->max[i])
			continue;
		bucket_refill(b, limits->max[i], limit_rows[i].period_ms, ask->now_ms);
		part->charged[i] = bucket_need(b, amount((enum limit)i, ask));
		part->took |= (uint8_t)(1 << i);
		if (!bucket_has(b, part->charged[i]))
			not |= (uint8_t)(1 << i);
	}
	if (limits->max[LIMIT_CONCURRENCY]) {
		part->took |= 1 << LIMIT_CONCURRENCY;
		if (m->running >= limits->max[LIMIT_CONCURRENCY])
			not |= 1 << LIMIT_CONCURRENCY;
	}
	return not;
}

/* Fills part; false: refused, *why says by whom. */
static bool check(struct meter *m, const struct limit_ask *ask, size_t scope,
                  struct lease_part *part, struct limit_refusal *why)
{
	const struct config_limits *limits = ask->scopes[scope].limits;
	uint8_t not = lacking(m, limits, ask, part);
	bool refused = false;

	part->meter = m;
	part->shadowed = not & (uint8_t)limits->shadowed;
	if (part->shadowed)
		part->took &= (uint8_t)~limits->shadowed;
	not &= (uint8_t)~limits->shadowed;
	for (int i = 0; not && i < LIMIT_COUNT; i++) {
		struct limit_refusal this = { .scope = scope, .limit = (enum limit)i,
		                              .max = limits->max[i], .need = 1 };

		if (!(not & 1 << i))
			continue;
		if (i != LIMIT_CONCURRENCY) {
			this.need = amount((enum limit)i, ask);
			this.wait_ms = bucket_wait_ms(&m->buckets[i], part->charged[i]);
		}
		refuse(why, &this, &refused);
	}
	return !refused;
}

static void take(struct lease_part *part)
{
	struct meter *m = part->meter;

	m->leases++;
	for (int i = 0; i < LIMIT_BUCKETS; i++)
		if (part->took & 1 << i)
			bucket_take(&m->buckets[i], part->charged[i]);
	if (part->took & 1 << LIMIT_CONCURRENCY)
		m->running++;
}

/* --- several scopes --- */

static void lock_all(struct limiter *l, uint64_t set)
{
	for (; set; set &= set - 1)
		pthread_mutex_lock(&l->stripes[__builtin_ctzll(set)].lock);
}

static void unlock_all(struct limiter *l, uint64_t set)
{
	for (; set; set &= set - 1)
		pthread_mutex_unlock(&l->stripes[__builtin_ctzll(set)].lock);
}

static struct meter *meter_of(struct limiter *l, uint8_t stripe, cdt_str id, uint64_t now_ms)
{
	struct stripe *s = &l->stripes[stripe];
	struct meter *m = map_find(&s->meters, id);

	return m ? m : meter_make(l, s, id, now_ms);
}

/* The stripes are locked.  Making one meter may forget others, but none that has a lease: those
 * found before it are held meanwhile. */
static bool check_all(struct limiter *l, const struct limit_ask *ask, const uint8_t *stripes,
                      struct lease *lease, struct limit_refusal *why)
{
	struct limit_refusal one;
	bool refused = false;
	size_t i;

	for (i = 0; i < ask->count; i++) {
		struct meter *m = meter_of(l, stripes[i], ask->scopes[i].id, ask->now_ms);

		if (!m) {
			*why = (struct limit_refusal){ .scope = i, .limit = LIMIT_COUNT };
			refused = true;
			break;
		}
		m->leases++;
		if (!check(m, ask, i, &lease->parts[i], &one))
			refuse(why, &one, &refused);
	}
	while (i-- > 0)
		lease->parts[i].meter->leases--;
	return !refused;
}

cdt_status limiter_take(struct limiter *l, const struct limit_ask *ask, struct lease *lease,
                        struct limit_refusal *why)
{
	uint8_t stripes[LIMIT_SCOPES_MAX];
	uint64_t set = 0;
	bool fine;

	for (size_t i = 0; i < ask->count; i++) {
		stripes[i] = (uint8_t)(hash_bytes(ask->scopes[i].id) >> STRIPE_SHIFT);
		set |= UINT64_C(1) << stripes[i];
	}
	lock_all(l, set);
	fine = check_all(l, ask, stripes, lease, why);
	for (size_t i = 0; fine && i < ask->count; i++)
		take(&lease->parts[i]);
	unlock_all(l, set);
	lease->count = fine ? ask->count : 0;
	lease->input = ask->input;
	lease->output = ask->output;
	return fine ? CDT_OK : CDT_E_LIMIT;
}

/* --- the end of a lease --- */

enum { TOKENS = 1 << LIMIT_TPM | 1 << LIMIT_INPUT_TPM | 1 << LIMIT_OUTPUT_TPM,
       ALL = (1 << LIMIT_BUCKETS) - 1 };

/* Replaces what was charged by what was used, in the buckets of the set. */
static void correct(struct lease_part *part, unsigned set, const int64_t used[LIMIT_BUCKETS],
                    uint64_t now_ms)
{
	for (int i = 0; i < LIMIT_BUCKETS; i++) {
		struct bucket *b = &part->meter->buckets[i];

		if (!(part->took & set & 1u << i))
			continue;
		bucket_refill(b, b->max, b->period_ms, now_ms);
		bucket_take(b, used[i] - part->charged[i]);
	}
}

static pthread_mutex_t *lock_of(struct limiter *l, const struct lease_part *part)
{
	return &l->stripes[part->meter->stripe].lock;
}

static void let_go(struct limiter *l, struct lease *lease, unsigned set,
                   const int64_t used[LIMIT_BUCKETS], uint64_t now_ms)
{
	for (size_t i = 0; i < lease->count; i++) {
		struct lease_part *part = &lease->parts[i];
		pthread_mutex_t *lock = lock_of(l, part);

		pthread_mutex_lock(lock);
		part->meter->leases--;
		if (part->took & 1 << LIMIT_CONCURRENCY)
			part->meter->running--;
		correct(part, set, used, now_ms);
		pthread_mutex_unlock(lock);
	}
	lease->count = 0;
}

/* What an upstream says is only a number: no sum of two may pass the largest. */
static int64_t sane(int64_t said, int64_t estimate)
{
	int64_t most = limit_rows[LIMIT_TPM].most;

	return said < 0 ? estimate : said < most ? said : most;
}

void lease_end(struct limiter *l, struct lease *lease, int64_t input, int64_t output,
               uint64_t now_ms)
{
	bool known = input >= 0 || output >= 0;
	int64_t in = sane(input, lease->input), out = sane(output, lease->output);
	const int64_t used[LIMIT_BUCKETS] = {
		[LIMIT_TPM] = in + out, [LIMIT_INPUT_TPM] = in, [LIMIT_OUTPUT_TPM] = out,
	};

	let_go(l, lease, known ? TOKENS : 0, used, now_ms);
}

void lease_undo(struct limiter *l, struct lease *lease, uint64_t now_ms)
{
	static const int64_t nothing[LIMIT_BUCKETS];

	let_go(l, lease, ALL, nothing, now_ms);
}

/* --- looking --- */

static struct limit_sight sight_of(struct meter *m, enum limit limit, int64_t max,
                                   uint64_t now_ms)
{
	struct limit_sight s = { max, max, 0 };
	struct bucket *b;

	if (!m || !max)
		return s;
	if (limit == LIMIT_CONCURRENCY) {
		s.left = m->running < max ? max - m->running : 0;
		return s;
	}
	b = &m->buckets[limit];
	bucket_refill(b, max, limit_rows[limit].period_ms, now_ms);
	s.left = bucket_left(b);
	s.reset_ms = bucket_wait_ms(b, max);
	return s;
}

static void look(struct meter *m, const struct config_limits *limits, uint64_t now_ms,
                 struct limit_view *out)
{
	for (int i = 0; i < LIMIT_COUNT; i++)
		out->of[i] = sight_of(m, (enum limit)i, limits->max[i], now_ms);
}

void limiter_look(struct limiter *l, const struct limit_scope *scope, uint64_t now_ms,
                  struct limit_view *out)
{
	struct stripe *s = &l->stripes[hash_bytes(scope->id) >> STRIPE_SHIFT];

	pthread_mutex_lock(&s->lock);
	look(map_find(&s->meters, scope->id), scope->limits, now_ms, out);
	pthread_mutex_unlock(&s->lock);
}

void lease_look(struct limiter *l, const struct lease *lease,
                const struct config_limits *limits, uint64_t now_ms,
                struct limit_view *out)
{
	pthread_mutex_t *lock = lock_of(l, &lease->parts[0]);

	pthread_mutex_lock(lock);
	look(lease->parts[0].meter, limits, now_ms, out);
	pthread_mutex_unlock(lock);
}

size_t limiter_count(const struct limiter *l)
{
	return atomic_load_explicit(&l->count, memory_order_relaxed);
}
