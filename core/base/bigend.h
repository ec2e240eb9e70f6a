/* base/bigend.h - whole numbers as bytes, the high one first: in keys they sort as they count.
 * Pure functions; at most 8 bytes.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_BIGEND_H
#define BASE_BIGEND_H
#include "conduit/base.h"

static inline void big_put(char *at, uint64_t v, size_t bytes)
{
	for (size_t i = bytes; i-- > 0; v >>= 8)
		at[i] = (char)(v & 0xff);
}

static inline uint64_t big_get(const char *at, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | (uint8_t)at[i];
	return v;
}

#endif
