/* provider_anthropic/module.c - what this plugin offers and how it is configured.
 * SPDX-License-Identifier: MIT */
#include "anthropic.h"

#include <stdlib.h>
#include <string.h>

static const struct cdt_option options[] = {
	{ "max_tokens_default", CDT_OPT_INT, 0, "4096",
	  "longest answer, in tokens, when the client does not say", NULL },
	{ "version", CDT_OPT_TEXT, 0, "2023-06-01", "anthropic-version header", NULL },
	{ "beta", CDT_OPT_TEXT, 0, NULL, "anthropic-beta header: names, comma between", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

/* NUL-ended in room bytes; 0: too long, or not printable ASCII (it becomes a header). */
static int copy_header(char *out, size_t room, cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return 0;
	if (s.n >= room)
		return 0;
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return 1;
}

static const char *read_config(struct anthropic *self, cdt_val config)
{
	cdt_str version = cdt_text(cdt_get(config, "version"));

	self->claude.max_tokens_default = cdt_i64(cdt_get(config, "max_tokens_default"), 4096);
	if (self->claude.max_tokens_default < 1 || self->claude.max_tokens_default > 1000000)
		return "max_tokens_default: from 1 to 1000000";
	if (!copy_header(self->version, sizeof self->version,
	                 version.n ? version : CDT_STR("2023-06-01")))
		return "version: not a version";
	if (!copy_header(self->beta, sizeof self->beta, cdt_text(cdt_get(config, "beta"))))
		return "beta: too long, or not a list of names";
	return NULL;
}

static void *open_instance(const struct cdt_host *host, cdt_val config)
{
	struct anthropic *self = calloc(1, sizeof *self);
	const char *wrong;

	if (!self)
		return NULL;
	wrong = read_config(self, config);
	if (wrong) {
		host->log(host, CDT_LOG_ERROR, wrong);
		free(self);
		return NULL;
	}
	self->claude.crypto = host->service(host, CDT_SVC_CRYPTO);
	return self;
}

static void close_instance(void *self)
{
	free(self);
}

static const struct cdt_caps *caps(void *self)
{
	static const char *const dialects[] = { "anthropic.messages", "anthropic.count", NULL };
	static const struct cdt_caps all = {
		.size = sizeof all,
		.flags = CDT_CAPS_ABORT_STOPS_BILLING | CDT_CAPS_TOOL_ERRORS,
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COUNT),
		.stream_ops = CDT_OP_BIT(CDT_OP_CHAT),
		.dialects = dialects,
	};

	(void)self;
	return &all;
}

static cdt_status frame(void *self, struct cdt_call *call, const struct cdt_frame *f,
                        struct cdt_sink *sink)
{
	(void)self;
	return claude_frame(call->api->slot(call), call, f, sink);
}

static cdt_status finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	(void)self, (void)sink;
	return claude_finish(call->api->slot(call), call);
}

static cdt_status error(void *self, struct cdt_call *call, const struct cdt_http_head *head,
                        cdt_str body, struct cdt_error *err)
{
	(void)self;
	return claude_error(call->api->slot(call), call, head, body, err);
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops,
	.open = open_instance,
	.close = close_instance,
	.caps = caps,
	.build = anthropic_build,
	.head = anthropic_head,
	.frame = frame,
	.finish = finish,
	.error = error,
};
static const struct cdt_feature provider = {
	.size = sizeof provider,
	.kind = CDT_KIND_PROVIDER,
	.name = "anthropic",
	.summary = "Anthropic Messages: Claude, and servers that speak its language",
	.options = options,
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &provider, NULL };

CDT_MODULE(.id = "org.conduit.provider.anthropic", .version = "1.0", .license = "MIT",
           .features = features);
