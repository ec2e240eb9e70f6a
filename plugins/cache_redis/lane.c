/* cache_redis/lane.c - what one worker has: its connections, and the clock that they share.
 * SPDX-License-Identifier: MIT */
#include "redis.h"

#include <stdlib.h>

/* --- deadlines: all are as long, so who came first is over first --- */

static void on_bell(void *arg);

static void set_bell(struct lane *l, uint64_t now_ms)
{
	uint64_t ms;

	if (l->bell || !l->first)
		return;
	ms = l->first->until_ms > now_ms ? l->first->until_ms - now_ms : 0;
	l->bell = l->redis->io->after(l->worker, (uint32_t)ms, on_bell, l);
}

static void on_bell(void *arg)
{
	struct lane *l = arg;
	uint64_t now_ms = now(l->redis), deadline_ms = l->redis->setup.deadline_ms;
	/* This loop itself was late: no server is to blame. */
	bool busy = l->first && now_ms - l->first->until_ms >= deadline_ms
	            && now_ms > l->first->until_ms;

	l->bell = NULL;
	while (l->first && l->first->until_ms <= now_ms) {
		struct order *o = l->first;
		struct cdt_ticket *t = o->ticket;

		lane_unwait(l, o);
		o->ticket = NULL;
		if (!busy)
			conn_late(o->conn);
		t->api->done(t, CDT_E_ABSENT, (cdt_str){ NULL, 0 });
	}
	set_bell(l, now_ms);
}

void lane_wait(struct lane *l, struct order *o)
{
	uint64_t now_ms = now(l->redis);

	o->until_ms = now_ms + l->redis->setup.deadline_ms;
	o->sooner = l->last;
	o->later = NULL;
	if (l->last)
		l->last->later = o;
	else
		l->first = o;
	l->last = o;
	set_bell(l, now_ms);
}

void lane_unwait(struct lane *l, struct order *o)
{
	if (!o->until_ms)
		return;
	if (o->sooner)
		o->sooner->later = o->later;
	else
		l->first = o->later;
	if (o->later)
		o->later->sooner = o->sooner;
	else
		l->last = o->sooner;
	o->until_ms = 0;
}

/* --- its life --- */

void lane_joined(struct lane *l, struct conn *c)
{
	if (l->redis->setup.cluster && !l->mapped)
		cluster_ask(l, c);
	else
		care_read(l);
}

static void on_tick(void *arg)
{
	struct lane *l = arg;
	uint64_t now_ms = now(l->redis);

	for (size_t i = 0; i < NODES_MAX; i++)
		if (l->node[i])
			conn_tick(l->node[i], now_ms);
	cluster_tick(l, now_ms);
	if (now_ms - l->second_ms >= SECOND_MS) {
		l->second_ms = now_ms;
		care_read(l);
		news_tick(l->redis->news);
	}
	care_sweep(l);
	l->tick = l->redis->io->after(l->worker, TICK_MS, on_tick, l);
}

void *lane_open(void *self, struct cdt_worker *worker)
{
	struct lane *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->redis = self;
	l->worker = worker;
	cluster_tick(l, now(l->redis));
	l->tick = l->redis->io->after(worker, TICK_MS, on_tick, l);
	return l;
}

void lane_close(void *worker_self)
{
	struct lane *l = worker_self;

	if (!l)
		return;
	for (size_t i = 0; i < NODES_MAX; i++)
		conn_free(l->node[i]);
	l->redis->io->forget(l->tick);
	l->redis->io->forget(l->bell);
	free(l);
}
