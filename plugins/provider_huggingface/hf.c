/* provider_huggingface/hf.c - what this plugin offers: the router and three kinds of servers,
 * one an instance.  Chats are lib_openai's everywhere.
 * SPDX-License-Identifier: MIT */
#include "hf.h"

static const struct cdt_option options[] = {
	{ "api", CDT_OPT_TEXT, 0, "router",
	  "what is asked: router, tgi, tei, or inference (the hf-inference pipelines)", NULL },
	{ "bill_to", CDT_OPT_TEXT, 0, NULL, "the organisation that pays (X-HF-Bill-To)", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static const struct { const char *name; uint64_t ops; } apis[API_COUNT] = {
	[API_ROUTER] = { "router", CDT_OP_BIT(CDT_OP_CHAT) },
	[API_TGI] = { "tgi", CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) },
	[API_TEI] = { "tei", CDT_OP_BIT(CDT_OP_EMBED) | CDT_OP_BIT(CDT_OP_RERANK) },
	[API_INFERENCE] = { "inference", CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_EMBED) },
};

static enum hf_api api_of(cdt_str name)
{
	enum hf_api api = API_ROUTER;

	while (name.n && api < API_COUNT && !cdt_is(name, apis[api].name))
		api++;
	return api;
}

static bool is_name(cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n <= 128;
}

static const char *read_config(struct hf *me, cdt_val config)
{
	static const char header[] = "X-HF-Bill-To: ";
	cdt_str org = cdt_text(cdt_get(config, "bill_to"));
	char *line;

	if (!is_name(org))
		return "bill_to is no name of an organisation";
	if (!org.n)
		return NULL;
	line = openai_room(&me->base, sizeof header + org.n);
	if (!line)
		return "no memory";
	memcpy(line, header, sizeof header - 1);
	memcpy(line + sizeof header - 1, org.p, org.n);
	me->base.row.headers = line;
	return NULL;
}

static void *refused(const struct cdt_host *gateway, struct hf *me, const char *why)
{
	gateway->log(gateway, CDT_LOG_ERROR, why);
	openai_close(me);
	return NULL;
}

static void *open(const struct cdt_host *gateway, cdt_val config)
{
	enum hf_api api = api_of(cdt_text(cdt_get(config, "api")));
	struct openai_host row = { .name = "huggingface", .limit = LIMIT_OLD,
		.native_ops = CDT_OP_BIT(CDT_OP_CHAT), .think_tags = true };
	const char *wrong;
	struct hf *me;

	if (api == API_COUNT)
		return refused(gateway, NULL, "api is none of router, tgi, tei, inference");
	row.ops = apis[api].ops;
	me = openai_new(gateway, config, &row, sizeof *me);
	if (!me)
		return NULL;
	me->api = api;
	wrong = read_config(me, config);
	return wrong ? refused(gateway, me, wrong) : me;
}

struct hf_turn *hf_turn_of(struct cdt_call *call)
{
	return *call->api->slot(call);
}

/* Puts more behind what lib_openai remembers. */
static bool remember(struct cdt_call *call, const struct cdt_request *req)
{
	struct hf_turn *t = call->api->keep(call, sizeof *t);

	if (!t)
		return false;
	t->base = *openai_turn_of(call);
	t->prompt_tokens = t->output_tokens = -1;
	t->inputs = cdt_count(cdt_get(req->doc, "input"));
	t->top_n = req->op == CDT_OP_RERANK ? cdt_i64(cdt_get(req->doc, "top_n"), 0) : 0;
	*call->api->slot(call) = t;
	return true;
}

static cdt_status body(const struct asking *a)
{
	switch (a->req->op) {
	case CDT_OP_EMBED: return hf_body_embed(a);
	case CDT_OP_RERANK: return hf_body_rank(a);
	default: return hf_body_generate(a);
	}
}

static cdt_status build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	struct asking a = { .me = self, .call = call, .req = req };
	cdt_status st;

	if (!(a.me->row.ops & CDT_OP_BIT(req->op)))
		return openai_member_refuse(&a, "", "This server has no such operation.");
	if (!openai_turn_new(self, call, req) || !remember(call, req))
		return CDT_E_NOMEM;
	if (!hf_address(&a, http))
		return CDT_E_UNSUPPORTED;
	http->api->header(http, "content-type", CDT_STR("application/json"));
	openai_where_who(self, req, http);
	if (req->op == CDT_OP_CHAT)
		return openai_build_content(self, call, req, http);
	a.out = http->api->body(http);
	st = body(&a);
	return st == CDT_OK ? http->api->status(http) : st;
}

static int64_t number(const struct cdt_http_head *head, const char *name)
{
	cdt_str s = openai_quota_header(head, name);
	int64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || i > 8)
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return s.n ? v : -1;
}

/* The servers count in their heads what their bodies do not say. */
static cdt_status head(void *self, struct cdt_call *call, const struct cdt_http_head *h,
                       uint32_t *frames)
{
	struct hf_turn *t = hf_turn_of(call);

	if (!t)
		return CDT_E_NOMEM;
	t->prompt_tokens = number(h, t->base.op == CDT_OP_COMPLETE ? "x-prompt-tokens"
	                                                           : "x-compute-tokens");
	t->output_tokens = number(h, "x-generated-tokens");
	return t->base.op == CDT_OP_CHAT ? openai_head(self, call, h, frames) : CDT_OK;
}

static cdt_status frame(void *self, struct cdt_call *call, const struct cdt_frame *f,
                        struct cdt_sink *sink)
{
	struct reading r = { self, call, openai_turn_of(call), sink };
	cdt_val doc;

	if (!r.turn)
		return CDT_E_NOMEM;
	if (r.turn->op == CDT_OP_CHAT)
		return openai_ops_frame(self, call, f, sink);
	if (call->api->parse(call, f->data, &doc) != CDT_OK || hf_errs(doc))
		return CDT_E_UPSTREAM;
	if (r.turn->op == CDT_OP_EMBED)
		return hf_vectors(&r, doc);
	return r.turn->op == CDT_OP_RERANK ? hf_ranking(&r, doc) : hf_generated(&r, doc);
}

static cdt_status finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	const struct turn *t = openai_turn_of(call);

	if (!t)
		return CDT_E_NOMEM;
	if (t->op == CDT_OP_CHAT)
		return openai_ops_finish(self, call, sink);
	return t->block[0] && t->block[0][0].stopped ? CDT_OK : CDT_E_UPSTREAM;
}

static const struct cdt_provider_ops ops_table = {
	.size = sizeof ops_table, .open = open, .close = openai_close, .caps = openai_caps,
	.build = build, .head = head, .frame = frame, .finish = finish, .error = hf_error,
};
static const struct cdt_feature provider = {
	.size = sizeof provider, .kind = CDT_KIND_PROVIDER, .name = "huggingface",
	.summary = "Hugging Face: the router, TGI, TEI, and hf-inference pipelines",
	.options = options, .ops = &ops_table,
};
static const struct cdt_feature *const features[] = { &provider, NULL };

CDT_MODULE(.id = "org.conduit.provider.huggingface", .version = "1.0", .license = "MIT",
           .features = features);
