/* flow/charge_known.c - the money of an answer that nobody was asked for: an exact amount is
 * held and settled, like that of an attempt, so that no budget is passed and every nano-USD has
 * its entry.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "flow/denial.h"
#include "flow/exchange.h"
#include "flow/recall.h"
#include "flow/untold.h"
#include "ledger/money.h"

enum { LESS_TRIES_MAX = 3 };

static void on_answer(void *arg, enum ledger_answer a, uint32_t refused);

static void ask(struct exchange *x)
{
	struct charge *g = x->charge;
	struct hold *h = &g->order;

	fixed_text(h->key, sizeof h->key, str_z(x->key->id));
	fixed_text(h->request, sizeof h->request, x->id);
	untold_purpose(x, NULL, &h->purpose);
	/* If we die in between: it is charged in full. */
	h->seen = h->amount;
	h->margin = 0;
	g->state = CHARGE_ASKING;
	g->hold = ledger_hold(flow_parts(x->flow)->ledger, h, g->limits, flow_worker(x->flow),
	                      on_answer, x);
}

static bool lessen(struct exchange *x)
{
	struct charge *g = x->charge;
	int64_t room = charge_room(x);

	if (!g->takes_less || g->tries++ == LESS_TRIES_MAX || room <= 0)
		return false;
	if (room < g->order.amount)
		g->order.amount = room;
	return true;
}

static void on_answer(void *arg, enum ledger_answer a, uint32_t refused)
{
	struct exchange *x = arg;
	struct charge *g = x->charge;

	if (a == LEDGER_GRANTED) {
		g->state = CHARGE_HELD;
		if (g->order.amount > x->held)
			x->held = g->order.amount;
		recall_granted(x);
		return;
	}
	g->hold = NULL;
	g->state = CHARGE_IDLE;
	if (a == LEDGER_REFUSED && lessen(x)) {
		ask(x);
		return;
	}
	if (a == LEDGER_REFUSED)
		denial_by(x, refused);
	else
		denial_closed(x);
	recall_denied(x);
}

static void bill(struct exchange *x, int64_t amount)
{
	x->bill = (struct bill){ .kind = ENTRY_POST, .reason = REASON_CACHED,
	                         .amount = amount, .usage = CDT_USAGE_INIT };
	if (!money_add(x->cost, amount, &x->cost))
		x->cost = INT64_MAX;
}

enum charge_answer charge_known(struct exchange *x, int64_t amount, bool takes_less)
{
	struct charge *g;

	if (amount <= 0)
		return CHARGE_FREE;
	if (!charge_accounts(x))
		return CHARGE_DENIED;
	g = x->charge;
	if (!g || !g->order.account_count) {
		bill(x, amount);
		return CHARGE_FREE;
	}
	g->candidate = NULL;
	g->refuses = charge_refuses(g);
	g->takes_less = takes_less;
	g->tries = 0;
	g->order.amount = amount;
	ask(x);
	return CHARGE_ASKED;
}

bool charge_known_settle(struct exchange *x, bool wait)
{
	bill(x, x->charge->order.amount);
	return charge_settle(x, wait);
}

bool charge_has_room(struct exchange *x)
{
	if (!charge_accounts(x))
		return false;
	return !x->charge || !charge_refuses(x->charge) || charge_room(x) > 0;
}
