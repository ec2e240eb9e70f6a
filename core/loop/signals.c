/* loop/signals.c - a few signal events.
 * SPDX-License-Identifier: MIT */
#include "loop/signals.h"

#include <signal.h>

#include <event2/event.h>

#include "base/mem.h"
#include "loop/worker.h"

enum { SIGNALS_MAX = 8 };

struct signals {
	void (*on_signal)(void *arg, int number);
	void *arg;
	struct event *events[SIGNALS_MAX];
};

static void on_event(evutil_socket_t number, short what, void *arg)
{
	struct signals *s = arg;

	(void)what;
	s->on_signal(s->arg, (int)number);
}

struct signals *signals_new(struct worker *w, const int *numbers,
                            void (*on_signal)(void *arg, int number), void *arg)
{
	struct signals *s = mem_new(sizeof *s);

	s->on_signal = on_signal;
	s->arg = arg;
	for (size_t i = 0; i < SIGNALS_MAX && numbers[i]; i++) {
		s->events[i] = evsignal_new(worker_base(w), numbers[i], on_event, s);
		if (!s->events[i] || evsignal_add(s->events[i], NULL)) {
			signals_free(s);
			return NULL;
		}
	}
	return s;
}

void signals_free(struct signals *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SIGNALS_MAX; i++)
		if (s->events[i])
			event_free(s->events[i]);
	mem_free(s);
}
