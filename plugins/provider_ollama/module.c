/* provider_ollama/module.c - what this plugin offers and how it is configured.
 * SPDX-License-Identifier: MIT */
#include "ollama.h"

#include <stdlib.h>
#include <string.h>

enum { NUM_CTX_MAX = 1 << 24 };

static const struct cdt_option options[] = {
	{ "num_ctx", CDT_OPT_INT, 0, "0",
	  "tokens of context to run models with; 0 leaves it to the server, whose default is "
	  "small and cuts long prompts without a word", NULL },
	{ "keep_alive", CDT_OPT_TEXT, 0, NULL,
	  "how long a model stays loaded: \"10m\", seconds, or -1 for always", NULL },
	{ NULL, 0, 0, NULL, NULL, NULL },
};

/* A number goes out as one: the server takes bare digits in a text for nothing. */
static bool read_seconds(cdt_str s, int64_t *out)
{
	size_t i = s.n && *s.p == '-';
	int64_t v = 0;

	if (i == s.n || s.n > 9)
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*out = *s.p == '-' ? -v : v;
	return true;
}

static const char *read_config(struct ollama *me, cdt_val config, char *room)
{
	cdt_str keep = cdt_text(cdt_get(config, "keep_alive"));

	me->num_ctx = cdt_i64(cdt_get(config, "num_ctx"), 0);
	if (me->num_ctx < 0 || me->num_ctx > NUM_CTX_MAX)
		return "num_ctx: from 0 to 16777216";
	me->has_keep_alive = keep.n > 0;
	if (!keep.n || read_seconds(keep, &me->keep_alive_s))
		return NULL;
	memcpy(room, keep.p, keep.n);
	me->keep_alive = (cdt_str){ room, keep.n };
	return NULL;
}

static void *open_instance(const struct cdt_host *host, cdt_val config)
{
	size_t n = cdt_text(cdt_get(config, "keep_alive")).n;
	struct ollama *me = calloc(1, sizeof *me + n);
	const char *wrong;

	if (!me)
		return NULL;
	wrong = read_config(me, config, (char *)(me + 1));
	if (!wrong)
		return me;
	host->log(host, CDT_LOG_ERROR, wrong);
	free(me);
	return NULL;
}

static void close_instance(void *self) { free(self); }

static const struct cdt_caps *caps(void *self)
{
	static const char *const dialects[] = { NULL };
	static const struct cdt_caps all = {
		.size = sizeof all,
		.flags = CDT_CAPS_ABORT_STOPS_BILLING | CDT_CAPS_INLINE_MEDIA,
		.ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE) |
		       CDT_OP_BIT(CDT_OP_EMBED),
		.stream_ops = CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COMPLETE),
		.dialects = dialects,
	};

	(void)self;
	return &all;
}

/* The server says application/x-ndjson, but what stands between may not. */
static cdt_status head(void *self, struct cdt_call *call, const struct cdt_http_head *h,
                       uint32_t *frames)
{
	const struct turn *t = ollama_turn(call);

	(void)self, (void)h;
	if (!t)
		return CDT_E_NOMEM;
	*frames = t->stream ? CDT_FRAMES_LINES : CDT_FRAMES_WHOLE;
	return CDT_OK;
}

static const struct cdt_provider_ops ops = {
	.size = sizeof ops,
	.open = open_instance,
	.close = close_instance,
	.caps = caps,
	.build = ollama_build,
	.head = head,
	.frame = ollama_frame,
	.finish = ollama_finish,
	.error = ollama_error,
};
static const struct cdt_feature provider = {
	.size = sizeof provider,
	.kind = CDT_KIND_PROVIDER,
	.name = "ollama",
	.summary = "Ollama by its own API: local models, and its cloud",
	.options = options,
	.ops = &ops,
};
static const struct cdt_feature *const features[] = { &provider, NULL };

CDT_MODULE(.id = "org.conduit.provider.ollama", .version = "1.0", .license = "MIT",
           .features = features);
