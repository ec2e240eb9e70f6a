/* admin/config.c - the configuration in effect, and reading it again.
 * SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "admin/inquiry.h"
#include "base/log.h"
#include "base/str.h"
#include "router/route.h"

enum { REPORT_MAX = 2 << 20 };

cdt_status admin_config_show(struct inquiry *c)
{
	const struct router *r = c->admin->parts.ops->router(c->admin->parts.arg);

	c->type = "text/plain; charset=utf-8";
	config_print(router_config(r), &c->out);
	return c->out.status;
}

static cdt_status say_loaded(struct inquiry *c)
{
	struct admin_status s;

	c->admin->parts.ops->status(c->admin->parts.arg, &s);
	jsonw_open(&c->json, '{');
	jsonw_put_z(&c->json, "status", "ok");
	jsonw_put_i64(&c->json, "generation", s.generation);
	jsonw_put_text(&c->json, "report", c->report);
	jsonw_close(&c->json);
	return CDT_OK;
}

static cdt_status load(struct inquiry *c, bool only_checks)
{
	struct buf report;
	cdt_status st;

	buf_init(&report, REPORT_MAX);
	st = c->admin->parts.ops->reload(c->admin->parts.arg, only_checks, &report);
	c->report = arena_str(&c->arena, buf_str(&report));
	buf_fini(&report);
	if (st == CDT_OK)
		return say_loaded(c);
	(void)REFUSE(c, PROBLEM_INVALID_VALUE, NULL, "the configuration has errors, nothing "
	             "has changed; 'report' names them");
	c->problem.error.code = CDT_STR("invalid_configuration");
	return CDT_E_INVALID;
}

cdt_status admin_config_reload(struct inquiry *c)
{
	log_info(LOG_ADMIN, NULL, "a reload was asked for");
	return load(c, false);
}

cdt_status admin_config_check(struct inquiry *c)
{
	return load(c, true);
}
