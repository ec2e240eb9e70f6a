/* fetch/trust.h - TLS as the client's side: whom to believe, and sessions to go on with.
 * Private to the room.  [its worker's thread only]
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_TRUST_H
#define FETCH_TRUST_H
#include "base/sock.h"

struct ssl_session_st;

struct trust {
	struct ssl_ctx_st *ssl;        /* NULL: nobody is trusted */
};

/* ca_file: PEM; NULL for the system's.  Without certificates every handshake fails, and a
 * warning says why. */
void trust_init(struct trust *t, const char *ca_file);
void trust_fini(struct trust *t);

/* TLS on s with the upstream of that name or address, which its certificate must show.
 * *session: what an earlier connection left, or NULL; newer ones replace it there, so it must
 * outlive s.  False: refused. */
bool trust_secure(struct trust *t, struct sock *s, const char *host,
                  struct ssl_session_st **session);
/* After sock_shake said SOCK_BROKEN: a few words, for the log. */
const char *trust_why(const struct sock *s);
void trust_forget(struct ssl_session_st **session);

#endif
