/* provider_mistral/mistral.c - what this plugin offers, and where each operation goes.  Mistral
 * refuses every member that it does not know, so no client's own body ever goes out.
 * SPDX-License-Identifier: MIT */
#include "mistral.h"

static const struct cdt_option options[] = {
	{ "safe_prompt", CDT_OPT_FLAG, 0, "false",
	  "have Mistral put its safety text before every chat", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

/* Members of a chat that it knows, by the names that clients use. */
static const char known[] =
	"stop temperature top_p n seed frequency_penalty presence_penalty response_format "
	"reasoning_effort prediction prompt_cache_key metadata parallel_tool_calls tools "
	"tool_choice random_seed safe_prompt prompt_mode guardrails document_image_limit "
	"document_page_limit min_tokens";

static void *open(const struct cdt_host *gateway, cdt_val config)
{
	const struct openai_host row = {
		.name = "mistral", .base_url = "https://api.mistral.ai/v1",
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) |
		       CDT_OP_BIT(CDT_OP_EMBED) | CDT_OP_BIT(CDT_OP_MODERATE) |
		       CDT_OP_BIT(CDT_OP_TRANSCRIBE),
		.only = known, .rename = "seed=random_seed", .limit = LIMIT_OLD,
		.efforts = "none minimal low medium high xhigh", .no_stream_options = true,
	};
	struct mistral *me = openai_new(gateway, config, &row, sizeof *me);
	cdt_val safe = cdt_get(config, "safe_prompt");

	if (!me)
		return NULL;
	me->safe_prompt = safe.api->flag(safe, 0) != 0;
	me->base.caps.stream_ops |= CDT_OP_BIT(CDT_OP_TRANSCRIBE);
	return me;
}

static cdt_str path_of(uint32_t op)
{
	switch (op) {
	case CDT_OP_COMPLETE: return CDT_STR("/fim/completions");
	case CDT_OP_EMBED: return CDT_STR("/embeddings");
	case CDT_OP_MODERATE: return CDT_STR("/moderations");
	case CDT_OP_TRANSCRIBE: return CDT_STR("/audio/transcriptions");
	default: return CDT_STR("/chat/completions");
	}
}

static void address(const struct openai *me, const struct cdt_request *req,
                    struct cdt_http_out *http)
{
	cdt_str base = req->base_url;

	if (!base.n)
		base = (cdt_str){ me->row.base_url, strlen(me->row.base_url) };
	while (base.n && base.p[base.n - 1] == '/')
		base.n--;
	http->api->url(http, base, path_of(req->op));
	if (req->op != CDT_OP_TRANSCRIBE)
		http->api->header(http, "content-type", CDT_STR("application/json"));
	if (req->secret.n)
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "),
		                         req->secret);
}

static cdt_status body(const struct asking *a)
{
	switch (a->req->op) {
	case CDT_OP_COMPLETE: return mistral_body_fim(a);
	case CDT_OP_EMBED: return mistral_body_embed(a);
	case CDT_OP_MODERATE: return mistral_body_moderate(a);
	default: return mistral_body_chat(a);
	}
}

static cdt_status build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	struct asking a = { .me = self, .call = call, .req = req };
	cdt_status st;

	if (!(a.me->row.ops & CDT_OP_BIT(req->op)))
		return openai_member_refuse(&a, "", "Mistral has no such operation.");
	if (!openai_turn_new(self, call, req))
		return CDT_E_NOMEM;
	address(self, req, http);
	if (req->op == CDT_OP_TRANSCRIBE) {
		st = mistral_form_transcribe(&a, http);
	} else {
		a.out = http->api->body(http);
		st = body(&a);
	}
	return st == CDT_OK ? http->api->status(http) : st;
}

static const struct cdt_provider_ops ops_table = {
	.size = sizeof ops_table, .open = open, .close = openai_close, .caps = openai_caps,
	.build = build, .head = mistral_head, .frame = mistral_frame,
	.finish = mistral_finish, .error = mistral_error,
};
static const struct cdt_feature provider = {
	.size = sizeof provider, .kind = CDT_KIND_PROVIDER, .name = "mistral",
	.summary = "Mistral: chat, completions, embeddings, moderation, transcription",
	.options = options, .ops = &ops_table,
};
static const struct cdt_feature *const features[] = { &provider, NULL };

CDT_MODULE(.id = "org.conduit.provider.mistral", .version = "1.0", .license = "MIT",
           .features = features);
