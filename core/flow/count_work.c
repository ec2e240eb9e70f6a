/* flow/count_work.c - counters of what attempts took and cost, and of our own work by stage.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "flow/count.h"

enum { WORK_VARIANT = UINT16_MAX - 1 };

/* Of the same table as steps; NULL: it has no time of its own. */
static const char *const stages[STAGES_MAX] = {
	"auth", "parse", "permit", "limit", "cache", "route", "translate", "log",
};

void count_overhead(struct flow *f, uint64_t us)
{
	struct counts *c = flow_counts(f);

	if (!c->overhead)
		c->overhead = count_series(f, OVERHEAD, NULL);
	count_add(f, c->overhead, (double)us / 1e6);
}

enum step_result flow_time_step(struct exchange *x)
{
	struct flow *f = x->flow;                      /* the last step frees x */
	const size_t step = x->step;
	const bool on = count_is_on(x) && step < STAGES_MAX;
	struct counts *c = flow_counts(f);
	uint64_t began_us = clock_us();
	enum step_result result = steps[step].run(x);

	if (!on)
		return result;
	if (!c->stage[step])
		c->stage[step] = count_series(f, STAGES, &(cdt_str){ stages[step],
		                                                     strlen(stages[step]) });
	count_add(f, c->stage[step], (double)(clock_us() - began_us) / 1e6);
	return result;
}

/* Group and target together: the group's name is compared, for it may be another one now. */
static uint32_t cost_series(struct exchange *x)
{
	struct counts *c = flow_counts(x->flow);
	const char *group = x->key && x->key->group ? x->key->group : "";
	const void *target = count_subject(x);
	struct payer *p = &c->payer[((uintptr_t)target / 16 + hash_bytes(str_z(group))) %
	                            PAYERS];

	if (p->target != target || strcmp(p->group, group) != 0) {
		const cdt_str labels[] = { count_model(x), x->tried->target->provider,
		                           str_z(group) };

		p->target = target;
		p->series = count_series(x->flow, COST, labels);
		memcpy(p->group, group, labels[2].n + 1);      /* KEY_GROUP_MAX at most */
	}
	return p->series;
}

/* Tokens after the first, by the time after the first. */
static double speed_of(const struct exchange *x)
{
	uint64_t from_us = x->end_times.first_us, to_us = x->end_times.last_us;

	if (!x->ask.stream || x->usage.output < 2 || !from_us || to_us <= from_us)
		return 0;
	return (double)(x->usage.output - 1) * 1e6 / (double)(to_us - from_us);
}

void flow_count_attempt_end(struct exchange *x)
{
	const struct target *t = x->tried->target;
	double speed = speed_of(x);
	struct memo *m;
	bool found;

	if (!count_is_on(x))
		return;
	m = count_memo(flow_counts(x->flow), count_subject(x), WORK_VARIANT, &found);
	if (!found) {
		const cdt_str labels[] = { t->provider, count_model(x) };

		m->series[0] = count_series(x->flow, UPSTREAM, labels);
		m->series[1] = count_series(x->flow, SPEED, labels);
	}
	count_add(x->flow, m->series[0], (double)(clock_us() - x->attempt_us) / 1e6);
	if (speed > 0)
		count_add(x->flow, m->series[1], speed);
	if (x->bill.amount > 0)
		count_add(x->flow, cost_series(x), count_usd(x->bill.amount));
}
