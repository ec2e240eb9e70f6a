/* sim/queue.c - what will happen, in order of virtual time; at one time in order of asking.
 * Also the loop that core's workers are: posts and timers are such events.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#include "loop/worker.h"

enum { QUEUE_MAX = 1 << 16, POST_US = 20 };

static struct event {
	uint64_t at_us, turn;
	enum whose owner;
	const char *name;
	void (*run)(void *arg);
	void *arg;
} heap[QUEUE_MAX];
static size_t count;
static uint64_t now_us, turns;

uint64_t queue_now_us(void)
{
	return now_us;
}

void queue_reset(void)
{
	count = 0;
	now_us = turns = 0;
}

static bool is_before(const struct event *a, const struct event *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->turn < b->turn;
}

static void swap(size_t a, size_t b)
{
	struct event e = heap[a];

	heap[a] = heap[b];
	heap[b] = e;
}

static void rise(size_t i)
{
	for (; i && is_before(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

static void sink(size_t i)
{
	for (;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < count; k++)
			if (is_before(&heap[k], &heap[least]))
				least = k;
		if (least == i)
			return;
		swap(i, least);
		i = least;
	}
}

void queue_add(uint64_t in_us, enum whose owner, const char *name, void (*run)(void *arg),
               void *arg)
{
	if (count == QUEUE_MAX)
		sim_fail("more than %d events wait", QUEUE_MAX);
	heap[count] = (struct event){ now_us + in_us, turns++, owner, name, run, arg };
	rise(count++);
}

static void take_out(size_t i)
{
	heap[i] = heap[--count];
	if (i < count) {
		sink(i);
		rise(i);
	}
}

void queue_cancel(void (*run)(void *arg), const void *arg)
{
	for (size_t i = 0; i < count;)
		if (heap[i].run == run && heap[i].arg == arg) {
			take_out(i);
			i = 0;                 /* others have moved */
		} else {
			i++;
		}
}

void queue_crash(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (heap[i].owner == OF_WORLD)
			heap[kept++] = heap[i];
	count = kept;
	for (size_t i = count / 2; i-- > 0;)
		sink(i);
}

bool queue_step(void)
{
	struct event e;

	if (!count)
		return false;
	e = heap[0];
	take_out(0);
	if (e.at_us > now_us)
		now_us = e.at_us;
	trace_event(e.name, now_us);
	e.run(e.arg);
	return true;
}

/* --- loop/worker.h --- */

void worker_post(struct worker *w, void (*run)(void *arg), void *arg)
{
	(void)w;
	queue_add(POST_US, OF_GATEWAY, "post", run, arg);
}

static void fire(void *arg)
{
	struct timer *t = arg;

	t->due_ms = 0;
	t->fire(t->arg);
}

unsigned worker_number(const struct worker *w)
{
	(void)w;
	return 0;
}

void timer_init(struct timer *t, struct worker *w, void (*run)(void *arg), void *arg)
{
	*t = (struct timer){ .worker = w, .fire = run, .arg = arg };
}

void timer_set(struct timer *t, uint64_t now_ms, uint64_t in_ms)
{
	timer_stop(t);
	t->due_ms = now_ms + (in_ms ? in_ms : 1);
	queue_add((in_ms ? in_ms : 1) * 1000, OF_GATEWAY, "timer", fire, t);
}

void timer_stop(struct timer *t)
{
	if (t->due_ms)
		queue_cancel(fire, t);
	t->due_ms = 0;
}

void timer_fini(struct timer *t)
{
	timer_stop(t);
}
