/* admin/audit.c - the audit log: shown, newest first, and kept as long as the configuration
 * wants.
 * SPDX-License-Identifier: MIT */
#include "audit/audit.h"

#include "admin/records.h"
#include "base/clock.h"
#include "base/query.h"
#include "router/route.h"

enum { ROUND_MS = 3600000, MORE_MS = 100 };

cdt_status admin_audit_list(struct inquiry *c)
{
	cdt_str cursor = query_value(&c->arena, http_query(c->request), "cursor");
	size_t limit;
	cdt_status st;

	if (record_limit(c, &limit) != CDT_OK)
		return CDT_E_INVALID;
	jsonw_open(&c->json, '{');
	st = audit_print(c->admin->parts.store, cursor, limit, &c->json);
	if (st == CDT_E_INVALID)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "cursor", "'cursor' must be what "
		              "'next' gave");
	jsonw_close(&c->json);
	return st;
}

static void on_round(void *arg)
{
	struct admin *a = arg;
	const struct config *c = router_config(a->parts.ops->router(a->parts.arg));
	int64_t before_ms = clock_wall_ms() - c->audit_retain_ms;
	bool more = audit_drop(a->parts.store, before_ms) == AUDIT_BATCH;

	timer_set(&a->audit_round, clock_ms(), more ? MORE_MS : ROUND_MS);
}

void audit_rounds_begin(struct admin *a)
{
	timer_init(&a->audit_round, a->parts.worker, on_round, a);
	timer_set(&a->audit_round, clock_ms(), MORE_MS);
}
