/* auth/budget.h - how much money a key or group may spend in which time, as a value.
 * SPDX-License-Identifier: MIT */
#ifndef AUTH_BUDGET_H
#define AUTH_BUDGET_H
#include "ledger/money.h"
#include "ledger/period.h"

#include <stdbool.h>

enum { BUDGETS_MAX = 7, BUDGET_MODELS_MAX = 16 };

/* The most that a budget or a balance may be: sums of it stay far below what int64 holds. */
#define BUDGET_NANOUSD_MAX (INT64_C(1000000000) * MONEY_USD)

/* What a prepaid balance is numbered as; budgets never are. */
enum { BALANCE_NUMBER = 0 };

struct budget {
	/* Which account of its owner: made of period, zone and models, so that another amount
	 * keeps what was spent, and another period begins at zero. */
	uint64_t number;
	int64_t nanousd;                       /* in one period; 0: nothing may be spent */
	struct period period;
	const struct zone *zone;               /* lives as long as the process */
	char *timezone;                        /* its name; NULL: UTC */
	char **models;                         /* patterns with '*'; count 0 = all */
	size_t model_count;
	bool watches;                          /* only counts, never refuses ("hard": false) */
};

/* Is it about the model of one of these names?  also may be {NULL,0}.  [any thread] */
bool budget_covers(const struct budget *b, cdt_str model, cdt_str also);

#endif
