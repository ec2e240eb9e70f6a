/* provider_bedrock/claude.c - clients that speak Claude's own language get it through
 * InvokeModel, which takes their body nearly as it is.  Each event of a stream comes as base64
 * inside a frame of its own; the client gets the event.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <string.h>

/* A guardrail of the configuration is for every chat: Converse applies it. */
int bedrock_speaks(void *self, cdt_str dialect, cdt_str model, cdt_str base_url)
{
	const struct bedrock *b = self;
	cdt_str family = bedrock_family(model, words_z(b->base_model));

	(void)dialect, (void)base_url;
	return !b->guardrail[0] && b->crypto && words_begin(family, "anthropic.claude");
}

cdt_status bedrock_claude(const struct bedrock *self, struct cdt_call *call,
                          const struct cdt_request *req, struct cdt_http_out *http)
{
	const struct asked asked = { req->model, req->base_url, req->secret };
	int streams = (req->flags & CDT_REQ_STREAM) != 0, files_beta;
	struct answer *a = bedrock_answer(call);
	struct place place;
	cdt_status st;

	a->native = 1;
	st = claude_write(&self->claude, &a->claude, call, req, http, &files_beta);
	if (st == CDT_OK)
		st = bedrock_place(self, call, &asked, "bedrock-runtime", &place);
	if (st == CDT_OK)
		st = bedrock_go(call, &place, asked.model,
		                streams ? "/invoke-with-response-stream" : "/invoke", http);
	if (st == CDT_OK && self->latency[0])
		http->api->header(http, "x-amzn-bedrock-performanceconfig-latency",
		                  words_z(self->latency));
	if (st == CDT_OK)
		st = bedrock_authorize(self, call, &place, asked.secret, http);
	return st != CDT_OK ? st : http->api->status(http);
}

/* {"bytes":"base64 of an event","p":"padding"}; "": it is none of that. */
static cdt_str unwrapped(const struct bedrock *self, struct cdt_call *call, cdt_str json)
{
	cdt_str bytes, none = CDT_STR("");
	cdt_val doc;
	char *out;
	size_t n;

	if (call->api->parse(call, json, &doc) != CDT_OK)
		return none;
	bytes = cdt_text(cdt_get(doc, "bytes"));
	out = bytes.n ? call->api->scratch(call, bytes.n) : NULL;
	if (!out)
		return none;
	n = self->crypto->unbase64(bytes, out, bytes.n);
	return n <= bytes.n ? (cdt_str){ out, n } : none;
}

static cdt_str type_of(struct cdt_call *call, cdt_str json)
{
	cdt_val doc;

	return call->api->parse(call, json, &doc) == CDT_OK ? cdt_text(cdt_get(doc, "type"))
	                                                    : CDT_STR("");
}

static cdt_status event(const struct bedrock *self, const struct reader *r, cdt_str wrapped)
{
	struct cdt_frame inner = { .size = sizeof inner };
	cdt_status st;

	inner.data = unwrapped(self, r->call, wrapped);
	inner.event = inner.data.n ? type_of(r->call, inner.data) : CDT_STR("");
	if (inner.event.n == 0)
		return CDT_E_UPSTREAM;
	st = claude_frame(&r->answer->claude, r->call, &inner, r->sink);
	if (st == CDT_OK)
		r->call->api->relay(r->call, inner.event, inner.data);
	return st;
}

cdt_status bedrock_claude_frame(const struct reader *r, const struct cdt_frame *frame)
{
	if (frame->event.n == 0)                       /* a whole answer */
		return claude_frame(&r->answer->claude, r->call, frame, r->sink);
	if (!cdt_is(frame->event, "chunk")) {          /* of the stream, not of the answer */
		r->call->api->relay(r->call, CDT_STR(""), CDT_STR(""));
		return CDT_OK;
	}
	return event(r->self, r, frame->data);
}

cdt_status bedrock_claude_error(const struct bedrock *self, struct cdt_call *call,
                                const struct cdt_http_head *head, cdt_str body,
                                struct cdt_error *err)
{
	struct answer *a = bedrock_answer(call);
	cdt_str inner = unwrapped(self, call, body);

	return claude_error(&a->claude, call, head, inner.n ? inner : body, err);
}
