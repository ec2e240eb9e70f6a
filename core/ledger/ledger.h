/* ledger/ledger.h - money set aside before it is spent.  A hold is durable before granted is
 * called, a settlement before finished is; what a process that died had held is charged when
 * the next one starts.  Amounts are nano-USD, times UTC milliseconds.
 *
 * A hold lives on one worker, from ledger_hold until ledger_settle.  If the store can not
 * write, or its disk is nearly full, nothing more is granted; settlements are kept in a side
 * journal until the store takes them, in this run or the next.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H
#include "ledger/book.h"

struct ledger;
struct ledger_hold;
struct store;
struct store_txn;
struct worker;

struct ledger_policy {
	bool charge_all;               /* for what died: all that was held, not what was seen */
	uint64_t reserve_bytes;        /* with less free on the disk nothing is granted */
};

/* Begins a new epoch and charges the holds of earlier ones.  why gets a sentence on failure.
 * [main] */
struct ledger *ledger_open(struct store *s, const struct ledger_policy *policy,
                           int64_t wall_ms, char why[256]);
/* After store_close.  NULL is fine.  [main] */
void ledger_close(struct ledger *l);

enum ledger_answer {
	LEDGER_GRANTED,                /* durable */
	LEDGER_REFUSED,                /* an account lacks room: refused says which */
	LEDGER_CLOSED,                 /* the store can not write, or is too busy */
};
/* On the worker of the hold, never from inside the call that asked. */
typedef void ledger_granted(void *arg, enum ledger_answer a, uint32_t refused);
typedef void ledger_finished(void *arg);

/* h: all but its id; limits: of its accounts, LIMIT_NONE for budgets that only watch.  After
 * any answer but LEDGER_GRANTED the hold is gone. */
struct ledger_hold *ledger_hold(struct ledger *l, const struct hold *h, const int64_t *limits,
                                struct worker *w, ledger_granted *granted, void *arg);
/* Nobody waits for the answer any more: a hold that is granted nevertheless becomes void, and a
 * charge is written as it was to be.  Before granted or finished came. */
void ledger_forget(struct ledger_hold *h);

/* --- after it was granted; one at a time --- */

/* More for the same hold; LEDGER_REFUSED leaves it as it was. */
void ledger_extend(struct ledger_hold *h, int64_t more, const int64_t *limits,
                   ledger_granted *granted, void *arg);
/* Notes the cost of what was seen; nobody is told. */
void ledger_checkpoint(struct ledger_hold *h, int64_t seen);
/* The process ends: the hold stays in the store, for the next start to charge. */
void ledger_leave(struct ledger_hold *h);
/* e: kind, reason, amount, wall_ms, tokens, untold.  finished (may be NULL) comes when the
 * charge is durable; then, or at once when it is NULL, the hold is gone.  An extension under
 * way is forgotten.  r, which may be NULL, is written in the charge's transaction; when only it
 * can not be, the charge is written without, and is untold. */
struct ledger_rider {
	cdt_status (*apply)(void *arg, struct store_txn *txn);        /* [writer] */
	void (*drop)(void *arg);       /* it has been written, or never will be */
	void *arg;
};
void ledger_settle(struct ledger_hold *h, const struct entry *e, const struct ledger_rider *r,
                   ledger_finished *finished, void *arg);

/* --- charges that no record tells of yet --- */

/* A charge that is untold is remembered as such until somebody says of its hold's number that
 * a record does, so that what a process that died has charged, or is charged for it, gets
 * one. */
uint64_t ledger_hold_number(const struct ledger_hold *h);
/* [writer] The record is written in this transaction.  Before or after the charge. */
cdt_status ledger_told(const struct ledger *l, struct store_txn *txn, uint64_t number);
/* Those of earlier runs: tell writes a record.  Returns how many it was called for; one that
 * fails stays.  [main, before there are workers] */
typedef cdt_status ledger_tell(void *arg, struct store_txn *txn, const struct entry *e);
uint64_t ledger_tell_all(struct ledger *l, ledger_tell *tell, void *arg);

/* An account's posted amount has just reached so many percent (80, 90, 95 or 100) of its
 * hold's mark.  Once for each, on the hold's worker. */
typedef void ledger_alert(void *arg, const struct account_id *id, int percent, int64_t posted,
                          int64_t mark);
void ledger_set_alert(struct ledger *l, ledger_alert *alert, void *arg);   /* [main, early] */

/* The time to choose periods by; it does not go back.  [any thread] */
int64_t ledger_now(struct ledger *l);

/* --- reading [any thread] --- */

/* As of the last commit.  CDT_E_LIMIT: it can not be read now. */
cdt_status ledger_account(struct ledger *l, const struct account_id *id, struct account *a);
cdt_status ledger_verify(struct ledger *l, struct book_sums *sums, char why[256]);

struct ledger_counts {
	uint64_t granted, refused, closed, settled, recovered;
	uint64_t open;                 /* holds of this process */
	uint64_t waiting;              /* settlements that the store has refused so far */
	uint64_t replayed;             /* from the side journal of an earlier run */
	uint64_t journal_bytes;        /* of the side journal, used now */
	uint64_t free_bytes;           /* of the state folder's disk */
};
struct ledger_counts ledger_counts(const struct ledger *l);

#endif
