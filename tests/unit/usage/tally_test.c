/* Rows found again among many.
 * SPDX-License-Identifier: MIT */
#include "usage/tally.h"

#include "unit/unit.h"

enum { BUCKETS = 40, NAMES = 25 };

static void each_combination_has_one_row(void)
{
	struct tally t;

	tally_init(&t);
	for (unsigned round = 0; round < 3; round++)
		for (uint32_t b = 0; b < BUCKETS; b++)
			for (uint32_t n = 0; n < NAMES; n++) {
				const uint32_t name[USAGE_DIMS] = { n, 0, n % 3, 7 };

				tally_at(&t, b, name)->sum[USAGE_COST] += b * NAMES + n;
			}
	CU_ASSERT_EQUAL(t.count, BUCKETS * NAMES);
	for (size_t i = 0; i < t.count; i++) {
		CU_ASSERT_EQUAL(t.rows[i].sum[USAGE_COST], (int64_t)(3 * i));
		CU_ASSERT_EQUAL(t.rows[i].bucket * NAMES + t.rows[i].name[USAGE_KEY], i);
	}
	tally_fini(&t);
}

static void there_is_an_end_to_rows(void)
{
	struct tally t;
	uint32_t name[USAGE_DIMS] = { 0 };

	tally_init(&t);
	for (uint32_t i = 0; i < USAGE_ROWS_MAX; i++)
		if (!tally_at(&t, i, name))
			CU_FAIL("a row is missing");
	CU_ASSERT_PTR_NULL(tally_at(&t, USAGE_ROWS_MAX, name));
	CU_ASSERT_PTR_NOT_NULL(tally_at(&t, 5, name));
	tally_fini(&t);
}

static const struct unit_test tests[] = {
	{ "each combination has one row", each_combination_has_one_row },
	{ "there is an end to rows", there_is_an_end_to_rows },
	{ NULL, NULL },
};
const struct unit_suite usage_tally_suite = { "usage/tally", tests };
