/* flow/pulse.c - keeps silent streams alive: every so often it looks at all of them.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/mem.h"
#include "flow/exchange.h"
#include "flow/recall.h"
#include "loop/worker.h"

enum { LOOK_MS = 250 };

struct pulse {
	struct flow *flow;
	struct timer timer;
	uint64_t looked_ms;
	bool beats;
};

static bool is_waiting_stream(const struct exchange *x)
{
	return x->ask.stream && x->request && !x->left &&
	       (x->attempts || recall_follows(x));
}

static void on_time(void *arg)
{
	struct pulse *p = arg;
	uint64_t now_ms = clock_ms();

	p->beats = false;
	LIST_EACH(it, flow_exchanges(p->flow)) {
		struct exchange *x = LIST_OF(it, struct exchange, link);
		uint32_t after_ms = exchange_config(x)->keep_alive_ms;

		if (!is_waiting_stream(x))
			continue;
		p->beats = true;
		x->relay.quiet_ms += (uint32_t)(now_ms - p->looked_ms);
		if (after_ms && x->relay.quiet_ms >= after_ms)
			relay_keep_alive(x);
	}
	p->looked_ms = now_ms;
	if (p->beats)
		timer_set(&p->timer, now_ms, LOOK_MS);
}

struct pulse *pulse_new(struct flow *f)
{
	struct pulse *p = mem_new(sizeof *p);

	p->flow = f;
	timer_init(&p->timer, flow_worker(f), on_time, p);
	return p;
}

void pulse_free(struct pulse *p)
{
	if (!p)
		return;
	timer_fini(&p->timer);
	mem_free(p);
}

void pulse_watch(struct pulse *p)
{
	if (p->beats)
		return;
	p->beats = true;
	p->looked_ms = clock_ms();
	timer_set(&p->timer, p->looked_ms, LOOK_MS);
}
