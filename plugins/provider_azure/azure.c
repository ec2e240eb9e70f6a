/* provider_azure/azure.c - OpenAI's models in a resource of Azure: options, and who we are.
 * Bodies and answers are lib_openai's.
 * SPDX-License-Identifier: MIT */
#include "azure.h"

#include <stdio.h>
#include <string.h>

enum { VERSION_MAX = 64, NAME_MAX_BYTES = 128, URL_MAX = 512 };

static const struct cdt_option options[] = {
	{ "surface", CDT_OPT_TEXT, 0, "v1",
	  "v1 (/openai/v1), or deployments (a URL for each, with api_version)", NULL },
	{ "api_version", CDT_OPT_TEXT, 0, NULL,
	  "api-version of the URL; deployments: 2024-10-21 when it is not set", NULL },
	{ "auth", CDT_OPT_TEXT, 0, "key",
	  "what a secret is: key (of the resource), or entra (of an application)", NULL },
	{ "tenant_id", CDT_OPT_TEXT, 0, NULL, "entra: the directory", NULL },
	{ "client_id", CDT_OPT_TEXT, 0, NULL, "entra: the application", NULL },
	{ "scope", CDT_OPT_TEXT, 0, "https://cognitiveservices.azure.com/.default",
	  "entra: what the token is for", NULL },
	{ "token_url", CDT_OPT_URL, 0, NULL,
	  "entra: who gives tokens, when it is not login.microsoftonline.com", NULL },
	{ "max_tokens_member", CDT_OPT_TEXT, 0, "auto",
	  "name of the output limit: auto, max_tokens or max_completion_tokens", NULL },
	{ "stream_usage", CDT_OPT_FLAG, 0, "true",
	  "ask for token counts at the end of every stream", NULL },
	{ "responses", CDT_OPT_FLAG, 0, "true",
	  "its deployments have the Responses API (of surface v1)", NULL },
	{ "base64_images", CDT_OPT_LIST, 0, NULL,
	  "deployments of models that only give pictures as base64 (gpt-image*)", NULL },
	{ "plain_transcripts", CDT_OPT_LIST, 0, NULL,
	  "deployments of models that know no verbose_json (gpt-4o*)", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

/* Before this version stream_options and max_completion_tokens are unknown, and refused. */
static const char young[] = "2024-09-01";

static const uint64_t abilities =
	CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) | CDT_OP_BIT(CDT_OP_EMBED) |
	CDT_OP_BIT(CDT_OP_IMAGE) | CDT_OP_BIT(CDT_OP_SPEECH) | CDT_OP_BIT(CDT_OP_TRANSCRIBE);

/* What goes into a URL or a form as it is. */
static bool plain(cdt_str s, size_t max)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_')
			return false;
	}
	return s.n <= max;
}

static cdt_str option(cdt_val config, const char *name)
{
	return cdt_text(cdt_get(config, name));
}

static const char *read_surface(struct azure *me, cdt_val config)
{
	cdt_str surface = option(config, "surface"), version = option(config, "api_version");

	me->v1 = !surface.n || cdt_is(surface, "v1");
	if (!me->v1 && !cdt_is(surface, "deployments"))
		return "surface is none of v1, deployments";
	if (!plain(version, VERSION_MAX - 1))
		return "api_version is no version";
	if (!version.n && !me->v1)
		version = CDT_STR("2024-10-21");
	me->api_version = openai_host_text(&me->base, version);
	if (me->api_version && !me->v1 && strcmp(me->api_version, young) < 0) {
		me->base.row.no_stream_options = true;
		me->base.row.limit = LIMIT_OLD;
	}
	return NULL;
}

static const char *read_entra(struct azure *me, cdt_val config)
{
	cdt_str tenant = option(config, "tenant_id"), url = option(config, "token_url");
	cdt_str client = option(config, "client_id");
	char made[URL_MAX];

	if (!client.n || !plain(client, NAME_MAX_BYTES))
		return "auth = \"entra\" needs client_id";
	if (!url.n && (!tenant.n || !plain(tenant, NAME_MAX_BYTES)))
		return "auth = \"entra\" needs tenant_id, or token_url";
	if (!url.n) {
		int n = snprintf(made, sizeof made, "https://login.microsoftonline.com/%.*s"
		                 "/oauth2/v2.0/token", (int)tenant.n, tenant.p);

		url = (cdt_str){ made, n > 0 ? (size_t)n : 0 };
	}
	me->token_url = openai_host_text(&me->base, url);
	me->client_id = openai_host_text(&me->base, client);
	me->scope = openai_host_text(&me->base, option(config, "scope"));
	return me->token_url && me->client_id && me->scope ? NULL : "no memory";
}

static const char *read_config(struct azure *me, cdt_val config)
{
	cdt_str auth = option(config, "auth");
	const char *wrong = read_surface(me, config);

	me->entra = cdt_is(auth, "entra");
	if (wrong)
		return wrong;
	if (auth.n && !me->entra && !cdt_is(auth, "key"))
		return "auth is none of key, entra";
	return me->entra ? read_entra(me, config) : NULL;
}

static void *open(const struct cdt_host *gateway, cdt_val config)
{
	const struct openai_host row = { .name = "azure", .ops = abilities,
		.native_ops = abilities, .edits = true, .responses = true, .base64_images = "gpt-image*",
		.plain_transcripts = "gpt-4o*" };
	struct azure *me = openai_new(gateway, config, &row, sizeof *me);
	const char *wrong;

	if (!me)
		return NULL;
	me->http = gateway->service(gateway, CDT_SVC_HTTP);
	wrong = read_config(me, config);
	if (!wrong && me->api_version)
		return me;
	gateway->log(gateway, CDT_LOG_ERROR, wrong ? wrong : "no memory");
	openai_close(me);
	return NULL;
}

static cdt_status build(void *self, struct cdt_call *call, const struct cdt_request *req,
                        struct cdt_http_out *http)
{
	const struct azure *me = self;
	/* Each resource has an address of its own: it tells nothing of what is behind it. */
	struct cdt_request plain_req = *req;
	cdt_status st = openai_build_begin(&me->base, call, req);

	if (st != CDT_OK)
		return st;
	if (!azure_address(me, call, req, http))
		return CDT_E_UNSUPPORTED;
	if (!openai_form_wanted(req))                      /* a form says so itself */
		http->api->header(http, "content-type", CDT_STR("application/json"));
	if (req->secret.n && me->entra)
		http->api->secret_header(http, "authorization", CDT_STR("Bearer "),
		                         req->secret);
	else if (req->secret.n)
		http->api->secret_header(http, "api-key", CDT_STR(""), req->secret);
	plain_req.base_url = CDT_STR("");
	return openai_build_content(&me->base, call, &plain_req, http);
}

/* The older surface has it elsewhere, if at all. */
static int speaks(void *self, cdt_str dialect, cdt_str model, cdt_str base_url)
{
	const struct azure *me = self;

	(void)model, (void)base_url;
	return me->v1 || !cdt_is(dialect, "openai.responses");
}

static const void *extension(void *self, const char *id)
{
	const struct azure *me = self;

	return me->entra && strcmp(id, CDT_EXT_PROVIDER_AUTH) == 0 ? &azure_auth : NULL;
}

static const struct cdt_provider_ops ops_table = {
	.size = sizeof ops_table, .open = open, .close = openai_close, .caps = openai_caps,
	.build = build, .head = azure_head, .frame = openai_ops_frame,
	.finish = openai_ops_finish, .error = azure_error, .extension = extension,
	.speaks = speaks,
};
static const struct cdt_feature provider = {
	.size = sizeof provider, .kind = CDT_KIND_PROVIDER, .name = "azure",
	.summary = "OpenAI's models, and others, in a resource of Azure",
	.options = options, .ops = &ops_table,
};
static const struct cdt_feature *const features[] = { &provider, NULL };

CDT_MODULE(.id = "org.conduit.provider.azure", .version = "1.0", .license = "MIT",
           .features = features);
