/* ledger/page.h - entries, newest first, a page at a time.  Entries have no index: a page looks
 * at LEDGER_SCAN_MAX of them at most, and the next one goes on from there.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_PAGE_H
#define LEDGER_PAGE_H
#include "ledger/record.h"

struct store;

enum { LEDGER_SCAN_MAX = 50000 };

/* Which entries; all: before 0, from_ms INT64_MIN, to_ms INT64_MAX. */
struct ledger_filter {
	uint64_t before;               /* only older ones than this number; 0 = all */
	size_t limit;                  /* so many at most */
	bool by_key, by_group;
	char key[OWNER_SIZE];          /* who asked */
	char group[OWNER_SIZE];        /* one of whose accounts was charged */
	int64_t from_ms, to_ms;        /* from <= time < to */
};

/* each gets them with the chain after each.  *next: what `before` is of the next page; 0 =
 * there is none.  CDT_E_LIMIT: too busy.  CDT_E_UPSTREAM: an entry can not be read. */
typedef void ledger_each(void *arg, const struct entry *e, const uint8_t chain[CHAIN_SIZE]);
cdt_status ledger_page(struct store *s, const struct ledger_filter *f, ledger_each *each,
                       void *arg, uint64_t *next);

#endif
