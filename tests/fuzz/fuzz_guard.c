/* fuzz/fuzz_guard.c - what the guard says of some bytes must not depend on how they came.
 * The first bytes of the input choose the pieces, the rest is the request.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/pieces.h"
#include "http/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

struct outcome { enum guard_verdict verdict; const char *why; size_t used; uint64_t body_n; };

static const struct http_limits limits = {
	.head_bytes = 1024, .headers = 8, .body_bytes = 4096,
};

/* Pieces of 1..step bytes, from a copy of its own each, so that reading past one is seen. */
static struct outcome feed(const uint8_t *p, size_t n, size_t step, uint32_t seed)
{
	struct outcome o = { GUARD_MORE, NULL, 0, 0 };
	struct guard g;

	guard_init(&g, &limits);
	while (n && g.verdict == GUARD_MORE) {
		size_t piece = pieces_next(n, step, &seed);
		char *copy = malloc(piece);
		size_t used;

		memcpy(copy, p, piece);
		used = guard_feed(&g, copy, piece);
		free(copy);
		if (used > piece || (used < piece && g.verdict == GUARD_MORE))
			abort();
		o.used += used;
		p += piece;
		n -= piece;
	}
	o.verdict = g.verdict;
	o.why = g.why;
	o.body_n = g.body_n;
	if (g.head_n > limits.head_bytes || (g.verdict == GUARD_WHOLE &&
	    (g.body_n > limits.body_bytes || !g.method || !g.target_n || guard_body_left(&g))))
		abort();
	return o;
}

static void same(struct outcome a, struct outcome b)
{
	if (a.verdict != b.verdict || a.why != b.why)
		abort();
	if (a.verdict <= GUARD_WHOLE && (a.used != b.used || a.body_n != b.body_n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct outcome whole;
	uint32_t seed;

	if (!pieces_take_seed(&input, &size, &seed))
		return 0;
	whole = feed(input, size, SIZE_MAX, 0);
	same(whole, feed(input, size, 1, 0));
	same(whole, feed(input, size, 2 + seed % 64, seed));
	/* A whole request needs nothing of what follows it. */
	if (whole.verdict == GUARD_WHOLE)
		same(whole, feed(input, whole.used, SIZE_MAX, 0));
	return 0;
}
