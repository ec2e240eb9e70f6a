/* ledger/untold.c - charges that no record of usage tells of yet: a row each, by the hold, that
 * names the entry and what its money was for.  A record that comes before its charge leaves a
 * row that names none.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "ledger/inside.h"
#include "ledger/tables.h"

enum { AT_ONCE = 256 };

static const char told_first[] = "-";

cdt_status untold_put(struct store_txn *txn, const struct entry *e)
{
	char key[HOLD_KEY_SIZE], value[ENTRY_KEY_SIZE + PURPOSE_SIZE];
	cdt_str row = hold_key(e->hold, key), there;
	cdt_status st = txn_get(txn, STORE_UNTOLD, row, &there);

	if (st == CDT_OK)
		return txn_delete(txn, STORE_UNTOLD, row);
	if (st != CDT_E_ABSENT)
		return st;
	(void)entry_key(e->number, value);
	memcpy(value + ENTRY_KEY_SIZE, e->purpose.text, e->purpose.n);
	return txn_put(txn, STORE_UNTOLD, row, str_from(value, ENTRY_KEY_SIZE + e->purpose.n));
}

cdt_status ledger_told(const struct ledger *l, struct store_txn *txn, uint64_t number)
{
	char key[HOLD_KEY_SIZE];
	cdt_str row = hold_key((struct hold_id){ l->epoch, number }, key), there;
	cdt_status st = txn_get(txn, STORE_UNTOLD, row, &there);

	if (st == CDT_OK)
		return txn_delete(txn, STORE_UNTOLD, row);
	return st == CDT_E_ABSENT ? txn_put(txn, STORE_UNTOLD, row, str_z(told_first)) : st;
}

/* --- at start --- */

struct telling {
	ledger_tell *tell;
	void *arg;
	char key[HOLD_KEY_SIZE];
	bool told, done;
};

static cdt_status tell_entry(const struct telling *t, struct store_txn *txn, cdt_str row)
{
	cdt_str number = str_from(row.p, ENTRY_KEY_SIZE);
	cdt_str purpose = str_skip(row, ENTRY_KEY_SIZE);
	struct entry e;
	cdt_str bytes;
	cdt_status st = txn_get(txn, STORE_ENTRIES, number, &bytes);

	if (st != CDT_OK)
		return st == CDT_E_ABSENT ? CDT_E_UPSTREAM : st;
	if (!entry_decode(bytes, &e))
		return CDT_E_UPSTREAM;
	e.purpose.n = (uint32_t)purpose.n;
	memcpy(e.purpose.text, purpose.p, purpose.n);
	return t->tell(t->arg, txn, &e);
}

static cdt_status apply(void *arg, struct store_txn *txn)
{
	struct telling *t = arg;
	cdt_str row = str_from(t->key, sizeof t->key), value;
	char copy[ENTRY_KEY_SIZE + PURPOSE_SIZE];
	cdt_status st = txn_get(txn, STORE_UNTOLD, row, &value);

	if (st == CDT_OK && value.n >= ENTRY_KEY_SIZE && value.n <= sizeof copy) {
		memcpy(copy, value.p, value.n);        /* the value goes with a change */
		st = tell_entry(t, txn, str_from(copy, value.n));
		t->told = st == CDT_OK;
	}
	return st == CDT_OK ? txn_delete(txn, STORE_UNTOLD, row) : st;
}

static void applied(void *arg, cdt_status st)
{
	struct telling *t = arg;

	t->done = st == CDT_OK;
}

/* Of those after *at, which goes on. */
static size_t collect(struct store *s, struct telling *all, char at[HOLD_KEY_SIZE], bool begun)
{
	struct store_read *r = store_read_begin(s);
	cdt_str key = str_from(at, begun ? HOLD_KEY_SIZE : 0), value;
	size_t n = 0;

	while (r && n < AT_ONCE &&
	       store_next(r, STORE_UNTOLD, begun || n, &key, &value) == CDT_OK &&
	       key.n == HOLD_KEY_SIZE)
		memcpy(all[n++].key, key.p, HOLD_KEY_SIZE);
	store_read_end(r);
	if (n)
		memcpy(at, all[n - 1].key, HOLD_KEY_SIZE);
	return n;
}

/* The writer takes them in turn: when the last has been done, all are. */
static uint64_t tell_some(struct store *s, struct telling *all, size_t n)
{
	uint64_t told = 0;

	for (size_t i = 0; i < n; i++) {
		struct store_op op = { apply, applied, &all[i], NULL };

		if (store_submit(s, &op) != CDT_OK)
			break;
	}
	store_settle(s);
	for (size_t i = 0; i < n; i++) {
		told += all[i].done && all[i].told;
		if (!all[i].done)
			log_warn(LOG_STORE, NULL, "a charge of an earlier run has no record: "
			         "the next start tries again");
	}
	return told;
}

uint64_t ledger_tell_all(struct ledger *l, ledger_tell *tell, void *arg)
{
	struct telling *all = mem_new_array(AT_ONCE, sizeof *all);
	char at[HOLD_KEY_SIZE];
	uint64_t told = 0;
	bool begun = false;
	size_t n;

	do {
		for (size_t i = 0; i < AT_ONCE; i++)
			all[i] = (struct telling){ .tell = tell, .arg = arg };
		n = collect(l->store, all, at, begun);
		told += tell_some(l->store, all, n);
		begun = true;
	} while (n == AT_ONCE);
	mem_free(all);
	return told;
}
