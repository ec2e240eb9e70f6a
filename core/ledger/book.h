/* ledger/book.h - what may happen to accounts and holds, and nothing else: each function is
 * one all-or-nothing change of the tables that it is given.  No clock, no disk, no thread.
 *
 * For every account at every instant: posted + held <= its limit, as long as upstreams bill
 * no more than was held; posted is the sum of its entries, held the sum of its holds.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_BOOK_H
#define LEDGER_BOOK_H
#include "ledger/record.h"

enum book_table { BOOK_META, BOOK_ACCOUNTS, BOOK_HOLDS, BOOK_ENTRIES };

/* The tables: a transaction of the store, or a model of one.  Values live until the next
 * change. */
struct book_ops {
	cdt_status (*get)(void *arg, enum book_table t, cdt_str key, cdt_str *value);
	cdt_status (*put)(void *arg, enum book_table t, cdt_str key, cdt_str value);
	cdt_status (*remove)(void *arg, enum book_table t, cdt_str key);
	/* The first entry whose key is > *key ("" begins).  CDT_E_ABSENT at the end. */
	cdt_status (*next)(void *arg, enum book_table t, cdt_str *key, cdt_str *value);
};
struct book { const struct book_ops *ops; void *arg; };

/* CDT_E_UPSTREAM from any of these: a record is damaged.  Anything but CDT_OK: undo what was
 * put, nothing happened. */

enum { BOOK_GRANTED = -1 };
#define LIMIT_NONE INT64_MAX           /* for budgets that only watch */

/* Sets h->amount aside in all of its accounts, which differ; limits: theirs, in that order.
 * *refused: the first account that lacks room, then nothing changed; or BOOK_GRANTED. */
cdt_status book_hold(struct book *b, const struct hold *h, const int64_t *limits,
                     int *refused);
/* Sets more aside for a hold that goes on.  CDT_E_ABSENT: there is no such hold. */
cdt_status book_extend(struct book *b, struct hold_id id, int64_t more, const int64_t *limits,
                       int *refused);
/* Notes what the answer has cost so far, for recovery; gives back what is held above
 * `amount`, which is never raised here.  CDT_E_ABSENT as above. */
cdt_status book_checkpoint(struct book *b, struct hold_id id, int64_t seen, int64_t amount);

/* The end of a hold: it becomes e->amount (0 for ENTRY_VOID).  The caller fills in kind,
 * reason, amount, wall_ms and tokens; the rest comes from the hold.  A hold that is not
 * there any more has ended before: *again, and nothing changes. */
cdt_status book_settle(struct book *b, struct hold_id id, struct entry *e, bool *again);
/* A correction without a hold: e->amount, of any sign, in all of e's accounts; it never makes
 * what was posted negative (CDT_E_INVALID). */
cdt_status book_adjust(struct book *b, struct entry *e);

/* CDT_E_ABSENT: nothing was ever held or posted; then *a is zero. */
cdt_status book_account(struct book *b, const struct account_id *id, struct account *a);

/* What a hold of a process that died is charged: what was seen and its margin, at most all. */
int64_t book_recovered(const struct hold *h);

/* The newest entry: its number, 0 = there is none, and the chain after it. */
struct book_head { uint64_t number; uint8_t chain[CHAIN_SIZE]; };
cdt_status book_head_get(struct book *b, struct book_head *h);

/* Recomputes everything.  CDT_OK when all agrees; else why gets a sentence about the first
 * thing that does not. */
struct book_sums { uint64_t accounts, holds, entries; int64_t posted, held; };
cdt_status book_verify(struct book *b, struct book_sums *sums, char why[256]);

#endif
