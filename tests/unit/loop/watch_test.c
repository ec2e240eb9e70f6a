/* unit/loop/watch_test.c - readiness of pipes.
 * SPDX-License-Identifier: MIT */
#include "loop/worker.h"

#include <unistd.h>

#include <event2/event.h>

#include "unit/unit.h"

struct seen { int fd[2]; unsigned reads, writes; struct watch *watch; };

static void on_ready(void *arg, uint32_t mask)
{
	struct seen *s = arg;

	s->reads += (mask & WATCH_READ) != 0;
	s->writes += (mask & WATCH_WRITE) != 0;
}

static void free_it(void *arg, uint32_t mask)
{
	struct seen *s = arg;

	on_ready(arg, mask);
	watch_free(s->watch);
}

static void turn(struct worker *w)
{
	(void)event_base_loop(worker_base(w), EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void tells_what_is_ready_as_often_as_it_is(void)
{
	struct worker *w = worker_new(0);
	struct seen s = { .reads = 0 };

	CU_ASSERT_EQUAL_FATAL(pipe(s.fd), 0);
	s.watch = watch_new(w, s.fd[0], WATCH_READ, on_ready, &s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s.watch);
	turn(w);
	CU_ASSERT_EQUAL(s.reads, 0);
	CU_ASSERT_EQUAL(write(s.fd[1], "x", 1), 1);
	turn(w);
	turn(w);
	CU_ASSERT_EQUAL(s.reads, 2);
	CU_ASSERT_EQUAL(watch_set(s.watch, 0), CDT_OK);
	turn(w);
	CU_ASSERT_EQUAL(s.reads, 2);
	watch_free(s.watch);
	s.watch = watch_new(w, s.fd[1], WATCH_READ | WATCH_WRITE, on_ready, &s);
	turn(w);
	CU_ASSERT_EQUAL(s.writes, 1);
	watch_free(s.watch);
	(void)close(s.fd[0]);
	(void)close(s.fd[1]);
	worker_free(w);
}

static void may_be_freed_by_its_own_callback(void)
{
	struct worker *w = worker_new(0);
	struct seen s = { .reads = 0 };

	CU_ASSERT_EQUAL_FATAL(pipe(s.fd), 0);
	s.watch = watch_new(w, s.fd[1], WATCH_WRITE, free_it, &s);
	turn(w);
	turn(w);
	CU_ASSERT_EQUAL(s.writes, 1);
	(void)close(s.fd[0]);
	(void)close(s.fd[1]);
	worker_free(w);
}

static void refuses_what_can_not_be_watched(void)
{
	struct worker *w = worker_new(0);

	CU_ASSERT_PTR_NULL(watch_new(w, 999, WATCH_READ, on_ready, NULL));
	watch_free(NULL);
	worker_free(w);
}

static const struct unit_test tests[] = {
	{ "tells what is ready, as often as it is", tells_what_is_ready_as_often_as_it_is },
	{ "may be freed by its own callback", may_be_freed_by_its_own_callback },
	{ "refuses what can not be watched", refuses_what_can_not_be_watched },
	{ NULL, NULL },
};
const struct unit_suite loop_watch_suite = { "loop/watch", tests };
