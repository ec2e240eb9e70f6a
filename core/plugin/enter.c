/* plugin/enter.c - notes who runs and measures it.  Never stops a plugin: there is no way to
 * do that inside one process; it makes the slow ones visible.
 * SPDX-License-Identifier: MIT */
#include "plugin/enter.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "plugin/inside.h"

enum { LOGGED_FIRST = 10, LOGGED_EACH = 100 };

static const char *const call_names[] = {
#define ENTER_NAME(id, name) name,
	ENTER_CALLS(ENTER_NAME)
};

/* Thread-locals: the question "who runs" comes from a crash handler, which has no argument. */
static _Thread_local const struct instance *running;
static _Thread_local unsigned calls;
static _Thread_local const struct plugin_surroundings *surroundings;

static inline void begin(struct enter *e, const struct instance *i, enum enter_call which)
{
	e->instance = i;
	e->outer = running;
	e->which = which;
	e->began_us = 0;
	running = i;
	if (i)
		surroundings = i->host.surroundings;
}

void enter_begin(struct enter *e, const struct instance *i, enum enter_call which)
{
	begin(e, i, which);
	e->began_us = clock_us();
}

void enter_begin_often(struct enter *e, const struct instance *i, enum enter_call which)
{
	begin(e, i, which);
	if (calls++ % ENTER_SAMPLE == 0)
		e->began_us = clock_us();
}

/* Counts, and says whether this one is worth a line. */
static bool newsworthy(uint32_t *counter, uint32_t *times)
{
	*times = __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
	return *times <= LOGGED_FIRST || *times % LOGGED_EACH == 0;
}

static void measured(const struct enter *e)
{
	const struct instance *i = e->instance;
	uint64_t took_us = clock_us() - e->began_us;
	struct metrics *m = i->host.surroundings->metrics;
	uint32_t times;

	if (m && i->seconds[e->which])
		metrics_add(m, enter_shard(), i->seconds[e->which], (double)took_us / 1e6);
	/* open may be slow: nobody waits for main. */
	if (took_us > ENTER_SLOW_US && e->which != ENTER_OPEN &&
	    newsworthy(&i->seen->slow, &times))
		log_warn(LOG_PLUGIN, NULL, "plugin blocked its thread plugin=%s call=%s us=%"
		         PRIu64 " times=%" PRIu32, i->name, call_names[e->which], took_us,
		         times);
}

void enter_end(const struct enter *e)
{
	running = e->outer;
	if (e->began_us && e->instance)
		measured(e);
}

const struct instance *enter_running(void)
{
	return running;
}

const struct plugin_surroundings *enter_surroundings(void)
{
	return surroundings;
}

int enter_shard(void)
{
	const struct worker *w = worker_here();

	return w ? (int)worker_number(w) : -1;
}

void enter_misuse(const struct instance *i, const char *xid, const char *what)
{
	struct metrics *m = i->host.surroundings->metrics;
	uint32_t times;

	if (m && i->misuse)
		metrics_add(m, enter_shard(), i->misuse, 1);
	if (newsworthy(&i->seen->misuse, &times))
		log_error(LOG_PLUGIN, xid, "plugin broke its contract plugin=%s times=%" PRIu32
		          " what=\"%s\"", i->name, times, what);
}

const char *plugin_running(void)
{
	return running ? running->name : "";
}
