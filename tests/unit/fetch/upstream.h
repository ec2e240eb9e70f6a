/* unit/fetch/upstream.h - an upstream whose answers a test writes: real sockets, a thread a
 * connection.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_FETCH_UPSTREAM_H
#define UNIT_FETCH_UPSTREAM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UPSTREAM_HEAD_MAX = 128 << 10 };

/* One connection, and the request that it carries at the moment. */
struct peer {
	struct upstream *upstream;
	int fd;
	void *tls;                     /* an SSL, or NULL */
	unsigned number;               /* of its requests so far */
	unsigned commands;             /* of the upstream that it has followed */
	char head[UPSTREAM_HEAD_MAX + 1];
	size_t head_bytes, body_bytes;
	uint32_t body_crc;
	char *extra;                   /* what was read beyond the head */
	size_t extra_bytes;
};
enum after { KEEP, CLOSE, RESET };     /* CLOSE ends TLS, too; RESET does not */
typedef enum after serve_fn(struct peer *p);

struct upstream;
/* cert_file: PEM with key and certificate, then it speaks TLS; or NULL. */
struct upstream *upstream_new(serve_fn *serve, const char *cert_file);
void upstream_free(struct upstream *u);
unsigned upstream_port(const struct upstream *u);
unsigned upstream_accepted(struct upstream *u);         /* connections so far */
unsigned upstream_open(struct upstream *u);             /* now */
unsigned upstream_requests(struct upstream *u);
size_t upstream_plain_bytes(struct upstream *u);        /* read, after decryption */
/* From now on it answers when it has read the head; it never reads a body. */
void upstream_answer_early(struct upstream *u);
/* Ends all connections (none may be in the middle of an answer); returns when that is done. */
void upstream_end_idle(struct upstream *u, enum after how);
/* Writes text to each. */
void upstream_tell_idle(struct upstream *u, const char *text);

void peer_say(struct peer *p, const char *text);
void peer_send(struct peer *p, const void *bytes, size_t n);
void peer_sleep(struct peer *p, unsigned ms);           /* less when the upstream ends */
bool peer_sees_end(struct peer *p, unsigned within_ms); /* did the client hang up? */
bool peer_resumed(const struct peer *p);                /* an earlier TLS session */
/* The value of a request header, or "" (valid until the next call for this peer). */
const char *peer_header(struct peer *p, const char *name);

/* Writes a key with a self-made certificate for that name (also as an IP address when it is
 * one) to path. */
void upstream_make_cert(const char *path, const char *name);

#endif
