/* api/health.c - what load balancers and curious people ask without a key.
 * SPDX-License-Identifier: MIT */
#include "api/surfaces.h"
#include "api/openai/openai.h"

static cdt_status say(struct buf *out, const char *status)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "service", "conduit");
	jsonw_put_z(&w, "status", status);
	jsonw_close(&w);
	return jsonw_status(&w);
}

static cdt_status live(struct exchange *x, struct buf *out)
{
	(void)x;
	return say(out, "ok");
}

static cdt_status ready(struct exchange *x, struct buf *out)
{
	if (!flow_draining(x->flow))
		return say(out, "ok");
	x->status = 503;
	return say(out, "draining");
}

const struct surface health_live = {
	.path = "/health/live", .method = "GET", .flags = SURFACE_PUBLIC,
	.dialect = &openai_chat_dialect, .answer = live,
};
const struct surface health_ready = {
	.path = "/health/ready", .method = "GET", .flags = SURFACE_PUBLIC,
	.dialect = &openai_chat_dialect, .answer = ready,
};
const struct surface health_root = {
	.path = "/", .method = "GET", .flags = SURFACE_PUBLIC,
	.dialect = &openai_chat_dialect, .answer = live,
};
