/* admin/serving.c - GET /admin/v1/serving: what serves requests, in one answer: providers,
 * routes, targets, and what each model had of each provider.
 * SPDX-License-Identifier: MIT */
#include "admin/usage.h"

cdt_status admin_serving_show(struct inquiry *c)
{
	struct usage_question q;
	cdt_status st = usage_read_question(c, &q);

	if (st != CDT_OK)
		return st;
	if (q.by || q.by_time != USAGE_GRAINS)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "by", "this is by model and provider; "
		              "leave 'by' away");
	q.by = 1u << USAGE_MODEL | 1u << USAGE_PROVIDER;
	jsonw_open(&c->json, '{');
	st = inquiry_put(c, CDT_OK, "providers", admin_providers_list);
	st = inquiry_put(c, st, "routes", admin_routes_list);
	st = inquiry_put(c, st, "models", admin_models_list);
	st = inquiry_put(c, st, "targets", admin_targets_list);
	jsonw_key(&c->json, "usage");
	if (st == CDT_OK)
		st = usage_show(c, &q);
	jsonw_close(&c->json);
	return st;
}
