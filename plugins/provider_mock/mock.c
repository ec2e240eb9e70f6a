/* provider_mock/mock.c - a provider without a network, for trying and for testing: its
 * abilities and the order of the calls.
 * SPDX-License-Identifier: MIT */
#include "mock.h"

#include <stdlib.h>
#include <string.h>

static void *mock_open(const struct cdt_host *host, cdt_val config)
{
	struct mock *me = calloc(1, sizeof *me);

	(void)config;
	if (!me)
		return NULL;
	me->host = host;
	me->io = host->service(host, CDT_SVC_IO);
	if (!me->io || !CDT_CAN(struct cdt_io, me->io, after)) {
		me->io = NULL;
		host->log(host, CDT_LOG_WARN, "no timers here: the mock never waits");
	}
	return me;
}

static void mock_close(void *self) { free(self); }

static const struct cdt_caps *mock_caps(void *self)
{
	static const struct cdt_caps caps = {
		.size = sizeof caps,
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) |
		       CDT_OP_BIT(CDT_OP_EMBED) | CDT_OP_BIT(CDT_OP_IMAGE) |
		       CDT_OP_BIT(CDT_OP_SPEECH) | CDT_OP_BIT(CDT_OP_TRANSCRIBE) |
		       CDT_OP_BIT(CDT_OP_MODERATE) | CDT_OP_BIT(CDT_OP_RERANK),
		.stream_ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) |
		              CDT_OP_BIT(CDT_OP_SPEECH) | CDT_OP_BIT(CDT_OP_TRANSCRIBE),
	};

	(void)self;
	return &caps;
}

typedef cdt_status make_fn(struct cdt_call *, const struct cdt_request *, const struct wish *,
                           struct cdt_out *);
static make_fn *const makers[] = {
	[CDT_OP_CHAT] = mock_chat, [CDT_OP_COMPLETE] = mock_complete,
	[CDT_OP_EMBED] = mock_embed, [CDT_OP_IMAGE] = mock_picture,
	[CDT_OP_SPEECH] = mock_speak, [CDT_OP_TRANSCRIBE] = mock_listen,
	[CDT_OP_MODERATE] = mock_moderate, [CDT_OP_RERANK] = mock_rerank,
};

/* The address is never called, but a request has one. */
static cdt_status mock_build(void *self, struct cdt_call *call, const struct cdt_request *req,
                             struct cdt_http_out *http)
{
	struct cdt_out *o = http->api->body(http);
	struct wish w;
	cdt_status st = CDT_E_UNSUPPORTED;

	(void)self;
	http->api->url(http, CDT_STR("http://mock.invalid"), CDT_STR("/"));
	mock_wish_model(&w, req->model);
	if (*w.wrong || (req->op != CDT_OP_CHAT && w.v[WISH_STATUS] > 0)) {
		uint32_t status = *w.wrong ? 404 : (uint32_t)w.v[WISH_STATUS];
		cdt_str why = { w.wrong, strlen(w.wrong) };

		mock_plan_refuse(o, &w, status,
		                 why.n ? why : CDT_STR("the mock refused as it was told to"));
		return http->api->status(http);
	}
	if (req->op < sizeof makers / sizeof *makers && makers[req->op])
		st = makers[req->op](call, req, &w, o);
	else if (CDT_CAN(struct cdt_call_api, call->api, refuse))
		call->api->refuse(call, "", CDT_STR("The mock has no such operation."));
	return st == CDT_OK ? http->api->status(http) : st;
}

static const void *mock_extension(void *self, const char *id)
{
	(void)self;
	return strcmp(id, CDT_EXT_PROVIDER_LOCAL) == 0 ? &mock_local : NULL;
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops, .open = mock_open, .close = mock_close, .caps = mock_caps,
	.build = mock_build, .head = mock_head, .frame = mock_frame, .finish = mock_finish,
	.error = mock_error, .extension = mock_extension,
};

const struct cdt_feature mock_feature = {
	.size = sizeof mock_feature, .kind = CDT_KIND_PROVIDER, .name = "mock",
	.summary = "answers without any network, as its model's name says", .ops = &ops,
};
