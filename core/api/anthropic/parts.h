/* api/anthropic/parts.h - what a translated stream has open, and what waits.  Private to the
 * folder.
 * SPDX-License-Identifier: MIT */
#ifndef API_ANTHROPIC_PARTS_H
#define API_ANTHROPIC_PARTS_H
#include "api/anthropic/anthropic.h"

struct piece { cdt_str text; struct piece *next; };
struct pieces { struct piece *first, **last; };

/* A part of the answer.  Opaque values of a thought are told when it ends. */
struct stream_part {
	uint32_t index, kind;
	cdt_str id, name;
	struct pieces waiting, signature, redacted;
	bool closed;                   /* nothing more comes */
	bool given;                    /* a call: some of its arguments were shown */
	struct stream_part *next;      /* that waits */
};

struct messages_stream {
	cdt_str id, word;
	bool started, stopped, ended, tools, refused;
	uint32_t stop;
	int64_t blocks;                /* begun so far */
	struct stream_part *open;      /* its block is the last of them */
	struct stream_part *first, **last;     /* waiting for open to close */
	size_t part_count, kept_bytes;
};

/* The one of the event's index, and of its kind if it says one: open or waiting; or NULL. */
struct stream_part *messages_part_find(struct messages_stream *s, const struct cdt_event *ev);
/* Waits behind all others.  NULL: there are too many. */
struct stream_part *messages_part_new(struct exchange *x, struct messages_stream *s,
                                      const struct cdt_event *ev);
/* A copy at the end of to, which is told later. */
cdt_status messages_keep(struct exchange *x, struct messages_stream *s, struct pieces *to,
                         cdt_str text);
/* More of the part that is open. */
cdt_status messages_put_piece(struct messages_stream *s, struct stream_part *p, cdt_str text,
                              struct buf *out);
/* An event of the block that is open, up to what stands in its member inner. */
void messages_begin_block(const struct messages_stream *s, const char *type, const char *inner,
                          struct buf *out, struct jsonw *w);
/* Shows what waits, as far as it may be shown. */
cdt_status messages_go_on(struct exchange *x, struct messages_stream *s, struct buf *out);
/* Whatever is still open or waits ends here. */
cdt_status messages_finish_blocks(struct exchange *x, struct messages_stream *s,
                                  struct buf *out);
/* A block of text without any. */
cdt_status messages_put_empty(struct exchange *x, struct messages_stream *s, struct buf *out);

#endif
