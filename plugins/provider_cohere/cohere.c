/* provider_cohere/cohere.c - what this plugin offers and how it is configured.
 * SPDX-License-Identifier: MIT */
#include "cohere.h"

#include <stdlib.h>
#include <string.h>

static const struct cdt_option options[] = {
	{ "input_type", CDT_OPT_TEXT, 0, "search_document",
	  "what texts are embedded for when the client does not say", NULL },
	{ "safety_mode", CDT_OPT_TEXT, 0, NULL,
	  "CONTEXTUAL, STRICT or OFF, when the client does not say", NULL },
	{ "embedding_format", CDT_OPT_TEXT, 0, "float", "float or base64", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

static const char *const input_types[] = {
	"search_document", "search_query", "classification", "clustering", NULL };
static const char *const safety_modes[] = { "", "CONTEXTUAL", "STRICT", "OFF", NULL };
static const char *const formats[] = { "", "float", "base64", NULL };

/* One of the words, NUL-ended in out; 0: none of them. */
static int copy_word(char *out, cdt_str s, const char *const *words)
{
	for (; *words; words++)
		if (cdt_is(s, *words)) {
			memcpy(out, *words, s.n + 1);
			return 1;
		}
	return 0;
}

static const char *read_config(struct cohere *self, cdt_val config)
{
	cdt_str type = cdt_text(cdt_get(config, "input_type"));
	char format[16];

	if (!copy_word(self->input_type, type.n ? type : CDT_STR("search_document"),
	               input_types))
		return "input_type: search_document, search_query, classification or "
		       "clustering";
	if (!copy_word(self->safety_mode, cdt_text(cdt_get(config, "safety_mode")),
	               safety_modes))
		return "safety_mode: CONTEXTUAL, STRICT or OFF";
	if (!copy_word(format, cdt_text(cdt_get(config, "embedding_format")), formats))
		return "embedding_format: float or base64";
	self->base64 = strcmp(format, "base64") == 0;
	return NULL;
}

static void *open_instance(const struct cdt_host *host, cdt_val config)
{
	struct cohere *self = calloc(1, sizeof *self);
	const char *wrong;

	if (!self)
		return NULL;
	wrong = read_config(self, config);
	if (wrong) {
		host->log(host, CDT_LOG_ERROR, wrong);
		free(self);
		return NULL;
	}
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
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_EMBED)
		       | CDT_OP_BIT(CDT_OP_RERANK),
		.stream_ops = CDT_OP_BIT(CDT_OP_CHAT),
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
	.build = cohere_build,
	.frame = cohere_frame,
	.finish = cohere_finish,
	.error = cohere_error,
};
const struct cdt_feature cohere_feature = {
	.size = sizeof cohere_feature,
	.kind = CDT_KIND_PROVIDER,
	.name = "cohere",
	.summary = "Cohere's v2 API: chat, embeddings, rerank",
	.options = options,
	.ops = &ops,
};
