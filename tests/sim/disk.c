/* sim/disk.c - store/store.h with one virtual disk: a writer that takes what waits into one
 * commit, which takes time and may fail.  What is in the tables is durable; a batch that is not
 * committed yet has changed nothing.  After a commit that failed by EIO nobody knows what the
 * disk holds: the next start finds the batch or does not.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "rows.h"
#include "store/store.h"

enum { TABLES = STORE_UNTOLD + 1, WAITING_MAX = 4096, BATCH_MAX = 256, CHANGES_MAX = 1 << 14 };

struct store_txn { int unused; };
struct store_read { int unused; };
struct store { struct store_txn txn; };

static struct store store;
static struct rows tables[TABLES];
static struct store_op waiting[WAITING_MAX];
static size_t waiting_count, batch;            /* batch: of those, on their way to the disk */
static struct change changes[CHANGES_MAX];     /* of the batch */
static size_t change_count, first;             /* first: of this operation */
static size_t ends[BATCH_MAX], end_count;      /* of the operations that changed something */
static bool in_limbo;                          /* changes may or may not be durable */
static enum disk_fault fault;

/* --- changes and their undoing --- */

static void forget_changes(size_t from)
{
	for (size_t i = from; i < change_count; i++) {
		bytes_free(changes[i].key);
		if (changes[i].was)
			bytes_free(changes[i].before);
		if (changes[i].is)
			bytes_free(changes[i].after);
	}
	change_count = from;
}

static void undo(size_t from)
{
	for (size_t i = change_count; i-- > from;) {
		const struct change *c = &changes[i];

		if (c->was)
			rows_set(&tables[c->table], c->key, c->before);
		else
			rows_unset(&tables[c->table], c->key);
	}
}

static void change(enum store_table t, cdt_str key, const cdt_str *value)
{
	struct change *c = &changes[change_count];
	size_t i;

	if ((int)t >= TABLES || change_count == CHANGES_MAX)
		sim_fail("too many changes, or table %d", (int)t);
	*c = (struct change){ .table = (int)t, .key = bytes_copy(key), .is = value != NULL };
	i = rows_find(&tables[t], key, &c->was);
	if (c->was)
		c->before = bytes_copy(tables[t].row[i].value);
	if (value)
		c->after = bytes_copy(*value);
	change_count++;
	if (value)
		rows_set(&tables[t], c->key, c->after);
	else
		rows_unset(&tables[t], c->key);
}

static cdt_status get(enum store_table t, cdt_str key, cdt_str *value)
{
	bool there;
	size_t i = rows_find(&tables[t], key, &there);

	if (there)
		*value = tables[t].row[i].value;
	return there ? CDT_OK : CDT_E_ABSENT;
}

cdt_status txn_get(struct store_txn *t, enum store_table table, cdt_str key, cdt_str *value)
{
	(void)t;
	return get(table, key, value);
}

cdt_status txn_put(struct store_txn *t, enum store_table table, cdt_str key, cdt_str value)
{
	(void)t;
	change(table, key, &value);
	return CDT_OK;
}

cdt_status txn_delete(struct store_txn *t, enum store_table table, cdt_str key)
{
	(void)t;
	change(table, key, NULL);
	return CDT_OK;
}

/* --- the writer --- */

static void tell_truth(void)
{
	for (size_t i = 0, at = 0; i < end_count; at = ends[i++])
		truth_changes(changes + at, ends[i] - at);
}

static void commit(void *arg);

static void begin_batch(void)
{
	if (batch || !waiting_count)
		return;
	batch = waiting_count < BATCH_MAX ? waiting_count : BATCH_MAX;
	queue_add((uint64_t)dice_between(200, 4000), OF_GATEWAY, "commit", commit, NULL);
}

static cdt_status run_one(const struct store_op *op)
{
	cdt_status st;

	first = change_count;
	st = op->apply(op->arg, &store.txn);
	if (st != CDT_OK) {
		undo(first);
		forget_changes(first);
	} else if (change_count > first) {
		ends[end_count++] = change_count;
	}
	return st;
}

/* The status of the commit itself. */
static cdt_status finish(void)
{
	if (fault == DISK_FINE || !change_count) {
		tell_truth();
		forget_changes(0);
		return CDT_OK;
	}
	undo(0);
	in_limbo = fault == DISK_BROKEN;
	if (!in_limbo)
		forget_changes(0);
	return fault == DISK_FULL ? CDT_E_LIMIT : CDT_E_ABORTED;
}

struct verdict { void (*finished)(void *arg, cdt_status st); void *arg; cdt_status st; };

static void deliver(void *arg)
{
	struct verdict *v = arg;

	v->finished(v->arg, v->st);
	mem_free(v);
}

static void tell(const struct store_op *op, cdt_status st)
{
	struct verdict *v = mem_new(sizeof *v);

	*v = (struct verdict){ op->finished, op->arg, st };
	worker_post(op->worker, deliver, v);
}

/* After EIO nothing is written, nor even tried. */
static void commit(void *arg)
{
	static cdt_status result[BATCH_MAX];
	cdt_status st = CDT_E_ABORTED;
	size_t n = batch;

	(void)arg;
	if (!in_limbo) {
		end_count = 0;
		for (size_t i = 0; i < n; i++)
			result[i] = run_one(&waiting[i]);
		st = finish();
	} else {
		memset(result, 0, sizeof result);
	}
	trace_note("operations", n, st);
	for (size_t i = 0; i < n; i++)
		tell(&waiting[i], result[i] == CDT_OK ? st : result[i]);
	waiting_count -= n;
	memmove(waiting, waiting + n, waiting_count * sizeof *waiting);
	batch = 0;
	begin_batch();
}

cdt_status store_submit(struct store *s, const struct store_op *op)
{
	(void)s;
	if (waiting_count == WAITING_MAX)
		return CDT_E_LIMIT;
	waiting[waiting_count++] = *op;
	begin_batch();
	return CDT_OK;
}

/* At start: nothing else is under way. */
cdt_status store_run(struct store *s, cdt_status (*apply)(void *arg, struct store_txn *txn),
                     void *arg)
{
	const struct store_op op = { .apply = apply, .arg = arg };
	cdt_status st, result;

	(void)s;
	end_count = 0;
	st = run_one(&op);
	result = finish();
	return st == CDT_OK ? result : st;
}

static cdt_status apply_nothing(void *arg, struct store_txn *txn)
{
	(void)arg, (void)txn;
	return CDT_OK;
}

void store_settle(struct store *s)
{
	(void)store_run(s, apply_nothing, NULL);
}

/* --- reading: a snapshot is what is committed --- */

static struct store_read the_read;

struct store_read *store_read_begin(struct store *s)
{
	(void)s;
	return &the_read;
}

void store_read_end(struct store_read *r)
{
	(void)r;
}

cdt_status store_get(struct store_read *r, enum store_table t, cdt_str key, cdt_str *value)
{
	(void)r;
	return get(t, key, value);
}

static cdt_status row_at(enum store_table t, size_t i, cdt_str *key, cdt_str *value)
{
	if (i >= tables[t].count)
		return CDT_E_ABSENT;
	*key = tables[t].row[i].key;
	*value = tables[t].row[i].value;
	return CDT_OK;
}

cdt_status store_next(struct store_read *r, enum store_table t, bool after, cdt_str *key,
                      cdt_str *value)
{
	bool there;
	size_t i = rows_find(&tables[t], *key, &there);

	(void)r;
	return row_at(t, i + (after && there), key, value);
}

cdt_status store_before(struct store_read *r, enum store_table t, cdt_str *key, cdt_str *value)
{
	bool there;
	size_t i = key->n ? rows_find(&tables[t], *key, &there) : tables[t].count;

	(void)r;
	return i ? row_at(t, i - 1, key, value) : CDT_E_ABSENT;
}

const char *store_dir(const struct store *s)
{
	(void)s;
	return "/";
}

/* --- the world's side --- */

struct store *disk_store(void)
{
	return &store;
}

enum disk_fault disk_fault(void)
{
	return fault;
}

void disk_set(enum disk_fault f)
{
	if (!in_limbo)
		fault = f;
	trace_note("disk", 0, fault);
}

static void redo(void)
{
	for (size_t i = 0; i < change_count; i++) {
		const struct change *c = &changes[i];

		if (c->is)
			rows_set(&tables[c->table], c->key, c->after);
		else
			rows_unset(&tables[c->table], c->key);
	}
	tell_truth();
}

void disk_crash(void)
{
	bool is_there = in_limbo && dice(2);

	if (is_there)
		redo();
	trace_note("batch was durable", 0, is_there);
	forget_changes(0);
	in_limbo = false;
	waiting_count = batch = 0;
	if (fault == DISK_BROKEN)
		fault = DISK_FINE;
}

void disk_reset(void)
{
	disk_crash();
	fault = DISK_FINE;
	for (int i = 0; i < TABLES; i++)
		rows_clear(&tables[i]);
}
