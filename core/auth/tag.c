/* auth/tag.c - SipHash-2-4-128.
 * SPDX-License-Identifier: MIT */
#include "auth/tag.h"

#include "base/siphash.h"

struct tag tag_under(const uint64_t key[2], cdt_str s)
{
	struct tag out;
	uint64_t v[4];

	sip_start(v, key);
	v[1] ^= 0xee;
	sip_take_text(v, s, 2);
	v[2] ^= 0xee;
	sip_rounds(v, 4);
	out.half[0] = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	sip_rounds(v, 4);
	out.half[1] = v[0] ^ v[1] ^ v[2] ^ v[3];
	return out;
}
