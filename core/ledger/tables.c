/* ledger/tables.c - which table of the store is which of the book's.
 * SPDX-License-Identifier: MIT */
#include "ledger/tables.h"

#include "store/store.h"

static const enum store_table tables[] = {
	[BOOK_META] = STORE_META, [BOOK_ACCOUNTS] = STORE_ACCOUNTS, [BOOK_HOLDS] = STORE_HOLDS,
	[BOOK_ENTRIES] = STORE_ENTRIES,
};

static cdt_status get_in_txn(void *arg, enum book_table t, cdt_str key, cdt_str *value)
{
	return txn_get(arg, tables[t], key, value);
}

static cdt_status put_in_txn(void *arg, enum book_table t, cdt_str key, cdt_str value)
{
	return txn_put(arg, tables[t], key, value);
}

static cdt_status remove_in_txn(void *arg, enum book_table t, cdt_str key)
{
	return txn_delete(arg, tables[t], key);
}

static cdt_status next_in_txn(void *arg, enum book_table t, cdt_str *key, cdt_str *value)
{
	(void)arg, (void)t, (void)key, (void)value;
	return CDT_E_UNSUPPORTED;
}

static cdt_status get_in_read(void *arg, enum book_table t, cdt_str key, cdt_str *value)
{
	return store_get(arg, tables[t], key, value);
}

static cdt_status put_in_read(void *arg, enum book_table t, cdt_str key, cdt_str value)
{
	(void)arg, (void)t, (void)key, (void)value;
	return CDT_E_UNSUPPORTED;
}

static cdt_status remove_in_read(void *arg, enum book_table t, cdt_str key)
{
	(void)arg, (void)t, (void)key;
	return CDT_E_UNSUPPORTED;
}

static cdt_status next_in_read(void *arg, enum book_table t, cdt_str *key, cdt_str *value)
{
	return store_next(arg, tables[t], key->n > 0, key, value);
}

struct book book_of_txn(struct store_txn *t)
{
	static const struct book_ops ops = {
		get_in_txn, put_in_txn, remove_in_txn, next_in_txn,
	};

	return (struct book){ &ops, t };
}

struct book book_of_read(struct store_read *r)
{
	static const struct book_ops ops = {
		get_in_read, put_in_read, remove_in_read, next_in_read,
	};

	return (struct book){ &ops, r };
}
