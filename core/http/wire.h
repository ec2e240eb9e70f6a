/* http/wire.h - what goes out to one client; bytes wait here while its socket is full.
 * Reading is sock_recv.  Knows no HTTP.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_WIRE_H
#define HTTP_WIRE_H
#include "base/sock.h"

#include <stdint.h>

struct evbuffer;

struct wire {
	struct sock sock;
	struct evbuffer *out;           /* what the socket did not take; made when needed */
	size_t pending;                 /* bytes in out */
	uint64_t sent;                  /* bytes that the socket took, ever */
	bool broken;                    /* writing failed: nothing will ever go out again */
};

/* Sends at once what the socket takes and keeps the rest, in order.  The vector is used up. */
void wire_put(struct wire *w, struct iovec *v, size_t count);
/* Sends what was kept; once the socket is writable again. */
void wire_flush(struct wire *w);
/* Says that we send no more.  Reading goes on, as raw bytes.  False: the socket is full; once
 * more when it is writable. */
bool wire_shut(struct wire *w);
/* The other side gets a reset instead of an end. */
void wire_abort(struct wire *w);
/* Frees all but the descriptor. */
void wire_fini(struct wire *w);

#endif
