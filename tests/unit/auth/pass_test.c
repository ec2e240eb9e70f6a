/* Texts that open a key once.
 * SPDX-License-Identifier: MIT */
#include "auth/ring.h"

#include "base/str.h"
#include "unit/unit.h"

enum { MAP = 16 << 20 };

static bool use(struct keyring *r, const char *text, int64_t wall_ms)
{
	uint8_t hash[SHA256_SIZE];

	keyring_hash(r, str_z(text), hash);
	return ring_use_pass(r, hash, wall_ms);
}

static void the_newest_are_kept_each_for_one_use(void)
{
	char *dir = unit_dir_new(), why[256], first[KEY_TEXT_SIZE + 1];
	char all[PASSES][KEY_TEXT_SIZE + 1];
	struct store *s = store_open(dir, MAP, why);
	struct keyring *r = s ? keyring_open(s, dir, why) : NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	keyring_pass(r, CDT_STR("abcdefghijkl"), 1000, first);
	CU_ASSERT_TRUE(str_starts(str_z(first), "condt_abcdefghijkl_"));
	for (size_t i = 0; i < PASSES; i++)
		keyring_pass(r, CDT_STR("abcdefghijkl"), 1000, all[i]);
	CU_ASSERT_FALSE(use(r, first, 1000));
	for (size_t i = 1; i < PASSES; i++) {
		CU_ASSERT_TRUE(use(r, all[i], 1000 + PASS_MS - 1));
		CU_ASSERT_FALSE(use(r, all[i], 1000));
	}
	CU_ASSERT_FALSE(use(r, all[0], 1000 + PASS_MS));
	CU_ASSERT_FALSE(use(r, all[0], 1000));         /* tried too late, it is gone */
	store_close(s);
	keyring_close(r);
	unit_dir_drop(dir);
}

static const struct unit_test tests[] = {
	{ "the newest are kept, each for one use", the_newest_are_kept_each_for_one_use },
	{ NULL, NULL },
};
const struct unit_suite auth_pass_suite = { "auth/pass", tests };
