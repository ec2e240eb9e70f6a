/* flow/order.c - what an attempt is told: the document, in its provider's dialect or as
 * canonical one, where to, and how long it may take.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/str.h"
#include "canon/chat_of.h"
#include "canon/failed.h"
#include "flow/exchange.h"

static uint64_t elapsed_ms(const struct exchange *x)
{
	return (clock_us() - x->started_us) / 1000;
}

uint32_t attempt_time_left(const struct exchange *x, const struct target *t)
{
	uint64_t whole = t->timeouts.total_ms, gone = elapsed_ms(x);

	if (x->timeout_ms && x->timeout_ms < whole)
		whole = x->timeout_ms;
	return gone < whole ? (uint32_t)(whole - gone) : 0;
}

/* The document that the provider reads: the client's own, or the canonical one. */
static cdt_status document(struct exchange *x, const struct target *t, struct attempt_order *o)
{
	/* Who waits for a token reads it later. */
	struct arena *a = provider_makes_tokens(t->instance) ? &x->arena : flow_brief(x->flow);
	cdt_status st;

	if (x->native && x->ask.form.n) {
		x->lazy = json_lazy_new(&x->arena, x->ask.form);
		o->doc = json_lazy_val(x->lazy);
		return x->lazy ? CDT_OK : CDT_E_LIMIT;
	}
	if (x->native) {
		x->lazy = json_lazy_of(a, x->ask.body, x->ask.members, x->ask.member_count);
		o->doc = json_lazy_val(x->lazy);
		return CDT_OK;
	}
	json_free(x->ask.doc);                         /* of the last attempt, with its limit */
	x->ask.doc = NULL;
	x->left_out_count = 0;
	x->strict = o->strict;
	st = x->surface->canonical(x, &x->ask.doc);
	if (st != CDT_OK)
		return st;
	if (o->op != x->ask.op)
		complete_as_chat(x->ask.doc);
	if (x->max_output)
		json_set_give(x->ask.doc, o->op == CDT_OP_CHAT ? "max_completion_tokens"
		                                               : "max_tokens",
		              json_new_i64(x->max_output));
	media_put(x, x->ask.doc);
	if (!(provider_caps(t->instance)->flags & CDT_CAPS_TOOL_ERRORS))
		failed_in_words(x->ask.doc);
	o->doc = json_val(x->ask.doc);
	return CDT_OK;
}

/* No phase may take longer than what is left. */
static void limit_times(struct fetch_timeouts *t, uint32_t max_ms)
{
	uint32_t *const each[] = { &t->connect_ms, &t->first_byte_ms, &t->idle_ms,
	                           &t->total_ms };

	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		if (*each[i] > max_ms)
			*each[i] = max_ms;
}

cdt_status attempt_order_of(struct exchange *x, const struct candidate *c,
                            struct attempt_order *o)
{
	const struct flow_parts *parts = flow_parts(x->flow);
	const struct target *t = c->target;

	*o = (struct attempt_order){
		.worker = parts->worker, .fetch = parts->fetch,
		.self = roster_self(exchange_roster(x), t->instance_number),
		.xid = x->id.p, .arena = &x->arena, .ask = &x->ask, .number = x->begun + 1,
		.model = t->model, .base_url = str_z(t->config->base_url),
		.secret = c->credential ? secret_bytes(c->credential->secret) : CDT_STR(""),
		.timeouts = t->timeouts, .max_output = x->max_output,
		.strict = x->ask.routing->has_strict ? x->ask.routing->strict
		                                     : t->config->params == PARAMS_STRICT,
	};
	limit_times(&o->timeouts, attempt_time_left(x, t));
	if (!o->self)                                  /* the log has said why, at start */
		return problem_set(&x->problem, &x->arena, PROBLEM_UPSTREAM, NULL,
		                   "The provider '%.*s' is not ready.", STR_ARG(t->provider));
	o->dialect = str_z(x->surface->dialect->name);
	x->native = target_speaks(t, o->dialect);
	o->native = x->native;
	o->op = target_op(t, &x->ask);
	o->stream = x->ask.stream && (x->native || x->ask.raw || target_streams(t, o->op));
	o->whole_too = x->surface->flags & SURFACE_WHOLE_TOO;
	trace_order(x, o);
	return document(x, t, o);
}
