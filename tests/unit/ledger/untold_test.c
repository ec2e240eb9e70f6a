/* unit/ledger/untold_test.c - charges without a record: which of them the next start tells.
 * SPDX-License-Identifier: MIT */
#include "ledger/inside.h"

#include <string.h>

#include "base/str.h"
#include "ledger/tables.h"
#include "store/store.h"
#include "unit/unit.h"

enum { MAP = 16 << 20, EACH = 300 };

struct rig {
	char *dir;
	struct store *store;
	struct ledger *ledger;
};

static void rig_start(struct rig *r)
{
	static const struct ledger_policy policy = { .charge_all = true };
	char why[256] = "";

	r->store = store_open(r->dir, MAP, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->store);
	r->ledger = ledger_open(r->store, &policy, 1000, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->ledger);
}

static void rig_open(struct rig *r)
{
	r->dir = unit_dir_new();
	rig_start(r);
}

static void rig_stop(struct rig *r)
{
	store_close(r->store);
	ledger_close(r->ledger);
}

static void rig_close(struct rig *r)
{
	rig_stop(r);
	unit_dir_drop(r->dir);
}

static void rig_again(struct rig *r)
{
	rig_stop(r);
	rig_start(r);
}

/* --- one change of the writer each --- */

struct step {
	struct rig *rig;
	uint64_t number;
	int64_t amount;
	bool untold;
};

/* None, some text, all that there is room for. */
static uint32_t purpose_of(int64_t amount)
{
	return amount % 30 == 10 ? 0 : amount % 30 == 20 ? 7 : PURPOSE_SIZE;
}

static cdt_status apply_hold(void *arg, struct store_txn *txn)
{
	const struct step *s = arg;
	struct book b = book_of_txn(txn);
	struct hold h = { .id = { s->rig->ledger->epoch, s->number }, .amount = s->amount,
	                  .account_count = 1, .account = { { .kind = OWNER_KEY } } };
	int64_t limit = LIMIT_NONE;
	int refused;

	fixed_text(h.request, sizeof h.request, CDT_STR("request"));
	h.purpose.n = purpose_of(s->amount);
	memset(h.purpose.text, 'p', h.purpose.n);
	return book_hold(&b, &h, &limit, &refused);
}

static cdt_status apply_settle(void *arg, struct store_txn *txn)
{
	const struct step *s = arg;
	struct book b = book_of_txn(txn);
	struct entry e = { .kind = ENTRY_POST, .reason = REASON_REPORTED,
	                   .amount = s->amount };
	bool again;
	cdt_status st = book_settle(&b, (struct hold_id){ s->rig->ledger->epoch, s->number },
	                            &e, &again);

	return st == CDT_OK && s->untold ? untold_put(txn, &e) : st;
}

static cdt_status apply_told(void *arg, struct store_txn *txn)
{
	const struct step *s = arg;

	return ledger_told(s->rig->ledger, txn, s->number);
}

static void run(struct rig *r, uint64_t number, bool untold,
                cdt_status (*apply)(void *arg, struct store_txn *txn))
{
	struct step s = { r, number, (int64_t)number * 10, untold };

	CU_ASSERT_EQUAL(store_run(r->store, apply, &s), CDT_OK);
}

static void charge(struct rig *r, uint64_t number, bool untold)
{
	run(r, number, untold, apply_hold);
	run(r, number, untold, apply_settle);
}

/* --- who is told --- */

struct heard {
	size_t count;
	int64_t sum;
	bool fails;
};

static cdt_status hear(void *arg, struct store_txn *txn, const struct entry *e)
{
	struct heard *h = arg;

	(void)txn;
	if (h->fails)
		return CDT_E_LIMIT;
	CU_ASSERT(!memcmp(e->request, "request", sizeof "request"));
	CU_ASSERT_EQUAL(e->purpose.n, purpose_of(e->amount));
	for (uint32_t i = 0; i < e->purpose.n; i++)
		CU_ASSERT_EQUAL(e->purpose.text[i], 'p');
	h->count++;
	h->sum += e->amount;
	return CDT_OK;
}

static struct heard ask(struct rig *r, bool fails)
{
	struct heard h = { .fails = fails };
	uint64_t told = ledger_tell_all(r->ledger, hear, &h);

	CU_ASSERT_EQUAL(told, h.count);
	return h;
}

static void what_was_told_is_not_told_again(void)
{
	struct rig r;

	rig_open(&r);
	charge(&r, 1, false);                  /* its record rode with it */
	charge(&r, 2, true);
	charge(&r, 3, true);
	run(&r, 3, false, apply_told);
	run(&r, 4, false, apply_hold);
	run(&r, 4, false, apply_told);         /* its record comes before its charge */
	run(&r, 4, true, apply_settle);
	rig_again(&r);
	CU_ASSERT_EQUAL(ask(&r, true).count, 0);
	CU_ASSERT_EQUAL(ask(&r, false).sum, 20);
	CU_ASSERT_EQUAL(ask(&r, false).count, 0);
	rig_close(&r);
}

static void what_the_dead_held_is_untold(void)
{
	struct rig r;

	rig_open(&r);
	run(&r, 1, false, apply_hold);
	run(&r, 2, false, apply_hold);
	run(&r, 2, false, apply_told);         /* the store took its record, not its charge */
	rig_again(&r);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).recovered, 2);
	CU_ASSERT_EQUAL(ask(&r, false).sum, 10);
	CU_ASSERT_EQUAL(ask(&r, false).count, 0);
	rig_close(&r);
}

/* A start that dies in between goes on with the next one; numbers of two runs are the same. */
static void many_of_several_runs_are_told(void)
{
	struct rig r;
	int64_t sum = 0;
	struct heard h;

	rig_open(&r);
	for (int run = 0; run < 2; run++) {
		for (uint64_t i = 1; i <= EACH; i++) {
			charge(&r, i, true);
			sum += (int64_t)i * 10;
		}
		rig_again(&r);
	}
	h = ask(&r, false);
	CU_ASSERT(h.count == 2 * EACH && h.sum == sum);
	CU_ASSERT_EQUAL(ask(&r, false).count, 0);
	rig_close(&r);
}

static const struct unit_test tests[] = {
	{ "what was told is not told again", what_was_told_is_not_told_again },
	{ "what the dead held is untold", what_the_dead_held_is_untold },
	{ "many of several runs are told", many_of_several_runs_are_told },
	{ NULL, NULL }
};
const struct unit_suite ledger_untold_suite = { "ledger/untold", tests };
