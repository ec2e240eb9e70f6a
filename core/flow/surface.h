/* flow/surface.h - what a client API must provide; filled in by core/api, one table entry a
 * path.  The steps (steps.c) are the same for all of them.  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_SURFACE_H
#define FLOW_SURFACE_H
#include "base/buf.h"
#include "base/problem.h"
#include "canon/answer.h"
#include "canon/ask.h"

#include <stdbool.h>

struct exchange;
struct shelf_value;

enum {
	SURFACE_PUBLIC = 1,                    /* needs no key */
	/* Answers are of the type that the upstream says, or that relay_type was told; else
	 * they are JSON, or events. */
	SURFACE_TYPED = 2,
	/* An upstream that was asked for a stream may answer whole: native_whole makes events
	 * of it (x->ask.stream says when). */
	SURFACE_WHOLE_TOO = 4,
};

/* How problems look to clients of one dialect. */
struct dialect {
	const char *name;                      /* "x.chat": what provider_caps.dialects says */
	/* The whole body of an error answer. */
	void (*problem)(const struct problem *p, cdt_str request_id, struct buf *out);
	/* The same inside a stream that has begun. */
	void (*stream_problem)(const struct problem *p, cdt_str request_id, struct buf *out);
	/* The status of a problem, where it is not the problem's own.  NULL: always its own. */
	uint32_t (*status)(const struct problem *p);
	const char *const *own_members;        /* of the request: Conduit's, never forwarded */
	/* Of the request: headers that a provider may pass on, in small letters; ends with
	 * NULL.  NULL: none. */
	const char *const *passed_headers;
	/* A stream's last event says that it is whole; there is no mark behind it. */
	bool ends_by_event;
	/* Answers repeat who asked: what fingerprints leave out of other requests. */
	bool repeats_who_asked;
	/* What a silent stream is kept alive with, NULL: a comment. */
	const char *keep_alive;
};

/* How a request for many things, each of which is answered for itself, is taken apart, and its
 * answer put together. */
struct surface_items {
	const char *member;                    /* of the request: it holds them */
	/* The items in the value of that member, as JSON: how many.  items NULL: only counts.
	 * 0: there is no telling them apart, or they are more than max. */
	size_t (*split)(cdt_str value, cdt_str *items, size_t max);
	/* Each one's part of a whole answer to so many of them, in their order; they point
	 * into body.  CDT_E_UPSTREAM: it has not one for each. */
	cdt_status (*parts)(cdt_str body, cdt_str *parts, size_t count);
	/* A whole answer out of parts; tokens: of all of them. */
	cdt_status (*join)(struct exchange *x, const cdt_str *parts, size_t count,
	                   int64_t tokens, struct buf *out);
};

struct surface {
	const char *path;                      /* a trailing '/' takes everything below it */
	const char *method;                    /* "POST", "GET" (also answers HEAD) */
	uint32_t op;                           /* CDT_OP_..., or 0: answers by itself */
	uint32_t flags;                        /* SURFACE_... */
	const struct dialect *dialect;

	/* op 0: writes the body of the answer; sets x->status when it is not 200. */
	cdt_status (*answer)(struct exchange *x, struct buf *out);

	/* The others.  Reads the body into x->ask; CDT_E_INVALID with x->problem filled. */
	cdt_status (*decode)(struct exchange *x);
	/* The canonical document (sdk/canon); the caller owns it. */
	cdt_status (*canonical)(struct exchange *x, struct json **out);
	/* A whole answer, from a provider that was translated... */
	cdt_status (*whole)(struct exchange *x, struct answer *a, struct buf *out);
	/* ...or from one that speaks the dialect itself; takes what is not answer but usage
	 * off x->relay.seen. */
	cdt_status (*native_whole)(struct exchange *x, cdt_str body, struct buf *out);
	/* An answer of the surface's own, in the place of all: where not each of the model's
	 * targets speaks the dialect and does the operation, so that what one says need not
	 * hold for the others; or where the one that was asked has failed, and not because of
	 * the request.  NULL: the problem is told. */
	cdt_status (*instead)(struct exchange *x, struct buf *out);
	/* One event of a stream: appends finished SSE events, if any.  NULL: no streams. */
	cdt_status (*event)(struct exchange *x, const struct cdt_event *ev, struct buf *out);
	/* One frame of a native stream.  *meaningful: it holds what a user would see. */
	cdt_status (*native_frame)(struct exchange *x, const struct cdt_frame *f,
	                           struct buf *out, bool *meaningful);
	/* The stream is to end here, as at the limit of its answer: all but stream_end. */
	cdt_status (*cut)(struct exchange *x, struct buf *out);
	/* A whole answer out of a stream's frames (cache/kept.h), and frames out of a whole
	 * one, both as an upstream would have sent them.  NULL, NULL: who asks for a stream
	 * is not served with a whole answer, nor the other way round. */
	cdt_status (*gather)(cdt_str frames, struct buf *body);
	cdt_status (*scatter)(cdt_str body, struct buf *frames);
	/* A stream that has begun can not be whole; x->problem says why.  NULL: its dialect's
	 * stream_problem is all that it takes. */
	void (*broken)(struct exchange *x, struct buf *out);
	/* What is to be kept of the answer that relay_close has made, durable before it is
	 * sent.  False: nothing.  NULL: never anything. */
	bool (*remember)(struct exchange *x, struct shelf_value *out);
	const struct surface_items *items;     /* NULL: a request is answered as a whole */
	/* The stream ended well: what is still owed, and the end mark.  Once more is fine. */
	cdt_status (*stream_end)(struct exchange *x, struct buf *out);
};

#endif
