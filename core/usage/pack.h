/* usage/pack.h - numbers and texts as few bytes: seven bits of a number a byte.  Writers and
 * readers stay inside their bytes and remember that they could not go on.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef USAGE_PACK_H
#define USAGE_PACK_H
#include "conduit/base.h"

#include <stdbool.h>

enum { PACK_NUMBER_MAX = 10 };                 /* bytes of the largest number */

struct packer { char *at, *end; bool full; };
void pack_u64(struct packer *p, uint64_t v);
void pack_i64(struct packer *p, int64_t v);    /* small ones below 0 are short, too */
/* Its first max bytes; never half a character. */
void pack_text(struct packer *p, cdt_str s, size_t max);

struct unpacker { const char *at, *end; bool bad; };
uint64_t unpack_long(struct unpacker *u);      /* as unpack_u64, of any length */
/* 0 when bad. */
static inline uint64_t unpack_u64(struct unpacker *u)
{
	if (u->at < u->end && (uint8_t)*u->at < 0x80)
		return (uint8_t)*u->at++;              /* most are one byte */
	return unpack_long(u);
}
static inline int64_t unpack_i64(struct unpacker *u)
{
	uint64_t v = unpack_u64(u);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}
cdt_str unpack_text(struct unpacker *u);       /* lent from the bytes */

#endif
