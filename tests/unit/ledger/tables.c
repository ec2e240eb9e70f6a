/* unit/ledger/tables.c - see tables.h.
 * SPDX-License-Identifier: MIT */
#include "unit/ledger/tables.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { TABLES = 4, UNDO_MAX = 64 };

struct row { cdt_str key, value; };
struct table { struct row *row; size_t count, room; };
struct was { enum book_table table; cdt_str key, value; bool there; };

struct tables {
	struct table table[TABLES];
	struct was was[UNDO_MAX];
	size_t was_count;
	unsigned fail_in;
};

static cdt_str copy(cdt_str s) { return str_from(mem_text(s.p, s.n), s.n); }
static void drop(cdt_str s)
{
	char *p;

	memcpy(&p, &s.p, sizeof p);
	mem_free(p);
}

/* The first row whose key is not before key. */
static size_t find(const struct table *t, cdt_str key, bool *there)
{
	size_t from = 0, to = t->count;

	while (from < to) {
		size_t mid = (from + to) / 2;
		cdt_str k = t->row[mid].key;
		int d = memcmp(k.p, key.p, k.n < key.n ? k.n : key.n);

		if (d < 0 || (d == 0 && k.n < key.n))
			from = mid + 1;
		else
			to = mid;
	}
	*there = from < t->count && str_eq(t->row[from].key, key);
	return from;
}

static void set(struct table *t, cdt_str key, cdt_str value)
{
	bool there;
	size_t i = find(t, key, &there);

	if (there) {
		drop(t->row[i].value);
	} else {
		if (t->count == t->room) {
			t->room = t->room ? 2 * t->room : 16;
			t->row = mem_resize(t->row, t->room * sizeof *t->row);
		}
		memmove(&t->row[i + 1], &t->row[i], (t->count - i) * sizeof *t->row);
		t->row[i].key = copy(key);
		t->count++;
	}
	t->row[i].value = copy(value);
}

static void unset(struct table *t, size_t i)
{
	drop(t->row[i].key);
	drop(t->row[i].value);
	memmove(&t->row[i], &t->row[i + 1], (--t->count - i) * sizeof *t->row);
}

static cdt_status remember(struct tables *t, enum book_table table, cdt_str key)
{
	bool there;
	size_t i = find(&t->table[table], key, &there);

	if (t->fail_in && --t->fail_in == 0)
		return CDT_E_NOMEM;
	if (t->was_count == UNDO_MAX)
		return CDT_E_LIMIT;
	t->was[t->was_count++] = (struct was){
		table, copy(key), there ? copy(t->table[table].row[i].value) : CDT_STR(""), there,
	};
	return CDT_OK;
}

static cdt_status on_get(void *arg, enum book_table table, cdt_str key, cdt_str *value)
{
	struct tables *t = arg;
	bool there;
	size_t i = find(&t->table[table], key, &there);

	if (there)
		*value = t->table[table].row[i].value;
	return there ? CDT_OK : CDT_E_ABSENT;
}

static cdt_status on_put(void *arg, enum book_table table, cdt_str key, cdt_str value)
{
	struct tables *t = arg;
	cdt_status st = remember(t, table, key);

	if (st == CDT_OK)
		set(&t->table[table], key, value);
	return st;
}

static cdt_status on_remove(void *arg, enum book_table table, cdt_str key)
{
	struct tables *t = arg;
	cdt_status st = remember(t, table, key);
	bool there;
	size_t i = find(&t->table[table], key, &there);

	if (st == CDT_OK && there)
		unset(&t->table[table], i);
	return st;
}

static cdt_status on_next(void *arg, enum book_table table, cdt_str *key, cdt_str *value)
{
	struct tables *t = arg;
	bool there;
	size_t i = find(&t->table[table], *key, &there) ;

	i += there;
	if (i >= t->table[table].count)
		return CDT_E_ABSENT;
	*key = t->table[table].row[i].key;
	*value = t->table[table].row[i].value;
	return CDT_OK;
}

struct book tables_book(struct tables *t)
{
	static const struct book_ops ops = { on_get, on_put, on_remove, on_next };

	return (struct book){ &ops, t };
}

void tables_keep(struct tables *t)
{
	for (size_t i = 0; i < t->was_count; i++) {
		drop(t->was[i].key);
		if (t->was[i].there)
			drop(t->was[i].value);
	}
	t->was_count = 0;
}

void tables_undo(struct tables *t)
{
	for (size_t i = t->was_count; i-- > 0;) {
		struct table *in = &t->table[t->was[i].table];
		bool there;
		size_t at = find(in, t->was[i].key, &there);

		if (t->was[i].there)
			set(in, t->was[i].key, t->was[i].value);
		else if (there)
			unset(in, at);
	}
	tables_keep(t);
}

void tables_fail(struct tables *t, unsigned n) { t->fail_in = n; }

bool tables_spoil(struct tables *t, enum book_table table, size_t number, size_t bit)
{
	struct table *in = &t->table[table];
	char *p;

	if (number >= in->count || bit / 8 >= in->row[number].value.n)
		return false;
	memcpy(&p, &in->row[number].value.p, sizeof p);
	p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
	return true;
}

bool tables_lose(struct tables *t, enum book_table table, size_t number)
{
	if (number >= t->table[table].count)
		return false;
	unset(&t->table[table], number);
	return true;
}

size_t tables_count(const struct tables *t, enum book_table table)
{
	return t->table[table].count;
}

struct tables *tables_new(void)
{
	return mem_new(sizeof(struct tables));
}

void tables_free(struct tables *t)
{
	tables_keep(t);
	for (size_t i = 0; i < TABLES; i++) {
		while (t->table[i].count)
			unset(&t->table[i], t->table[i].count - 1);
		mem_free(t->table[i].row);
	}
	mem_free(t);
}
