/* provider_acme/acme.c - Acme Chat.  Acme takes POST {base}/v1/chat and answers
 * {"text","stop","usage":{"in","out"}}, once or as SSE events of the same shape; its errors are
 * {"code","message"}, in place of an answer or, in a stream, under "error".
 * SPDX-License-Identifier: MIT */
#include <conduit/easy.h>

static const struct cdt_caps *acme_caps(void *self)
{
	static const struct cdt_caps caps = {
		.size = sizeof caps,
		.ops = CDT_OP_BIT(CDT_OP_CHAT),
		.stream_ops = CDT_OP_BIT(CDT_OP_CHAT),
	};

	(void)self;
	return &caps;
}

static cdt_status acme_build(void *self, struct cdt_call *call,
                             const struct cdt_request *req, struct cdt_http_out *http)
{
	cdt_str base = req->base_url.n ? req->base_url : CDT_STR("https://api.acme.test");
	struct cdt_out *o = http->api->body(http);

	(void)self, (void)call;
	http->api->url(http, base, CDT_STR("/v1/chat"));
	http->api->secret_header(http, "authorization", CDT_STR("Bearer "), req->secret);
	cdt_open(o, '{');
	cdt_put_text(o, "model", req->model);
	cdt_put_flag(o, "stream", (req->flags & CDT_REQ_STREAM) != 0);
	cdt_put_val(o, "messages", cdt_get(req->doc, "messages"));
	cdt_put_val(o, "max_tokens", cdt_get(req->doc, "max_completion_tokens"));
	cdt_close(o);
	return http->api->status(http);
}

static uint32_t stop_kind(cdt_str word)
{
	return cdt_is(word, "length") ? CDT_STOP_LENGTH : CDT_STOP_END;
}

/* A whole answer comes as one frame: there is only this one way out. */
static cdt_status acme_frame(void *self, struct cdt_call *call,
                             const struct cdt_frame *frame, struct cdt_sink *sink)
{
	cdt_val doc, usage;
	cdt_status st = call->api->parse(call, frame->data, &doc);
	void **ended = call->api->slot(call);
	cdt_str stop;

	(void)self;
	if (st != CDT_OK)
		return st;
	if (*ended)
		return CDT_OK;                          /* nothing is due after its end */
	if (cdt_type(cdt_get(doc, "error")) != CDT_ABSENT)
		return CDT_E_UPSTREAM;                  /* acme_error is asked next */
	usage = cdt_get(doc, "usage");
	stop = cdt_text(cdt_get(doc, "stop"));
	st = cdt_emit_text(sink, 0, cdt_text(cdt_get(doc, "text")));
	if (st == CDT_OK)
		st = cdt_emit_tokens(sink, cdt_count_of(cdt_get(usage, "in")),
		                     cdt_count_of(cdt_get(usage, "out")));
	if (st != CDT_OK || !stop.n)
		return st;
	*ended = call->api->keep(call, 1);              /* not NULL: that is all to remember */
	return cdt_emit_stop(sink, stop_kind(stop), stop);
}

/* An answer without its stop was cut. */
static cdt_status acme_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	(void)self, (void)sink;
	return *call->api->slot(call) ? CDT_OK : CDT_E_UPSTREAM;
}

/* err has the reason that the status gives, and Retry-After, already. */
static cdt_status acme_error(void *self, struct cdt_call *call,
                             const struct cdt_http_head *head, cdt_str body,
                             struct cdt_error *err)
{
	cdt_val doc, inner;

	(void)self, (void)head;
	if (call->api->parse(call, body, &doc) != CDT_OK)
		return CDT_OK;
	inner = cdt_get(doc, "error");
	if (cdt_type(inner) != CDT_ABSENT)
		doc = inner;
	err->message = cdt_text(cdt_get(doc, "message"));
	err->code = cdt_text(cdt_get(doc, "code"));
	if (cdt_is(err->code, "prompt_too_long"))
		err->reason = CDT_ERR_CONTEXT_LENGTH;
	return CDT_OK;
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops, .caps = acme_caps,
	.build = acme_build, .frame = acme_frame, .finish = acme_finish,
	.error = acme_error,
};
static const struct cdt_feature acme = {
	.size = sizeof acme, .kind = CDT_KIND_PROVIDER, .name = "acme",
	.summary = "Acme Chat", .ops = &ops,
};
static const struct cdt_feature *const features[] = { &acme, NULL };

CDT_MODULE(.id = "org.example.acme", .version = "1.0", .license = "MIT",
           .features = features);
