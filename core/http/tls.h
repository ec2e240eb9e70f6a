/* http/tls.h - one TLS connection over a non-blocking socket.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H
#include "http/server.h"

#include <sys/types.h>
#include <sys/uio.h>

struct tls_session;

/* As the server's side, handshake still to come.  NULL without memory. */
struct tls_session *tls_open(struct http_tls *t, int fd);
/* Tells the other side that this is the end.  False: the socket is full, try again. */
bool tls_goodbye(struct tls_session *s);
void tls_close(struct tls_session *s);
/* Results as in http/wire.h. */
ssize_t tls_recv(struct tls_session *s, void *p, size_t n);
ssize_t tls_send(struct tls_session *s, const struct iovec *v, size_t count);
bool tls_has_more(const struct tls_session *s);

#endif
