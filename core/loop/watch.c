/* loop/watch.c - tells when a descriptor can be read or written.  Reads and writes nothing.
 * SPDX-License-Identifier: MIT */
#include "loop/worker.h"

#include <event2/event.h>

#include "base/mem.h"

struct watch {
	struct worker *worker;
	struct event *event;
	void (*ready)(void *arg, uint32_t mask);
	void *arg;
	int fd;
};

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct watch *v = arg;

	(void)fd;
	v->ready(v->arg, (what & EV_READ ? WATCH_READ : 0u) |
	                 (what & EV_WRITE ? WATCH_WRITE : 0u));
}

struct watch *watch_new(struct worker *w, int fd, uint32_t mask,
                        void (*ready)(void *arg, uint32_t mask), void *arg)
{
	struct watch *v = mem_new(sizeof *v);

	v->worker = w;
	v->ready = ready;
	v->arg = arg;
	v->fd = fd;
	if (watch_set(v, mask) == CDT_OK)
		return v;
	watch_free(v);
	return NULL;
}

cdt_status watch_set(struct watch *v, uint32_t mask)
{
	short what = (short)((mask & WATCH_READ ? EV_READ : 0) |
	                     (mask & WATCH_WRITE ? EV_WRITE : 0));

	if (v->event)
		event_free(v->event);
	v->event = NULL;
	if (!what)
		return CDT_OK;
	v->event = event_new(worker_base(v->worker), v->fd, (short)(what | EV_PERSIST),
	                     on_ready, v);
	return v->event && !event_add(v->event, NULL) ? CDT_OK : CDT_E_INVALID;
}

void watch_free(struct watch *v)
{
	if (v && v->event)
		event_free(v->event);
	mem_free(v);
}
