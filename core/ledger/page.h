/* ledger/page.h - entries, newest first, a page at a time.  Entries have no index: a page looks
 * at LEDGER_SCAN_MAX of them at most, and the next one goes on from there.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_PAGE_H
#define LEDGER_PAGE_H
#include "ledger/record.h"

struct store;

enum { LEDGER_SCAN_MAX = 50000 };

/* Zeroed, but for to_ms = INT64_MAX: all. */
struct ledger_filter {
	bool by_key, by_group;
	char key[OWNER_SIZE];          /* who asked */
	char group[OWNER_SIZE];        /* one of whose accounts was charged */
	int64_t from_ms, to_ms;        /* from <= time < to */
};

/* each gets entries older than number before (0 = from the newest), at most limit of them, with
 * the chain after each.  *next: where the next page begins; 0 = there is none.  CDT_E_LIMIT:
 * too busy.  CDT_E_UPSTREAM: an entry can not be read. */
cdt_status ledger_page(struct store *s, const struct ledger_filter *f, uint64_t before,
                       size_t limit, void (*each)(void *arg, const struct entry *e,
                                                  const uint8_t chain[CHAIN_SIZE]),
                       void *arg, uint64_t *next);

#endif
