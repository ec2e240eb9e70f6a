/* provider_openai/openai.c - OpenAI and every server that speaks its API: the options that only
 * it has.  All else is lib_openai's.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <string.h>

extern const struct cdt_feature openai_feature;

struct provider {
	struct openai base;                              /* first */
	const char *organization, *project;              /* "" = no header */
	bool responses;                                  /* wherever it is asked */
};

static const struct cdt_option options[] = {
	{ "organization", CDT_OPT_TEXT, 0, NULL, "sent as OpenAI-Organization", NULL },
	{ "project", CDT_OPT_TEXT, 0, NULL, "sent as OpenAI-Project", NULL },
	{ "max_tokens_member", CDT_OPT_TEXT, 0, "auto",
	  "name of the output limit: auto, max_tokens or max_completion_tokens", NULL },
	{ "stream_usage", CDT_OPT_FLAG, 0, "true",
	  "ask for token counts at the end of every stream", NULL },
	{ "responses", CDT_OPT_FLAG, 0, NULL,
	  "has the Responses API; unless said, only OpenAI itself has", NULL },
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
		.responses = true,
		.base64_images = "gpt-image* chatgpt-image*",
		.plain_transcripts = "gpt-4o* gpt-transcribe*" };
	struct provider *me = openai_new(gateway, config, &row, sizeof *me);
	cdt_val said = cdt_get(config, "responses");

	if (!me)
		return NULL;
	me->responses = said.api->flag(said, 0) != 0;
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

/* Only a client of this API means what its header says. */
static void put_beta(struct cdt_call *call, const struct cdt_request *req,
                     struct cdt_http_out *http)
{
	cdt_str said;

	if (!(req->flags & CDT_REQ_NATIVE) ||
	    !CDT_CAN(struct cdt_call_api, call->api, client_header))
		return;
	said = call->api->client_header(call, "openai-beta");
	if (said.n)
		http->api->header(http, "openai-beta", said);
}

static cdt_status build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	const struct provider *me = self;
	cdt_status st = openai_build(self, call, req, http);

	put_header(http, "openai-organization", me->organization);
	put_header(http, "openai-project", me->project);
	put_beta(call, req, http);
	return st == CDT_OK ? http->api->status(http) : st;
}

/* "https://api.openai.com/v1", "https://eu.api.openai.com"... */
static bool is_home(cdt_str base_url)
{
	static const char home[] = "api.openai.com";
	size_t n = sizeof home - 1;

	for (size_t i = 0; i + n <= base_url.n; i++) {
		char before = i ? base_url.p[i - 1] : '/', after = '/';

		if (i + n < base_url.n)
			after = base_url.p[i + n];
		if (!memcmp(base_url.p + i, home, n) && (before == '/' || before == '.') &&
		    (after == '/' || after == ':'))
			return true;
	}
	return base_url.n == 0;
}

/* Servers that copied the API have seldom copied all of it; and some of OpenAI's own models
 * only chat. */
static int speaks(void *self, cdt_str dialect, cdt_str model, cdt_str base_url)
{
	static const char chat_only[] = "gpt-audio* gpt-4o-audio* gpt-4o-mini-audio* "
		"gpt-4o-search* gpt-4o-mini-search* gpt-5-search* gpt-3.5-turbo-instruct*";
	const struct provider *me = self;

	if (!cdt_is(dialect, "openai.responses"))
		return 1;
	return (me->responses || is_home(base_url)) && !openai_words_have(chat_only, model);
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops, .open = open, .close = openai_close, .caps = openai_caps,
	.build = build, .head = openai_head, .frame = openai_ops_frame,
	.finish = openai_ops_finish, .error = openai_error, .speaks = speaks,
};

const struct cdt_feature openai_feature = {
	.size = sizeof openai_feature, .kind = CDT_KIND_PROVIDER, .name = "openai",
	.summary = "OpenAI, and any base_url that speaks its API",
	.options = options, .ops = &ops,
};
