/* flow/step_settle.c - what it was: the access log's line, the counters, the exchange's end.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/str.h"
#include "flow/exchange.h"
#include "flow/hedge.h"
#include "flow/recall.h"
#include "flow/report.h"
#include "ledger/money.h"
#include "loop/worker.h"
#include "usage/journal.h"

static double ms_since(const struct exchange *x, uint64_t us)
{
	return us > x->started_us ? (double)(us - x->started_us) / 1000.0 : -1.0;
}

/* What nobody was asked for: who had answered, and how long that answer is. */
static void tell_known(const struct kept *known, struct journal_line *line)
{
	line->provider = known->provider;
	line->target = known->target;
	line->upstream_model = known->model;
	line->input_tokens = known->usage.input;
	line->cached_tokens = known->usage.cache_read;
	line->output_tokens = known->usage.output;
	line->reasoning_tokens = known->usage.reasoning;
}

static void write_line(struct exchange *x)
{
	const struct flow_parts *parts = flow_parts(x->flow);
	const struct target *t = x->tried ? x->tried->target : NULL;
	const struct kept *known = report_known(x);
	const cdt_str outcome = report_outcome(x);
	uint64_t now_us = clock_us();
	char cost[MONEY_TEXT_SIZE];
	struct journal_line line = {
		.wall_ms = x->wall_ms, .id = x->id.p, .client = x->peer,
		.trace = exchange_trace_id(x), .session = x->session,
		.key = x->key ? str_z(x->key->id) : (cdt_str){ NULL, 0 },
		.group = x->key ? str_z(x->key->group) : (cdt_str){ NULL, 0 },
		.route = str_z(x->surface->path), .method = x->method, .model = x->ask.model,
		.status = x->status ? x->status : 499, .attempts = x->attempts,
		.stream = x->ask.stream, .cache = recall_word(x),
		.input_tokens = x->usage.input, .cached_tokens = x->usage.cache_read,
		.output_tokens = x->usage.output, .reasoning_tokens = x->usage.reasoning,
		.ttft_ms = ms_since(x, x->first_us), .total_ms = ms_since(x, now_us),
		.overhead_us = (int64_t)exchange_overhead_us(x, now_us),
		.bytes_in = x->bytes_in, .bytes_out = x->bytes_out, .agent = x->agent,
	};

	if (!str_is(outcome, "OK"))
		line.kind = outcome;
	if (t ? t->price != NULL : known != NULL)
		line.cost_usd = str_z(money_text(x->cost, cost));
	if (t) {
		line.provider = t->provider;
		line.target = t->name;
		line.upstream_model = t->model;
	} else if (known) {
		tell_known(known, &line);
	}
	journal_write(parts->journal, worker_number(parts->worker), &line);
}

enum step_result step_settle(struct exchange *x)
{
	if (hedge_lost(x))
		return STEP_DONE;
	limit_end(x);
	report_send(x);
	write_line(x);
	trace_send(x);
	flow_count(x);
	report_end(x);
	exchange_free(x);
	return STEP_DONE;
}
