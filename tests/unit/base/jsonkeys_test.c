/* unit/base/jsonkeys_test.c - keys that come twice, on both sides of each threshold.
 * SPDX-License-Identifier: MIT */
#include "base/jsonkeys.h"

#include "base/buf.h"
#include "base/str.h"
#include "unit/unit.h"

/* Keys k0, k1, ... of one map; the last one repeats key number twice (-1: none does). */
static bool map_of(struct json_keys *k, cdt_str text, int count, int twice)
{
	struct json_level l;
	bool ok = true;

	json_keys_open(k, &l);
	for (int i = 0; i < count && ok; i++) {
		int which = i == count - 1 && twice >= 0 ? twice : i;

		ok = json_keys_add(k, &l, str_from(text.p + 8 * which, 8), false);
	}
	return ok && json_keys_close(k, &l);
}

static void names(struct buf *b)
{
	buf_init(b, 100000);
	for (int i = 0; i < 5000; i++)
		buf_print(b, "key%05d", i);
}

static void maps_of_all_sizes_are_checked(void)
{
	static const int sizes[] = { 2, 3, 15, 16, 17, 18, 127, 128, 129, 130, 300, 5000 };
	struct json_keys k;
	struct buf b;

	names(&b);
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		json_keys_init(&k, b.p);
		CU_ASSERT_TRUE(map_of(&k, buf_str(&b), sizes[i], -1));
		CU_ASSERT_EQUAL(k.count, 0);
		CU_ASSERT_TRUE(map_of(&k, buf_str(&b), sizes[i], -1));
		CU_ASSERT_FALSE(map_of(&k, buf_str(&b), sizes[i], 0));
		CU_ASSERT_EQUAL(k.twice->at, 0);
		CU_ASSERT_EQUAL(k.twice - k.key, sizes[i] - 1);
		json_keys_fini(&k);
	}
	buf_fini(&b);
}

static void inner_maps_do_not_disturb_outer_ones(void)
{
	struct json_keys k;
	struct json_level outer;
	struct buf b;

	names(&b);
	json_keys_init(&k, b.p);
	json_keys_open(&k, &outer);
	for (int i = 0; i < 40; i++) {
		CU_ASSERT_TRUE(json_keys_add(&k, &outer, str_from(b.p + 8 * i, 8), false));
		CU_ASSERT_TRUE(map_of(&k, buf_str(&b), 200, -1));
	}
	CU_ASSERT_EQUAL(k.count, 40);
	CU_ASSERT_TRUE(json_keys_add(&k, &outer, str_from(b.p + 8 * 20, 8), false));
	CU_ASSERT_FALSE(json_keys_close(&k, &outer));
	CU_ASSERT_EQUAL(k.twice->at, 160);
	json_keys_fini(&k);
	buf_fini(&b);
}

static void keys_of_all_lengths_are_told_apart(void)
{
	char text[80];
	struct json_keys k;
	struct json_level l;

	for (size_t n = 0; n < 30; n++)
		for (size_t at = 0; at < n; at++) {
			for (size_t i = 0; i < sizeof text; i++)
				text[i] = 'a';
			text[40 + at] = 'b';
			json_keys_init(&k, text);
			json_keys_open(&k, &l);
			CU_ASSERT_TRUE(json_keys_add(&k, &l, str_from(text, n), false));
			CU_ASSERT_TRUE(json_keys_add(&k, &l, str_from(text + 40, n), false));
			CU_ASSERT_TRUE(json_keys_add(&k, &l, str_from(text, n + 1), false));
			CU_ASSERT_FALSE(json_keys_add(&k, &l, str_from(text + 1, n), false));
			json_keys_fini(&k);
		}
}

static const struct unit_test tests[] = {
	{ "maps of all sizes are checked", maps_of_all_sizes_are_checked },
	{ "inner maps do not disturb outer ones", inner_maps_do_not_disturb_outer_ones },
	{ "keys of all lengths are told apart", keys_of_all_lengths_are_told_apart },
	{ NULL, NULL },
};
const struct unit_suite base_jsonkeys_suite = { "base/jsonkeys", tests };
