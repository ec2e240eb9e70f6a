/* provider_openai/openai.c - OpenAI and every server that speaks its API: options, abilities
 * and the order of the calls.  What goes out is decided in build.c, what comes in elsewhere.
 * SPDX-License-Identifier: MIT */
#include "openai.h"

#include <stdlib.h>
#include <string.h>

static const struct cdt_option options[] = {
	{ "organization", CDT_OPT_TEXT, 0, NULL, "sent as OpenAI-Organization", NULL },
	{ "project", CDT_OPT_TEXT, 0, NULL, "sent as OpenAI-Project", NULL },
	{ "max_tokens_member", CDT_OPT_TEXT, 0, "auto",
	  "name of the output limit: auto, max_tokens or max_completion_tokens", NULL },
	{ "stream_usage", CDT_OPT_FLAG, 0, "true",
	  "ask for token counts at the end of every stream", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static const char *const member_names[] = {
	[MEMBER_AUTO] = "auto", [MEMBER_OLD] = "max_tokens",
	[MEMBER_NEW] = "max_completion_tokens",
};

/* The copies live behind the struct itself: one block to free. */
static cdt_str copy(char **at, cdt_str s)
{
	cdt_str kept = { *at, s.n };

	if (s.n)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return kept;
}

static bool member_of(cdt_str name, enum max_tokens_member *out)
{
	for (size_t i = 0; i < sizeof member_names / sizeof *member_names; i++)
		if (cdt_is(name, member_names[i])) {
			*out = (enum max_tokens_member)i;
			return true;
		}
	return false;
}

static void *openai_open(const struct cdt_host *host, cdt_val config)
{
	cdt_str organization = cdt_text(cdt_get(config, "organization"));
	cdt_str project = cdt_text(cdt_get(config, "project"));
	cdt_str member = cdt_text(cdt_get(config, "max_tokens_member"));
	cdt_val usage = cdt_get(config, "stream_usage");
	struct openai *me = calloc(1, sizeof *me + organization.n + project.n);
	char *at = (char *)(me + 1);

	if (!me)
		return NULL;
	if (member.n && !member_of(member, &me->max_tokens)) {
		host->log(host, CDT_LOG_ERROR, "max_tokens_member is none of auto, max_tokens, "
		                               "max_completion_tokens");
		free(me);
		return NULL;
	}
	me->host = host;
	me->stream_usage = usage.api->flag(usage, 1) != 0;
	me->organization = copy(&at, organization);
	me->project = copy(&at, project);
	return me;
}

static void openai_close(void *self) { free(self); }

static const struct cdt_caps *openai_caps(void *self)
{
	static const char *const dialects[] = {
		"openai.chat", "openai.completions", "openai.embeddings", NULL };
	static const struct cdt_caps caps = {
		.size = sizeof caps, .flags = CDT_CAPS_ABORT_STOPS_BILLING,
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) |
		       CDT_OP_BIT(CDT_OP_EMBED),
		.stream_ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE),
		.dialects = dialects,
	};

	(void)self;
	return &caps;
}

static cdt_status openai_frame(void *self, struct cdt_call *call,
                               const struct cdt_frame *frame, struct cdt_sink *sink)
{
	struct reading r = { call, openai_turn_of(call), sink };

	(void)self;
	if (!r.turn)
		return CDT_E_NOMEM;
	return r.turn->native ? openai_observe_frame(&r, frame->data)
	                      : openai_answer_frame(&r, frame->data);
}

/* The gateway has seen [DONE] or the end of the body.  An answer that said nothing is none. */
static cdt_status openai_finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	struct reading r = { call, openai_turn_of(call), sink };

	(void)self;
	if (!r.turn)
		return CDT_E_NOMEM;
	return r.turn->started ? openai_stop_rest(&r) : CDT_E_UPSTREAM;
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops, .open = openai_open, .close = openai_close, .caps = openai_caps,
	.build = openai_build, .head = openai_head, .frame = openai_frame,
	.finish = openai_finish, .error = openai_error,
};

const struct cdt_feature openai_feature = {
	.size = sizeof openai_feature, .kind = CDT_KIND_PROVIDER, .name = "openai",
	.summary = "OpenAI, and any base_url that speaks its API",
	.options = options, .ops = &ops,
};
