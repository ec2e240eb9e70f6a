/* http/wire.c - brings bytes to a socket, and keeps what it does not take.  Writes go straight
 * to it as long as nothing waits; evhttp's own way costs two more system calls and a
 * turn of the loop for each (performance.md 4.1).
 * SPDX-License-Identifier: MIT */
#include "http/wire.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <event2/buffer.h>

enum { FLUSH_PIECES = 16, FLUSH_TURNS = 16, TLS_RECORD_BYTES = 16384 };

/* Bytes taken; 0 when the socket is full. */
static size_t transmit(struct wire *w, struct iovec *v, size_t count)
{
	ssize_t n = sock_send(&w->sock, v, count);

	w->broken |= n == SOCK_BROKEN;
	if (n < 0)
		return 0;
	w->sent += (uint64_t)n;
	return (size_t)n;
}

static void keep(struct wire *w, const struct iovec *v, size_t count, size_t skip)
{
	if (!w->out)
		w->out = evbuffer_new();
	for (size_t i = 0; i < count; i++) {
		size_t n = v[i].iov_len;

		if (skip >= n) {
			skip -= n;
			continue;
		}
		if (!w->out || evbuffer_add(w->out, (char *)v[i].iov_base + skip, n - skip)) {
			w->broken = true;       /* no memory: this client pays for it */
			return;
		}
		w->pending += n - skip;
		skip = 0;
	}
}

void wire_put(struct wire *w, struct iovec *v, size_t count)
{
	size_t total = 0, took = 0;

	for (size_t i = 0; i < count; i++)
		total += v[i].iov_len;
	if (w->broken || !total)
		return;
	if (!w->pending)
		took = transmit(w, v, count);
	if (took < total && !w->broken)
		keep(w, v, count, took);
}

/* What waits longest.  OpenSSL must be asked again with at least the bytes that it did not
 * get rid of, in one piece: never more than one record. */
static size_t oldest(struct wire *w, struct iovec v[FLUSH_PIECES])
{
	int count;

	if (w->sock.tls) {
		v->iov_len = w->pending < TLS_RECORD_BYTES ? w->pending : TLS_RECORD_BYTES;
		v->iov_base = evbuffer_pullup(w->out, (ssize_t)v->iov_len);
		return v->iov_base ? 1 : 0;
	}
	count = evbuffer_peek(w->out, -1, NULL, v, FLUSH_PIECES);
	return count > FLUSH_PIECES ? FLUSH_PIECES : (size_t)count;
}

void wire_flush(struct wire *w)
{
	for (int turn = 0; turn < FLUSH_TURNS && w->pending && !w->broken; turn++) {
		struct iovec v[FLUSH_PIECES];
		size_t took = transmit(w, v, oldest(w, v));

		if (!took)
			return;
		(void)evbuffer_drain(w->out, took);     /* cannot fail: nobody froze it */
		w->pending -= took;
	}
}

bool wire_shut(struct wire *w)
{
	if (!sock_goodbye(&w->sock))
		return false;
	(void)shutdown(w->sock.fd, SHUT_WR);                 /* it may be gone already */
	return true;
}

void wire_abort(struct wire *w)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	/* For TCP: forget the connection and send a reset.  A unix socket just ends. */
	(void)connect(w->sock.fd, &none, sizeof none);
}

void wire_fini(struct wire *w)
{
	sock_fini(&w->sock);
	if (w->out)
		evbuffer_free(w->out);
	w->out = NULL;
	w->pending = 0;
}
