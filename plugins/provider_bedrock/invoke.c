/* provider_bedrock/invoke.c - what Converse does not do: each family has a form of its own, and
 * many take one input at a time.  Then an answer has several steps, one after the other.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

enum { BODY_KEPT_MAX = 900 << 10 };

void bedrock_decline(struct invocation *v, cdt_status status, const char *param,
                     const char *why)
{
	if (v->status == CDT_OK)
		v->status = words_refuse(v->call, status, param, why);
}

void bedrock_lack(struct invocation *v, const char *param)
{
	if (v->status == CDT_OK)
		v->status = words_unsupported(v->call, param);
}

static const struct { uint32_t op; const struct maker *makers; size_t count; } ops[] = {
	{ CDT_OP_EMBED, bedrock_embed_makers, EMBED_MAKERS },
	{ CDT_OP_IMAGE, bedrock_image_makers, IMAGE_MAKERS },
	{ CDT_OP_RERANK, bedrock_rank_makers, RANK_MAKERS },
};

static const struct maker *maker_of(uint32_t op, cdt_str family)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		for (size_t k = 0; ops[i].op == op && k < ops[i].count; k++)
			if (words_begin(family, ops[i].makers[k].family))
				return &ops[i].makers[k];
	return NULL;
}

static struct batch *begin(struct invocation *v)
{
	struct batch *b = v->call->api->keep(v->call, sizeof *b);

	if (!b)
		return NULL;
	b->tokens = b->searches = -1;
	b->asked.model = words_keep(v->call, v->req->model);
	b->asked.base_url = words_keep(v->call, v->req->base_url);
	b->asked.secret = words_keep(v->call, v->req->secret);
	b->maker = maker_of(v->op, v->family);
	if (!b->asked.model.p || !b->asked.base_url.p || !b->asked.secret.p)
		return NULL;
	return v->answer->batch = b;
}

static cdt_status send(struct invocation *v, struct batch *b, struct cdt_http_out *http)
{
	int alone = words_begin(words_z(b->maker->verb), "/rerank");
	struct cdt_out *o = http->api->body(http);
	struct place place;
	cdt_status st = bedrock_place(v->self, v->call, &b->asked, b->maker->service, &place);

	if (st != CDT_OK)
		return st;
	v->region = place.region;
	b->answered = 0;
	b->step = b->all - b->next < b->maker->at_once ? b->all - b->next : b->maker->at_once;
	if (b->body.n)
		o->api->bytes(o, b->body);
	else
		b->maker->write(v, b, o);
	if (v->status != CDT_OK)
		return v->status;
	st = bedrock_go(v->call, &place, alone ? CDT_STR("") : b->asked.model, b->maker->verb,
	                http);
	if (st == CDT_OK)
		st = bedrock_authorize(v->self, v->call, &place, b->asked.secret, http);
	return st != CDT_OK ? st : http->api->status(http);
}

/* The request's documents are gone when the next step is written: its bytes stay. */
static cdt_status keep_body(struct invocation *v, struct batch *b, struct cdt_http_out *http)
{
	cdt_str sent;

	if (b->all <= b->maker->at_once || b->inputs)
		return CDT_OK;
	sent = http->api->written(http);
	if (sent.n <= BODY_KEPT_MAX)
		b->body = words_keep(v->call, sent);
	if (!b->body.n)
		bedrock_decline(v, CDT_E_LIMIT, "n",
		                "With pictures as large as these 'n' must be 1.");
	return v->status;
}

static int can_follow(const struct invocation *v, const struct cdt_http_out *http)
{
	return CDT_CAN(struct cdt_call_api, v->call->api, follow)
	       && CDT_CAN(struct cdt_http_out_api, http->api, written);
}

cdt_status bedrock_invoke(struct invocation *v, struct cdt_http_out *http)
{
	struct batch *b = begin(v);

	if (!b)
		return CDT_E_NOMEM;
	if (!b->maker)
		bedrock_decline(v, CDT_E_UNSUPPORTED, "model",
		                "This provider does not know how this model does that.");
	if (v->status == CDT_OK)
		b->maker->prepare(v, b);
	if (v->status == CDT_OK && b->all > b->maker->at_once && !can_follow(v, http))
		bedrock_decline(v, CDT_E_UNSUPPORTED, "",
		                "This gateway asks for one thing at a time.");
	if (v->status == CDT_OK)
		v->status = send(v, b, http);
	return v->status != CDT_OK ? v->status : keep_body(v, b, http);
}

cdt_status bedrock_invoke_frame(const struct reader *r, cdt_val doc)
{
	struct batch *b = r->answer->batch;
	struct cdt_usage u = CDT_USAGE_INIT;
	int64_t said = r->answer->input_said;
	cdt_status st;

	if (!b || b->answered)
		return CDT_E_UPSTREAM;
	st = b->maker->read(r, b, doc);
	if (st != CDT_OK)
		return st;
	if (r->answer->op == CDT_OP_EMBED && cdt_count_of(cdt_get(doc, "inputTextTokenCount"))
	    >= 0)
		said = cdt_count_of(cdt_get(doc, "inputTextTokenCount"));
	if (said >= 0 && said <= CDT_COUNT_MAX)
		b->tokens = b->tokens < 0 ? said : b->tokens + said;
	b->answered = 1;
	b->next += b->step;
	u.input = b->tokens > CDT_COUNT_MAX ? -1 : b->tokens;
	if (r->answer->op == CDT_OP_EMBED && u.input >= 0)
		u.output = 0;
	if (r->answer->op == CDT_OP_IMAGE)
		u.images = r->answer->next_index;
	u.searches = b->searches;
	if (u.input < 0 && u.images < 0 && u.searches < 0)
		return CDT_OK;
	return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_USAGE, .usage = &u });
}

cdt_status bedrock_invoke_finish(const struct reader *r)
{
	const struct batch *b = r->answer->batch;

	if (!b || !b->answered)
		return CDT_E_UPSTREAM;
	if (b->next >= b->all)
		return cdt_emit(r->sink, (struct cdt_event){ .type = CDT_EV_STOP,
			.kind = CDT_STOP_END });
	r->call->api->follow(r->call, 0);
	return CDT_OK;
}

cdt_status bedrock_follow(void *self, struct cdt_call *call, struct cdt_http_out *http)
{
	const struct bedrock *b = self;
	struct answer *a = bedrock_answer(call);
	struct invocation v = { .self = b, .call = call, .answer = a, .op = a ? a->op : 0 };

	if (!a || !a->batch || a->batch->next >= a->batch->all)
		return CDT_E_MISUSE;
	v.family = bedrock_family(a->batch->asked.model, words_z(b->base_model));
	return send(&v, a->batch, http);
}

/* The secret was copied for the later steps. */
void bedrock_done(void *self, struct cdt_call *call)
{
	struct answer *a = *call->api->slot(call);
	char *secret;

	(void)self;
	if (!a || !a->batch || !a->batch->asked.secret.n)
		return;
	memcpy(&secret, &a->batch->asked.secret.p, sizeof secret);
	memset(secret, 0, a->batch->asked.secret.n);
}
