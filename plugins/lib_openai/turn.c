/* lib_openai/turn.c - what is remembered of one attempt, and nothing about its meaning.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

enum { WANTED_MAX = 128 };                       /* n, as OpenAI caps it */

struct turn *openai_turn_new(const struct openai *me, struct cdt_call *call,
                             const struct cdt_request *req)
{
	struct turn *t = call->api->keep(call, sizeof *t);
	int64_t n = 1;

	if (!t)
		return NULL;
	if (req->op != CDT_OP_EMBED)
		n = cdt_i64(cdt_get(req->doc, "n"), 1);
	t->op = req->op;
	t->wanted = n < 1 ? 1 : n > WANTED_MAX ? WANTED_MAX : (uint32_t)n;
	t->native = (req->flags & CDT_REQ_NATIVE) != 0;
	t->responses = openai_responses_wanted(req);
	t->stream = (req->flags & CDT_REQ_STREAM) != 0 ||
	            (req->op == CDT_OP_CHAT && !t->native &&
	             openai_words_have(me->row.stream_only, req->model));
	*call->api->slot(call) = t;
	return t;
}

struct turn *openai_turn_of(struct cdt_call *call)
{
	void **slot = call->api->slot(call);
	struct turn *t = *slot;

	if (t)
		return t;
	t = call->api->keep(call, sizeof *t);
	if (t) {
		t->op = CDT_OP_CHAT;
		t->wanted = 1;
		*slot = t;
	}
	return t;
}

struct choice *openai_turn_choice(const struct reading *r, int64_t index)
{
	struct choice **block;
	struct choice *c;

	if (index < 0 || index >= (int64_t)CHOICE_BLOCK * CHOICE_BLOCKS)
		return NULL;
	block = &r->turn->block[index / CHOICE_BLOCK];
	if (!*block) {
		*block = r->call->api->keep(r->call, CHOICE_BLOCK * sizeof **block);
		if (index / CHOICE_BLOCK > r->turn->last_block)
			r->turn->last_block = (uint32_t)(index / CHOICE_BLOCK);
	}
	if (!*block)
		return NULL;
	c = *block + index % CHOICE_BLOCK;
	c->seen = true;
	return c;
}

cdt_str openai_turn_keep(struct cdt_call *call, cdt_str s)
{
	char *copy = s.n ? call->api->keep(call, s.n) : NULL;

	if (!copy)
		return CDT_STR("");
	memcpy(copy, s.p, s.n);
	return (cdt_str){ copy, s.n };
}
