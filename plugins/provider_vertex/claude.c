/* provider_vertex/claude.c - Claude by Vertex AI: the Messages API at an address of Google's,
 * for clients that speak it and, translated, for the others.
 * SPDX-License-Identifier: MIT */
#include "vertex.h"

/* "claude-opus-5", also behind "publishers/anthropic/models/". */
int vertex_is_claude(cdt_str model)
{
	return words_begin(gemini_model_name(model), "claude-");
}

int vertex_speaks(void *self, cdt_str dialect, cdt_str model, cdt_str base_url)
{
	(void)self, (void)dialect, (void)base_url;
	return vertex_is_claude(model);
}

/* The address wants to know whose model it is. */
static cdt_str full_name(struct cdt_call *call, cdt_str model)
{
	if (!words_begin(model, "claude-"))
		return model;
	return words_join(call, (cdt_str[]){ CDT_STR("publishers/anthropic/models/"), model },
	                  2);
}

cdt_status vertex_claude(const struct vertex *v, struct cdt_call *call,
                         const struct cdt_request *req, struct cdt_http_out *http)
{
	struct gemini_answer *a = gemini_answer(call);
	const struct gemini_place place = { req->base_url, req->secret,
	                                    full_name(call, req->model) };
	int streams = (req->flags & CDT_REQ_STREAM) != 0, files_beta;
	cdt_str betas = claude_cloud_betas(&v->claude, call, req);
	cdt_status st = claude_write(&v->claude, &a->beside, call, req, http, &files_beta);

	if (st != CDT_OK)
		return st;
	vertex_address(&v->gemini, call, http, &place,
	               streams ? "streamRawPredict" : "rawPredict");
	if (betas.n)
		http->api->header(http, "anthropic-beta", betas);
	return http->api->status(http);
}

void **vertex_claude_place(struct cdt_call *call)
{
	struct gemini_answer *a = gemini_answer(call);

	return a && a->beside ? &a->beside : NULL;
}

/* Google says no in its own words, Claude in Anthropic's. */
cdt_status vertex_claude_error(void *self, struct cdt_call *call,
                               const struct cdt_http_head *head, cdt_str body,
                               struct cdt_error *err)
{
	void **place = vertex_claude_place(call);
	cdt_val doc;

	if (place && (head->status < 300 || (call->api->parse(call, body, &doc) == CDT_OK
	                                     && cdt_is(cdt_text(cdt_get(doc, "type")),
	                                               "error"))))
		return claude_error(place, call, head, body, err);
	return gemini_error(self, call, head, body, err);
}
