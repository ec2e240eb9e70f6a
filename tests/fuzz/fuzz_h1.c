/* fuzz/fuzz_h1.c - what an answer of an upstream is must not depend on how its bytes came.
 * The first bytes of the input choose the pieces, the rest is the answer.
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "fetch/h1.h"
#include "fuzz/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

struct outcome {
	enum h1_part last;
	bool ends_here, keeps;
	uint32_t status, header_crc, body_crc;
	size_t header_count, body_bytes, used;
	char body[4096];
};

static void add_headers(struct outcome *o, const struct h1_found *found)
{
	o->header_count = found->header_count;
	for (size_t i = 0; i < found->header_count; i++)
		o->header_crc = o->header_crc * 31 + crc32_of(found->header[i].name) * 7 +
		                crc32_of(found->header[i].value);
}

/* Takes one piece, from a copy of its own, so that reading past it is seen. */
static void feed(struct h1 *h, struct outcome *o, const uint8_t *p, size_t n)
{
	char *copy = malloc(n), *at = copy;
	size_t left = n;
	struct h1_found found;

	memcpy(copy, p, n);
	do {
		o->last = h1_next(h, &at, &left, &found);
		if (at != copy + n - left)
			abort();
		if (o->last == H1_HEAD) {
			if (o->header_count || o->body_bytes || h->status < 200)
				abort();
			o->status = h->status;
			add_headers(o, &found);
		}
		if (o->last == H1_BODY) {
			if (!found.body.n || o->body_bytes + found.body.n > sizeof o->body)
				abort();
			memcpy(o->body + o->body_bytes, found.body.p, found.body.n);
			o->body_bytes += found.body.n;
		}
	} while (o->last == H1_HEAD || o->last == H1_BODY);
	if (o->last == H1_MORE && left)
		abort();
	o->used += n - left;
	free(copy);
}

/* Pieces of 1..step bytes. */
static struct outcome run(const uint8_t *p, size_t n, size_t step, uint32_t seed)
{
	struct outcome o = { .last = H1_MORE };
	struct h1 h;

	h1_init(&h);
	h1_begin(&h, false);
	while (n && o.last == H1_MORE) {
		size_t piece = pieces_next(n, step, &seed);

		feed(&h, &o, p, piece);
		p += piece;
		n -= piece;
	}
	o.ends_here = h1_ends_here(&h);
	o.keeps = h.keeps;
	o.body_crc = crc32_of((cdt_str){ o.body, o.body_bytes });
	h1_fini(&h);
	return o;
}

static void same(const struct outcome *a, const struct outcome *b)
{
	if (a->last != b->last || a->status != b->status ||
	    a->header_count != b->header_count || a->header_crc != b->header_crc)
		abort();
	if (a->last == H1_BAD)         /* what came before it in its piece is not shown */
		return;
	if (a->body_bytes != b->body_bytes || a->body_crc != b->body_crc ||
	    a->used != b->used || a->ends_here != b->ends_here || a->keeps != b->keeps)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct outcome whole, other;
	uint32_t seed;

	if (!pieces_take_seed(&input, &size, &seed))
		return 0;
	whole = run(input, size, SIZE_MAX, 0);
	other = run(input, size, 1, 0);
	same(&whole, &other);
	other = run(input, size, 2 + seed % 64, seed);
	same(&whole, &other);
	return 0;
}
