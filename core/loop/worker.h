/* loop/worker.h - one thread with one event loop.  Everything that lives on a worker is
 * touched by its thread only; other threads send it a message (worker_post).
 * SPDX-License-Identifier: MIT */
#ifndef LOOP_WORKER_H
#define LOOP_WORKER_H
#include "conduit/base.h"

#include <stdbool.h>

struct event;
struct event_base;
struct worker;

/* Makes the loop; its thread comes with worker_start.  number: 0, 1, 2... */
struct worker *worker_new(unsigned number);
/* After worker_join (or when it never started).  NULL is fine. */
void worker_free(struct worker *w);

/* Runs the loop on a thread of its own, or (worker_run) on the calling one, until
 * worker_stop. */
cdt_status worker_start(struct worker *w);
void worker_run(struct worker *w);
void worker_stop(struct worker *w);                                   /* [any thread] */
void worker_join(struct worker *w);

/* run(arg) happens soon on the worker's thread, in the order of the posts of one thread.
 * Never refused: callers bound what they post.  [any thread] */
void worker_post(struct worker *w, void (*run)(void *arg), void *arg);

unsigned worker_number(const struct worker *w);
struct worker *worker_here(void);                  /* whose loop runs on this thread, or NULL */
bool worker_is_here(const struct worker *w);        /* is the caller on its thread? [any] */
/* For rooms that speak libevent themselves: http, fetch. */
struct event_base *worker_base(struct worker *w);

/* Its version. */
const char *worker_library(void);

/* A timer that is cheap to push back: moving the deadline later costs one store.
 * Granularity about 1 ms.  Embedded by its owner; zeroed is a fine stopped timer. */
struct timer {
	struct event *event;
	struct worker *worker;
	void (*fire)(void *arg);
	void *arg;
	uint64_t due_ms, armed_ms;         /* clock_ms; 0 = stopped / not armed */
};
void timer_init(struct timer *t, struct worker *w, void (*fire)(void *arg), void *arg);
void timer_set(struct timer *t, uint64_t now_ms, uint64_t in_ms);     /* again: replaces */
void timer_stop(struct timer *t);
void timer_fini(struct timer *t);

/* Readiness of a descriptor that somebody else opened and closes (sockets of plugins).
 * ready may free the watch.  NULL, CDT_E_INVALID: the kernel does not watch that one. */
enum { WATCH_READ = 1, WATCH_WRITE = 2 };
struct watch;
struct watch *watch_new(struct worker *w, int fd, uint32_t mask,
                        void (*ready)(void *arg, uint32_t mask), void *arg);
cdt_status watch_set(struct watch *v, uint32_t mask);       /* 0: neither */
void watch_free(struct watch *v);           /* before fd is closed; NULL is fine */

#endif
