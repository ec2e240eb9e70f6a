/* loop/timer.c - deadlines that are moved far more often than they pass.  A timer that is
 * pushed back keeps its event where it is; when that fires too early it is armed again.
 * SPDX-License-Identifier: MIT */
#include "loop/worker.h"

#include <stdlib.h>

#include <event2/event.h>

#include "base/clock.h"

static void arm(struct timer *t, uint64_t now_ms)
{
	uint64_t in_ms = t->due_ms > now_ms ? t->due_ms - now_ms : 0;
	struct timeval tv = { (time_t)(in_ms / 1000), (suseconds_t)(in_ms % 1000) * 1000 };

	t->armed_ms = now_ms + in_ms;
	if (event_add(t->event, &tv))
		abort();               /* libevent has no memory left for its heap */
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
	struct timer *t = arg;
	uint64_t now_ms = clock_ms();

	(void)fd, (void)what;
	t->armed_ms = 0;
	if (!t->due_ms)
		return;
	if (now_ms < t->due_ms) {
		arm(t, now_ms);
		return;
	}
	t->due_ms = 0;
	t->fire(t->arg);
}

void timer_init(struct timer *t, struct worker *w, void (*fire)(void *arg), void *arg)
{
	*t = (struct timer){ .worker = w, .fire = fire, .arg = arg };
}

void timer_set(struct timer *t, uint64_t now_ms, uint64_t in_ms)
{
	t->due_ms = now_ms + (in_ms ? in_ms : 1);
	if (t->armed_ms && t->armed_ms <= t->due_ms)
		return;
	if (!t->event)
		t->event = event_new(worker_base(t->worker), -1, 0, on_time, t);
	if (!t->event)
		abort();
	arm(t, now_ms);
}

void timer_stop(struct timer *t)
{
	t->due_ms = 0;
}

void timer_fini(struct timer *t)
{
	if (t->event)
		event_free(t->event);
	*t = (struct timer){ .fire = NULL };
}
