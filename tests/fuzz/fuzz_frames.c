/* fuzz/fuzz_frames.c - however a stream is cut into reads, the same frames come of it, and none
 * is the end mark.
 * SPDX-License-Identifier: MIT */
#include "upstream/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { SHOWN_MAX = 64 << 20 };

static void must(bool holds)
{
	if (!holds)
		abort();
}

static cdt_status show_whole(void *arg, const struct cdt_frame *frame)
{
	struct buf *b = arg;

	buf_print(b, "<%zu %zu ", frame->event.n, frame->data.n);
	buf_add(b, frame->event);
	buf_add_c(b, '|');
	buf_add(b, frame->data);
	return CDT_OK;
}

static cdt_status show(void *arg, const struct cdt_frame *frame)
{
	must(!str_is(str_trim(frame->data), "[DONE]"));
	return show_whole(arg, frame);
}

/* Pieces of which each begins where the cuts say: a cut's low bits are the piece's length. */
static bool feed(uint32_t kind, cdt_str text, cdt_str cuts, struct buf *out)
{
	frames_fn *fn = kind == CDT_FRAMES_WHOLE ? show_whole : show;
	struct frames f;
	size_t at = 0, i = 0;
	bool done;

	frames_init(&f, kind);
	while (at < text.n) {
		size_t n = cuts.n ? (size_t)((uint8_t)cuts.p[i++ % cuts.n] % 32) + 1 : text.n;
		char *piece;

		n = n < text.n - at ? n : text.n - at;
		piece = mem_text(text.p + at, n);              /* its very end is guarded */
		must(frames_feed(&f, (cdt_str){ piece, n }, fn, out) == CDT_OK);
		mem_free(piece);
		at += n;
	}
	must(frames_close(&f, fn, out) == CDT_OK);
	done = f.done;
	frames_fini(&f);
	return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const uint32_t kinds[] = { CDT_FRAMES_SSE, CDT_FRAMES_LINES, CDT_FRAMES_WHOLE };
	struct buf whole, pieces;
	cdt_str cuts, text;
	uint32_t kind;
	bool done;

	if (size < 2)
		return 0;
	/* The first byte: the kind, and how many bytes of cuts follow. */
	kind = kinds[bytes[0] % 3];
	cuts = (cdt_str){ (const char *)bytes + 1, (size_t)(bytes[0] / 3 % 8) + 1 };
	if (cuts.n > size - 1)
		return 0;
	text = (cdt_str){ cuts.p + cuts.n, size - 1 - cuts.n };
	buf_init(&whole, SHOWN_MAX);
	buf_init(&pieces, SHOWN_MAX);
	done = feed(kind, text, (cdt_str){ NULL, 0 }, &whole);
	must(feed(kind, text, cuts, &pieces) == done);
	must(str_eq(buf_str(&whole), buf_str(&pieces)));
	buf_fini(&whole);
	buf_fini(&pieces);
	return 0;
}
