/* flow/budget.c - from a key's words to the ledger's accounts.
 * SPDX-License-Identifier: MIT */
#include "flow/budget.h"

#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"

enum { OWNER_TEXT_MAX = 128 };

/* A group that is made anew under an old name is another one. */
static void group_owner(const struct key *group, char out[OWNER_SIZE])
{
	uint8_t digest[SHA256_SIZE];
	struct buf text;

	buf_init(&text, OWNER_TEXT_MAX);
	buf_add_z(&text, group->name);
	buf_add_c(&text, '\n');
	buf_add_i64(&text, group->created_ms);
	sha256(buf_str(&text), digest);
	memcpy(out, digest, OWNER_SIZE);
	buf_fini(&text);
}

struct account_id budget_account(const struct key *owner, const struct budget *b,
                                 int64_t now_ms)
{
	struct account_id id = { .kind = owner->is_group ? OWNER_GROUP : OWNER_KEY,
	                         .budget = b ? b->number : BALANCE_NUMBER };

	if (owner->is_group)
		group_owner(owner, id.owner);
	else
		fixed_text(id.owner, OWNER_SIZE, str_z(owner->id));
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
