/* usage/pack.c - writes and reads the bytes.  What they mean, others know.
 * SPDX-License-Identifier: MIT */
#include "usage/pack.h"

#include <string.h>

#include "base/str.h"

void pack_u64(struct packer *p, uint64_t v)
{
	if (p->end - p->at < PACK_NUMBER_MAX) {
		p->full = true;
		return;
	}
	for (; v > 0x7f; v >>= 7)
		*p->at++ = (char)(v | 0x80);
	*p->at++ = (char)v;
}

void pack_i64(struct packer *p, int64_t v)
{
	pack_u64(p, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

void pack_text(struct packer *p, cdt_str s, size_t max)
{
	size_t n = str_fit(s, max);

	pack_u64(p, n);
	if (p->full || (size_t)(p->end - p->at) < n) {
		p->full = true;
		return;
	}
	if (n)
		memcpy(p->at, s.p, n);
	p->at += n;
}

uint64_t unpack_long(struct unpacker *u)
{
	uint64_t v = 0;

	for (unsigned shift = 0; u->at < u->end && shift < 64; shift += 7) {
		uint8_t b = (uint8_t)*u->at++;

		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
	u->bad = true;
	return 0;
}

cdt_str unpack_text(struct unpacker *u)
{
	uint64_t n = unpack_u64(u);
	cdt_str s = { u->at, (size_t)n };

	if (u->bad || n > (uint64_t)(u->end - u->at)) {
		u->bad = true;
		return (cdt_str){ "", 0 };
	}
	u->at += n;
	return s;
}
