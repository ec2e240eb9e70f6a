/* provider_openai/openai.c - OpenAI and every server that speaks its API: the options that only
 * it has.  All else is lib_openai's.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

extern const struct cdt_feature openai_feature;

struct provider {
	struct openai base;                              /* first */
	const char *organization, *project;              /* "" = no header */
};

static const struct cdt_option options[] = {
	{ "organization", CDT_OPT_TEXT, 0, NULL, "sent as OpenAI-Organization", NULL },
	{ "project", CDT_OPT_TEXT, 0, NULL, "sent as OpenAI-Project", NULL },
	{ "max_tokens_member", CDT_OPT_TEXT, 0, "auto",
	  "name of the output limit: auto, max_tokens or max_completion_tokens", NULL },
	{ "stream_usage", CDT_OPT_FLAG, 0, "true",
	  "ask for token counts at the end of every stream", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static const uint64_t ops_of_openai =
	CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) | CDT_OP_BIT(CDT_OP_EMBED) |
	CDT_OP_BIT(CDT_OP_IMAGE) | CDT_OP_BIT(CDT_OP_SPEECH) | CDT_OP_BIT(CDT_OP_TRANSCRIBE) |
	CDT_OP_BIT(CDT_OP_MODERATE);

static void *open(const struct cdt_host *gateway, cdt_val config)
{
	const struct openai_host row = { .name = "openai",
		.base_url = "https://api.openai.com/v1",
		.ops = ops_of_openai, .native_ops = ops_of_openai, .edits = true,
		.base64_images = "gpt-image* chatgpt-image*",
		.plain_transcripts = "gpt-4o* gpt-transcribe*" };
	struct provider *me = openai_new(gateway, config, &row, sizeof *me);

	if (!me)
		return NULL;
	me->organization = openai_host_text(&me->base,
	                                    cdt_text(cdt_get(config, "organization")));
	me->project = openai_host_text(&me->base, cdt_text(cdt_get(config, "project")));
	if (me->organization && me->project)
		return me;
	openai_close(me);
	return NULL;
}

static void put_header(struct cdt_http_out *http, const char *name, const char *value)
{
	if (*value)
		http->api->header(http, name, (cdt_str){ value, strlen(value) });
}

static cdt_status build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	const struct provider *me = self;
	cdt_status st = openai_build(self, call, req, http);

	put_header(http, "openai-organization", me->organization);
	put_header(http, "openai-project", me->project);
	return st == CDT_OK ? http->api->status(http) : st;
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops, .open = open, .close = openai_close, .caps = openai_caps,
	.build = build, .head = openai_head, .frame = openai_ops_frame,
	.finish = openai_ops_finish, .error = openai_error,
};

const struct cdt_feature openai_feature = {
	.size = sizeof openai_feature, .kind = CDT_KIND_PROVIDER, .name = "openai",
	.summary = "OpenAI, and any base_url that speaks its API",
	.options = options, .ops = &ops,
};
