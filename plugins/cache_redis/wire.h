/* cache_redis/wire.h - bytes to and from one server: a socket, with TLS or without.  Never
 * blocks.  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_REDIS_WIRE_H
#define CACHE_REDIS_WIRE_H
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <openssl/ssl.h>

struct wire {
	int fd;                        /* -1: closed */
	SSL *ssl;
	bool connected;
	bool wants_write;              /* TLS has to send before it can go on */
};

enum { WIRE_GONE = -1, WIRE_AGAIN = 0, WIRE_DONE = 1 };

/* tls: NULL for none.  host: whose certificate it must be. */
bool wire_open(struct wire *w, const struct sockaddr_storage *to, socklen_t to_n);
bool wire_secure(struct wire *w, SSL_CTX *tls, const char *host);
void wire_close(struct wire *w);
/* The socket can be written to, or TLS goes on; *why for WIRE_GONE. */
int wire_join(struct wire *w, const char **why);
/* Bytes, WIRE_AGAIN or WIRE_GONE. */
ssize_t wire_read(struct wire *w, void *out, size_t room);
ssize_t wire_write(struct wire *w, const struct iovec *v, size_t count);
/* Bytes that no poll will tell about. */
bool wire_pending(const struct wire *w);

/* How we do TLS, from files; NULL and *why: it cannot be.  ca, cert, key: "" for none. */
SSL_CTX *wire_tls_new(const char *ca, const char *cert, const char *key, const char **why);

#endif
