/* ledger/book.c - the arithmetic of holding and posting.  All sums are checked; no sum is
 * ever wrong by a race, because whoever calls has the tables alone.
 * SPDX-License-Identifier: MIT */
#include "ledger/book.h"

#include <string.h>

#include "base/bigend.h"
#include "base/str.h"

static const char head_key[] = "ledger.head";

enum { HEAD_SIZE = ENTRY_KEY_SIZE + CHAIN_SIZE };

cdt_status book_head_get(struct book *b, struct book_head *h)
{
	cdt_str value;
	cdt_status st = b->ops->get(b->arg, BOOK_META, str_z(head_key), &value);

	memset(h, 0, sizeof *h);
	if (st == CDT_E_ABSENT)
		return CDT_OK;
	if (st != CDT_OK)
		return st;
	if (value.n != HEAD_SIZE)
		return CDT_E_UPSTREAM;
	h->number = big_get(value.p, ENTRY_KEY_SIZE);
	memcpy(h->chain, value.p + ENTRY_KEY_SIZE, CHAIN_SIZE);
	return CDT_OK;
}

static cdt_status put_head(struct book *b, const struct book_head *h)
{
	char value[HEAD_SIZE];

	(void)entry_key(h->number, value);
	memcpy(value + ENTRY_KEY_SIZE, h->chain, CHAIN_SIZE);
	return b->ops->put(b->arg, BOOK_META, str_z(head_key), str_from(value, HEAD_SIZE));
}

cdt_status book_account(struct book *b, const struct account_id *id, struct account *a)
{
	char key[ACCOUNT_KEY_SIZE];
	cdt_str value;
	cdt_status st = b->ops->get(b->arg, BOOK_ACCOUNTS, account_key(id, key), &value);

	*a = (struct account){ .posted = 0 };
	if (st != CDT_OK)
		return st;
	return account_decode(value, a) ? CDT_OK : CDT_E_UPSTREAM;
}

static cdt_status put_account(struct book *b, const struct account_id *id,
                              const struct account *a)
{
	char key[ACCOUNT_KEY_SIZE], value[RECORD_MAX];

	return b->ops->put(b->arg, BOOK_ACCOUNTS, account_key(id, key),
	                   account_encode(a, value));
}

static cdt_status get_hold(struct book *b, struct hold_id id, struct hold *h)
{
	char key[HOLD_KEY_SIZE];
	cdt_str value;
	cdt_status st = b->ops->get(b->arg, BOOK_HOLDS, hold_key(id, key), &value);

	if (st != CDT_OK)
		return st;
	return hold_decode(value, h) ? CDT_OK : CDT_E_UPSTREAM;
}

static cdt_status put_hold(struct book *b, const struct hold *h)
{
	char key[HOLD_KEY_SIZE], value[RECORD_MAX];

	return b->ops->put(b->arg, BOOK_HOLDS, hold_key(h->id, key), hold_encode(h, value));
}

/* Adds to one account; sums that do not fit are refused.  now_posted: NULL is fine. */
static cdt_status change(struct book *b, const struct account_id *id, int64_t posted,
                         int64_t held, unsigned entries, int64_t *now_posted)
{
	struct account a;
	cdt_status st = book_account(b, id, &a);

	if (st != CDT_OK && st != CDT_E_ABSENT)
		return st;
	if (__builtin_add_overflow(a.posted, posted, &a.posted) ||
	    __builtin_add_overflow(a.held, held, &a.held) || a.posted < 0)
		return CDT_E_INVALID;
	if (a.held < 0)
		return CDT_E_UPSTREAM;         /* holds and accounts disagree */
	a.entries += entries;
	if (now_posted)
		*now_posted = a.posted;
	return put_account(b, id, &a);
}

/* Is there room for so much more? */
static cdt_status has_room(struct book *b, const struct account_id *id, int64_t more,
                           int64_t limit, bool *room)
{
	struct account a;
	int64_t sum;
	cdt_status st = book_account(b, id, &a);

	if (st != CDT_OK && st != CDT_E_ABSENT)
		return st;
	*room = !__builtin_add_overflow(a.posted, a.held, &sum) &&
	        !__builtin_add_overflow(sum, more, &sum) && sum <= limit;
	return CDT_OK;
}

static cdt_status set_aside(struct book *b, const struct hold *h, int64_t more,
                            const int64_t *limits, int *refused)
{
	cdt_status st = CDT_OK;

	*refused = BOOK_GRANTED;
	for (uint32_t i = 0; i < h->account_count; i++) {
		bool room;

		st = has_room(b, &h->account[i], more, limits[i], &room);
		if (st != CDT_OK)
			return st;
		if (!room) {
			*refused = (int)i;
			return CDT_OK;
		}
	}
	for (uint32_t i = 0; st == CDT_OK && i < h->account_count; i++)
		st = change(b, &h->account[i], 0, more, 0, NULL);
	return st;
}

/* One account twice would be asked for room twice, and filled twice. */
static bool are_distinct(const struct account_id *id, uint32_t count)
{
	char a[ACCOUNT_KEY_SIZE], b[ACCOUNT_KEY_SIZE];

	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = 0; k < i; k++)
			if (str_eq(account_key(&id[i], a), account_key(&id[k], b)))
				return false;
	return true;
}

cdt_status book_hold(struct book *b, const struct hold *h, const int64_t *limits,
                     int *refused)
{
	cdt_status st;

	*refused = BOOK_GRANTED;
	if (h->amount < 0 || h->account_count > ACCOUNTS_MAX ||
	    !are_distinct(h->account, h->account_count))
		return CDT_E_INVALID;
	st = set_aside(b, h, h->amount, limits, refused);
	return st == CDT_OK && *refused == BOOK_GRANTED ? put_hold(b, h) : st;
}

cdt_status book_extend(struct book *b, struct hold_id id, int64_t more, const int64_t *limits,
                       int *refused)
{
	struct hold h;
	cdt_status st = get_hold(b, id, &h);

	if (st != CDT_OK)
		return st;
	if (more < 0 || __builtin_add_overflow(h.amount, more, &h.amount))
		return CDT_E_INVALID;
	st = set_aside(b, &h, more, limits, refused);
	return st == CDT_OK && *refused == BOOK_GRANTED ? put_hold(b, &h) : st;
}

cdt_status book_checkpoint(struct book *b, struct hold_id id, int64_t seen, int64_t amount)
{
	struct hold h;
	cdt_status st = get_hold(b, id, &h);
	int64_t back;

	if (st != CDT_OK)
		return st;
	if (seen < 0 || amount < 0)
		return CDT_E_INVALID;
	h.seen = seen;
	back = amount < h.amount ? h.amount - amount : 0;
	h.amount -= back;
	for (uint32_t i = 0; back && st == CDT_OK && i < h.account_count; i++)
		st = change(b, &h.account[i], 0, -back, 0, NULL);
	return st == CDT_OK ? put_hold(b, &h) : st;
}

/* Every entry goes through here: numbered without a gap, chained to the one before. */
static cdt_status write_entry(struct book *b, struct entry *e)
{
	char key[ENTRY_KEY_SIZE], value[RECORD_MAX];
	struct book_head head;
	cdt_str bytes;
	cdt_status st = book_head_get(b, &head);

	if (st != CDT_OK)
		return st;
	e->number = head.number + 1;
	memcpy(e->before, head.chain, CHAIN_SIZE);
	bytes = entry_encode(e, value);
	head.number = e->number;
	entry_chain(bytes, head.chain);
	st = b->ops->put(b->arg, BOOK_ENTRIES, entry_key(e->number, key), bytes);
	return st == CDT_OK ? put_head(b, &head) : st;
}

cdt_status book_settle(struct book *b, struct hold_id id, struct entry *e, bool *again)
{
	char key[HOLD_KEY_SIZE];
	struct hold h;
	cdt_status st = get_hold(b, id, &h);

	*again = st == CDT_E_ABSENT;
	if (st != CDT_OK)
		return *again ? CDT_OK : st;
	if (e->amount < 0 || (e->kind == ENTRY_VOID && e->amount))
		return CDT_E_INVALID;
	for (uint32_t i = 0; st == CDT_OK && i < h.account_count; i++)
		st = change(b, &h.account[i], e->amount, -h.amount, 1, &e->posted[i]);
	if (st != CDT_OK)
		return st;
	e->hold = id;
	e->held = h.amount;
	e->attempt = h.attempt;
	memcpy(e->key, h.key, sizeof e->key);
	memcpy(e->request, h.request, sizeof e->request);
	e->account_count = h.account_count;
	memcpy(e->account, h.account, sizeof e->account);
	e->purpose = h.purpose;
	st = b->ops->remove(b->arg, BOOK_HOLDS, hold_key(id, key));
	return st == CDT_OK ? write_entry(b, e) : st;
}

cdt_status book_adjust(struct book *b, struct entry *e)
{
	cdt_status st = CDT_OK;

	if (e->account_count > ACCOUNTS_MAX || !are_distinct(e->account, e->account_count))
		return CDT_E_INVALID;
	e->kind = ENTRY_ADJUST;
	e->hold = (struct hold_id){ 0, 0 };
	e->held = 0;
	for (uint32_t i = 0; st == CDT_OK && i < e->account_count; i++)
		st = change(b, &e->account[i], e->amount, 0, 1, &e->posted[i]);
	return st == CDT_OK ? write_entry(b, e) : st;
}

int64_t book_recovered(const struct hold *h)
{
	int64_t sum;

	if (__builtin_add_overflow(h->seen, h->margin, &sum) || sum > h->amount)
		return h->amount;
	return sum;
}
