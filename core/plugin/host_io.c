/* plugin/host_io.c - conduit.io/1: sockets and timers of a plugin on a worker's loop.  What it
 * calls back runs under the name of the instance that asked.
 * SPDX-License-Identifier: MIT */
#include "plugin/host.h"

#include "base/clock.h"
#include "base/mem.h"
#include "loop/worker.h"
#include "plugin/enter.h"

struct io_watch {
	struct watch *watch;
	const struct instance *instance;
	void (*ready)(void *arg, uint32_t mask);
	void *arg;
};

struct io_timer {
	struct timer timer;
	const struct instance *instance;
	void (*fire)(void *arg);
	void *arg;
	bool firing;
};

struct io_post {
	const struct instance *instance;
	void (*run)(void *arg);
	void *arg;
};

/* One event-loop thread: plugins hold a struct worker without knowing it. */
static struct worker *worker_of(struct cdt_worker *w)
{
	return (struct worker *)(void *)w;
}

static uint32_t to_watch(uint32_t mask)
{
	return (mask & CDT_READ ? WATCH_READ : 0u) | (mask & CDT_WRITE ? WATCH_WRITE : 0u);
}

static void on_ready(void *arg, uint32_t mask)
{
	struct io_watch *v = arg;              /* ready may unwatch: not touched after it */
	struct enter e;

	enter_begin(&e, v->instance, ENTER_EVENT);
	v->ready(v->arg, (mask & WATCH_READ ? CDT_READ : 0u) |
	                 (mask & WATCH_WRITE ? CDT_WRITE : 0u));
	enter_end(&e);
}

static void *io_watch(struct cdt_worker *w, int fd, uint32_t mask,
                      void (*ready)(void *arg, uint32_t mask), void *arg)
{
	struct io_watch *v = mem_new(sizeof *v);

	*v = (struct io_watch){ NULL, enter_running(), ready, arg };
	v->watch = watch_new(worker_of(w), fd, to_watch(mask), on_ready, v);
	if (v->watch)
		return v;
	mem_free(v);
	return NULL;
}

static void io_rewatch(void *watch, uint32_t mask)
{
	struct io_watch *v = watch;

	/* It could be watched before: what fails now fails at the plugin's next read, too. */
	(void)watch_set(v->watch, to_watch(mask));
}

static void io_unwatch(void *watch)
{
	struct io_watch *v = watch;

	if (!v)
		return;
	watch_free(v->watch);
	mem_free(v);
}

static void timer_free(struct io_timer *t)
{
	timer_fini(&t->timer);
	mem_free(t);
}

static void on_fire(void *arg)
{
	struct io_timer *t = arg;
	struct enter e;

	t->firing = true;
	enter_begin(&e, t->instance, ENTER_EVENT);
	t->fire(t->arg);
	enter_end(&e);
	timer_free(t);
}

static void *io_after(struct cdt_worker *w, uint32_t ms, void (*fire)(void *arg), void *arg)
{
	struct io_timer *t = mem_new(sizeof *t);

	t->instance = enter_running();
	t->fire = fire;
	t->arg = arg;
	timer_init(&t->timer, worker_of(w), on_fire, t);
	timer_set(&t->timer, clock_ms(), ms);
	return t;
}

/* Also from inside fire, where it changes nothing: a timer that fired is gone. */
static void io_forget(void *timer)
{
	struct io_timer *t = timer;

	if (t && !t->firing)
		timer_free(t);
}

static void on_post(void *arg)
{
	struct io_post p = *(struct io_post *)arg;
	struct enter e;

	mem_free(arg);
	enter_begin(&e, p.instance, ENTER_EVENT);
	p.run(p.arg);
	enter_end(&e);
}

static void io_post(struct cdt_worker *w, void (*run)(void *arg), void *arg)
{
	struct io_post *p = mem_new(sizeof *p);

	*p = (struct io_post){ enter_running(), run, arg };
	worker_post(worker_of(w), on_post, p);
}

const struct cdt_io host_io = {
	.size = sizeof host_io,
	.watch = io_watch, .rewatch = io_rewatch, .unwatch = io_unwatch,
	.after = io_after, .forget = io_forget, .post = io_post,
};
