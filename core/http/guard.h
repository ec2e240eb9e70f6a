/* http/guard.h - the gate in front of evhttp: reads the raw bytes of one request and says
 * where it ends, or that it must be refused.  Accepts only what every strict HTTP/1.1 server
 * reads in the same way, so that nobody in front of us can be led to see another request
 * than we do.  A pure state machine: no clock, no socket, no libevent, no allocation.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H
#include "http/server.h"

enum guard_verdict {
	GUARD_MORE,                     /* fine so far; the request goes on */
	GUARD_WHOLE,                    /* this was its last byte */
	GUARD_MALFORMED,                /* 400 */
	GUARD_HEAD_TOO_LARGE,           /* 431 */
	GUARD_BODY_TOO_LARGE,           /* 413 */
	GUARD_EXPECTATION,              /* 417 */
};

enum { GUARD_NAME_MAX = 63, GUARD_VALUE_MAX = 255, GUARD_TARGET_KEPT = 48 };

struct guard {
	const struct http_limits *limits;
	enum guard_verdict verdict;
	const char *why;                /* a sentence for the client, once refused */
	const char *method;             /* one of ours, once its blank was seen; else NULL */
	uint8_t state, minor;           /* minor: 0 or 1 of HTTP/1.x */
	uint8_t at;                     /* progress within a fixed word */
	uint8_t field;                  /* which header this line is; see http/fields.h */
	uint32_t seen;                  /* bit for each of them that came */
	bool chunked, close, keep_alive, expects;
	bool target_done, head_done;
	size_t head_n, headers;         /* bytes and lines of the head so far */
	size_t target_at, target_n;     /* where the request target is, from the first byte */
	size_t name_n, value_n;
	uint64_t body_max;              /* once the head is done */
	uint64_t left;                  /* of the body (Content-Length), or of the chunk */
	uint64_t body_n;                /* bytes of the body, as announced so far */
	uint64_t body_seen;             /* raw bytes after the head, chunk lines included */
	uint64_t framing_n;             /* bytes spent on chunk lines */
	char name[GUARD_NAME_MAX + 1], value[GUARD_VALUE_MAX + 1];
	char target[GUARD_TARGET_KEPT]; /* its beginning */
};

/* Before each request.  limits is borrowed. */
void guard_init(struct guard *g, const struct http_limits *limits);
/* Reads on; returns how many of the n bytes belong to this request.  Fewer than n only when
 * the verdict is no longer GUARD_MORE. */
size_t guard_feed(struct guard *g, const char *p, size_t n);
/* Bytes of a Content-Length body that are still to come; 0 while the head goes on. */
uint64_t guard_body_left(const struct guard *g);
/* May the connection serve another request, as far as the client is concerned? */
bool guard_keeps(const struct guard *g);

#endif
