/* flow/charge.h - the money of an exchange: set aside before each attempt, settled behind it.
 * Whose accounts pay, what is held and what is asked when, is here; what it comes to, in
 * bounds.c and bill.c; that it is exact, in the ledger.  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_CHARGE_H
#define FLOW_CHARGE_H
#include "base/list.h"
#include "flow/bill.h"
#include "flow/bounds.h"

struct exchange;

enum charge_state {
	CHARGE_IDLE,
	CHARGE_ASKING,                 /* for a hold */
	CHARGE_HELD,                   /* an attempt may go on */
	CHARGE_EXTENDING,              /* it waits for more */
	CHARGE_SETTLING,               /* an answer waits to be released */
};

/* In the arena of an exchange that somebody's budget pays. */
struct charge {
	struct list link;              /* of its flow's purse, while money is held */
	struct exchange *exchange;     /* once it was in a purse */
	enum charge_state state;
	struct ledger_hold *hold;
	struct extent extent;
	struct price_bounds bounds;
	const struct candidate *candidate;             /* NULL: of a known answer */
	const struct key *owner[ACCOUNTS_MAX];         /* of the accounts in order */
	const struct budget *budget[ACCOUNTS_MAX];     /* NULL: a balance */
	struct hold order;
	int64_t limits[ACCOUNTS_MAX];
	int64_t more;                  /* asked for now */
	uint32_t tries;                /* of less answer, or less money */
	bool takes_less;               /* charge_known: what is there, when it is less */
	bool refuses;                  /* one of them is more than a watch */
	uint64_t noted_ms, drains_until_ms;    /* clock_ms; 0: does not drain */
};

/* Exchanges of one worker for which money is held. */
struct purse;
struct flow;
struct purse *purse_new(struct flow *f);
void purse_free(struct purse *p);

enum charge_answer {
	CHARGE_FREE,                   /* nobody's budget is touched: go on */
	CHARGE_ASKED,                  /* attempt_granted or attempt_denied comes */
	CHARGE_DENIED,                 /* x->problem says why, unless something did before */
};
enum charge_answer charge_begin(struct exchange *x, const struct candidate *c);

/* Money for the candidate is held, or it will not be.  dead: nobody else need be tried.
 * (step_attempt.c) */
void attempt_granted(struct exchange *x, const struct candidate *c);
void attempt_denied(struct exchange *x, bool dead);

/* The bill of the attempt that has ended so. */
void charge_bill(struct exchange *x, enum bill_end end);
/* Settles what was held.  wait: true when attempt_settled comes once it is durable; false:
 * there was nothing to wait for. */
bool charge_settle(struct exchange *x, bool wait);
void attempt_settled(struct exchange *x);      /* step_attempt.c */
/* The attempt has not even begun. */
void charge_drop(struct exchange *x);

/* --- charge_known.c: answers that nobody is asked for --- */
/* Holds that amount; takes_less: or what is there.  CHARGE_FREE: it is in x->cost, and nobody's
 * budget pays.  CHARGE_ASKED: recall_granted or recall_denied comes. */
enum charge_answer charge_known(struct exchange *x, int64_t amount, bool takes_less);
/* Settles it.  True: recall_settled comes. */
bool charge_known_settle(struct exchange *x, bool wait);
/* Is there anything left in the budgets that refuse? */
bool charge_has_room(struct exchange *x);

/* --- of charge.c for it --- */
/* The accounts that pay, as of now, in x->charge; none is fine. */
bool charge_accounts(struct exchange *x);
bool charge_refuses(const struct charge *g);   /* one of them is more than a watch */
int64_t charge_room(const struct exchange *x); /* what all of them leave now */

/* --- while it runs --- */
/* More has been seen: may it go on?  False: pause; then either attempt_resume comes, or the
 * stream is ended (relay_cut). */
bool charge_look(struct exchange *x);
/* The client has left: true when the upstream is to be read to its end nevertheless. */
bool charge_drains(struct exchange *x);
/* Leaving now stops the bill, and what was made by then can be told. */
bool charge_stops(const struct exchange *x);
/* Nobody wants the answer any more: the attempt ends, and what was done is charged. */
void charge_abandon(struct exchange *x);
/* The process ends in the middle: the next one charges. */
void charge_leave(struct exchange *x);

#endif
