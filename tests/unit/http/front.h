/* unit/http/front.h - a running front for the tests of this room, and a client to it.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_HTTP_FRONT_H
#define UNIT_HTTP_FRONT_H
#include <stdatomic.h>
#include <stdbool.h>

#include "http/server.h"

struct worker;

/* What its handler does depends on the path: see front.c. */
struct front {
	struct http_limits limits;              /* defaults, unless changed before start */
	const char *address;                    /* "127.0.0.1", unless changed */
	struct http_tls *tls;
	struct worker *worker;
	struct http_server *server;
	unsigned port;
	struct http_request *held;              /* of /hold; worker's thread only */
	size_t counted;
	atomic_size_t flooded;                  /* bytes of /flood so far */
	size_t flood;                           /* and in all */
	atomic_uint requests, gone, drained, refused, paused, peeked;
	atomic_int client_fd;                   /* of /peek: where its bytes must be seen */
	atomic_bool seen_at_once;
};

void front_init(struct front *f);
void front_start(struct front *f);
void front_stop(struct front *f);
/* Runs on the worker's thread; returns when it has run. */
void front_run(struct front *f, void (*run)(void *arg), void *arg);
size_t front_connections(struct front *f);
/* The held request is watched from now on.  [worker's thread] */
void front_watch(struct front *f);
/* The held request gets its answer. */
void front_release(struct front *f);
/* Waits until *n is at least want; false after three seconds. */
bool front_until(atomic_uint *n, unsigned want);

int front_connect(const struct front *f);
void front_connect_with(const struct front *f, int fd);
bool say(int fd, const char *text);
bool say_bytes(int fd, const void *p, size_t n);
/* Reads until the text has come, or the end, or three seconds; adds to what was heard. */
enum { HEARD_MAX = 1 << 20 };
struct heard { char *text; size_t n; bool ended; };
void heard_fini(struct heard *h);
bool hear(int fd, struct heard *h, const char *until);
bool hear_end(int fd, struct heard *h);
/* How often the text occurs. */
unsigned times(const struct heard *h, const char *text);
/* One connection: say, hear until the end, close.  True if all of that happened. */
bool ask(const struct front *f, const char *text, struct heard *h);

#endif
