/* flow/count.c - the counters of finished exchanges.  Labels come from the configuration and
 * from fixed sets, never from what a client can choose.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/str.h"
#include "flow/exchange.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

/* Declaring the same name again gives the same id: flows look theirs up like this. */
enum counted { HTTP_REQUESTS, REQUESTS, DURATION, FIRST_TOKEN, TOKENS, ATTEMPTS, COUNTED };
static const struct { enum metrics_kind kind; const char *name, *labels, *help; } declared[] = {
	[HTTP_REQUESTS] = { METRICS_COUNTER, "http_requests_total", "route,method,code",
	                    "Requests by route and status." },
	[REQUESTS] = { METRICS_COUNTER, "requests_total", "model,provider,target,outcome",
	               "Exchanges by target and outcome." },
	[DURATION] = { METRICS_HISTOGRAM, "http_request_duration_seconds", "route",
	               "From the whole request to the end of its answer." },
	[FIRST_TOKEN] = { METRICS_HISTOGRAM, "time_to_first_token_seconds", "provider",
	                  "From the whole request to the first meaningful bytes of its answer." },
	[TOKENS] = { METRICS_COUNTER, "tokens_total", "provider,model,kind",
	             "Tokens as the upstream reported them." },
	[ATTEMPTS] = { METRICS_COUNTER, "attempts_total", "provider", "Requests to upstreams." },
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

static void add(const struct flow_parts *p, enum counted c, const cdt_str *labels, double v)
{
	uint32_t series = metrics_series(p->metrics, id_of(p->metrics, c), labels);

	metrics_add(p->metrics, (int)worker_number(p->worker), series, v);
}

static void count_tokens(const struct exchange *x, const struct flow_parts *p)
{
	const struct target *t = x->tried->target;
	const struct { const char *kind; int64_t n; } kinds[] = {
		{ "input", x->usage.input }, { "output", x->usage.output },
		{ "cached", x->usage.cache_read }, { "reasoning", x->usage.reasoning },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const cdt_str labels[] = { t->provider, t->model, str_z(kinds[i].kind) };

		if (kinds[i].n > 0)
			add(p, TOKENS, labels, (double)kinds[i].n);
	}
}

void flow_count(struct exchange *x)
{
	const struct flow_parts *p = flow_parts(x->flow);
	double seconds = (double)(clock_us() - x->started_us) / 1e6;
	cdt_str code = arena_print(&x->arena, "%u", x->status ? x->status : 499);
	cdt_str route = str_z(x->surface->path);
	const cdt_str http[] = { route, x->method, code };

	add(p, HTTP_REQUESTS, http, 1);
	add(p, DURATION, &route, seconds);
	if (!x->tried)
		return;
	const cdt_str labels[] = {
		x->route->name, x->tried->target->provider, x->tried->target->name,
		x->problem.cause ? str_z(problem_name(x->problem.cause))
		                 : x->status ? CDT_STR("ok") : CDT_STR("client_gone"),
	};
	add(p, REQUESTS, labels, 1);
	add(p, ATTEMPTS, &x->tried->target->provider, x->attempts);
	if (x->first_us > x->started_us)
		add(p, FIRST_TOKEN, &x->tried->target->provider,
		    (double)(x->first_us - x->started_us) / 1e6);
	count_tokens(x, p);
}
