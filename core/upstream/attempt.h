/* upstream/attempt.h - one try at one upstream: asks the provider for a request, sends it, cuts
 * the answer into frames, lets the provider read them, and says how it ended.  Decides nothing
 * about other tries.  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef UPSTREAM_ATTEMPT_H
#define UPSTREAM_ATTEMPT_H
#include "canon/ask.h"
#include "fetch/fetch.h"
#include "fetch/outreq.h"
#include "plugin/provider.h"

struct attempt;

struct attempt_order {
	struct worker *worker;
	struct fetch *fetch;
	struct instance_self *self;
	const char *xid;                       /* of the exchange */
	struct arena *arena;                   /* lives longer than the attempt */
	const struct ask *ask;
	uint32_t op;                           /* ask's, or what stands in for it */
	cdt_str dialect;                       /* of the client */
	cdt_val doc;                           /* canonical, or the client's own when native */
	bool native;
	bool stream;                           /* the answer is to come in pieces; */
	bool whole_too;                        /* but one that comes whole is fine */
	uint32_t number;                       /* 1, 2, 3... of this exchange */
	bool strict;                           /* what the provider can not do is refused */
	int64_t max_output;                    /* see cdt_request; 0 = as doc says */
	cdt_str model, base_url, secret;
	cdt_str traceparent, tracestate;       /* for the upstream; "" = it is not told */
	/* Of a stream, first_byte_ms is until the first event that means something. */
	struct fetch_timeouts timeouts;
};

/* In clock_us; 0 = has not happened. */
struct attempt_times { uint64_t start_us, head_us, first_us, last_us; };

enum attempt_stage { ATTEMPT_TOKEN, ATTEMPT_BUILD, ATTEMPT_SEND, ATTEMPT_ANSWER };

struct attempt_end {
	bool ok;
	enum attempt_stage stage;              /* how far it came */
	enum fetch_end fetch;
	uint32_t http_status;                  /* 0 = no answer */
	struct cdt_error error;                /* when not ok; strings live in the arena */
	struct attempt_times times;
	/* Members that the provider left out of the request; in the arena. */
	const cdt_str *dropped;
	size_t dropped_count;
	/* Left for this credential, as its headers say; -1 = not said. */
	struct { int64_t requests, tokens, reset_ms; } headroom;
};

/* Never called from inside attempt_start. */
struct attempt_ops {
	/* A good answer begins: its Content-Type, and the kind of its frames. */
	void (*head)(void *arg, cdt_str type, uint32_t frames);
	/* What the provider read.  Anything but CDT_OK ends the attempt. */
	cdt_status (*event)(void *arg, const struct cdt_event *ev);
	/* Native only: one frame as the upstream wrote it, after the provider saw it.  NULL:
	 * the stream was closed in good order but without the end mark "[DONE]". */
	cdt_status (*frame)(void *arg, const struct cdt_frame *frame);
	/* Everything that has come so far was handed over.  False: take no more until
	 * attempt_resume. */
	bool (*flush)(void *arg);
	/* Always last, once; the attempt is gone.  Not after attempt_cancel. */
	void (*end)(void *arg, const struct attempt_end *end);
};

/* NULL: the arena is full, and nothing will be called. */
struct attempt *attempt_start(const struct attempt_order *o, const struct attempt_ops *ops,
                              void *arg);
/* Its document is still to be read: it must live until the attempt ends. */
bool attempt_needs_order(const struct attempt *a);
/* What has come means something: of a stream, the wait for its first token is over.  Also from
 * inside a callback; once more is fine. */
void attempt_shows(struct attempt *a);
void attempt_resume(struct attempt *a);
/* The members that the provider left out of the request; they live in the arena. */
size_t attempt_dropped(const struct attempt *a, const cdt_str **names);
/* How far it has come: its times, and the status or 0. */
void attempt_progress(const struct attempt *a, struct attempt_times *times,
                      uint32_t *http_status);
/* What would be sent, to nobody: show gets the request, or why the provider refuses to make
 * one.  Both live until it returns. */
void attempt_preview(const struct attempt_order *o,
                     void (*show)(void *arg, const struct outreq *r,
                                  const struct cdt_error *refused), void *arg);
/* Closes the upstream at once.  NULL is fine.  From the loop, not from inside a callback of
 * the attempt. */
void attempt_cancel(struct attempt *a);

#endif
