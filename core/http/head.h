/* http/head.h - the text of a request's head and where its headers are.  evhttp is shown only
 * the lines that decide about framing: it copies each header twice, and clients send many.
 * Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H
#include "base/buf.h"

struct evbuffer;

enum { HEAD_LINES_MAX = 64, HEAD_KEPT_BYTES = 4096 };

struct head {
	/* As it came, capped by the guard; behind it, once closed, where its lines are. */
	struct buf text;
	size_t lines_at, count;
};

void head_init(struct head *h, size_t cap_bytes);
void head_fini(struct head *h);
/* Before each request; large memory is given back. */
void head_clear(struct head *h);
/* Nobody asks for a header any more: gives its memory back. */
void head_drop(struct head *h);
/* The guard has passed the whole of text: finds the headers, and appends to out what evhttp is
 * to see. */
cdt_status head_close(struct head *h, struct evbuffer *out);
/* The one of that name (any case) after `skip` others of it, or {NULL,0}. */
cdt_str head_find(const struct head *h, const char *name, size_t skip);

#endif
