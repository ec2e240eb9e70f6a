/* Numbers and texts as bytes, and back.
 * SPDX-License-Identifier: MIT */
#include "usage/pack.h"

#include <string.h>

#include "base/bigend.h"
#include "base/str.h"
#include "unit/unit.h"

static const int64_t numbers[] = {
	0, 1, -1, 63, 64, -64, -65, 127, 128, 300, 1 << 20, INT64_MAX, INT64_MIN,
};
enum { COUNT = sizeof numbers / sizeof *numbers };

static void numbers_come_back(void)
{
	char bytes[COUNT * PACK_NUMBER_MAX + PACK_NUMBER_MAX];
	struct packer p = { bytes, bytes + sizeof bytes, false };
	struct unpacker u = { bytes, NULL, false };

	for (size_t i = 0; i < COUNT; i++)
		pack_i64(&p, numbers[i]);
	CU_ASSERT(!p.full);
	u.end = p.at;
	for (size_t i = 0; i < COUNT; i++)
		CU_ASSERT_EQUAL(unpack_i64(&u), numbers[i]);
	CU_ASSERT(!u.bad && u.at == u.end);
	(void)unpack_u64(&u);
	CU_ASSERT(u.bad);
}

static void what_is_too_long_is_refused(void)
{
	char bytes[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", small[PACK_NUMBER_MAX];
	struct unpacker u = { bytes, bytes + sizeof bytes - 1, false };
	struct packer p = { small, small + sizeof small - 1, false };

	CU_ASSERT_EQUAL(unpack_u64(&u), 0);
	CU_ASSERT(u.bad);
	pack_u64(&p, 1);
	CU_ASSERT(p.full && p.at == small);
	p = (struct packer){ small, small + sizeof small, false };
	pack_text(&p, CDT_STR("0123456789"), 10);      /* one byte goes to its length */
	CU_ASSERT(p.full);
	u = (struct unpacker){ "\x05" "abcd", NULL, false };
	u.end = u.at + 5;
	CU_ASSERT_EQUAL(unpack_text(&u).n, 0);
	CU_ASSERT(u.bad);
}

static void texts_are_cut_between_characters(void)
{
	static const struct { const char *in, *out; size_t max; } cases[] = {
		{ "", "", 4 }, { "abcd", "abcd", 4 }, { "abcde", "abcd", 4 },
		{ "abc\xc3\xa9", "abc", 4 }, { "abc\xc3\xa9", "abc\xc3\xa9", 5 },
		{ "\xf0\x9f\x98\x80", "", 3 }, { "abc", "", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char bytes[64];
		struct packer p = { bytes, bytes + sizeof bytes, false };
		struct unpacker u = { bytes, NULL, false };

		pack_text(&p, str_z(cases[i].in), cases[i].max);
		u.end = p.at;
		CU_ASSERT(str_is(unpack_text(&u), cases[i].out));
		CU_ASSERT(!u.bad && !p.full);
	}
}

static void big_numbers_sort_as_bytes(void)
{
	char a[6], b[6];

	big_put(a, 255, sizeof a);
	big_put(b, 256, sizeof b);
	CU_ASSERT(memcmp(a, b, sizeof a) < 0);
	CU_ASSERT_EQUAL(big_get(b, sizeof b), 256);
	big_put(b, (UINT64_C(1) << 48) - 1, sizeof b);
	CU_ASSERT_EQUAL(big_get(b, sizeof b), (UINT64_C(1) << 48) - 1);
}

static const struct unit_test tests[] = {
	{ "numbers come back", numbers_come_back },
	{ "what is too long is refused", what_is_too_long_is_refused },
	{ "texts are cut between characters", texts_are_cut_between_characters },
	{ "big numbers sort as bytes", big_numbers_sort_as_bytes },
	{ NULL, NULL },
};
const struct unit_suite usage_pack_suite = { "usage/pack", tests };
