/* flow/trace.c - the trace that an exchange belongs to, and what its exporter is told.  Without
 * an exporter, and with nobody to tell upstream, there is none and this costs nothing.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/exchange.h"
#include "flow/recall.h"
#include "flow/report.h"
#include "telemetry/telemetry.h"

_Static_assert((int)TELEMETRY_ATTEMPTS_MAX >= (int)ATTEMPTS_MAX, "each has its place");

static bool is_wanted(const struct exchange *x)
{
	return flow_parts(x->flow)->telemetry || exchange_config(x)->telemetry.propagate;
}

static bool believes(const struct exchange *x, bool proved)
{
	enum trace_trust trust = exchange_config(x)->telemetry.trust;

	return trust == TRUST_ALWAYS || (trust == TRUST_AUTHENTICATED && proved);
}

static void keep_content(struct exchange *x)
{
	cdt_str body = http_body(x->request);

	if (exchange_config(x)->telemetry.otlp.content && body.n <= TELEMETRY_CONTENT_MAX)
		x->content = arena_str(&x->arena, body);
}

void exchange_trace(struct exchange *x, bool proved)
{
	struct trace *t = is_wanted(x) ? arena_take(&x->arena, sizeof *t) : NULL;
	cdt_str parent;

	if (!t)
		return;
	parent = believes(x, proved) ? http_header(x->request, "traceparent") : CDT_STR("");
	if (parent.n && trace_join(t, parent, http_header(x->request, "tracestate")))
		t->state = arena_str(&x->arena, t->state);
	else
		trace_new(t, exchange_config(x)->telemetry.otlp.sample_millionths);
	x->trace = t;
	if (t->sampled && proved)              /* strangers' words are nobody's to keep */
		keep_content(x);
}

cdt_str exchange_trace_id(const struct exchange *x)
{
	return x->trace ? str_from(x->trace->text, TRACE_TEXT_SIZE - 1) : CDT_STR("");
}

void trace_order(struct exchange *x, struct attempt_order *o)
{
	uint8_t span[SPAN_ID_SIZE];
	char *text;

	if (!x->trace || !exchange_config(x)->telemetry.propagate)
		return;
	text = arena_take(&x->arena, TRACEPARENT_SIZE);
	if (!text)
		return;
	trace_attempt(x->trace, o->number, span);
	o->traceparent = str_z(trace_print(x->trace, span, text));
	o->tracestate = x->trace->state;
}

static void fill_attempt(const struct exchange *x, uint32_t i, struct telemetry_attempt *out)
{
	const struct usage_attempt *a = &x->tries[i];
	const struct config_provider *p = x->tried->target->config;

	if (!str_is(a->provider, p->name))
		p = config_provider_find(exchange_config(x), a->provider.p);   /* NUL-ended */
	*out = (struct telemetry_attempt){
		.target = a->target, .provider = a->provider, .model = a->model,
		.outcome = a->outcome, .type = str_z(p ? p->type : ""),
		.base_url = str_z(p ? p->base_url : ""), .http_status = a->http_status,
		.cost_nanousd = a->cost, .start_us = a->start_us, .head_us = a->head_us,
		.first_us = a->first_us, .end_us = a->end_us,
	};
	trace_attempt(x->trace, i + 1, out->span);
}

static void fill(const struct exchange *x, struct telemetry_record *r)
{
	const struct trace *t = x->trace;
	const struct cdt_usage *u = &x->bill.usage;
	uint64_t now_us = clock_us();
	bool asked = x->tries && x->attempts;

	r->id = x->id;
	r->key = str_z(x->key ? x->key->id : "");
	r->group = str_z(x->key && x->key->group ? x->key->group : "");
	r->model = x->route && x->route->model ? x->route->name : x->ask.model;
	r->operation = str_z(op_name(x->ask.op));
	r->outcome = report_outcome(x);
	r->client = x->peer;
	r->agent = x->agent;
	r->cache = str_z(recall_word(x));
	r->method = x->method;
	r->route = str_z(x->surface->path);
	r->path = x->path;
	r->session = x->session;
	r->state = t->state;
	r->content = x->content;
	memcpy(r->trace, t->id, sizeof t->id);
	memcpy(r->span, t->span, sizeof t->span);
	memcpy(r->parent, t->parent, sizeof t->parent);
	r->has_parent = t->has_parent;
	r->sampled = t->sampled;
	r->stream = x->ask.stream;
	r->status = x->status ? x->status : 499;
	r->stop_kinds = x->relay.stop_kinds;
	r->wall_ms = x->wall_ms;
	r->first_us = x->first_us > x->started_us ? (int64_t)(x->first_us - x->started_us) : -1;
	r->total_us = (int64_t)(now_us - x->started_us);
	r->overhead_us = (int64_t)exchange_overhead_us(x, now_us);
	r->cost_nanousd = x->cost;
	r->input = asked ? u->input : -1;
	r->cached = asked ? u->cache_read : -1;
	r->cache_write = asked ? u->cache_write : -1;
	r->output = asked ? u->output : -1;
	r->reasoning = asked ? u->reasoning : -1;
	r->attempt_count = asked ? x->attempts : 0;
}

void trace_send(struct exchange *x)
{
	const struct flow_parts *parts = flow_parts(x->flow);
	struct telemetry_record r;

	if (!x->trace || !parts->telemetry)
		return;
	fill(x, &r);
	for (uint32_t i = 0; i < r.attempt_count; i++)
		fill_attempt(x, i, &r.attempt[i]);
	telemetry_push(parts->telemetry, worker_number(parts->worker), &r);
}
