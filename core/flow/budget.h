/* flow/budget.h - which account of the ledger a budget is, and how much it may take.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_BUDGET_H
#define FLOW_BUDGET_H
#include "auth/key.h"
#include "ledger/ledger.h"

/* The account of that budget of a key or group (b NULL: its prepaid balance) at that time. */
struct account_id budget_account(const struct key *owner, const struct budget *b,
                                 int64_t now_ms);
/* What posted and held together may not pass: LIMIT_NONE for those that only watch. */
int64_t budget_limit(const struct key *owner, const struct budget *b);
/* When it starts again; 0: never. */
int64_t budget_renews_ms(const struct budget *b, int64_t now_ms);

/* What remains of the budget, or balance, that has least left of those that may refuse.
 * False: there is none, or it can not be read now. */
bool budget_left(struct ledger *l, const struct key *owner, int64_t *nanousd);

/* "spending" into an open map: for each budget (and the balance) what was spent, what is held
 * for requests under way, what remains, and when it begins again. */
void budget_print(struct ledger *l, const struct key *owner, struct jsonw *w);

#endif
