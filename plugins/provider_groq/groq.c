/* provider_groq/groq.c - Groq: its row, and how its models say what they thought.  All else is
 * lib_openai's.
 * SPDX-License-Identifier: MIT */
#include "lib_openai/openai.h"

#include <stdio.h>
#include <string.h>

extern const struct cdt_feature groq_feature;

static const struct cdt_option options[] = {
	{ "reasoning_format", CDT_OPT_TEXT, 0, NULL,
	  "parsed, raw or hidden; without it as the model does it", NULL },
	{ "native", CDT_OPT_FLAG, 0, NULL, "pass on OpenAI clients' bodies as they are", NULL },
	{ "model_efforts", CDT_OPT_LIST, 0, NULL, "\"model*=low+high\" each", NULL },
	{ "refuse", CDT_OPT_LIST, 0, NULL, "members that it can not do", NULL },
	{ "stream_usage", CDT_OPT_FLAG, 0, NULL, "ask for token counts in streams", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static const struct openai_host row = {
	.name = "groq", .base_url = "https://api.groq.com/openai/v1",
	.responses = true,
	.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_EMBED) |
	       CDT_OP_BIT(CDT_OP_SPEECH) | CDT_OP_BIT(CDT_OP_TRANSCRIBE),
	.limit = LIMIT_NEW, .no_names = true, .think_tags = true, .no_base64 = true,
	.drop = "metadata store safety_identifier prompt_cache_key prediction",
	.refuse = "n logit_bias logprobs top_logprobs frequency_penalty presence_penalty "
	          "verbosity modalities audio web_search_options instructions include "
	          "chunking_strategy",
	.values = "service_tier.default=on_demand service_tier.priority=performance "
	          "service_tier.scale= service_tier.fast=",
	.model_efforts = "openai/gpt-oss*=low+medium+high qwen/qwen3.8*=none+low+medium+high "
	                 "qwen/*=none+default",
	.back = "reasoning",
};

/* Groq takes it beside a wish of the client for no thoughts at all as an error. */
static bool set_format(struct openai *me, cdt_str format)
{
	char text[64];

	if (!format.n)
		return true;
	if (!cdt_is(format, "parsed") && !cdt_is(format, "raw") && !cdt_is(format, "hidden")) {
		me->gateway->log(me->gateway, CDT_LOG_ERROR,
		                 "reasoning_format is none of parsed, raw, hidden");
		return false;
	}
	(void)snprintf(text, sizeof text, "reasoning_format|include_reasoning=\"%.*s\"",
	               (int)format.n, format.p);
	me->row.set = openai_host_text(me, (cdt_str){ text, strlen(text) });
	return me->row.set != NULL;
}

static void *open(const struct cdt_host *gateway, cdt_val config)
{
	struct openai *me = openai_new(gateway, config, &row, sizeof *me);

	if (me && set_format(me, cdt_text(cdt_get(config, "reasoning_format"))))
		return me;
	openai_close(me);
	return NULL;
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops, .open = open, .close = openai_close, .caps = openai_caps,
	.build = openai_build, .head = openai_head, .frame = openai_ops_frame,
	.finish = openai_ops_finish, .error = openai_error,
};

const struct cdt_feature groq_feature = {
	.size = sizeof groq_feature, .kind = CDT_KIND_PROVIDER, .name = "groq",
	.summary = "Groq: chat, speech and transcription",
	.options = options, .ops = &ops,
};
