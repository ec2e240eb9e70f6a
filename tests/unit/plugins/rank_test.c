/* unit/plugins/rank_test.c - what <conduit/rank.h> gives to policies.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <math.h>
#include <stdbool.h>

#include "conduit/rank.h"

enum { MANY = 1200 };

struct field {
	struct cdt_target target[MANY];
	const struct cdt_target *list[MANY];
	struct cdt_route route;
	uint16_t order[MANY];
};

static struct field *field_of(size_t count)
{
	static struct field f;

	f = (struct field){ .route = { .size = sizeof f.route, .input_tokens = -1 } };
	f.route.targets = f.list;
	f.route.count = count;
	for (size_t i = 0; i < count; i++) {
		f.target[i] = (struct cdt_target){ .size = sizeof f.target[i], .weight = 1 };
		f.list[i] = &f.target[i];
	}
	return &f;
}

static struct cdt_rank_key by_ttft(void *self, const struct cdt_route *r, size_t i)
{
	unsigned *asked = self;

	++*asked;
	return (struct cdt_rank_key){ r->targets[i]->ttft_ms, r->targets[i]->total_ms };
}

static void draw_figures(struct field *f)
{
	for (size_t i = 0; i < f->route.count; i++) {
		uint64_t dice = cdt_rank_mix(i * 977 + f->route.count);

		f->target[i].flags = dice % 7 ? 0 : CDT_TARGET_COOLING;
		f->target[i].ttft_ms = dice % 11 ? (double)(dice >> 8 & 15) : NAN;
		f->target[i].total_ms = (double)(dice >> 16 & 3);
	}
}

static bool in_order(const struct cdt_target *a, const struct cdt_target *b)
{
	double x = cdt_rank_known(a->ttft_ms), y = cdt_rank_known(b->ttft_ms);

	if (a->flags != b->flags)
		return a->flags < b->flags;
	if (x < y || x > y)
		return x < y;
	return a->total_ms < b->total_ms || (a->total_ms <= b->total_ms && a < b);
}

/* Both ways of a sort: with kept keys, and with keys computed as it goes. */
static void sorts_few_and_many(void)
{
	for (size_t n = 0; n < MANY; n += n < 40 ? 1 : 61) {
		struct field *f = field_of(n);
		unsigned asked = 0;

		draw_figures(f);
		CU_ASSERT_EQUAL(cdt_rank_by(&f->route, f->order, n, by_ttft, &asked), n);
		CU_ASSERT(n > CDT_RANK_KEPT || asked == n);
		for (size_t i = 1; i < n; i++)
			CU_ASSERT(in_order(f->list[f->order[i - 1]], f->list[f->order[i]]));
	}
}

static void takes_what_is_unknown_for_the_worst(void)
{
	CU_ASSERT_EQUAL(cdt_rank_known(5), 5);
	CU_ASSERT_EQUAL(cdt_rank_known(0), 0);
	CU_ASSERT(isinf(cdt_rank_known(-1)) && isinf(cdt_rank_known(NAN)));
}

static void computes_logarithms(void)
{
	uint64_t bits = 0;

	CU_ASSERT(cdt_rank_log(0) > 36 && cdt_rank_log(0) < 37);
	CU_ASSERT(cdt_rank_log(UINT64_MAX) > 0 && cdt_rank_log(UINT64_MAX) < 1e-15);
	for (size_t i = 0; i < 100000; i++) {
		double want;

		bits = cdt_rank_mix(bits) >> i % 50;
		want = -log(((double)(bits >> 12) + 0.5) / 4503599627370496.0);
		CU_ASSERT(fabs(cdt_rank_log(bits) - want) <= 1e-9 * (1 + want));
	}
}

static void draws_by_weight_or_nobody(void)
{
	struct field *f = field_of(3);

	f->target[1].weight = 0;
	f->target[2].weight = 3;
	(void)cdt_rank_fill(&f->route, f->order, 3);
	for (uint64_t die = 0; die < 40; die++)
		CU_ASSERT_EQUAL(cdt_rank_draw(&f->route, f->order, 3, die), die % 4 ? 2 : 0);
	CU_ASSERT_EQUAL(cdt_rank_draw(&f->route, f->order + 1, 1, 5), 1);
	CU_ASSERT_EQUAL(cdt_rank_draw(&f->route, f->order, 0, 5), 0);
}

static void spreads_hashes(void)
{
	uint64_t a = cdt_rank_hash(0, CDT_STR("ab"));

	CU_ASSERT_EQUAL(a, cdt_rank_hash(0, CDT_STR("ab")));
	CU_ASSERT_NOT_EQUAL(a, cdt_rank_hash(0, CDT_STR("ac")));
	CU_ASSERT_NOT_EQUAL(a, cdt_rank_hash(1, CDT_STR("ab")));
	CU_ASSERT_NOT_EQUAL(cdt_rank_hash(0, CDT_STR("")), cdt_rank_hash(0, CDT_STR("\0")));
}

static void leads_with_one_and_keeps_the_rest(void)
{
	uint16_t order[] = { 0, 1, 2, 3 };

	cdt_rank_lead(order, 2);
	CU_ASSERT(order[0] == 2 && order[1] == 0 && order[2] == 1 && order[3] == 3);
	cdt_rank_lead(order, 0);
	CU_ASSERT(order[0] == 2 && order[3] == 3);
}

static const struct unit_test tests[] = {
	{ "sorts few and many", sorts_few_and_many },
	{ "takes what is unknown for the worst", takes_what_is_unknown_for_the_worst },
	{ "computes logarithms", computes_logarithms },
	{ "draws by weight, or nobody", draws_by_weight_or_nobody },
	{ "spreads hashes", spreads_hashes },
	{ "leads with one and keeps the rest", leads_with_one_and_keeps_the_rest },
	{ NULL, NULL },
};
const struct unit_suite plugins_rank_suite = { "plugins/rank", tests };
