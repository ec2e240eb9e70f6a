/* provider_replicate/replicate.c - what this plugin offers and how it is configured.
 * SPDX-License-Identifier: MIT */
#include "replicate.h"

#include <stdlib.h>

enum { WAIT_MAX_MS = 60000 };

static const struct cdt_option options[] = {
	{ "wait", CDT_OPT_DURATION, 0, "30s",
	  "how long a request that is not streamed is held before it is asked for; 0s to 60s",
	  NULL },
	{ "cancel_after", CDT_OPT_DURATION, 0, NULL,
	  "predictions that take longer are stopped by Replicate itself", NULL },
	{ "deployments", CDT_OPT_FLAG, 0, "false",
	  "names of models are those of deployments", NULL },
	{ "family", CDT_OPT_TEXT, 0, "auto",
	  "what language models take as input; auto: told by their names", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static const char *read_config(struct replicate *self, cdt_val config)
{
	cdt_val deployments = cdt_get(config, "deployments");
	cdt_str family = cdt_text(cdt_get(config, "family"));
	int64_t wait_ms = cdt_i64(cdt_get(config, "wait"), 30000);
	int64_t cancel_ms = cdt_i64(cdt_get(config, "cancel_after"), 0);

	if (wait_ms < 0 || wait_ms > WAIT_MAX_MS)
		return "wait: from 0s to 60s";
	if (cancel_ms != 0 && cancel_ms < 5000)
		return "cancel_after: at least 5s";
	if (family.n && !cdt_is(family, "auto")) {
		self->family = replicate_family_named(family);
		if (!self->family)
			return "family: auto, openai, anthropic, gemini, open, llama-4, "
			       "llama-3, llama-2, mistral, chatml or vllm";
	}
	self->wait_s = wait_ms / 1000;
	self->cancel_after_s = cancel_ms / 1000;
	self->deployments = deployments.api->flag(deployments, 0);
	return NULL;
}

static void *open_instance(const struct cdt_host *host, cdt_val config)
{
	struct replicate *self = calloc(1, sizeof *self);
	const char *wrong;

	if (!self)
		return NULL;
	wrong = read_config(self, config);
	if (wrong) {
		host->log(host, CDT_LOG_ERROR, wrong);
		free(self);
		return NULL;
	}
	self->crypto = host->service(host, CDT_SVC_CRYPTO);
	return self;
}

static void close_instance(void *self)
{
	free(self);
}

static const struct cdt_caps *caps(void *self)
{
	static const char *const dialects[] = { NULL };
	static const struct cdt_caps all = {
		.size = sizeof all,
		.flags = CDT_CAPS_ABORT_STOPS_BILLING,
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE)
		       | CDT_OP_BIT(CDT_OP_IMAGE),
		.stream_ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE),
		.dialects = dialects,
	};

	(void)self;
	return &all;
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops,
	.open = open_instance,
	.close = close_instance,
	.caps = caps,
	.build = replicate_build,
	.head = replicate_head,
	.frame = replicate_frame,
	.finish = replicate_finish,
	.error = replicate_error,
	.follow = replicate_follow,
	.leave = replicate_leave,
};
const struct cdt_feature replicate_feature = {
	.size = sizeof replicate_feature,
	.kind = CDT_KIND_PROVIDER,
	.name = "replicate",
	.summary = "Replicate: predictions of language and image models",
	.options = options,
	.ops = &ops,
};
