/* store/txn.c - reading a snapshot, and the changes of one operation of the writer.  Who
 * commits when is writer.c's affair.
 * SPDX-License-Identifier: MIT */
#include "store/parts.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

struct store_read {
	const struct tables *tables;
	MDB_txn *txn;
	MDB_cursor *cursor[STORE_TABLE_COUNT];         /* opened when first needed */
	const void *last[STORE_TABLE_COUNT];           /* key the cursor stands on */
	uintptr_t low, high;                           /* what the walks gave */
};

static const struct { int rc; cdt_status status; } statuses[] = {
	{ MDB_SUCCESS, CDT_OK },
	{ MDB_NOTFOUND, CDT_E_ABSENT },
	{ MDB_MAP_FULL, CDT_E_LIMIT },
	{ MDB_TXN_FULL, CDT_E_LIMIT },
	{ MDB_READERS_FULL, CDT_E_LIMIT },
	{ ENOSPC, CDT_E_LIMIT },
	{ EDQUOT, CDT_E_LIMIT },
	{ ENOMEM, CDT_E_NOMEM },
	{ MDB_BAD_VALSIZE, CDT_E_MISUSE },
	{ EINVAL, CDT_E_MISUSE },
	{ MDB_PAGE_NOTFOUND, CDT_E_UPSTREAM },
	{ MDB_CORRUPTED, CDT_E_UPSTREAM },
	{ MDB_INVALID, CDT_E_UPSTREAM },
	{ MDB_VERSION_MISMATCH, CDT_E_UPSTREAM },
};

cdt_status store_status(int rc)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (statuses[i].rc == rc)
			return statuses[i].status;
	return CDT_E_ABORTED;                          /* EIO, a panic: no more writing */
}

/* LMDB takes void pointers, but only reads through them. */
static MDB_val val_of(cdt_str s)
{
	union { const char *in; void *out; } p = { .in = s.p };

	return (MDB_val){ s.n, p.out };
}

static bool key_fits(cdt_str key)
{
	return key.n > 0 && key.n <= STORE_KEY_MAX;
}

static cdt_status get(const struct tables *tables, MDB_txn *txn, enum store_table t,
                      cdt_str key, cdt_str *value)
{
	MDB_val k = val_of(key), v;
	int rc;

	if (!key_fits(key))
		return CDT_E_MISUSE;
	rc = mdb_get(txn, tables->dbi[t], &k, &v);
	if (!rc)
		*value = str_from(v.mv_data, v.mv_size);
	return store_status(rc);
}

/* The newest change of this operation to that key, or NULL. */
static const struct change *find_change(const struct store_txn *t, enum store_table table,
                                        cdt_str key)
{
	for (size_t i = t->count; i-- > 0;) {
		const struct change *c = &t->changes[i];

		if (c->table != table)
			continue;
		if (c->kind == CHANGE_CLEAR)
			return c;
		if (c->key_n == key.n && !memcmp(t->bytes.p + c->key_at, key.p, key.n))
			return c;
	}
	return NULL;
}

static cdt_status add_change(struct store_txn *t, struct change c, cdt_str key, cdt_str value)
{
	if (t->status != CDT_OK)
		return t->status;
	if ((c.kind != CHANGE_CLEAR && !key_fits(key)) || value.n > STORE_VALUE_MAX)
		return t->status = CDT_E_MISUSE;
	if (t->count == STORE_CHANGES_MAX)
		return t->status = CDT_E_LIMIT;
	c.key_at = (uint32_t)t->bytes.n;
	c.key_n = (uint32_t)key.n;
	buf_add(&t->bytes, key);
	c.value_at = (uint32_t)t->bytes.n;
	c.value_n = (uint32_t)value.n;
	buf_add(&t->bytes, value);
	t->status = t->bytes.status;
	if (t->status == CDT_OK)
		t->changes[t->count++] = c;
	return t->status;
}

void txn_begin(struct store_txn *t, MDB_txn *txn)
{
	t->txn = txn;
	t->count = 0;
	t->status = CDT_OK;
	buf_clear(&t->bytes);
}

static int flush_one(struct store_txn *t, const struct change *c)
{
	MDB_val k = { c->key_n, t->bytes.p + c->key_at };
	MDB_val v = { c->value_n, t->bytes.p + c->value_at };
	MDB_dbi dbi = t->tables->dbi[c->table];
	int rc;

	if (c->kind == CHANGE_PUT)
		return mdb_put(t->txn, dbi, &k, &v, 0);
	if (c->kind == CHANGE_CLEAR)
		return mdb_drop(t->txn, dbi, 0);
	rc = mdb_del(t->txn, dbi, &k, NULL);
	return rc == MDB_NOTFOUND ? 0 : rc;            /* put and deleted by one operation */
}

cdt_status txn_flush(struct store_txn *t, int *rc)
{
	*rc = 0;
	for (size_t i = 0; i < t->count && !*rc; i++)
		*rc = flush_one(t, &t->changes[i]);
	return store_status(*rc);
}

cdt_status txn_get(struct store_txn *t, enum store_table table, cdt_str key, cdt_str *value)
{
	const struct change *c = find_change(t, table, key);

	if (!c)
		return get(t->tables, t->txn, table, key, value);
	if (c->kind != CHANGE_PUT)
		return CDT_E_ABSENT;
	*value = str_from(t->bytes.p + c->value_at, c->value_n);
	return CDT_OK;
}

cdt_status txn_put(struct store_txn *t, enum store_table table, cdt_str key, cdt_str value)
{
	return add_change(t, (struct change){ .table = table }, key, value);
}

cdt_status txn_delete(struct store_txn *t, enum store_table table, cdt_str key)
{
	cdt_str there;
	cdt_status st = txn_get(t, table, key, &there);

	if (st != CDT_OK)
		return st;
	return add_change(t, (struct change){ .table = table, .kind = CHANGE_DELETE }, key,
	                  (cdt_str){ "", 0 });
}

cdt_status txn_clear(struct store_txn *t, enum store_table table)
{
	return add_change(t, (struct change){ .table = table, .kind = CHANGE_CLEAR },
	                  (cdt_str){ "", 0 }, (cdt_str){ "", 0 });
}

/* A begin and an abort cost 0.2 us more than a transaction kept and renewed; in exchange no
 * thread leaves anything behind. */
struct store_read *store_read_begin(struct store *s)
{
	MDB_txn *txn;
	struct store_read *r;

	if (!gate_enter(&s->gate))
		return NULL;
	if (mdb_txn_begin(s->tables.env, NULL, MDB_RDONLY, &txn)) {
		gate_leave(&s->gate);
		return NULL;
	}
	r = mem_new(sizeof *r);
	r->tables = &s->tables;
	r->txn = txn;
	return r;
}

void store_read_end(struct store_read *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < STORE_TABLE_COUNT; i++)
		if (r->cursor[i])
			mdb_cursor_close(r->cursor[i]);
	mdb_txn_abort(r->txn);
	gate_leave(r->tables->gate);
	mem_free(r);
}

void store_read_end_cold(struct store_read *r)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t low = r ? r->low & ~(page - 1) : 0;

	/* Advice: the map is shared and only read here, so that nothing can be lost. */
	if (low)
		(void)madvise((void *)low, r->high - low, MADV_DONTNEED);
	store_read_end(r);
}

static void note_place(struct store_read *r, const MDB_val *v)
{
	uintptr_t at = (uintptr_t)v->mv_data;

	if (!r->low || at < r->low)
		r->low = at;
	if (at + v->mv_size > r->high)
		r->high = at + v->mv_size;
}

cdt_status store_get(struct store_read *r, enum store_table t, cdt_str key, cdt_str *value)
{
	return get(r->tables, r->txn, t, key, value);
}

/* One for each direction: from *k on, to what they set *k and *v to. */
static int seek_from(struct store_read *r, enum store_table t, MDB_val *k, MDB_val *v)
{
	return mdb_cursor_get(r->cursor[t], k, v, k->mv_size ? MDB_SET_RANGE : MDB_FIRST);
}

static int seek_after(struct store_read *r, enum store_table t, MDB_val *k, MDB_val *v)
{
	MDB_val want = *k;
	int rc;

	if (want.mv_size && r->last[t] == want.mv_data)
		return mdb_cursor_get(r->cursor[t], k, v, MDB_NEXT);
	rc = seek_from(r, t, k, v);
	if (!rc && k->mv_size == want.mv_size &&
	    !memcmp(k->mv_data, want.mv_data, want.mv_size))
		rc = mdb_cursor_get(r->cursor[t], k, v, MDB_NEXT);
	return rc;
}

static int seek_before(struct store_read *r, enum store_table t, MDB_val *k, MDB_val *v)
{
	int rc;

	if (!k->mv_size)
		return mdb_cursor_get(r->cursor[t], k, v, MDB_LAST);
	if (r->last[t] == k->mv_data)
		return mdb_cursor_get(r->cursor[t], k, v, MDB_PREV);
	rc = mdb_cursor_get(r->cursor[t], k, v, MDB_SET_RANGE);
	if (rc == MDB_NOTFOUND)                        /* all are smaller */
		return mdb_cursor_get(r->cursor[t], k, v, MDB_LAST);
	return rc ? rc : mdb_cursor_get(r->cursor[t], k, v, MDB_PREV);
}

typedef int seek_fn(struct store_read *r, enum store_table t, MDB_val *k, MDB_val *v);

static cdt_status walk(struct store_read *r, enum store_table t, seek_fn *seek, cdt_str *key,
                       cdt_str *value)
{
	MDB_val k = val_of(*key), v;
	int rc = 0;

	if (key->n > STORE_KEY_MAX)
		return CDT_E_MISUSE;
	if (!r->cursor[t])
		rc = mdb_cursor_open(r->txn, r->tables->dbi[t], &r->cursor[t]);
	if (!rc)
		rc = seek(r, t, &k, &v);
	r->last[t] = rc ? NULL : k.mv_data;
	if (!rc) {
		note_place(r, &v);
		*key = str_from(k.mv_data, k.mv_size);
		*value = str_from(v.mv_data, v.mv_size);
	}
	return store_status(rc);
}

cdt_status store_next(struct store_read *r, enum store_table t, bool after, cdt_str *key,
                      cdt_str *value)
{
	return walk(r, t, after ? seek_after : seek_from, key, value);
}

cdt_status store_before(struct store_read *r, enum store_table t, cdt_str *key, cdt_str *value)
{
	return walk(r, t, seek_before, key, value);
}
