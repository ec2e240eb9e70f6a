/* flow/count.c - the counters of finished exchanges.  Labels come from the configuration and
 * from fixed sets, never from what a client can choose.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "flow/count.h"
#include "flow/recall.h"
#include "flow/report.h"
#include "loop/worker.h"

static const struct { enum metrics_kind kind; const char *name, *labels, *help; } declared[] = {
	[HTTP_REQUESTS] = { METRICS_COUNTER, "http_requests_total", "route,method,code",
	                    "Requests by route and status." },
	[REQUESTS] = { METRICS_COUNTER, "requests_total", "model,provider,target,outcome",
	               "Exchanges by target and outcome." },
	[ERRORS] = { METRICS_COUNTER, "request_errors_total", "domain,error_type",
	             "Requests that went wrong: whose affair it is, and why." },
	[DURATION] = { METRICS_HISTOGRAM, "http_request_duration_seconds", "route",
	               "From the whole request to the end of its answer." },
	[OVERHEAD] = { METRICS_HISTOGRAM_SHORT, "request_overhead_seconds", "",
	               "Time of requests without upstream calls and without waiting." },
	[STAGES] = { METRICS_HISTOGRAM_SHORT, "overhead_seconds", "stage",
	             "Own work by stage, of one request in 16." },
	[FIRST_TOKEN] = { METRICS_HISTOGRAM, "time_to_first_token_seconds", "provider,model",
	                  "From the whole request to its answer's first meaningful bytes." },
	[UPSTREAM] = { METRICS_HISTOGRAM, "upstream_duration_seconds", "provider,model",
	               "Attempts, from their beginning to the end of their answers." },
	[SPEED] = { METRICS_HISTOGRAM_RATE, "output_tokens_per_second", "provider,model",
	            "Of streams, after their first token." },
	[COST] = { METRICS_COUNTER, "cost_usd_total", "model,provider,group",
	           "What attempts have cost." },
	[TOKENS] = { METRICS_COUNTER, "tokens_total", "provider,model,kind",
	             "Tokens as the upstream reported them." },
	[ATTEMPTS] = { METRICS_COUNTER, "attempts_total", "provider",
	               "Requests to upstreams." },
	[REFUSED] = { METRICS_COUNTER, "limit_refused_total", "scope,limit",
	              "Requests refused by a limit; scope credential: the next was asked." },
	[SHADOWED] = { METRICS_COUNTER, "limit_shadowed_total", "scope,limit",
	               "Requests that a limit under shadow = true would have refused." },
	[BREACHES] = { METRICS_COUNTER, "ledger_breaches_total", "target",
	               "Attempts that cost more than was held: the upstream ignored a limit." },
	[BREACHED] = { METRICS_COUNTER, "ledger_breached_usd_total", "target",
	               "What they cost above it." },
	[BENCHED] = { METRICS_COUNTER, "target_benched_total", "target,credential,reason",
	              "Times that a credential was left alone for a while." },
	[RETRIES] = { METRICS_COUNTER, "retries_total", "target,kind",
	              "Attempts after the first; kind again, next, fallback or hedge." },
	[FALLBACKS] = { METRICS_COUNTER, "fallbacks_total", "from,to",
	                "Attempts with another model than the one that was asked for." },
	[LOST_POLICIES] = { METRICS_COUNTER, "key_policy_unknown_total", "owner",
	                    "Requests whose key or group names a policy that there is not." },
	[CACHED] = { METRICS_COUNTER, "cache_requests_total", "result",
	             "Requests that may be cached, by what came of it." },
	[SAVED] = { METRICS_COUNTER, "cache_saved_usd_total", "",
	            "What the known answers would have cost." },
};

static uint32_t id_of(struct metrics *m, enum counted c)
{
	return metrics_declare(m, declared[c].kind, declared[c].name, declared[c].labels,
	                       declared[c].help);
}

void flow_declare_metrics(struct metrics *m)
{
	for (int c = 0; c < COUNTED; c++)
		(void)id_of(m, (enum counted)c);       /* 0 = refused: then it counts nothing */
}

enum { ATTEMPT_VARIANT = UINT16_MAX, SAY_AGAIN_MS = 60000, TIMED_EACH = 16 };

struct counts *counts_new(struct metrics *m)
{
	struct counts *c = mem_new(sizeof *c);

	for (int i = 0; i < COUNTED; i++)
		c->id[i] = id_of(m, (enum counted)i);
	return c;
}

void counts_free(struct counts *c)
{
	mem_free(c);
}

void counts_forget(struct counts *c)
{
	memset(c->memo, 0, sizeof c->memo);
	memset(c->payer, 0, sizeof c->payer);
}

bool counts_time_next(struct counts *c)
{
	return c->dice++ % TIMED_EACH == 0;
}

bool count_is_on(const struct exchange *x)
{
	return exchange_config(x)->telemetry.prometheus;
}

/* Series 0 counts nothing, so a memo is found by its subject alone. */
struct memo *count_memo(struct counts *c, const void *subject, uint32_t variant, bool *found)
{
	struct memo *m = c->memo[((uintptr_t)subject / 16 + variant) % MEMO_SLOTS];

	for (int i = 0; i < MEMO_WAYS; i++)
		if (m[i].subject == subject && m[i].variant == variant) {
			*found = true;
			return &m[i];
		}
	*found = false;
	m += c->turn++ % MEMO_WAYS;
	*m = (struct memo){ .subject = subject, .variant = variant };
	return m;
}

uint32_t count_series(const struct flow *f, enum counted c, const cdt_str *labels)
{
	return metrics_series(flow_parts(f)->metrics, flow_counts(f)->id[c], labels);
}

void count_add(const struct flow *f, uint32_t number, double v)
{
	const struct flow_parts *p = flow_parts(f);

	metrics_add(p->metrics, (int)worker_number(p->worker), number, v);
}

static uint32_t series(const struct exchange *x, enum counted c, const cdt_str *labels)
{
	return count_series(x->flow, c, labels);
}

static void add(const struct exchange *x, uint32_t number, double v)
{
	count_add(x->flow, number, v);
}

const void *count_subject(const struct exchange *x)
{
	const struct target *t = x->tried->target;

	return x->route->model ? (const void *)t : t->config;
}

cdt_str count_model(const struct exchange *x)
{
	return x->route->model ? x->tried->target->model : CDT_STR("_direct");
}

double count_usd(int64_t nanousd)
{
	return (double)nanousd / 1e9;
}

/* Whose affair a problem is: clients' own, their keys', what operators allow, upstreams',
 * ours. */
static const char *const domains[PROBLEM_COUNT + 1] = {
	[PROBLEM_INVALID_JSON] = "client", [PROBLEM_INVALID_VALUE] = "client",
	[PROBLEM_UNSUPPORTED_PARAMETER] = "client", [PROBLEM_CONTEXT_LENGTH] = "client",
	[PROBLEM_CONTENT_FILTER] = "policy", [PROBLEM_NO_KEY] = "auth",
	[PROBLEM_BAD_KEY] = "auth", [PROBLEM_BUDGET] = "policy",
	[PROBLEM_MODEL_NOT_ALLOWED] = "policy", [PROBLEM_NOT_ALLOWED] = "policy",
	[PROBLEM_KEY_EXPIRED] = "auth", [PROBLEM_KEY_DISABLED] = "auth",
	[PROBLEM_IP_NOT_ALLOWED] = "auth", [PROBLEM_MODEL_NOT_FOUND] = "client",
	[PROBLEM_NOT_FOUND] = "client", [PROBLEM_UNKNOWN_URL] = "client",
	[PROBLEM_WRONG_METHOD] = "client", [PROBLEM_SLOW_REQUEST] = "client",
	[PROBLEM_CONFLICT] = "client", [PROBLEM_TOO_LARGE] = "client",
	[PROBLEM_MEDIA_TYPE] = "client", [PROBLEM_RATE_LIMIT] = "policy",
	[PROBLEM_UPSTREAM_RATE] = "upstream", [PROBLEM_INTERNAL] = "gateway",
	[PROBLEM_UPSTREAM_AUTH] = "upstream", [PROBLEM_UPSTREAM] = "upstream",
	[PROBLEM_OVERLOADED] = "gateway", [PROBLEM_TIMEOUT] = "upstream",
	[PROBLEM_COUNT] = "client",                    /* it has left */
};

static void count_error(struct exchange *x)
{
	cdt_str labels[2] = { CDT_STR("gateway"), report_outcome(x) };
	uint32_t cause = x->problem.cause ? (uint32_t)x->problem.cause : PROBLEM_COUNT;

	if ((!x->problem.cause && !x->left) || str_is(labels[1], "OK"))
		return;
	if (x->problem.cause == PROBLEM_OVERLOADED && x->problem.upstreams)
		labels[0] = CDT_STR("upstream");
	else if (domains[cause])
		labels[0] = str_z(domains[cause]);
	add(x, series(x, ERRORS, labels), 1);
}

static void count_http(struct exchange *x, double seconds)
{
	uint32_t status = x->status ? x->status : 499;
	bool head = x->method.n && x->method.p[0] == 'H', found;
	struct memo *m = count_memo(flow_counts(x->flow), x->surface, 2 * status + head,
	                            &found);

	if (!found) {
		cdt_str route = str_z(x->surface->path);
		/* Methods that no surface knows are not told apart: clients choose them. */
		const cdt_str labels[] = {
			route, x->surface->method[0] ? x->method : CDT_STR("other"),
			arena_print(&x->arena, "%u", status),
		};

		m->series[0] = series(x, HTTP_REQUESTS, labels);
		m->series[1] = series(x, DURATION, &route);
	}
	add(x, m->series[0], 1);
	if (!x->recall || !x->recall->answered)
		add(x, m->series[1], seconds);         /* else it went on without its client */
}

static void count_target(struct exchange *x)
{
	const struct target *t = x->tried->target;
	uint32_t without_cause = x->left ? PROBLEM_COUNT : 0;
	uint32_t outcome = x->problem.cause ? (uint32_t)x->problem.cause : without_cause;
	bool direct = !x->route->model, found;
	struct memo *m = count_memo(flow_counts(x->flow), count_subject(x), outcome, &found);

	if (!found) {
		const cdt_str whose[] = { t->provider, count_model(x) };
		const cdt_str labels[] = {
			direct ? CDT_STR("_direct") : x->route->name, t->provider,
			direct ? CDT_STR("_direct") : t->name,
			outcome == PROBLEM_COUNT ? CDT_STR("CLIENT_GONE")
			: outcome ? str_z(problem_name(x->problem.cause)) : CDT_STR("OK"),
		};

		m->series[0] = series(x, REQUESTS, labels);
		m->series[1] = series(x, FIRST_TOKEN, whose);
	}
	add(x, m->series[0], 1);
	if (x->first_us > x->started_us)
		add(x, m->series[1], (double)(x->first_us - x->started_us) / 1e6);
}

static void count_tokens(struct exchange *x)
{
	enum { KINDS = 5 };
	static const char *const kinds[KINDS] = { "input", "output", "cached", "reasoning",
	                                          "cache_write" };
	const int64_t n[KINDS] = { x->usage.input, x->usage.output, x->usage.cache_read,
	                                 x->usage.reasoning, x->usage.cache_write };
	const struct target *t = x->tried->target;
	bool found;
	struct memo *m = count_memo(flow_counts(x->flow), count_subject(x), UINT32_MAX, &found);

	for (size_t i = 0; i < KINDS && !found; i++) {
		const cdt_str labels[] = { t->provider, count_model(x), str_z(kinds[i]) };

		m->series[i] = series(x, TOKENS, labels);
	}
	for (size_t i = 0; i < KINDS; i++)
		if (n[i] > 0)
			add(x, m->series[i], (double)n[i]);
}

void flow_count_attempt(struct exchange *x)
{
	const struct config_provider *p = x->tried->target->config;
	bool found;
	struct memo *m = count_memo(flow_counts(x->flow), p, ATTEMPT_VARIANT, &found);

	if (!found)
		m->series[0] = series(x, ATTEMPTS, &x->tried->target->provider);
	add(x, m->series[0], 1);
}

void flow_count_limit(struct exchange *x, bool shadowed, const char *scope, enum limit limit)
{
	const cdt_str labels[] = { str_z(scope), str_z(limit_rows[limit].name) };

	add(x, series(x, shadowed ? SHADOWED : REFUSED, labels), 1);
}

void flow_count_breach(struct exchange *x, int64_t nanousd)
{
	const cdt_str labels[] = { x->tried->target->name };

	add(x, series(x, BREACHES, labels), 1);
	add(x, series(x, BREACHED, labels), count_usd(nanousd));
}

void flow_count_benched(struct exchange *x, const struct candidate *c, uint32_t reason)
{
	const cdt_str labels[] = {
		c->target->figures ? c->target->name : CDT_STR("_direct"),
		str_z(c->credential ? c->credential->id : ""), str_z(health_reason(reason)),
	};

	add(x, series(x, BENCHED, labels), 1);
}

void flow_count_retry(struct exchange *x, const struct target *t, const char *kind)
{
	const cdt_str labels[] = {
		t->figures ? t->name : CDT_STR("_direct"), str_z(kind),
	};

	add(x, series(x, RETRIES, labels), 1);
	if (x->serving != x->route) {
		const cdt_str models[] = {
			x->route->model ? x->route->name : CDT_STR("_direct"), x->serving->name,
		};

		add(x, series(x, FALLBACKS, models), 1);
	}
}

void flow_count_lost_policy(struct exchange *x, const struct key *of)
{
	const cdt_str labels[] = { str_z(of->is_group ? "group" : "key") };
	struct counts *c = flow_counts(x->flow);
	uint64_t now_ms = clock_ms();

	add(x, series(x, LOST_POLICIES, labels), 1);
	if (c->said_ms && now_ms - c->said_ms < SAY_AGAIN_MS)
		return;
	c->said_ms = now_ms;
	log_warn(LOG_FLOW, NULL, "the policy of a %s is not configured; its models' are used "
	         "%s=%.*s policy=%s", labels[0].p, labels[0].p, STR_ARG(key_handle(of)),
	         of->policy);
}

static void count_cache(struct exchange *x)
{
	static const char *const results[] = {
		[RECALL_BYPASS] = "bypass", [RECALL_MISS] = "miss", [RECALL_HIT] = "hit",
		[RECALL_STALE] = "stale", [RECALL_JOINED] = "coalesced",
		[RECALL_REPLAYED] = "replayed",
	};
	const enum recall_verdict v = x->recall->verdict;
	bool found;
	struct memo *m = count_memo(flow_counts(x->flow), results, v, &found);

	if (!found) {
		const cdt_str label = str_z(results[v]);

		m->series[0] = series(x, CACHED, &label);
		m->series[1] = series(x, SAVED, NULL);
	}
	add(x, m->series[0], 1);
	if (report_known(x) && x->recall->saved > 0)
		add(x, m->series[1], count_usd(x->recall->saved));
}

/* A known answer is none of the target that was tried before, nor as slow. */
void flow_count(struct exchange *x)
{
	uint64_t now_us = clock_us();

	if (!count_is_on(x))
		return;
	count_http(x, (double)(now_us - x->started_us) / 1e6);
	count_overhead(x->flow, exchange_overhead_us(x, now_us));
	count_error(x);
	if (x->recall)
		count_cache(x);
	if (!x->tried)
		return;
	if (!report_known(x))
		count_target(x);
	count_tokens(x);
}
