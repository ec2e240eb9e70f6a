/* api/anthropic/count.c - POST /v1/messages/count_tokens: how many tokens at most.
 * A token is at least a byte long, so that no tokenizer makes more of it; agents that go by
 * the number make room too early and never too late.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "base/str.h"
#include "flow/bounds.h"

static cdt_status answer(struct exchange *x, struct buf *out)
{
	const struct route *r;
	struct jsonw w;
	cdt_status st;

	x->ask.op = CDT_OP_CHAT;
	x->ask.body = http_body(x->request);
	x->ask.routing = &ask_no_routing;
	x->ask.own_members = messages_dialect.own_members;
	st = messages_decode(x);
	if (st != CDT_OK)
		return st;
	r = router_find(roster_router(exchange_roster(x)), x->ask.model, &x->arena);
	if (!r || !exchange_may_model(x, x->ask.model, r->name))
		return problem_set(&x->problem, &x->arena, PROBLEM_MODEL_NOT_FOUND, "model",
		                   "The model '%.*s' does not exist, or this key may not "
		                   "use it.", STR_ARG(x->ask.model));
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_i64(&w, "input_tokens", bounds_count(&x->ask));
	jsonw_close(&w);
	return jsonw_status(&w);
}

const struct surface messages_count = {
	.path = "/v1/messages/count_tokens", .method = "POST", .dialect = &messages_dialect,
	.answer = answer,
};
