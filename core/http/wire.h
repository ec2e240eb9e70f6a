/* http/wire.h - one client's socket: bytes in, bytes out, plain or TLS.  Knows no HTTP.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_WIRE_H
#define HTTP_WIRE_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct evbuffer;
struct tls_session;

struct wire {
	int fd;
	struct tls_session *tls;        /* NULL: plain */
	struct evbuffer *out;           /* what the socket did not take; made when needed */
	size_t pending;                 /* bytes in out */
	uint64_t sent;                  /* bytes that the socket took, ever */
	bool broken;                    /* writing failed: nothing will ever go out again */
};

/* Besides a number of bytes.  0 from wire_recv: the other side will send no more. */
enum { WIRE_AGAIN = -1, WIRE_BROKEN = -2 };

ssize_t wire_recv(struct wire *w, void *p, size_t n);
/* More may be readable although the socket does not say so. */
bool wire_has_more(const struct wire *w);
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
