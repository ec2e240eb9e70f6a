/* fetch/call.h - one request and its answer, as curl sees them.  Private to the room.
 * [its worker's thread only]
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_CALL_H
#define FETCH_CALL_H
#include "base/buf.h"
#include "base/list.h"
#include "fetch/fetch.h"
#include "fetch/multi.h"
#include "fetch/pool.h"

enum {
	ANSWER_HEADERS_MAX = 128, ANSWER_HEAD_MAX = 64 << 10,
	HEAD_KEPT = 8 << 10, BODY_KEPT = 16 << 10,     /* of buffers, between two calls */
	UPLOAD_MIN = 64 << 10, UPLOAD_MAX = 1 << 20,
	/* curl keeps a receive buffer for each open transfer: streams are many and slow. */
	READ_WHOLE = 16 << 10, READ_STREAMED = 2 << 10,
	LINES_MAX = OUTREQ_HEADERS_MAX + 2,            /* ours come after the request's own */
	LINES_MAX_BYTES = OUTREQ_HEAD_MAX + 8 * LINES_MAX + 64,
};

enum call_phase {
	CALL_CONNECTING,               /* nothing was sent yet */
	CALL_SENT,                     /* waiting for the head */
	CALL_BODY,                     /* the head was handed up */
	CALL_OVER,                     /* in end, or in the pool */
};

struct fetch_call {
	struct list link, later;       /* fetch.waiting or fetch.running or pool; fetch.later */
	struct fetch *fetch;
	CURL *easy;
	const struct outreq *req;
	const struct fetch_ops *ops;
	void *arg;
	struct timer timer;            /* the next of the deadlines */
	struct fetch_timeouts timeouts;
	uint64_t start_ms, connect_ms, moved_ms;       /* connect_ms: start, or start again */

	enum call_phase phase;
	bool added;                    /* in the multi */
	bool paused, in_body, resume_asked, cancelled;
	bool blocked;                  /* the address guard said no */
	bool answered;                 /* a line of an answer came */
	bool fresh;                    /* the handle is told to make a new connection */
	bool again;                    /* started anew on a new connection */
	bool reused;                   /* it went out on a connection that was there before */
	unsigned sends, opened, opened_before;
	enum fetch_end verdict;        /* ours, when it is not curl's: not FETCH_OK */

	uint32_t status;
	size_t line_count;
	struct buf head;               /* header lines of the answer, as they came */

	/* What the handle has been told; stays from call to call. */
	CURLU *parsed;
	struct buf url, lines, gathered;
	struct curl_slist line[LINES_MAX];
	char method[OUTREQ_METHOD_MAX + 1];
	bool with_body;
	const char *body;
	size_t body_bytes, upload_bytes, read_bytes;
	uint32_t curl_connect_ms;
	size_t piece, piece_at;        /* the reader of a large body */
};

struct fetch {
	struct worker *worker;
	struct multi multi;
	struct pool pool;
	struct list waiting;           /* for on_kick to add them to the multi */
	struct list running;
	struct list later;             /* was asked for while curl was on the stack */
	bool private_ok;
	struct fetch_counts counts;
};

/* Clears what belongs to one call. */
void fetch_call_begin(struct fetch_call *c, const struct outreq *req,
                const struct fetch_timeouts *t, uint64_t now_ms);
/* Sets the callbacks of a new handle.  False: curl refuses. */
bool call_bind(struct fetch_call *c);
/* Sets the timer to the next deadline; what that is depends on the phase. */
void call_arm(struct fetch_call *c, uint64_t now_ms);
/* FETCH_OK: none has passed. */
enum fetch_end call_late(const struct fetch_call *c, uint64_t now_ms);
enum fetch_end fetch_call_end(const struct fetch_call *c, CURLcode code);
/* Did it die on a connection that was dead already? */
bool call_was_stale(const struct fetch_call *c, CURLcode code);

/* fetch/request.c: tells the handle what the request is.  False: curl refuses, or there is
 * no memory. */
bool request_init(struct fetch_call *c);
bool request_dress(struct fetch_call *c);
/* Forgets secrets, and gives back what only big requests need. */
void request_undress(struct fetch_call *c);
void request_fini(struct fetch_call *c);

#endif
