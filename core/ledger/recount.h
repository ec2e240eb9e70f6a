/* ledger/recount.h - recomputes the whole ledger beside the traffic, on a thread of its own.
 * Entries are read in slices with a snapshot each (they never change, so that no old page of
 * the store is kept from being used again for long); the last snapshot also gives the holds and
 * accounts that must agree with them.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_RECOUNT_H
#define LEDGER_RECOUNT_H
#include "ledger/book.h"

struct recount;
struct store;
struct worker;

struct recount_result {
	cdt_status st;                 /* CDT_E_UPSTREAM: something does not agree */
	struct book_sums sums;
	struct book_head head;
	char why[256];                 /* the first thing that does not agree */
	uint64_t took_ms;
};

/* finished comes on w, once.  NULL: there is no thread to be had. */
struct recount *recount_new(struct store *s, struct worker *w,
                            void (*finished)(void *arg, const struct recount_result *result),
                            void *arg);
/* From finished on; or when w's loop has ended, then it is cut short.  NULL is fine. */
void recount_free(struct recount *r);

#endif
