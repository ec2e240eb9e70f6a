/* flow/budget.c - from a key's words to the ledger's accounts.
 * SPDX-License-Identifier: MIT */
#include "flow/budget.h"

#include "base/clock.h"
#include "ledger/money.h"

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

static void put_money(struct jsonw *w, const char *name, bool known, int64_t nanousd)
{
	char text[MONEY_TEXT_SIZE];

	if (!known)
		jsonw_put_null(w, name);
	else
		jsonw_put_z(w, name, money_text(nanousd, text));
}

static void put_time(struct jsonw *w, const char *name, int64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (wall_ms)
		jsonw_put_z(w, name, clock_text(wall_ms, text));
	else
		jsonw_put_null(w, name);
}

static void put_models(struct jsonw *w, const struct budget *b)
{
	jsonw_key(w, "models");
	jsonw_open(w, '[');
	for (size_t i = 0; b && i < b->model_count; i++)
		jsonw_z(w, b->models[i]);
	jsonw_close(w);
}

static int64_t minus(int64_t limit, const struct account *a)
{
	int64_t left;

	return __builtin_sub_overflow(limit, a->posted + a->held, &left) ? 0 : left;
}

bool budget_left(struct ledger *l, const struct key *owner, int64_t *nanousd)
{
	int64_t now_ms = ledger_now(l), least = INT64_MAX;

	for (int i = 0; i < owner->budget_count + owner->prepaid; i++) {
		const struct budget *b = i < owner->budget_count ? &owner->budgets[i] : NULL;
		struct account_id id = budget_account(owner, b, now_ms);
		int64_t limit = budget_limit(owner, b), left;
		struct account a;

		if (limit == LIMIT_NONE || ledger_account(l, &id, &a) != CDT_OK)
			continue;
		left = minus(limit, &a);
		least = left < least ? left : least;
	}
	if (least == INT64_MAX)
		return false;
	*nanousd = least;
	return true;
}

static void put_one(struct ledger *l, const struct key *owner, const struct budget *b,
                    int64_t now_ms, struct jsonw *w)
{
	struct account_id id = budget_account(owner, b, now_ms);
	struct account a;
	bool known = ledger_account(l, &id, &a) == CDT_OK;
	int64_t limit = b ? b->nanousd : owner->credit;
	int64_t left = known ? minus(limit, &a) : 0;
	char period[PERIOD_TEXT_SIZE];

	jsonw_open(w, '{');
	jsonw_put_z(w, "kind", b ? "budget" : "balance");
	put_money(w, "usd", true, limit);
	jsonw_put_z(w, "period", b ? period_text(&b->period, period) : "total");
	put_models(w, b);
	jsonw_put_flag(w, "hard", !b || !b->watches);
	put_money(w, "spent", known, a.posted);
	put_money(w, "held", known, a.held);
	put_money(w, "remaining", known, left);
	put_time(w, "begins", id.period_start_ms);
	put_time(w, "renews", budget_renews_ms(b, now_ms));
	jsonw_close(w);
}

void budget_print(struct ledger *l, const struct key *owner, struct jsonw *w)
{
	int64_t now_ms = ledger_now(l);

	jsonw_key(w, "spending");
	jsonw_open(w, '[');
	for (size_t i = 0; i < owner->budget_count; i++)
		put_one(l, owner, &owner->budgets[i], now_ms, w);
	if (owner->prepaid)
		put_one(l, owner, NULL, now_ms, w);
	jsonw_close(w);
}
