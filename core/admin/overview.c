/* admin/overview.c - what single pages of the web app show, each in one answer: overview, first
 * steps, and groups with their keys.
 * SPDX-License-Identifier: MIT */
#include "admin/records.h"
#include "admin/usage.h"
#include "base/query.h"

/* --- GET /admin/v1/overview: status, targets, sums over time, and who spends most --- */

static cdt_status put_top(struct inquiry *c, const char *name, const struct usage_question *q,
                          enum usage_dim by)
{
	cdt_status st;

	jsonw_key(&c->json, name);
	st = usage_show_top(c, *q, by);
	if (st != CDT_E_LIMIT)
		return st;
	jsonw_null(&c->json);                  /* all else is worth to be seen */
	return CDT_OK;
}

cdt_status admin_overview_show(struct inquiry *c)
{
	struct usage_question q;
	cdt_status st = usage_read_question(c, &q);

	if (st != CDT_OK)
		return st;
	if (q.by || q.by_time == USAGE_GRAINS)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "by", "'by' must be minute, hour or "
		              "day");
	jsonw_open(&c->json, '{');
	st = inquiry_put(c, CDT_OK, "status", admin_status_show);
	st = inquiry_put(c, st, "targets", admin_targets_list);
	jsonw_key(&c->json, "usage");
	if (st == CDT_OK)
		st = usage_show(c, &q);
	if (st == CDT_OK)
		st = put_top(c, "models", &q, USAGE_MODEL);
	if (st == CDT_OK)
		st = put_top(c, "keys", &q, USAGE_KEY);
	jsonw_close(&c->json);
	return st;
}

/* --- GET /admin/v1/start: status, and which models there are --- */

cdt_status admin_start_show(struct inquiry *c)
{
	cdt_status st;

	jsonw_open(&c->json, '{');
	st = inquiry_put(c, CDT_OK, "status", admin_status_show);
	st = inquiry_put(c, st, "models", admin_models_list);
	jsonw_close(&c->json);
	return st;
}

/* --- GET /admin/v1/access: groups and keys, the first of each --- */

static cdt_status put_records(struct inquiry *c, const char *name, const struct record_kind *of)
{
	jsonw_key(&c->json, name);
	c->kind = of;
	return record_list(c);
}

cdt_status admin_access_show(struct inquiry *c)
{
	cdt_status st;

	if (query_value(&c->arena, http_query(c->request), "after").n)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "after", "this tells the first of "
		              "each; GET /admin/v1/keys and /admin/v1/groups have the others");
	jsonw_open(&c->json, '{');
	st = put_records(c, "groups", &record_group);
	if (st == CDT_OK)
		st = put_records(c, "keys", &record_key);
	jsonw_close(&c->json);
	return st;
}
