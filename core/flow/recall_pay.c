/* flow/recall_pay.c - what a known answer costs who gets it: a share of what it has cost.  A
 * hit's is held before anything is given, and settled before its last byte.  What a follower's
 * comes to is known when the answer is whole: it pays before its last byte, at most what is
 * there.
 * SPDX-License-Identifier: MIT */
#include "flow/recall.h"

enum { WHOLE_MILLIONTHS = 1000000 };

/* Rounded up to a nano-USD. */
static int64_t share_of(int64_t cost, uint32_t millionths)
{
	if (cost <= 0)
		return 0;
	return (int64_t)(((__int128)cost * millionths + WHOLE_MILLIONTHS - 1) /
	                 WHOLE_MILLIONTHS);
}

static const struct config_cache *rules_of(const struct exchange *x)
{
	return &exchange_config(x)->cache;
}

bool pay_may_follow(struct exchange *x)
{
	return !rules_of(x)->joiner_millionths || x->explains || charge_has_room(x);
}

enum charge_answer pay_for_hit(struct exchange *x)
{
	struct recall *r = x->recall;
	int64_t share = share_of(r->from.cost, rules_of(x)->hit_millionths);

	r->saved = r->from.cost - share;
	return charge_known(x, share, false);
}

static bool settle(struct exchange *x)
{
	x->recall->saved = x->recall->from.cost - x->charge->order.amount;
	return charge_known_settle(x, true);
}

/* Nothing but the ledger is waited for from now on. */
static void stand_still(struct exchange *x)
{
	struct recall *r = x->recall;

	flight_rise(&r->seat);
	timer_fini(&r->pace);
	relay_keep(x);
}

bool pay_at_end(struct exchange *x)
{
	struct recall *r = x->recall;
	int64_t share = share_of(r->from.cost, rules_of(x)->joiner_millionths);

	if (x->charge && x->charge->hold) {
		stand_still(x);
		return settle(x);
	}
	if (r->verdict != RECALL_JOINED)
		return false;
	r->saved = r->from.cost - share;
	switch (charge_known(x, share, true)) {
	case CHARGE_ASKED:
		stand_still(x);
		return true;
	case CHARGE_DENIED:
		r->saved = r->from.cost;
		return false;
	case CHARGE_FREE:
		break;
	}
	return false;
}

void pay_follower(struct exchange *x, bool granted)
{
	if (granted && settle(x))
		return;                        /* recall_settled comes */
	if (!granted) {
		x->problem = (struct problem){ .cause = PROBLEM_NONE };
		x->recall->saved = x->recall->from.cost;
	}
	recall_settled(x);
}

void recall_settled(struct exchange *x)
{
	if (!x->left)
		(void)relay_finish(x);
	exchange_resume(x, STEP_DONE);
}
