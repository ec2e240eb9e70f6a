/* flow/alert.c - says that a budget is nearly used up, or is: in the log and in a counter.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/log.h"
#include "base/str.h"
#include "flow/flow.h"
#include "ledger/ledger.h"
#include "ledger/money.h"
#include "loop/worker.h"
#include "metrics/metrics.h"

static uint32_t counter(struct metrics *m)
{
	return metrics_declare(m, METRICS_COUNTER, "budget_alerts_total", "owner,percent",
	                       "Budgets of keys and groups that have reached so much of their "
	                       "amount.");
}

/* [worker] */
static void on_alert(void *arg, const struct account_id *id, int percent, int64_t posted,
                     int64_t mark)
{
	const char *kind = id->kind == OWNER_GROUP ? "group" : "key";
	char step[16], spent[MONEY_TEXT_SIZE], all[MONEY_TEXT_SIZE];
	struct worker *here = worker_here();
	struct metrics *m = arg;
	cdt_str labels[2];

	(void)snprintf(step, sizeof step, "%d", percent);
	labels[0] = str_z(kind);
	labels[1] = str_z(step);
	metrics_add(m, here ? (int)worker_number(here) : -1,
	            metrics_series(m, counter(m), labels), 1);
	log_warn(LOG_FLOW, NULL, "a budget has reached %d %% of its amount %s=%.*s "
	         "spent_usd=%s budget_usd=%s", percent, kind, (int)sizeof id->owner, id->owner,
	         money_text(posted, spent), money_text(mark, all));
}

void flow_watch_budgets(struct ledger *l, struct metrics *m)
{
	(void)counter(m);                              /* 0 = refused: then it counts nothing */
	ledger_set_alert(l, on_alert, m);
}
