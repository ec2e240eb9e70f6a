/* unit/base/digest_test.c - hashes and encodings, against published values.
 * SPDX-License-Identifier: MIT */
#include "base/digest.h"

#include <string.h>

#include "base/rand.h"
#include "base/str.h"
#include "unit/unit.h"

static bool hex_is(const uint8_t *digest, const char *expected)
{
	char hex[SHA256_HEX_SIZE];

	return strcmp(hex_of(digest, SHA256_SIZE, hex), expected) == 0;
}

static void sha256_gives_the_published_values(void)
{
	uint8_t out[SHA256_SIZE];

	sha256(CDT_STR(""), out);
	CU_ASSERT_TRUE(hex_is(out, "e3b0c44298fc1c149afbf4c8996fb924"
	                           "27ae41e4649b934ca495991b7852b855"));
	sha256(CDT_STR("abc"), out);
	CU_ASSERT_TRUE(hex_is(out, "ba7816bf8f01cfea414140de5dae2223"
	                           "b00361a396177a9cb410ff61f20015ad"));
}

static void hmac_gives_the_values_of_rfc_4231(void)
{
	char key[131];
	uint8_t out[SHA256_SIZE];

	hmac_sha256(CDT_STR("Jefe"), CDT_STR("what do ya want for nothing?"), out);
	CU_ASSERT_TRUE(hex_is(out, "5bdcc146bf60754e6a042426089575c7"
	                           "5a003f089d2739839dec58b964ec3843"));
	memset(key, 0xaa, sizeof key);
	hmac_sha256(str_from(key, sizeof key),
	            CDT_STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);
	CU_ASSERT_TRUE(hex_is(out, "60e431591ee0b67f0d8a26aacbf5b77f"
	                           "8e0bc6213728c5140546040f0ee37f54"));
}

static void a_prepared_key_gives_the_same(void)
{
	struct hmac_key *k = hmac_key_new(CDT_STR("key"));
	char text[200];
	uint8_t a[SHA256_SIZE], b[SHA256_SIZE];

	rand_bytes(text, sizeof text);
	for (size_t n = 0; n <= sizeof text; n += 13) {
		hmac_sum(k, str_from(text, n), a);
		hmac_sha256(CDT_STR("key"), str_from(text, n), b);
		CU_ASSERT_TRUE(digest_equal(a, b, SHA256_SIZE));
	}
	b[31] ^= 1;
	CU_ASSERT_FALSE(digest_equal(a, b, SHA256_SIZE));
	hmac_key_free(k);
	hmac_key_free(NULL);
}

static void crc32_gives_the_check_value(void)
{
	CU_ASSERT_EQUAL(crc32_of(CDT_STR("123456789")), 0xcbf43926);
	CU_ASSERT_EQUAL(crc32_of(CDT_STR("")), 0);
}

static void base64_gives_the_values_of_rfc_4648(void)
{
	static const char *const texts[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
	static const char *const plain[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
	};
	char out[16], back[16];

	for (size_t i = 0; i < 7; i++) {
		size_t n = base64_encode(str_z(texts[i]), false, out, sizeof out);

		CU_ASSERT_TRUE(str_is(str_from(out, n), plain[i]));
		CU_ASSERT_EQUAL(base64_decode(str_from(out, n), back, sizeof back), i);
		CU_ASSERT_EQUAL(memcmp(back, texts[i], i), 0);
		n = base64_encode(str_z(texts[i]), true, out, sizeof out);
		CU_ASSERT_EQUAL(n, strcspn(plain[i], "="));
		CU_ASSERT_EQUAL(base64_decode(str_from(out, n), back, sizeof back), i);
	}
	CU_ASSERT_EQUAL(base64_encode(CDT_STR("\xfb\xff"), false, out, 16), 4);
	CU_ASSERT_EQUAL(memcmp(out, "+/8=", 4), 0);
	CU_ASSERT_EQUAL(base64_encode(CDT_STR("\xfb\xff"), true, out, 16), 3);
	CU_ASSERT_EQUAL(memcmp(out, "-_8", 3), 0);
}

static void base64_without_room_says_how_much(void)
{
	char out[4] = "xxx";

	CU_ASSERT_EQUAL(base64_encode(CDT_STR("foob"), false, out, 4), 8);
	CU_ASSERT_STRING_EQUAL(out, "xxx");
	CU_ASSERT_EQUAL(base64_decode(CDT_STR("Zm9vYmFy"), out, 2), 6);
	CU_ASSERT_EQUAL(out[2], 'x');
}

static void what_is_no_base64_is_refused(void)
{
	static const char *const bad[] = {
		"Z", "Zg=", "Zg===", "Z===", "=", "Zm9=v", "Zm 9", "Zm9v\n", "Zh==",
	};
	char out[16];

	for (size_t i = 0; i < 9; i++)
		CU_ASSERT_EQUAL(base64_decode(str_z(bad[i]), out, sizeof out), SIZE_MAX);
	CU_ASSERT_EQUAL(base64_decode(CDT_STR("Zm8"), out, sizeof out), 2);
}

static void base62_is_the_number_in_its_digits(void)
{
	uint8_t max[32];
	char out[44] = { 0 };

	base62_encode("\x00\x3d", 2, out, 3);
	CU_ASSERT_STRING_EQUAL(out, "00z");
	base62_encode("\x00\x3e", 2, out, 3);
	CU_ASSERT_STRING_EQUAL(out, "010");
	base62_encode("\x01\x00\x00", 3, out, 3);        /* 65536 = 17*62*62 + 3*62 + 2 */
	CU_ASSERT_STRING_EQUAL(out, "H32");
	base62_encode("\x01\x00\x00", 3, out, 2);        /* modulo 62^2 */
	out[2] = '\0';
	CU_ASSERT_STRING_EQUAL(out, "32");
	memset(max, 0xff, sizeof max);
	base62_encode(max, sizeof max, out, 43);
	CU_ASSERT_STRING_EQUAL(out, "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
}

static void hex_is_read_as_it_is_written(void)
{
	static const char *const bad[] = { "", "00ff1", "00ff1g", "00FF10", "00ff100", "0-ff10" };
	uint8_t out[3];

	CU_ASSERT_TRUE(hex_read(CDT_STR("00ff1a"), out, sizeof out));
	CU_ASSERT(out[0] == 0 && out[1] == 0xff && out[2] == 0x1a);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CU_ASSERT_FALSE(hex_read(str_z(bad[i]), out, sizeof out));
}

static const struct unit_test tests[] = {
	{ "hex is read as it is written", hex_is_read_as_it_is_written },
	{ "sha256 gives the published values", sha256_gives_the_published_values },
	{ "hmac gives the values of RFC 4231", hmac_gives_the_values_of_rfc_4231 },
	{ "a prepared key gives the same", a_prepared_key_gives_the_same },
	{ "crc32 gives the check value", crc32_gives_the_check_value },
	{ "base64 gives the values of RFC 4648", base64_gives_the_values_of_rfc_4648 },
	{ "base64 without room says how much", base64_without_room_says_how_much },
	{ "what is no base64 is refused", what_is_no_base64_is_refused },
	{ "base62 is the number in its digits", base62_is_the_number_in_its_digits },
	{ NULL, NULL },
};
const struct unit_suite base_digest_suite = { "base/digest", tests };
