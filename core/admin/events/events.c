/* admin/events/events.c - the turn of a second, and of its quarters while somebody looks at
 * more than figures.
 * SPDX-License-Identifier: MIT */
#include "admin/events/events.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "usage/tape.h"

enum { SECOND_MS = 1000, QUARTER_MS = 250, TEXT_MAX = 1 << 20 };

/* What is gathered besides the figures, and who does it. */
static void (*const gatherers[TOPIC_COUNT])(struct events *e, uint64_t now_ms) = {
	[TOPIC_REQUESTS] = gather_requests,
	[TOPIC_HEALTH] = gather_health,
	[TOPIC_CHANGES] = gather_changes,
};

static bool is_wanted(struct events *e, enum topic t, uint32_t looked_at, uint64_t now_ms)
{
	if (looked_at & 1U << t)
		e->wanted_ms[t] = now_ms + EVENTS_LINGER_MS;
	if (e->wanted_ms[t] && e->wanted_ms[t] <= now_ms) {
		e->wanted_ms[t] = 0;
		if (t == TOPIC_REQUESTS)
			tape_want(e->admin->parts.tape, false);
	}
	return e->wanted_ms[t] != 0;
}

static void on_time(void *arg)
{
	struct events *e = arg;
	uint64_t now_ms = clock_ms(), in_ms;
	uint32_t looked_at = viewers_topics(e);
	bool often = false;

	for (enum topic t = 0; t < TOPIC_COUNT; t++) {
		bool wanted = is_wanted(e, t, looked_at, now_ms);

		/* There may be many targets: once a second. */
		if (!gatherers[t] || !wanted ||
		    (t == TOPIC_HEALTH && now_ms < e->second_ms))
			continue;
		gatherers[t](e, now_ms);
		often |= t != TOPIC_HEALTH;
	}
	if (now_ms >= e->second_ms) {
		gather_stats(e, now_ms);
		e->second_ms += SECOND_MS;
		if (e->second_ms <= now_ms)    /* the machine was asleep */
			e->second_ms = now_ms + SECOND_MS;
	}
	viewers_feed(e, now_ms);
	in_ms = e->second_ms - now_ms;
	timer_set(&e->timer, now_ms, often && in_ms > QUARTER_MS ? QUARTER_MS : in_ms);
}

struct events *events_new(struct admin *a)
{
	struct events *e = mem_new(sizeof *e);
	struct tape_figures before;
	uint64_t now_ms = clock_ms();
	uint32_t epoch;

	rand_bytes(&epoch, sizeof epoch);
	e->admin = a;
	e->ring = ring_new(epoch);
	list_init(&e->viewers);
	map_init(&e->sights);
	buf_init(&e->text, TEXT_MAX);
	tape_read(a->parts.tape, &before);
	e->second_ms = now_ms + SECOND_MS;
	timer_init(&e->timer, a->parts.worker, on_time, e);
	timer_set(&e->timer, now_ms, SECOND_MS);
	return e;
}

/* Those who are still here belong to requests that nobody answers any more. */
void events_free(struct events *e)
{
	if (!e)
		return;
	LIST_EACH(it, &e->viewers)
		mem_free(LIST_OF(it, struct viewer, link));
	timer_fini(&e->timer);
	map_fini(&e->sights);
	ring_free(e->ring);
	buf_fini(&e->text);
	mem_free(e);
}

void events_end(struct events *e)
{
	e->ended = true;
	LIST_EACH(it, &e->viewers)
		viewer_end(LIST_OF(it, struct viewer, link));
}

void events_end_role(struct events *e, enum admin_role role)
{
	LIST_EACH(it, &e->viewers) {
		struct viewer *v = LIST_OF(it, struct viewer, link);

		if (v->call->role == role)
			viewer_end(v);
	}
}
