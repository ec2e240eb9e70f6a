/* unit/loop/timer_test.c - deadlines on a real loop, with short times.
 * SPDX-License-Identifier: MIT */
#include "loop/worker.h"

#include <event2/event.h>

#include "base/clock.h"
#include "unit/unit.h"

struct alarm { struct timer timer; unsigned fired; uint64_t at_ms; bool again, gone; };

static void on_fire(void *arg)
{
	struct alarm *a = arg;

	a->fired++;
	a->at_ms = clock_ms();
	if (a->again && a->fired < 3)
		timer_set(&a->timer, a->at_ms, 5);
	if (a->gone)
		timer_fini(&a->timer);
}

static void run_for(struct worker *w, uint64_t ms)
{
	uint64_t until_ms = clock_ms() + ms;

	for (uint64_t now_ms; (now_ms = clock_ms()) < until_ms;) {
		struct timeval rest = { 0, (suseconds_t)(until_ms - now_ms) * 1000 };

		(void)event_base_loopexit(worker_base(w), &rest);
		(void)event_base_loop(worker_base(w), EVLOOP_NO_EXIT_ON_EMPTY);
	}
}

/* At most five seconds. */
static void run_until(struct worker *w, const unsigned *fired, unsigned count)
{
	for (int i = 0; i < 1000 && *fired < count; i++)
		run_for(w, 5);
}

static void fires_once_and_not_too_early(void)
{
	struct worker *w = worker_new(0);
	struct alarm a = { .fired = 0 };
	uint64_t now_ms = clock_ms();

	timer_init(&a.timer, w, on_fire, &a);
	timer_set(&a.timer, now_ms, 20);
	run_until(w, &a.fired, 1);
	run_for(w, 40);
	CU_ASSERT_EQUAL(a.fired, 1);
	CU_ASSERT(a.at_ms >= now_ms + 20);
	timer_fini(&a.timer);
	worker_free(w);
}

static void can_be_pushed_back_and_pulled_forward(void)
{
	struct worker *w = worker_new(0);
	struct alarm a = { .fired = 0 };
	uint64_t start_ms = clock_ms();

	timer_init(&a.timer, w, on_fire, &a);
	timer_set(&a.timer, start_ms, 500);            /* far off: the machine may be busy */
	for (int i = 0; i < 4; i++) {
		run_for(w, 30);
		timer_set(&a.timer, clock_ms(), 500);
	}
	run_until(w, &a.fired, 1);
	CU_ASSERT_EQUAL(a.fired, 1);
	CU_ASSERT(a.at_ms >= start_ms + 620);
	timer_set(&a.timer, clock_ms(), 60000);
	timer_set(&a.timer, clock_ms(), 5);
	run_until(w, &a.fired, 2);
	CU_ASSERT_EQUAL(a.fired, 2);
	run_for(w, 20);
	CU_ASSERT_EQUAL(a.fired, 2);
	timer_fini(&a.timer);
	worker_free(w);
}

static void does_not_fire_when_stopped(void)
{
	struct worker *w = worker_new(0);
	struct alarm a = { .fired = 0 };
	struct timer zeroed = { .fire = NULL };

	timer_init(&a.timer, w, on_fire, &a);
	timer_set(&a.timer, clock_ms(), 10);
	timer_stop(&a.timer);
	run_for(w, 30);
	CU_ASSERT_EQUAL(a.fired, 0);
	timer_set(&a.timer, clock_ms(), 5);            /* and can be set again */
	run_until(w, &a.fired, 1);
	CU_ASSERT_EQUAL(a.fired, 1);
	timer_set(&a.timer, clock_ms(), 5);
	timer_fini(&a.timer);
	run_for(w, 20);
	CU_ASSERT_EQUAL(a.fired, 1);
	timer_stop(&zeroed);
	timer_fini(&zeroed);
	worker_free(w);
}

static void may_be_set_or_ended_while_it_fires(void)
{
	struct worker *w = worker_new(0);
	struct alarm again = { .again = true }, gone = { .gone = true };

	timer_init(&again.timer, w, on_fire, &again);
	timer_init(&gone.timer, w, on_fire, &gone);
	timer_set(&again.timer, clock_ms(), 0);        /* 0: soon */
	timer_set(&gone.timer, clock_ms(), 1);
	run_until(w, &again.fired, 3);
	run_until(w, &gone.fired, 1);
	run_for(w, 60);
	CU_ASSERT_EQUAL(again.fired, 3);
	CU_ASSERT_EQUAL(gone.fired, 1);
	timer_fini(&again.timer);
	worker_free(w);
}

static const struct unit_test tests[] = {
	{ "fires once and not too early", fires_once_and_not_too_early },
	{ "can be pushed back and pulled forward", can_be_pushed_back_and_pulled_forward },
	{ "does not fire when stopped", does_not_fire_when_stopped },
	{ "may be set or ended while it fires", may_be_set_or_ended_while_it_fires },
	{ NULL, NULL }
};
const struct unit_suite loop_timer_suite = { "loop/timer", tests };
