/* loop/worker.c - a thread, its event loop and its mailbox.  What runs on it is others' affair.
 * SPDX-License-Identifier: MIT */
#include "loop/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include <event2/event.h>

#include "base/mem.h"
#include "loop/mailbox.h"

struct worker {
	unsigned number;
	struct event_base *base;
	struct mailbox *mailbox;
	pthread_t thread;
	bool started;
};

static _Thread_local struct worker *here;      /* which worker this thread is: set by run */

struct worker *worker_new(unsigned number)
{
	struct event_config *config = event_config_new();
	struct worker *w = mem_new(sizeof *w);

	w->number = number;
	if (config) {
		/* Others reach a worker by its mailbox only, so the loop needs no locks. */
		event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
		w->base = event_base_new_with_config(config);
		event_config_free(config);
	}
	w->mailbox = w->base ? mailbox_new(w->base) : NULL;
	if (!w->mailbox) {
		worker_free(w);
		return NULL;
	}
	return w;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	mailbox_free(w->mailbox);
	if (w->base)
		event_base_free(w->base);
	mem_free(w);
}

void worker_run(struct worker *w)
{
	here = w;
	(void)event_base_loop(w->base, EVLOOP_NO_EXIT_ON_EMPTY);  /* ends by worker_stop only */
	here = NULL;
}

static void *run_thread(void *arg)
{
	struct worker *w = arg;
	char name[16];

	(void)snprintf(name, sizeof name, "worker-%u", w->number);
	(void)pthread_setname_np(pthread_self(), name);         /* only for the reader of top */
	worker_run(w);
	return NULL;
}

cdt_status worker_start(struct worker *w)
{
	sigset_t all, old;
	int failed;

	/* Signals are main's: a worker never sees one. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&w->thread, NULL, run_thread, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	w->started = !failed;
	return failed ? CDT_E_NOMEM : CDT_OK;
}

static void stop_here(void *arg)
{
	struct worker *w = arg;

	(void)event_base_loopbreak(w->base);
}

void worker_stop(struct worker *w)
{
	worker_post(w, stop_here, w);
}

void worker_join(struct worker *w)
{
	if (w->started)
		pthread_join(w->thread, NULL);
	w->started = false;
}

void worker_post(struct worker *w, void (*run)(void *arg), void *arg)
{
	mailbox_post(w->mailbox, run, arg);
}

unsigned worker_number(const struct worker *w)
{
	return w->number;
}

struct worker *worker_here(void)
{
	return here;
}

bool worker_is_here(const struct worker *w)
{
	return here == w;
}

struct event_base *worker_base(struct worker *w)
{
	return w->base;
}

const char *worker_library(void)
{
	return event_get_version();
}
