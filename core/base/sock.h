/* base/sock.h - one connected, non-blocking socket: bytes in, bytes out, plain or TLS.  Does
 * not own the descriptor; knows nothing of what is said.  One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_SOCK_H
#define BASE_SOCK_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct ssl_st;
struct ssl_ctx_st;

struct sock {
	int fd;
	struct ssl_st *tls;             /* NULL: plain */
	bool tls_failed;                /* then it must not say goodbye */
};

/* Besides a number of bytes.  0 from sock_recv: the other side will send no more. */
enum { SOCK_AGAIN = -1, SOCK_BROKEN = -2 };

/* What both sides want of a context: TLS 1.2 at least, and what the functions below need. */
bool sock_set_options(struct ssl_ctx_st *as);
/* TLS from here on; the handshake comes with the first bytes, or with sock_shake.  The side
 * that it takes is the caller's to set in s->tls.  False: no memory, and still plain. */
bool sock_secure(struct sock *s, struct ssl_ctx_st *as);
/* Goes on with the handshake.  0: done; SOCK_AGAIN: when there is something to read;
 * SOCK_BROKEN: the reason is in OpenSSL's queue and in the verify result. */
int sock_shake(struct sock *s);

ssize_t sock_recv(struct sock *s, void *p, size_t n);
/* More may be readable although the descriptor does not say so. */
bool sock_has_more(const struct sock *s);
/* Small pieces leave together. */
ssize_t sock_send(struct sock *s, struct iovec *v, size_t count);
/* Ends TLS, telling the other side; plain from here on.  False: the descriptor is full, try
 * again. */
bool sock_goodbye(struct sock *s);
/* Forgets TLS; a goodbye goes out if there is room. */
void sock_fini(struct sock *s);

#endif
