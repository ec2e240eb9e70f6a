/* upstream/frames.h - cuts an upstream's answer into frames, whatever the borders of the reads.
 * The only SSE parser of the program.  One answer, one thread.
 * SPDX-License-Identifier: MIT */
#ifndef UPSTREAM_FRAMES_H
#define UPSTREAM_FRAMES_H
#include "base/buf.h"
#include "conduit/provider.h"

#include <stdbool.h>

enum { FRAME_MAX = 16 << 20, FRAMES_WHOLE_MAX = 64 << 20 };

struct frames {
	uint32_t kind;                 /* CDT_FRAMES_WHOLE, SSE, LINES, AWS or BYTES */
	struct buf held;               /* the beginning of a frame whose end has not come */
	size_t line_at, seen;  /* in held: start of the open line; bytes searched for its end */
	struct buf joined;             /* data of a frame that has several data lines */
	uint8_t bom;                   /* how much of a BOM has come, at the very beginning */
	bool started, done;            /* done: the end mark "[DONE]" came */
};

/* Anything but CDT_OK stops the feeding and is returned by it. */
typedef cdt_status frames_fn(void *arg, const struct cdt_frame *frame);

void frames_init(struct frames *f, uint32_t kind);
void frames_fini(struct frames *f);
/* CDT_E_LIMIT: a frame is larger than FRAME_MAX (a whole answer: FRAMES_WHOLE_MAX).
 * CDT_E_UPSTREAM: the framing itself is broken. */
cdt_status frames_feed(struct frames *f, cdt_str bytes, frames_fn *fn, void *arg);
/* The upstream closed in good order: what is held is the last frame, if it is one.
 * CDT_E_UPSTREAM: it was cut. */
cdt_status frames_close(struct frames *f, frames_fn *fn, void *arg);
/* What an answer of that content type is made of. */
uint32_t frames_kind_of(cdt_str content_type);

#endif
