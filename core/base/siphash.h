/* base/siphash.h - SipHash (Aumasson and Bernstein, 2012), the part that its variants share:
 * the caller sets up the state, and finishes it.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H
#include <string.h>

#include "conduit/base.h"

static inline uint64_t sip_rotl(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline void sip_rounds(uint64_t v[4], int count)
{
	for (int i = 0; i < count; i++) {
		v[0] += v[1];
		v[1] = sip_rotl(v[1], 13) ^ v[0];
		v[0] = sip_rotl(v[0], 32);
		v[2] += v[3];
		v[3] = sip_rotl(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = sip_rotl(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = sip_rotl(v[1], 17) ^ v[2];
		v[2] = sip_rotl(v[2], 32);
	}
}

static inline void sip_take(uint64_t v[4], uint64_t word, int rounds)
{
	v[3] ^= word;
	sip_rounds(v, rounds);
	v[0] ^= word;
}

/* The text, with so many rounds a word; its last word carries the length. */
static inline void sip_take_text(uint64_t v[4], cdt_str s, int rounds)
{
	uint64_t word, last = (uint64_t)s.n << 56;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		memcpy(&word, s.p + i, 8);             /* little endian, as the ABI demands */
		sip_take(v, word, rounds);
	}
	for (int shift = 0; i < s.n; i++, shift += 8)
		last |= (uint64_t)(uint8_t)s.p[i] << shift;
	sip_take(v, last, rounds);
}

static inline void sip_start(uint64_t v[4], const uint64_t key[2])
{
	v[0] = 0x736f6d6570736575 ^ key[0];
	v[1] = 0x646f72616e646f6d ^ key[1];
	v[2] = 0x6c7967656e657261 ^ key[0];
	v[3] = 0x7465646279746573 ^ key[1];
}

#endif
