/* unit/auth/tag_test.c - the tags are SipHash-2-4-128, as its authors' vectors say.
 * SPDX-License-Identifier: MIT */
#include "auth/tag.h"

#include <string.h>

#include "unit/unit.h"

static const uint8_t key_bytes[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void gives_the_authors_vectors(void)
{
	/* vectors_sip128[0] and [1] of the reference implementation: "" and { 0 }. */
	static const uint8_t want[2][16] = {
		{ 0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,
		  0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93 },
		{ 0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44,
		  0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45 },
	};
	uint64_t key[2];

	memcpy(key, key_bytes, sizeof key);
	for (size_t n = 0; n < 2; n++) {
		struct tag t = tag_under(key, (cdt_str){ "\0", n });

		CU_ASSERT(!memcmp(&t, want[n], sizeof t));
	}
}

static void differs_for_every_changed_byte(void)
{
	static const uint64_t key[2] = { 1, 2 };
	char text[69] = "condt_AAAAAAAAAAAA_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBCCCCCC";
	size_t n = strlen(text);
	struct tag whole = tag_under(key, (cdt_str){ text, n });

	for (size_t i = 0; i < n; i++) {
		struct tag t;

		text[i] ^= 1;
		t = tag_under(key, (cdt_str){ text, n });
		CU_ASSERT(memcmp(&t, &whole, sizeof t) != 0);
		text[i] ^= 1;
	}
}

static const struct unit_test tests[] = {
	{ "gives the authors' vectors", gives_the_authors_vectors },
	{ "differs for every changed byte", differs_for_every_changed_byte },
	{ NULL, NULL },
};
const struct unit_suite auth_tag_suite = { "auth/tag", tests };
