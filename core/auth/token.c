/* auth/token.c - the text of a key: condt_<id>_<secret><crc>.  Whether it opens anything is
 * keyring.c's affair.
 * SPDX-License-Identifier: MIT */
#include "auth/key.h"

#include <string.h>

#include "base/rand.h"
#include "base/str.h"

enum { PREFIX_SIZE = 6, RANDOM_SIZE = 43, CRC_SIZE = 6, BODY_SIZE = KEY_TEXT_SIZE - CRC_SIZE };
enum { ID_BYTES = 9, SECRET_BYTES = 32 };

static const char prefix[] = "condt_";

static void put_crc(cdt_str body, char out[CRC_SIZE])
{
	uint32_t crc = crc32_of(body);
	const uint8_t big_endian[4] = { (uint8_t)(crc >> 24), (uint8_t)(crc >> 16),
	                                (uint8_t)(crc >> 8), (uint8_t)crc };

	base62_encode(big_endian, sizeof big_endian, out, CRC_SIZE);
}

static bool is_base62(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z'))
			return false;
	}
	return true;
}

void key_text_make(char id[KEY_ID_SIZE + 1], char text[KEY_TEXT_SIZE + 1])
{
	uint8_t bytes[SECRET_BYTES];

	if (!id[0]) {
		rand_bytes(bytes, ID_BYTES);
		base62_encode(bytes, ID_BYTES, id, KEY_ID_SIZE);
		id[KEY_ID_SIZE] = '\0';
	}
	memcpy(text, prefix, PREFIX_SIZE);
	memcpy(text + PREFIX_SIZE, id, KEY_ID_SIZE);
	text[PREFIX_SIZE + KEY_ID_SIZE] = '_';
	rand_bytes(bytes, sizeof bytes);
	base62_encode(bytes, sizeof bytes, text + BODY_SIZE - RANDOM_SIZE, RANDOM_SIZE);
	explicit_bzero(bytes, sizeof bytes);
	put_crc(str_from(text, BODY_SIZE), text + BODY_SIZE);
	text[KEY_TEXT_SIZE] = '\0';
}

bool key_text_check(cdt_str text, cdt_str *id)
{
	char crc[CRC_SIZE];
	cdt_str found;

	if (text.n != KEY_TEXT_SIZE || !str_starts(text, prefix))
		return false;
	found = str_from(text.p + PREFIX_SIZE, KEY_ID_SIZE);
	if (!is_base62(found) || found.p[KEY_ID_SIZE] != '_' ||
	    !is_base62(str_skip(text, PREFIX_SIZE + KEY_ID_SIZE + 1)))
		return false;
	put_crc(str_from(text.p, BODY_SIZE), crc);
	if (memcmp(crc, text.p + BODY_SIZE, CRC_SIZE) != 0)
		return false;
	*id = found;
	return true;
}
