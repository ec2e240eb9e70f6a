/* fuzz/pieces.h - an input as bytes that come in pieces, whose sizes its first bytes choose.
 * SPDX-License-Identifier: MIT */
#ifndef FUZZ_PIECES_H
#define FUZZ_PIECES_H
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Takes what chooses off the input.  False: there is not enough. */
static inline bool pieces_take_seed(const uint8_t **input, size_t *size, uint32_t *seed)
{
	if (*size < sizeof *seed)
		return false;
	memcpy(seed, *input, sizeof *seed);
	*input += sizeof *seed;
	*size -= sizeof *seed;
	return true;
}

/* Of n bytes that are left, how many come next: 1..step, or all. */
static inline size_t pieces_next(size_t n, size_t step, uint32_t *seed)
{
	size_t piece = step < n ? 1 + (*seed >> 16) % step : n;

	*seed = *seed * 1103515245u + 12345u;
	return piece;
}

#endif
