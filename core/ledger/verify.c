/* ledger/verify.c - recomputes every account from entries and holds, and the chain of entries.
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "ledger/book.h"

struct audit {
	struct book *book;
	struct book_sums *sums;
	char *why;
	struct map accounts;           /* account key -> struct account, as they should be */
	uint64_t number;               /* of the last entry seen */
	uint8_t chain[CHAIN_SIZE];
};

static cdt_status blame(struct audit *a, const char *what, uint64_t number)
{
	(void)snprintf(a->why, 256, "%s (%" PRIu64 ")", what, number);
	return CDT_E_UPSTREAM;
}

static struct account *expected(struct audit *a, const struct account_id *id)
{
	char key[ACCOUNT_KEY_SIZE];
	struct account *found = map_find(&a->accounts, account_key(id, key));

	if (found)
		return found;
	found = mem_new(sizeof *found);
	(void)map_put(&a->accounts, account_key(id, key), found);
	return found;
}

static cdt_status check_entry(struct audit *a, cdt_str key, cdt_str value)
{
	struct entry e;
	char want[ENTRY_KEY_SIZE];

	if (!entry_decode(value, &e))
		return blame(a, "an entry can not be read; the one before it is", a->number);
	if (e.number != a->number + 1 || !str_eq(key, entry_key(e.number, want)))
		return blame(a, "an entry is missing after", a->number);
	if (memcmp(e.before, a->chain, CHAIN_SIZE) != 0)
		return blame(a, "the chain is broken at entry", e.number);
	a->number = e.number;
	entry_chain(value, a->chain);
	a->sums->entries++;
	if (__builtin_add_overflow(a->sums->posted, e.amount, &a->sums->posted))
		return blame(a, "the sum overflows at entry", e.number);
	for (uint32_t i = 0; i < e.account_count; i++) {
		struct account *to = expected(a, &e.account[i]);

		if (__builtin_add_overflow(to->posted, e.amount, &to->posted))
			return blame(a, "an account overflows at entry", e.number);
		to->entries++;
	}
	return CDT_OK;
}

static cdt_status check_hold(struct audit *a, cdt_str key, cdt_str value)
{
	char want[HOLD_KEY_SIZE];
	struct hold h;

	if (!hold_decode(value, &h) || !str_eq(key, hold_key(h.id, want)))
		return blame(a, "a hold can not be read; this many were", a->sums->holds);
	a->sums->holds++;
	if (__builtin_add_overflow(a->sums->held, h.amount, &a->sums->held))
		return blame(a, "the sum overflows at hold", h.id.number);
	for (uint32_t i = 0; i < h.account_count; i++) {
		struct account *in = expected(a, &h.account[i]);

		if (__builtin_add_overflow(in->held, h.amount, &in->held))
			return blame(a, "an account overflows at hold", h.id.number);
	}
	return CDT_OK;
}

static cdt_status check_account(struct audit *a, cdt_str key, cdt_str value)
{
	struct account stored, *want = map_find(&a->accounts, key);
	static const struct account nothing;

	a->sums->accounts++;
	if (!account_decode(value, &stored))
		return blame(a, "an account can not be read; this many were",
		             a->sums->accounts - 1);
	if (!want)
		return memcmp(&stored, &nothing, sizeof nothing) ?
		       blame(a, "an account has no entries to explain it; before it",
		             a->sums->accounts - 1) : CDT_OK;
	if (stored.posted != want->posted || stored.held != want->held ||
	    stored.entries != want->entries)
		return blame(a, "an account is not the sum of its entries and holds; before it",
		             a->sums->accounts - 1);
	mem_free(map_remove(&a->accounts, key));
	return CDT_OK;
}

static cdt_status each(struct audit *a, enum book_table t,
                       cdt_status (*check)(struct audit *a, cdt_str key, cdt_str value))
{
	cdt_str key = CDT_STR(""), value;
	cdt_status st;

	while ((st = a->book->ops->next(a->book->arg, t, &key, &value)) == CDT_OK) {
		st = check(a, key, value);
		if (st != CDT_OK)
			return st;
	}
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

/* The head must name the last entry: or one at the end could be cut off unseen. */
static cdt_status check_head(struct audit *a)
{
	struct book_head head;
	cdt_status st = book_head_get(a->book, &head);

	if (st != CDT_OK)
		return blame(a, "the head of the chain can not be read", a->number);
	if (head.number != a->number || memcmp(head.chain, a->chain, CHAIN_SIZE) != 0)
		return blame(a, "the last entries are missing; the last one is", a->number);
	return CDT_OK;
}

cdt_status book_verify(struct book *b, struct book_sums *sums, char why[256])
{
	struct audit a = { .book = b, .sums = sums, .why = why };
	cdt_str key;
	void *left;
	size_t it = 0;
	cdt_status st;

	*sums = (struct book_sums){ .accounts = 0 };
	why[0] = '\0';
	map_init(&a.accounts);
	st = each(&a, BOOK_ENTRIES, check_entry);
	if (st == CDT_OK)
		st = check_head(&a);
	if (st == CDT_OK)
		st = each(&a, BOOK_HOLDS, check_hold);
	if (st == CDT_OK)
		st = each(&a, BOOK_ACCOUNTS, check_account);
	if (st == CDT_OK && a.accounts.count)
		st = blame(&a, "accounts are missing, so many", a.accounts.count);
	while (map_next(&a.accounts, &it, &key, &left))
		mem_free(left);
	map_fini(&a.accounts);
	return st;
}
