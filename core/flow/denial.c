/* flow/denial.c - why money was not granted, in words that say what to do.
 * SPDX-License-Identifier: MIT */
#include "flow/denial.h"

#include "base/clock.h"
#include "base/str.h"
#include "flow/budget.h"
#include "flow/exchange.h"
#include "ledger/money.h"

enum { CLOSED_RETRY_MS = 5000, SENTENCE_MAX = 1024 };

enum charge_answer denial_unpriced(struct exchange *x, const struct target *t)
{
	if (!x->problem.cause)
		(void)problem_set(&x->problem, &x->arena, PROBLEM_NOT_ALLOWED, "model",
		                  "The model '%.*s' has no price here ('%.*s'), so a key with "
		                  "a budget may not use it; ask the operator to give it one.",
		                  STR_ARG(x->ask.model), STR_ARG(t->name));
	return CHARGE_DENIED;
}

enum charge_answer denial_unbounded(struct exchange *x, const char *member)
{
	if (!x->problem.cause)
		(void)problem_set(&x->problem, &x->arena, PROBLEM_UNSUPPORTED_PARAMETER, member,
		                  "What '%s' would cost can not be bounded, so a key with a "
		                  "budget may not use it.", member);
	return CHARGE_DENIED;
}

static void name_owner(const struct charge *g, uint32_t i, struct buf *out)
{
	const struct key *owner = g->owner[i];
	const struct budget *b = g->budget[i];

	buf_print(out, "The %s of %s", b ? "budget" : "balance",
	          owner->is_group ? "the group '" : "this key");
	if (owner->is_group)
		buf_print(out, "%s'", owner->name);
	for (size_t k = 0; b && k < b->model_count; k++)
		buf_print(out, "%s%s", k ? ", " : " for ", b->models[k]);
}

/* "10 USD (month): 9.5 are spent, 0.3 held for requests under way, and this one may cost" */
static void say_sums(struct exchange *x, uint32_t i, struct buf *out)
{
	struct charge *g = x->charge;
	struct account a;
	char limit[MONEY_TEXT_SIZE], posted[MONEY_TEXT_SIZE], held[MONEY_TEXT_SIZE];
	char amount[MONEY_TEXT_SIZE], period[PERIOD_TEXT_SIZE];
	const struct budget *b = g->budget[i];

	if (ledger_account(flow_parts(x->flow)->ledger, &g->order.account[i], &a) != CDT_OK) {
		buf_add_z(out, " is used up.");
		return;
	}
	buf_print(out, " is %s USD%s%s: %s spent, %s held for requests under way, and this one "
	          "may cost up to %s.", money_text(g->limits[i], limit),
	          b && b->period.unit != PERIOD_TOTAL ? " per " : "",
	          b && b->period.unit != PERIOD_TOTAL ? period_text(&b->period, period) : "",
	          money_text(a.posted, posted), money_text(a.held, held),
	          money_text(g->order.amount, amount));
}

void denial_by(struct exchange *x, uint32_t i)
{
	struct charge *g = x->charge;
	uint32_t status = router_config(roster_router(exchange_roster(x)))->budget_status;
	int64_t renews_ms = budget_renews_ms(g->budget[i], g->order.wall_ms);
	char when[CLOCK_TEXT_SIZE];
	struct buf text;

	if (x->problem.cause)
		return;
	buf_init(&text, SENTENCE_MAX);
	name_owner(g, i, &text);
	say_sums(x, i, &text);
	if (renews_ms)
		buf_print(&text, " It begins again at %s.", clock_text(renews_ms, when));
	(void)problem_set(&x->problem, &x->arena, PROBLEM_BUDGET, NULL, "%.*s",
	                  STR_ARG(buf_str(&text)));
	buf_fini(&text);
	x->problem.status = status;
	if (status == 429 && renews_ms)
		x->problem.error.retry_after_ms = renews_ms - g->order.wall_ms;
}

void denial_closed(struct exchange *x)
{
	(void)problem_set(&x->problem, &x->arena, PROBLEM_OVERLOADED, NULL,
	                  "The gateway can not write its ledger now, and spends no money that "
	                  "it can not account for. Try again later.");
	x->problem.error.code = CDT_STR("ledger_unavailable");
	x->problem.error.retry_after_ms = CLOSED_RETRY_MS;
}
