/* flow/budget.c - from a key's words to the ledger's accounts.
 * SPDX-License-Identifier: MIT */
#include "flow/budget.h"

struct account_id budget_account(const struct key *owner, const struct budget *b,
                                 int64_t now_ms)
{
	struct account_id id = { .kind = owner->is_group ? OWNER_GROUP : OWNER_KEY,
	                         .budget = b ? b->number : BALANCE_NUMBER };

	owner_text(id.owner, key_handle(owner));
	/* A group that is made anew under an old name has accounts of its own. */
	if (owner->is_group)
		id.budget ^= (uint64_t)owner->created_ms;
	if (b)
		id.period_start_ms = period_at(&b->period, b->zone, now_ms).start_ms;
	return id;
}

int64_t budget_limit(const struct key *owner, const struct budget *b)
{
	if (!b)
		return owner->credit;
	return b->watches ? LIMIT_NONE : b->nanousd;
}

int64_t budget_renews_ms(const struct budget *b, int64_t now_ms)
{
	if (!b || b->period.unit == PERIOD_TOTAL)
		return 0;
	return period_at(&b->period, b->zone, now_ms).end_ms;
}
