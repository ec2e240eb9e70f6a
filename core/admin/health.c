/* admin/health.c - what load balancers, supervisors and curious people ask without a token.
 * SPDX-License-Identifier: MIT */
#include "admin/inquiry.h"

static cdt_status say(struct inquiry *c, const char *status)
{
	jsonw_open(&c->json, '{');
	jsonw_put_z(&c->json, "service", "conduit");
	jsonw_put_z(&c->json, "status", status);
	jsonw_close(&c->json);
	return CDT_OK;
}

cdt_status admin_health_live(struct inquiry *c)
{
	return say(c, "ok");
}

cdt_status admin_health_ready(struct inquiry *c)
{
	struct admin_status s;

	c->admin->parts.ops->status(c->admin->parts.arg, &s);
	if (!s.draining)
		return say(c, "ok");
	c->status = 503;
	return say(c, "draining");
}

cdt_status admin_index_show(struct inquiry *c)
{
	jsonw_open(&c->json, '{');
	jsonw_put_z(&c->json, "service", "conduit");
	jsonw_put_z(&c->json, "api", "/admin/v1");
	jsonw_put_z(&c->json, "status", "/admin/v1/status");
	jsonw_put_z(&c->json, "metrics", "/metrics");
	jsonw_put_z(&c->json, "health", "/health/ready");
	jsonw_put_z(&c->json, "cli", "conduitctl");
	jsonw_close(&c->json);
	return CDT_OK;
}
