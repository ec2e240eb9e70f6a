/* provider_gemini/module.c - Gemini by Google's AI Studio: what this plugin offers, and where
 * its requests go.  What they say is lib_gemini's affair.
 * SPDX-License-Identifier: MIT */
#include "lib_gemini/gemini.h"

#include <stdlib.h>
#include <string.h>

static const struct cdt_option options[] = {
	GEMINI_OPTIONS,
	{ NULL, 0, 0, NULL, NULL, NULL },
};

/* .../v1beta/models/NAME:verb; tuned models have a folder of their own. */
static void address(const struct gemini *self, struct cdt_call *call,
                    struct cdt_http_out *http, const struct gemini_place *place,
                    const char *verb)
{
	cdt_str base = gemini_trimmed(place->base);
	int whole = words_begin(place->model, "models/")
	            || words_begin(place->model, "tunedModels/");

	(void)self;
	if (base.n == 0)
		base = CDT_STR("https://generativelanguage.googleapis.com");
	http->api->method(http, "POST");
	http->api->url(http, base, words_join(call, (cdt_str[]){
		gemini_has_version(base) ? CDT_STR("/") : CDT_STR("/v1beta/"),
		whole ? CDT_STR("") : CDT_STR("models/"), gemini_escaped(call, place->model),
		CDT_STR(":"), words_z(verb) }, 5));
	if (place->secret.n)
		http->api->secret_header(http, "x-goog-api-key", CDT_STR(""), place->secret);
	http->api->header(http, "content-type", CDT_STR("application/json"));
}

static void *open_instance(const struct cdt_host *host, cdt_val config)
{
	static const struct gemini_home studio = { .is_vertex = 0, .address = address };
	struct gemini *self = calloc(1, sizeof *self);
	const char *wrong;

	if (!self)
		return NULL;
	self->home = &studio;
	wrong = gemini_configure(self, config);
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

/* Google keeps counting when a client hangs up, and fetches only what lies with it. */
static const struct cdt_caps *caps(void *self)
{
	static const struct cdt_caps all = {
		.size = sizeof all,
		.flags = CDT_CAPS_INLINE_MEDIA | CDT_CAPS_TOOL_ERRORS,
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_EMBED)
		       | CDT_OP_BIT(CDT_OP_IMAGE) | CDT_OP_BIT(CDT_OP_SPEECH)
		       | CDT_OP_BIT(CDT_OP_TRANSCRIBE),
		.stream_ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_SPEECH)
		              | CDT_OP_BIT(CDT_OP_TRANSCRIBE),
	};

	(void)self;
	return &all;
}

/* Another host has other prices. */
static cdt_str list(void *self, cdt_str base_url)
{
	(void)self;
	return base_url.n == 0 || words_hold(base_url, "googleapis.com") ? CDT_STR("gemini")
	                                                                 : CDT_STR("");
}

static const void *extension(void *self, const char *id)
{
	static const struct cdt_provider_catalog catalog = {
		.size = sizeof catalog, .list = list };

	(void)self;
	return strcmp(id, CDT_EXT_PROVIDER_CATALOG) == 0 ? &catalog : NULL;
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops,
	.open = open_instance,
	.close = close_instance,
	.caps = caps,
	.build = gemini_build,
	.frame = gemini_frame,
	.finish = gemini_finish,
	.error = gemini_error,
	.extension = extension,
	.follow = gemini_follow,
};
static const struct cdt_feature provider = {
	.size = sizeof provider,
	.kind = CDT_KIND_PROVIDER,
	.name = "gemini",
	.summary = "Google Gemini (AI Studio): Gemini, Imagen and Gemma with an API key",
	.options = options,
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &provider, NULL };

CDT_MODULE(.id = "org.conduit.provider.gemini", .version = "1.0", .license = "MIT",
           .features = features);
