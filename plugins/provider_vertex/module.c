/* provider_vertex/module.c - Gemini and Claude by Vertex AI: what this plugin offers and how
 * it is configured.  What requests say is lib_gemini's affair.
 * SPDX-License-Identifier: MIT */
#include "vertex.h"

#include <stdlib.h>
#include <string.h>

static const struct cdt_option options[] = {
	{ "project", CDT_OPT_TEXT, 0, NULL, "id of the project; not for express mode", NULL },
	{ "location", CDT_OPT_TEXT, 0, "global", "global, us, eu, or a region", NULL },
	{ "auth", CDT_OPT_TEXT, 0, "service_account",
	  "what the secret is: service_account (JSON), api_key (express mode) or token", NULL },
	{ "api_version", CDT_OPT_TEXT, 0, "v1beta1", "version in the address", NULL },
	{ "max_tokens_default", CDT_OPT_INT, 0, "4096",
	  "Claude: longest answer, in tokens, when the client does not say", NULL },
	GEMINI_OPTIONS,
	{ NULL, 0, 0, NULL, NULL, NULL },
};

/* Letters that a path may have; 0: others, or too long. */
static int copy_name(char *out, size_t room, cdt_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z')
		      || (s.p[i] && strchr("-.:", s.p[i]))))
			return 0;
	if (s.n >= room)
		return 0;
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return 1;
}

static const char *read_auth(struct vertex *v, cdt_str word)
{
	static const char *const words[] = { "service_account", "api_key", "token" };

	for (int i = 0; i < 3; i++)
		if (word.n == 0 || cdt_is(word, words[i])) {
			v->auth = i;
			return v->project[0] || i == AUTH_KEY
			       ? NULL : "project: must be said, but for express mode";
		}
	return "auth: must be service_account, api_key or token";
}

static const char *read_config(struct vertex *v, cdt_val config)
{
	cdt_str location = cdt_text(cdt_get(config, "location"));
	cdt_str version = cdt_text(cdt_get(config, "api_version"));
	const char *wrong;

	if (!copy_name(v->project, sizeof v->project, cdt_text(cdt_get(config, "project"))))
		return "project: not an id";
	if (!copy_name(v->location, sizeof v->location,
	               location.n ? location : CDT_STR("global")))
		return "location: not a region";
	if (!copy_name(v->version, sizeof v->version, version.n ? version : CDT_STR("v1beta1")))
		return "api_version: not a version";
	v->claude.where = CLAUDE_ON_VERTEX;
	v->claude.max_tokens_default = cdt_i64(cdt_get(config, "max_tokens_default"), 4096);
	if (v->claude.max_tokens_default < 1 || v->claude.max_tokens_default > 1000000)
		return "max_tokens_default: from 1 to 1000000";
	wrong = read_auth(v, cdt_text(cdt_get(config, "auth")));
	return wrong ? wrong : gemini_configure(&v->gemini, config);
}

static const char *find_services(struct vertex *v, const struct cdt_host *host)
{
	v->host = host;
	v->http = host->service(host, CDT_SVC_HTTP);
	v->crypto = host->service(host, CDT_SVC_CRYPTO);
	v->claude.crypto = v->crypto;
	if (v->auth != AUTH_ACCOUNT)
		return NULL;
	if (!v->http || !v->crypto || !CDT_CAN(struct cdt_host, host, wall_ms)
	    || !CDT_CAN(struct cdt_crypto, v->crypto, sign_rs256))
		return "this gateway can not ask for tokens: it lacks HTTP, crypto or a clock";
	return NULL;
}

static void *open_instance(const struct cdt_host *host, cdt_val config)
{
	static const struct gemini_home vertex = { .is_vertex = 1, .address = vertex_address };
	struct vertex *v = calloc(1, sizeof *v);
	const char *wrong;

	if (!v)
		return NULL;
	v->gemini.home = &vertex;
	wrong = read_config(v, config);
	if (!wrong)
		wrong = find_services(v, host);
	if (wrong) {
		host->log(host, CDT_LOG_ERROR, wrong);
		free(v);
		return NULL;
	}
	return v;
}

static void close_instance(void *self)
{
	free(self);
}

static const struct cdt_caps *caps(void *self)
{
	static const char *const dialects[] = { "anthropic.messages", NULL };
	static const struct cdt_caps all = {
		.dialects = dialects,
		.size = sizeof all,
		.flags = CDT_CAPS_TOOL_ERRORS,
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_EMBED)
		       | CDT_OP_BIT(CDT_OP_IMAGE) | CDT_OP_BIT(CDT_OP_SPEECH)
		       | CDT_OP_BIT(CDT_OP_TRANSCRIBE) | CDT_OP_BIT(CDT_OP_RERANK),
		.stream_ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_SPEECH)
		              | CDT_OP_BIT(CDT_OP_TRANSCRIBE),
	};

	(void)self;
	return &all;
}

static cdt_str list(void *self, cdt_str base_url)
{
	(void)self;
	(void)base_url;
	return CDT_STR("vertex");
}

/* "publishers/google/models/x" is "x". */
static cdt_str other_name(void *self, cdt_str model, uint32_t i)
{
	size_t at = model.n;

	(void)self;
	while (at > 0 && model.p[at - 1] != '/')
		at--;
	return i == 0 ? (cdt_str){ model.p + at, model.n - at } : CDT_STR("");
}

static const void *extension(void *self, const char *id)
{
	static const struct cdt_provider_catalog catalog = {
		.size = sizeof catalog, .list = list, .model = other_name };
	static const struct cdt_provider_auth auth = {
		.size = sizeof auth, .token = vertex_token };
	const struct vertex *v = self;

	if (strcmp(id, CDT_EXT_PROVIDER_CATALOG) == 0)
		return &catalog;
	return v->auth == AUTH_ACCOUNT && strcmp(id, CDT_EXT_PROVIDER_AUTH) == 0 ? &auth : NULL;
}

/* All but rankings and Claude is lib_gemini's. */
static cdt_status build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	struct gemini_answer *a = gemini_answer(call);

	if (a && req->op == CDT_OP_CHAT && vertex_is_claude(req->model))
		return vertex_claude(self, call, req, http);
	if (!a || req->op != CDT_OP_RERANK)
		return gemini_build(self, call, req, http);
	a->op = req->op;
	return vertex_rank_build(self, call, req, http);
}

static int ranks(struct cdt_call *call)
{
	const struct gemini_answer *a = gemini_answer(call);

	return a && a->op == CDT_OP_RERANK;
}

static cdt_status frame(void *self, struct cdt_call *call, const struct cdt_frame *f,
                        struct cdt_sink *sink)
{
	void **claude = vertex_claude_place(call);

	if (claude)
		return claude_frame(claude, call, f, sink);
	return ranks(call) ? vertex_rank_frame(call, f, sink)
	                   : gemini_frame(self, call, f, sink);
}

static cdt_status finish(void *self, struct cdt_call *call, struct cdt_sink *sink)
{
	void **claude = vertex_claude_place(call);

	if (claude)
		return claude_finish(claude, call);
	return ranks(call) ? vertex_rank_finish(call, sink) : gemini_finish(self, call, sink);
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops,
	.open = open_instance,
	.close = close_instance,
	.caps = caps,
	.build = build,
	.frame = frame,
	.finish = finish,
	.error = vertex_claude_error,
	.extension = extension,
	.follow = gemini_follow,
	.speaks = vertex_speaks,
};
static const struct cdt_feature provider = {
	.size = sizeof provider,
	.kind = CDT_KIND_PROVIDER,
	.name = "vertex",
	.summary = "Google Vertex AI: Gemini and Imagen with a service account",
	.options = options,
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &provider, NULL };

CDT_MODULE(.id = "org.conduit.provider.vertex", .version = "1.0", .license = "MIT",
           .features = features);
