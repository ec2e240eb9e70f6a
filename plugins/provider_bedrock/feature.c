/* provider_bedrock/feature.c - one configured instance: its options and its powers.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <stdlib.h>
#include <string.h>

extern const struct cdt_feature bedrock_feature;

static const struct cdt_option options[] = {
	{ "region", CDT_OPT_TEXT, 0, "us-east-1",
	  "where the models are; a base_url or an ARN that names a region wins", NULL },
	{ "fips", CDT_OPT_FLAG, 0, "false", "use the FIPS endpoints", NULL },
	{ "auth", CDT_OPT_TEXT, 0, "auto",
	  "sigv4 (ACCESS_KEY_ID:SECRET or ACCESS_KEY_ID:SECRET:SESSION_TOKEN), bearer (an API "
	  "key), or auto: by the secret", NULL },
	{ "credentials", CDT_OPT_TEXT, 0, "stored",
	  "instance or container: ask the machine for them, instead of a stored secret", NULL },
	{ "credentials_url", CDT_OPT_URL, 0, NULL,
	  "where the machine's credentials are asked for", NULL },
	{ "credentials_token", CDT_OPT_SECRET, 0, NULL,
	  "what the container's agent wants as authorization", NULL },
	{ "base_model", CDT_OPT_TEXT, 0, NULL,
	  "the model behind ids that do not tell: inference profiles, imported models", NULL },
	{ "guardrail", CDT_OPT_TEXT, 0, NULL, "id or ARN of a guardrail for every chat", NULL },
	{ "guardrail_version", CDT_OPT_TEXT, 0, "DRAFT", "its version", NULL },
	{ "guardrail_trace", CDT_OPT_TEXT, 0, NULL, "enabled, enabled_full or disabled", NULL },
	{ "latency", CDT_OPT_TEXT, 0, NULL, "optimized: faster where the model has it", NULL },
	{ "embed_type", CDT_OPT_TEXT, 0, "search_document",
	  "input_type of Cohere's embeddings when the client does not say", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

/* NUL-ended in room bytes; 0: too long, or not printable ASCII. */
static int copy(char *out, size_t room, cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] > 0x7e)
			return 0;
	if (s.n >= room)
		return 0;
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return 1;
}

struct word { const char *word; int value; };

/* -1: none of them. */
static int choose(cdt_str s, const struct word *words)
{
	for (; words->word; words++)
		if (cdt_is(s, words->word))
			return words->value;
	return s.n ? -1 : 0;
}

static const char *read_texts(struct bedrock *self, cdt_val config)
{
	const struct { const char *name; char *out; size_t room; } texts[] = {
		{ "base_model", self->base_model, sizeof self->base_model },
		{ "credentials_token", self->credentials_token,
		  sizeof self->credentials_token },
		{ "credentials_url", self->credentials_url, sizeof self->credentials_url },
		{ "embed_type", self->embed_type, sizeof self->embed_type },
		{ "guardrail", self->guardrail, sizeof self->guardrail },
		{ "guardrail_trace", self->guardrail_trace, sizeof self->guardrail_trace },
		{ "guardrail_version", self->guardrail_version,
		  sizeof self->guardrail_version },
		{ "latency", self->latency, sizeof self->latency },
		{ "region", self->region, sizeof self->region },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!copy(texts[i].out, texts[i].room,
		          cdt_text(cdt_get(config, texts[i].name))))
			return "an option is too long, or has blanks in it";
	return NULL;
}

static void set_default(char *out, size_t room, const char *value)
{
	if (!out[0])
		(void)copy(out, room, words_z(value));    /* it fits */
}

static int is_region(const char *s)
{
	for (; *s; s++)
		if (!(*s == '-' || (*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9')))
			return 0;
	return 1;
}

static const char *read_config(struct bedrock *self, cdt_val config)
{
	static const struct word auths[] = {
		{ "auto", AUTH_AUTO }, { "bearer", AUTH_BEARER }, { "sigv4", AUTH_SIGV4 },
		{ NULL, 0 },
	};
	static const struct word sources[] = {
		{ "container", CREDENTIALS_CONTAINER }, { "instance", CREDENTIALS_INSTANCE },
		{ "stored", CREDENTIALS_STORED }, { NULL, 0 },
	};
	const char *wrong = read_texts(self, config);

	if (wrong)
		return wrong;
	self->auth = choose(cdt_text(cdt_get(config, "auth")), auths);
	self->credentials = choose(cdt_text(cdt_get(config, "credentials")), sources);
	if (self->auth < 0)
		return "auth: auto, sigv4 or bearer";
	if (self->credentials < 0)
		return "credentials: stored, instance or container";
	self->fips = config.api->flag(cdt_get(config, "fips"), 0);
	set_default(self->region, sizeof self->region, "us-east-1");
	set_default(self->guardrail_version, sizeof self->guardrail_version, "DRAFT");
	set_default(self->embed_type, sizeof self->embed_type, "search_document");
	if (!is_region(self->region))
		return "region: not the name of a region";
	if (self->credentials == CREDENTIALS_INSTANCE)
		set_default(self->credentials_url, sizeof self->credentials_url,
		            "http://169.254.169.254");
	if (self->credentials == CREDENTIALS_CONTAINER && !self->credentials_url[0])
		return "credentials_url: where does the container ask for its credentials";
	return NULL;
}

static void *open_instance(const struct cdt_host *host, cdt_val config)
{
	struct bedrock *self = calloc(1, sizeof *self);
	const char *wrong;

	if (!self)
		return NULL;
	wrong = read_config(self, config);
	if (wrong) {
		host->log(host, CDT_LOG_ERROR, wrong);
		free(self);
		return NULL;
	}
	self->host = host;
	self->crypto = host->service(host, CDT_SVC_CRYPTO);
	self->claude = (struct claude){ .where = CLAUDE_ON_BEDROCK, .crypto = self->crypto };
	self->http = host->service(host, CDT_SVC_HTTP);
	atomic_init(&self->skew_ms, 0);
	return self;
}

static void close_instance(void *self)
{
	free(self);
}

static const struct cdt_caps *caps(void *self)
{
	static const char *const dialects[] = { "anthropic.messages", NULL };
	static const struct cdt_caps all = {
		.size = sizeof all,
		.flags = CDT_CAPS_ABORT_STOPS_BILLING | CDT_CAPS_INLINE_MEDIA
		         | CDT_CAPS_TOOL_ERRORS,
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_EMBED)
		       | CDT_OP_BIT(CDT_OP_IMAGE) | CDT_OP_BIT(CDT_OP_RERANK),
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
	.build = bedrock_build,
	.head = bedrock_head,
	.frame = bedrock_frame,
	.finish = bedrock_finish,
	.error = bedrock_error,
	.done = bedrock_done,
	.extension = bedrock_extension,
	.follow = bedrock_follow,
	.speaks = bedrock_speaks,
};

const struct cdt_feature bedrock_feature = {
	.size = sizeof bedrock_feature,
	.kind = CDT_KIND_PROVIDER,
	.name = "bedrock",
	.summary = "Amazon Bedrock: Converse, and InvokeModel for embeddings, images, ranking",
	.options = options,
	.ops = &ops,
};
