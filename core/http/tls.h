/* http/tls.h - TLS as the server's side.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H
#include "base/sock.h"
#include "http/server.h"

/* TLS from here on; the handshake is still to come.  False: no memory. */
bool http_tls_serve(struct http_tls *t, struct sock *s);

#endif
