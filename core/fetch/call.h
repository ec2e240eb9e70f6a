/* fetch/call.h - one request and its answer on the way.  Private to the room.
 * [its worker's thread only]
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_CALL_H
#define FETCH_CALL_H
#include "base/buf.h"
#include "fetch/h1.h"
#include "fetch/dial.h"
#include "fetch/pool.h"

enum {
	READ_BYTES = 64 << 10,         /* at once, into fetch.scratch */
	REQUEST_MAX = OUTREQ_URL_MAX + OUTREQ_HEAD_MAX + FETCH_GATHER_MAX + 1024,
	OUT_KEPT = 16 << 10,           /* of a call's buffer, between two calls */
};

enum call_phase {
	CALL_CONNECTING,               /* nothing was sent yet */
	CALL_SENT,                     /* sending, and waiting for the head */
	CALL_BODY,                     /* the head was handed up */
	CALL_OVER,                     /* in end, or spare */
};

struct fetch_call {
	struct list link, later;       /* fetch.running or fetch.spare; fetch.later */
	struct fetch *fetch;
	const struct fetch_ops *ops;
	void *arg;
	struct timer timer;            /* the next of the deadlines */
	struct fetch_timeouts timeouts;
	uint64_t start_ms, connect_ms, moved_ms;       /* connect_ms: start, or start again */

	enum call_phase phase;
	bool inside;                   /* head or body is being called */
	bool paused, resume_asked, cancelled;
	bool streamed;                 /* its answer may be open for minutes */
	bool answered;                 /* a byte of an answer came */
	bool excess;                   /* more came than the answer: bytes of nobody */
	bool reused;                   /* the connection had answered another call */
	bool asks_head;                /* so the answer has no body, whatever it says */
	bool again;                    /* started anew on a new connection */
	bool done;                     /* for fetch.later: the answer was whole */
	enum fetch_end verdict;        /* for fetch.later: how it failed; FETCH_OK: not yet */

	struct origin *origin;
	struct dial *dial;
	struct upconn *conn;

	const struct outreq *req;      /* looked at only while large is set */
	bool large;                    /* the body is not in out */
	struct buf out;                /* head and body, or head */
	size_t sent, total;            /* bytes of head and body */

	struct h1 answer;
	struct buf held;               /* what the receiver refused while paused */
};

struct fetch {
	struct worker *worker;
	struct dialer *dialer;
	struct pool pool;
	struct list running, spare;
	struct list later;             /* calls to go on with outside of any callback */
	struct event *kick;            /* looks after these */
	size_t spare_count;
	struct fetch_counts counts;
	char scratch[READ_BYTES];
};

/* Forgets what was, but not buffers. */
void fetch_call_begin(struct fetch_call *c, const struct fetch_timeouts *t, uint64_t now_ms);
/* Sets the timer to the next deadline; what that is depends on the phase. */
void call_arm(struct fetch_call *c, uint64_t now_ms);
/* FETCH_OK: none has passed. */
enum fetch_end call_late(const struct fetch_call *c, uint64_t now_ms);

/* What became of a call that has read, or been resumed. */
enum call_turn {
	CALL_GOES_ON,
	CALL_DROPPED,                  /* cancelled by its receiver: nobody is told */
	CALL_DONE,                     /* whole */
	CALL_FAILED,                   /* the verdict says how */
	CALL_STALE,                    /* the connection was dead: to be sent again */
};
/* Reads what is there and hands it up. */
enum call_turn call_read(struct fetch_call *c);
/* Hands up again what was refused. */
enum call_turn call_go_on(struct fetch_call *c);

/* fetch/request.c.  False: no memory. */
bool request_write(struct fetch_call *c, const struct outreq *req);
/* Sends what the connection takes, and again when it takes more. */
void request_send(struct fetch_call *c);
/* Wipes it, secrets and all. */
void request_forget(struct fetch_call *c);

#endif
