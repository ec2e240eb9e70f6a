/* unit/ledger/book_test.c - accounts, holds and entries against a model that adds up; changes
 * that fail halfway; records that were tampered with.
 * SPDX-License-Identifier: MIT */
#include "ledger/book.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/ledger/tables.h"
#include "unit/unit.h"

enum { CENT = 10 * 1000 * 1000 };      /* in nano-USD */

static struct account_id account_of(const char *owner, uint64_t budget)
{
	struct account_id id = { .kind = OWNER_KEY, .budget = budget };

	fixed_text(id.owner, sizeof id.owner, str_z(owner));
	return id;
}

static struct hold hold_of(uint64_t number, int64_t amount, const struct account_id *id,
                           uint32_t count)
{
	struct hold h = { .id = { 1, number }, .amount = amount, .account_count = count };

	memcpy(h.account, id, count * sizeof *id);
	fixed_text(h.key, sizeof h.key, CDT_STR("key"));
	fixed_text(h.request, sizeof h.request, CDT_STR("req"));
	return h;
}

static struct account get(struct book *b, struct account_id id)
{
	struct account a;

	(void)book_account(b, &id, &a);
	return a;
}

static cdt_status post(struct book *b, uint64_t number, int64_t amount, bool *again)
{
	struct entry e = { .kind = ENTRY_POST, .reason = REASON_REPORTED, .amount = amount };

	return book_settle(b, (struct hold_id){ 1, number }, &e, again);
}

static void check_verifies(struct book *b)
{
	struct book_sums sums;
	char why[256];

	CU_ASSERT_EQUAL(book_verify(b, &sums, why), CDT_OK);
	CU_ASSERT_STRING_EQUAL(why, "");
}

static void a_hold_becomes_a_charge_once(void)
{
	struct tables *t = tables_new();
	struct book b = tables_book(t);
	struct account_id id = account_of("a", 1);
	struct hold h = hold_of(1, 7, &id, 1);
	int64_t limit = 10;
	int refused;
	bool again;

	CU_ASSERT_EQUAL(book_hold(&b, &h, &limit, &refused), CDT_OK);
	CU_ASSERT_EQUAL(refused, BOOK_GRANTED);
	CU_ASSERT(get(&b, id).held == 7 && get(&b, id).posted == 0);
	h = hold_of(2, 4, &id, 1);
	CU_ASSERT_EQUAL(book_hold(&b, &h, &limit, &refused), CDT_OK);
	CU_ASSERT_EQUAL(refused, 0);
	CU_ASSERT_EQUAL(get(&b, id).held, 7);
	CU_ASSERT_EQUAL(post(&b, 1, 5, &again), CDT_OK);
	CU_ASSERT(!again && get(&b, id).held == 0 && get(&b, id).posted == 5);
	CU_ASSERT_EQUAL(post(&b, 1, 5, &again), CDT_OK);
	CU_ASSERT(again && get(&b, id).posted == 5 && get(&b, id).entries == 1);
	CU_ASSERT_EQUAL(post(&b, 2, 1, &again), CDT_OK);       /* it was refused */
	CU_ASSERT(again && get(&b, id).posted == 5);
	check_verifies(&b);
	tables_free(t);
}

static void all_accounts_or_none(void)
{
	struct tables *t = tables_new();
	struct book b = tables_book(t);
	struct account_id ids[3] = { account_of("a", 1), account_of("a", 2), account_of("g", 1) };
	int64_t limits[3] = { 100, 50, LIMIT_NONE };
	struct hold h = hold_of(1, 50, ids, 3);
	int refused;

	CU_ASSERT_EQUAL(book_hold(&b, &h, limits, &refused), CDT_OK);
	CU_ASSERT_EQUAL(refused, BOOK_GRANTED);
	h = hold_of(2, 1, ids, 3);
	CU_ASSERT_EQUAL(book_hold(&b, &h, limits, &refused), CDT_OK);
	CU_ASSERT_EQUAL(refused, 1);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(get(&b, ids[i]).held, 50);
	ids[1] = ids[0];
	h = hold_of(3, 1, ids, 2);
	CU_ASSERT_EQUAL(book_hold(&b, &h, limits, &refused), CDT_E_INVALID);
	check_verifies(&b);
	tables_free(t);
}

static void a_hold_grows_and_shrinks(void)
{
	struct tables *t = tables_new();
	struct book b = tables_book(t);
	struct account_id id = account_of("a", 1);
	struct hold_id first = { 1, 1 }, nobody = { 1, 9 };
	struct hold h = hold_of(1, 6, &id, 1);
	int64_t limit = 10;
	int refused;
	bool again;

	(void)book_hold(&b, &h, &limit, &refused);
	CU_ASSERT_EQUAL(book_extend(&b, first, 5, &limit, &refused), CDT_OK);
	CU_ASSERT(refused == 0 && get(&b, id).held == 6);
	CU_ASSERT_EQUAL(book_extend(&b, first, 4, &limit, &refused), CDT_OK);
	CU_ASSERT(refused == BOOK_GRANTED && get(&b, id).held == 10);
	CU_ASSERT_EQUAL(book_checkpoint(&b, first, 3, 8), CDT_OK);
	CU_ASSERT_EQUAL(get(&b, id).held, 8);
	CU_ASSERT_EQUAL(book_checkpoint(&b, first, 4, 100), CDT_OK);
	CU_ASSERT_EQUAL(get(&b, id).held, 8);
	CU_ASSERT_EQUAL(book_extend(&b, nobody, 1, &limit, &refused), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(book_checkpoint(&b, nobody, 1, 1), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(book_extend(&b, first, -1, &limit, &refused), CDT_E_INVALID);
	CU_ASSERT_EQUAL(post(&b, 1, 8, &again), CDT_OK);
	CU_ASSERT(get(&b, id).held == 0 && get(&b, id).posted == 8);
	check_verifies(&b);
	tables_free(t);
}

static void absurd_amounts_are_refused(void)
{
	static const int64_t amounts[] = { INT64_MAX, INT64_MAX - 1, INT64_MAX / 2 + 1 };
	struct tables *t = tables_new();
	struct book b = tables_book(t);
	struct account_id id = account_of("a", 1);
	int64_t limit = INT64_MAX;
	struct hold h;
	int refused;
	bool again;

	h = hold_of(1, -1, &id, 1);
	CU_ASSERT_EQUAL(book_hold(&b, &h, &limit, &refused), CDT_E_INVALID);
	h = hold_of(1, INT64_MAX / 2, &id, 1);
	CU_ASSERT_EQUAL(book_hold(&b, &h, &limit, &refused), CDT_OK);
	for (size_t i = 0; i < 3; i++) {
		h = hold_of(2 + i, amounts[i] - (i == 2 ? 0 : 1), &id, 1);
		CU_ASSERT_EQUAL(book_hold(&b, &h, &limit, &refused), CDT_OK);
		CU_ASSERT_EQUAL(refused, i == 2 ? BOOK_GRANTED : 0);
	}
	CU_ASSERT_EQUAL(post(&b, 1, -5, &again), CDT_E_INVALID);
	tables_free(t);
}

static void corrections_never_make_a_debt(void)
{
	struct tables *t = tables_new();
	struct book b = tables_book(t);
	struct account_id id = account_of("a", 1);
	struct entry e = { .reason = REASON_OPERATOR, .amount = 30, .account_count = 1,
	                   .account = { id } };

	CU_ASSERT_EQUAL(book_adjust(&b, &e), CDT_OK);
	e.amount = -31;
	CU_ASSERT_EQUAL(book_adjust(&b, &e), CDT_E_INVALID);
	tables_undo(t);
	CU_ASSERT_EQUAL(get(&b, id).posted, 0);
	e.amount = 30;
	CU_ASSERT_EQUAL(book_adjust(&b, &e), CDT_OK);
	e.amount = -10;
	CU_ASSERT_EQUAL(book_adjust(&b, &e), CDT_OK);
	CU_ASSERT(get(&b, id).posted == 20 && e.number == 2);
	check_verifies(&b);
	tables_free(t);
}

static void what_died_is_charged_what_was_seen_and_a_margin(void)
{
	static const struct { int64_t margin, charge; } rows[] = {
		{ 0, 30 }, { 20, 50 }, { 70, 100 }, { 71, 100 }, { INT64_MAX, 100 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct hold h = { .amount = 100, .seen = 30, .margin = rows[i].margin };

		CU_ASSERT_EQUAL(book_recovered(&h), rows[i].charge);
	}
}

/* --- many holds at once, against sums that the test keeps itself --- */

enum { OPEN_MAX = 1000, STEPS = 2000, OWNERS = 3 };

struct play {
	struct tables *t;
	struct book b;
	uint64_t seed, next;
	int64_t limit[OWNERS], posted[OWNERS], held[OWNERS];
	struct hold open[OPEN_MAX];
	size_t open_count;
};

static uint64_t dice(struct play *p, uint64_t sides)
{
	p->seed = p->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (p->seed >> 33) % sides;
}

static size_t owner_of(const struct account_id *id)
{
	return (size_t)(id->owner[0] - 'a');
}

static void play_hold(struct play *p)
{
	struct account_id ids[OWNERS];
	int64_t limits[OWNERS], amount = (int64_t)dice(p, CENT / 20);
	uint32_t count = 0;
	struct hold h;
	bool room = true;
	int refused;

	for (size_t i = 0; i < OWNERS; i++) {
		char owner[2] = { (char)('a' + i), 0 };

		if (!dice(p, 2))
			continue;
		limits[count] = p->limit[i];
		ids[count++] = account_of(owner, 1);
		room = room && p->posted[i] + p->held[i] + amount <= p->limit[i];
	}
	if (p->open_count == OPEN_MAX || !count)
		return;
	h = hold_of(++p->next, amount, ids, count);
	CU_ASSERT_EQUAL(book_hold(&p->b, &h, limits, &refused), CDT_OK);
	CU_ASSERT_EQUAL(refused == BOOK_GRANTED, room);
	if (refused != BOOK_GRANTED)
		return;
	for (uint32_t i = 0; i < count; i++)
		p->held[owner_of(&ids[i])] += amount;
	p->open[p->open_count++] = h;
}

static void play_end(struct play *p)
{
	size_t n = p->open_count ? dice(p, p->open_count) : 0;
	struct hold h = p->open[n];
	struct entry e = { .kind = ENTRY_POST, .reason = REASON_REPORTED };
	bool again;

	if (!p->open_count)
		return;
	e.amount = (int64_t)dice(p, (uint64_t)h.amount + 1);
	if (!dice(p, 4)) {
		e.kind = ENTRY_VOID;
		e.amount = 0;
	}
	CU_ASSERT_EQUAL(book_settle(&p->b, h.id, &e, &again), CDT_OK);
	CU_ASSERT_FALSE(again);
	for (uint32_t i = 0; i < h.account_count; i++) {
		p->held[owner_of(&h.account[i])] -= h.amount;
		p->posted[owner_of(&h.account[i])] += e.amount;
	}
	p->open[n] = p->open[--p->open_count];
}

/* A change that breaks off is as if it had not been. */
static void play_failure(struct play *p)
{
	struct entry e = { .kind = ENTRY_POST, .reason = REASON_REPORTED };
	bool again;

	if (!p->open_count)
		return;
	tables_keep(p->t);
	tables_fail(p->t, 1 + (unsigned)dice(p, 3));
	CU_ASSERT_NOT_EQUAL(book_settle(&p->b, p->open[0].id, &e, &again), CDT_OK);
	tables_fail(p->t, 0);
	tables_undo(p->t);
}

static void check_sums(struct play *p)
{
	for (size_t i = 0; i < OWNERS; i++) {
		char owner[2] = { (char)('a' + i), 0 };
		struct account a = get(&p->b, account_of(owner, 1));

		CU_ASSERT(a.posted == p->posted[i] && a.held == p->held[i]);
		CU_ASSERT(a.posted + a.held <= p->limit[i]);
	}
}

static void play_one(struct play *p)
{
	uint64_t side = dice(p, 5);

	if (side < 2)
		play_hold(p);
	else if (side < 4)
		play_end(p);
	else
		play_failure(p);
	tables_keep(p->t);
	check_sums(p);
}

static void no_order_of_events_overspends(void)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct play *p = mem_new(sizeof *p);

		*p = (struct play){ .t = tables_new(), .seed = seed,
		                    .limit = { CENT, 5 * CENT, 50 * CENT } };
		p->b = tables_book(p->t);
		for (int i = 0; i < STEPS; i++)
			play_one(p);
		check_verifies(&p->b);
		while (p->open_count) {
			play_end(p);
			tables_keep(p->t);
		}
		check_sums(p);
		CU_ASSERT(p->held[0] == 0 && p->held[1] == 0 && p->held[2] == 0);
		check_verifies(&p->b);
		tables_free(p->t);
		mem_free(p);
	}
}

/* --- what somebody changed behind our back --- */

static const enum book_table all[] = { BOOK_META, BOOK_ACCOUNTS, BOOK_HOLDS, BOOK_ENTRIES };

static struct tables *some_tables(void)
{
	struct tables *t = tables_new();
	struct book b = tables_book(t);
	struct account_id ids[2] = { account_of("a", 1), account_of("b", 1) };
	int64_t limits[2] = { CENT, CENT };
	int refused;
	bool again;

	for (uint64_t i = 1; i <= 6; i++) {
		struct hold h = hold_of(i, 1000, ids, 2);

		(void)book_hold(&b, &h, limits, &refused);
		if (i < 5)
			(void)post(&b, i, 900, &again);
		tables_keep(t);
	}
	check_verifies(&b);
	return t;
}

static void every_turned_bit_is_found(void)
{
	struct tables *t = some_tables();
	struct book b = tables_book(t);
	struct book_sums sums;
	char why[256];

	for (size_t k = 0; k < 4; k++)
		for (size_t n = 0; n < tables_count(t, all[k]); n++)
			for (size_t bit = 0; tables_spoil(t, all[k], n, bit); bit++) {
				cdt_status st = book_verify(&b, &sums, why);
				/* A hold's notes are not sums: they may change unseen. */
				bool note = all[k] == BOOK_HOLDS && st == CDT_OK;

				CU_ASSERT(note || (st == CDT_E_UPSTREAM && why[0]));
				(void)tables_spoil(t, all[k], n, bit);
			}
	check_verifies(&b);
	tables_free(t);
}

static void every_lost_record_is_found(void)
{

	for (size_t k = 0; k < 4; k++)
		for (size_t n = 0;; n++) {
			struct tables *t = some_tables();
			struct book b = tables_book(t);
			struct book_sums sums;
			char why[256];
			bool lost = tables_lose(t, all[k], n);

			if (lost)
				CU_ASSERT_EQUAL(book_verify(&b, &sums, why), CDT_E_UPSTREAM);
			tables_free(t);
			if (!lost)
				break;
		}
}

static const struct unit_test tests[] = {
	{ "a hold becomes a charge once", a_hold_becomes_a_charge_once },
	{ "all accounts or none", all_accounts_or_none },
	{ "a hold grows and shrinks", a_hold_grows_and_shrinks },
	{ "absurd amounts are refused", absurd_amounts_are_refused },
	{ "corrections never make a debt", corrections_never_make_a_debt },
	{ "what died is charged what was seen and a margin",
	  what_died_is_charged_what_was_seen_and_a_margin },
	{ "no order of events overspends", no_order_of_events_overspends },
	{ "every turned bit is found", every_turned_bit_is_found },
	{ "every lost record is found", every_lost_record_is_found },
	{ NULL, NULL }
};
const struct unit_suite ledger_book_suite = { "ledger/book", tests };
