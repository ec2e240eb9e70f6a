/* flow/live.c - what an attempt means for others: a place at its credential, its target's
 * figures and health, what its policy learns.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/exchange.h"
#include "flow/line.h"
#include "loop/worker.h"
#include "plugin/policy.h"

static unsigned worker_of(const struct exchange *x)
{
	return worker_number(flow_worker(x->flow));
}

/* Of two that must be asked, the first alone is given back. */
static bool claim(struct exchange *x, const struct candidate *c, uint64_t now_ms)
{
	if (c->sight != HEALTH_PROBING)
		return true;
	x->live.account_probe = health_claim(c->account, now_ms);
	x->live.probe = c->health && health_claim(c->health, now_ms);
	return x->live.account_probe || x->live.probe;
}

bool live_begin(struct exchange *x, const struct candidate *c)
{
	uint64_t now_ms = clock_ms();

	x->live = (struct live){ .candidate = NULL };
	if (!crowd_enter(&c->account->crowd)) {
		x->crowded = true;
		return false;
	}
	/* The one that was ranked as the probe may have been overtaken. */
	if (!claim(x, c, now_ms)) {
		crowd_leave(&c->account->crowd, CROWD_NOTHING);
		return false;
	}
	x->live.candidate = c;
	figures_begin(c->target->figures, worker_of(x));
	roster_count_request(exchange_roster(x), c->target, now_ms);
	return true;
}

static void tell_health(struct exchange *x, const struct candidate *c, uint32_t reason,
                        int64_t retry_after_ms, uint64_t now_ms)
{
	const struct health_rules *rules = &c->target->health_rules;
	bool account = health_of_account(reason), benched;

	benched = health_end(c->account, rules, account ? reason : 0, retry_after_ms,
	                     x->live.account_probe, now_ms);
	if (c->health)
		benched |= health_end(c->health, rules, account ? 0 : reason, retry_after_ms,
		                      x->live.probe, now_ms);
	if (!benched)
		return;
	flow_count_benched(x, c, reason);
	log_warn(LOG_FLOW, x->id.p, "%s is left alone for a while target=%.*s credential=%s "
	         "reason=%s", account ? "a credential" : "a target", STR_ARG(c->target->name),
	         c->credential ? c->credential->id : "-", health_reason(reason));
}

static bool is_failure(uint32_t reason)
{
	return reason == CDT_ERR_OVERLOADED || reason == CDT_ERR_TIMEOUT ||
	       reason == CDT_ERR_UPSTREAM || reason == CDT_ERR_RATE_LIMITED;
}

static void tell_policy(struct exchange *x, const struct target *t, const struct sample *s,
                        uint32_t reason)
{
	struct instance_self *self = roster_self(exchange_roster(x), x->policy_number);
	struct cdt_outcome o = {
		.size = sizeof o, .reason = reason, .target = t->name, .ttft_ms = s->first_ms,
		.total_ms = s->total_ms, .input_tokens = s->input, .output_tokens = s->output,
		.cost_nanousd = -1,
	};

	if (self && x->route->target_count > 1)
		policy_outcome(self, &o);
}

static struct sample sample_of(const struct exchange *x, const struct attempt_times *t,
                               bool failed)
{
	return (struct sample){
		.failed = failed,
		.first_ms = x->ask.stream && t->first_us > t->start_us
			? (double)(t->first_us - t->start_us) / 1e3 : -1,
		.total_ms = t->last_us > t->start_us
			? (double)(t->last_us - t->start_us) / 1e3 : -1,
		.input = x->usage.input, .cached = x->usage.cache_read,
		.output = x->usage.output,
	};
}

void live_end(struct exchange *x, const struct attempt_end *end)
{
	const struct candidate *c = x->live.candidate;
	uint32_t reason = end->ok ? 0 : end->error.reason;
	/* A rate is not a number at once: health keeps to what its upstream says of it. */
	bool too_many = reason == CDT_ERR_OVERLOADED || reason == CDT_ERR_TIMEOUT;
	uint64_t now_ms = clock_ms();
	struct sample s;

	/* What it comes to says nothing of answers. */
	if (op_is_free(x->ask.op)) {
		live_leave(x);
		return;
	}
	if (!c)
		return;
	x->live.candidate = NULL;
	s = sample_of(x, &end->times, is_failure(reason));
	crowd_leave(&c->account->crowd, too_many ? CROWD_TOO_MANY
	                                         : reason ? CROWD_NOTHING : CROWD_GOOD);
	line_stir(flow_line(x->flow));
	figures_end(c->target->figures, worker_of(x), &s, now_ms);
	figures_headroom(c->target->figures, end->headroom.requests, end->headroom.tokens,
	                 end->headroom.reset_ms, now_ms);
	if (!reason && x->wish.affinity.n)
		stats_set_warm(router_stats(roster_router(exchange_roster(x))),
		               x->wish.affinity_hash, c->target->figures, now_ms);
	tell_health(x, c, reason, end->error.retry_after_ms, now_ms);
	tell_policy(x, c->target, &s, reason);
}

void live_leave(struct exchange *x)
{
	const struct candidate *c = x->live.candidate;

	if (!c)
		return;
	x->live.candidate = NULL;
	crowd_leave(&c->account->crowd, CROWD_NOTHING);
	line_stir(flow_line(x->flow));
	figures_end(c->target->figures, worker_of(x), NULL, clock_ms());
	health_leave(c->account, x->live.account_probe);
	if (c->health)
		health_leave(c->health, x->live.probe);
}
