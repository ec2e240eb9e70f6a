/* api/anthropic/count.c - POST /v1/messages/count_tokens: asked of the model's provider, where
 * it counts; else how many tokens at most.  A token is at least a byte long, so that no
 * tokenizer makes more of it; agents that go by the number make room too early and never too
 * late.
 * SPDX-License-Identifier: MIT */
#include "api/anthropic/anthropic.h"
#include "api/native.h"
#include "flow/bounds.h"

/* Agents wait for it before they go on: a bound now is better than a number later. */
enum { PATIENCE_MS = 10000 };

/* Another model counts otherwise than the one that will answer. */
static cdt_status ask_one(struct exchange *x)
{
	struct ask_routing *own = arena_take(&x->arena, sizeof *own);

	if (!own)
		return CDT_E_LIMIT;
	*own = *x->ask.routing;
	own->no_fallback = true;
	x->ask.routing = own;
	if (!x->timeout_ms || x->timeout_ms > PATIENCE_MS)
		x->timeout_ms = PATIENCE_MS;
	return CDT_OK;
}

static cdt_status decode(struct exchange *x)
{
	cdt_status st = messages_decode(x);

	x->ask.stream = false;                 /* some send all that they will send later */
	return st == CDT_OK ? ask_one(x) : st;
}

static cdt_status at_most(struct exchange *x, struct buf *out)
{
	struct ask chat = x->ask;
	struct jsonw w;

	chat.op = CDT_OP_CHAT;
	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_i64(&w, "input_tokens", bounds_count(&chat));
	jsonw_close(&w);
	return jsonw_status(&w);
}

const struct surface messages_count = {
	.path = "/v1/messages/count_tokens", .method = "POST", .op = CDT_OP_COUNT,
	.dialect = &messages_count_dialect,
	.decode = decode, .native_whole = native_whole, .instead = at_most,
};
