/* unit/base/rand_test.c - random numbers and ids.
 * SPDX-License-Identifier: MIT */
#include "base/rand.h"

#include <string.h>

#include "unit/unit.h"

static void bytes_differ_each_time(void)
{
	uint8_t a[64] = { 0 }, b[64] = { 0 };

	rand_bytes(a, sizeof a);
	rand_bytes(b, sizeof b);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof a), 0);
	rand_bytes(a, 0);
}

static void dice_stay_below_and_reach_all(void)
{
	unsigned hits[6] = { 0 };

	for (int i = 0; i < 60000; i++) {
		uint64_t r = rand_below(6);

		CU_ASSERT_FATAL(r < 6);
		hits[r]++;
	}
	for (int i = 0; i < 6; i++)
		CU_ASSERT_TRUE(hits[i] > 9000 && hits[i] < 11000);    /* 10 sigma */
	CU_ASSERT_EQUAL(rand_below(1), 0);
	CU_ASSERT_NOT_EQUAL(rand_u64(), rand_u64());
}

static void ids_are_ordered_by_time(void)
{
	char a[ULID_SIZE], b[ULID_SIZE];

	CU_ASSERT_STRING_EQUAL(ulid_new(0, a), a);
	CU_ASSERT_EQUAL(strlen(a), 26);
	CU_ASSERT_EQUAL(strncmp(a, "0000000000", 10), 0);
	CU_ASSERT_EQUAL(strspn(a, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), 26);
	CU_ASSERT_TRUE(strcmp(ulid_new(1000, a), ulid_new(1001, b)) < 0);
	CU_ASSERT_TRUE(strcmp(ulid_new(1000, a), ulid_new(1000, b)) != 0);
	/* The example of the ULID specification. */
	CU_ASSERT_EQUAL(strncmp(ulid_new(1469922850259, a), "01ARZ3NDEK", 10), 0);
}

static const struct unit_test tests[] = {
	{ "bytes differ each time", bytes_differ_each_time },
	{ "dice stay below and reach all", dice_stay_below_and_reach_all },
	{ "ids are ordered by time", ids_are_ordered_by_time },
	{ NULL, NULL },
};
const struct unit_suite base_rand_suite = { "base/rand", tests };
