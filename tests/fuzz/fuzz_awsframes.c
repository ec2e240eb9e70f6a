/* fuzz/fuzz_awsframes.c - messages of an event stream: borders of reads mean nothing, what a
 * frame says lies inside its message, and only whole messages come to a good end.
 * SPDX-License-Identifier: MIT */
#include "upstream/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/bigend.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/str.h"
#include "fuzz/pieces.h"
#include "upstream/awsframes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { SHOWN_MAX = 64 << 20, STEP = 24, PRELUDE = 8, LEAST = 16 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static cdt_status show(void *arg, const struct cdt_frame *frame)
{
	struct buf *b = arg;

	must(frame->event.n || frame->data.n || frame->flags);
	buf_print(b, "<%u %zu %zu ", frame->flags, frame->event.n, frame->data.n);
	buf_add(b, frame->event);
	buf_add_c(b, '|');
	buf_add(b, frame->data);
	return CDT_OK;
}

/* Guessing checksums is hopeless: each message that fits gets the right ones. */
static void repair(char *p, size_t n)
{
	while (n >= LEAST) {
		size_t total = (size_t)big_get(p, 4);

		big_put(p + PRELUDE, crc32_of((cdt_str){ p, PRELUDE }), 4);
		if (total < LEAST || total > n)
			return;
		big_put(p + total - 4, crc32_of((cdt_str){ p, total - 4 }), 4);
		p += total;
		n -= total;
	}
}

static cdt_status feed(cdt_str s, size_t step, uint32_t seed, struct buf *out)
{
	cdt_status st = CDT_OK;
	struct frames f;

	frames_init(&f, CDT_FRAMES_AWS);
	while (st == CDT_OK && s.n) {
		size_t n = pieces_next(s.n, step, &seed);
		char *piece = mem_resize(mem_text(s.p, n), n);  /* its very end is guarded */

		st = frames_feed(&f, (cdt_str){ piece, n }, show, out);
		mem_free(piece);
		s = str_skip(s, n);
	}
	if (st == CDT_OK)
		st = frames_close(&f, show, out);
	frames_fini(&f);
	return st;
}

static void check_places(cdt_str s)
{
	struct cdt_frame frame;
	size_t n = 1;

	while (n && awsframes_take(s, FRAME_MAX, &frame, &n) == CDT_OK && n) {
		must(n >= LEAST && n <= s.n && frame.data.n + frame.event.n <= n - LEAST);
		s = str_skip(s, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buf whole, pieces;
	uint32_t seed;
	cdt_status st;
	char *text;

	if (!pieces_take_seed(&bytes, &size, &seed))
		return 0;
	text = mem_text((const char *)bytes, size);
	if (seed & 3)
		repair(text, size);
	buf_init(&whole, SHOWN_MAX);
	buf_init(&pieces, SHOWN_MAX);
	st = feed((cdt_str){ text, size }, size + 1, seed, &whole);
	must(st == CDT_OK || st == CDT_E_UPSTREAM || st == CDT_E_LIMIT);
	must(feed((cdt_str){ text, size }, STEP, seed, &pieces) == st);
	must(str_eq(buf_str(&whole), buf_str(&pieces)));
	check_places((cdt_str){ text, size });
	buf_fini(&whole);
	buf_fini(&pieces);
	mem_free(text);
	return 0;
}
