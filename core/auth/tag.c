/* auth/tag.c - SipHash-2-4-128.
 * SPDX-License-Identifier: MIT */
#include "auth/tag.h"

#include <string.h>

static uint64_t rotl(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void rounds(uint64_t v[4], int count)
{
	for (int i = 0; i < count; i++) {
		v[0] += v[1];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[0] = rotl(v[0], 32);
		v[2] += v[3];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[2] = rotl(v[2], 32);
	}
}

static void take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

struct tag tag_under(const uint64_t key[2], cdt_str s)
{
	uint64_t v[4] = { 0x736f6d6570736575 ^ key[0], 0x646f72616e646f6d ^ key[1] ^ 0xee,
	                  0x6c7967656e657261 ^ key[0], 0x7465646279746573 ^ key[1] };
	uint64_t word, last = (uint64_t)s.n << 56;
	struct tag out;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&word, s.p + i, 8);             /* little endian, as the ABI demands */
		take(v, word);
	}
	for (int shift = 0; i < s.n; i++, shift += 8)
		last |= (uint64_t)(uint8_t)s.p[i] << shift;
	take(v, last);
	v[2] ^= 0xee;
	rounds(v, 4);
	out.half[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	rounds(v, 4);
	out.half[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
	return out;
}
