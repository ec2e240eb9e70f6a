/* store/store.h - durable tables in LMDB (nobody else includes lmdb.h).  Reads may happen on
 * any thread; writes are sent to the one writer thread, which commits whatever is waiting in
 * one transaction and then wakes the askers.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_STORE_H
#define STORE_STORE_H
#include "conduit/base.h"

#include <stdbool.h>

struct store;
struct store_read;
struct store_txn;
struct worker;

/* One word a table, in the order of their creation.  Files find them by name: one that an older
 * version did not have is made when its file is opened. */
#define STORE_TABLES(X) \
	X(META, "meta") X(KEYS, "keys") X(GROUPS, "groups") \
	X(ACCOUNTS, "accounts") X(HOLDS, "holds") X(ENTRIES, "entries") \
	X(MEMBERS, "members") X(AUDIT, "audit") X(USAGE, "usage") X(NAMES, "names") \
	X(MARKS, "marks") X(UNTOLD, "untold")
/* Tables that stand in a ring, for what grows old and is then dropped whole: records of
 * usage by day, its sums by spans of time. */
#define STORE_RINGS(X) \
	X(RECORDS, "records", 370) X(MINUTES, "minutes", 4) X(HOURS, "hours", 6) \
	X(DAYS, "days", 13)
#define STORE_TABLE_ID(id, name) STORE_##id,
#define STORE_RING_ID(id, name, count) STORE_##id, STORE_##id##_LAST = STORE_##id + (count) - 1,
enum store_table {
	STORE_TABLES(STORE_TABLE_ID) STORE_RINGS(STORE_RING_ID) STORE_TABLE_COUNT
};

#define STORE_MAP_MAX (UINT64_C(16) << 40)      /* 16 TiB */
enum { STORE_SCHEMA = 1 };             /* of the tables; a newer one is refused */
enum { STORE_KEY_MAX = 256, STORE_VALUE_MAX = 64 << 10, STORE_QUEUE_MAX = 65536 };

/* Opens (and creates, mode 0700) dir/ledger with default, durable flags; one process at a
 * time (a second one is refused).  why gets a sentence on failure.  Starts the writer. */
struct store *store_open(const char *dir, uint64_t map_size, char why[256]);
/* From now on the map grows by itself, twofold, as far as the disk has room.  [main] */
void store_let_grow(struct store *s);
const char *store_dir(const struct store *s);          /* as it was opened */
/* Commits what is queued, stops the writer, closes.  NULL is fine. */
void store_close(struct store *s);

/* Makes the folder when it is not there, and a lock in it that nobody else has until the
 * descriptor is closed: store_open does so, and who replaces what is in the folder.  -1: why
 * gets a sentence. */
int store_dir_take(const char *dir, char why[256]);

/* Writes a consistent image of all tables, as it is now, to a file or pipe: an LMDB file
 * without free pages.  Takes as long as it takes.  [any thread, blocks] */
cdt_status store_copy(struct store *s, int fd);

/* --- reading: a snapshot; keep it short (under a second) --- */
/* NULL: no reader slot, or the map is being replaced (try again). */
struct store_read *store_read_begin(struct store *s);
void store_read_end(struct store_read *r);
/* The same after a scan of a whole table: the pages that store_next and store_before
 * have touched leave our memory; the kernel may keep them. */
void store_read_end_cold(struct store_read *r);
/* CDT_OK, CDT_E_ABSENT or CDT_E_UPSTREAM (the file is damaged).  The value lives until end. */
cdt_status store_get(struct store_read *r, enum store_table t, cdt_str key, cdt_str *value);
/* Asked again with the key that it gave, store_next and store_before go on from there. */
/* The first entry whose key is >= *key (or > *key when after).  CDT_E_ABSENT at the end. */
cdt_status store_next(struct store_read *r, enum store_table t, bool after, cdt_str *key,
                      cdt_str *value);

/* The last entry whose key is < *key, or the very last when that is empty. */
cdt_status store_before(struct store_read *r, enum store_table t, cdt_str *key, cdt_str *value);

/* --- writing: one operation = one all-or-nothing function run by the writer --- */
struct store_op {
	/* [writer] Reads and writes through txn; anything but CDT_OK undoes this operation
	 * alone.  No I/O, no waiting. */
	cdt_status (*apply)(void *arg, struct store_txn *txn);
	/* [w's thread; the writer's when w is NULL] Once, after the commit is durable or the
	 * operation failed. */
	void (*finished)(void *arg, cdt_status st);
	void *arg;
	struct worker *worker;
};
/* CDT_E_LIMIT: the queue is full, nothing will happen.  [any thread] */
cdt_status store_submit(struct store *s, const struct store_op *op);
/* Waits for it.  For start-up, the end and tests; never on a worker that runs. */
cdt_status store_run(struct store *s, cdt_status (*apply)(void *arg, struct store_txn *txn),
                     void *arg);

/* Waits until all that was submitted before has been done; not when the queue is full. */
void store_settle(struct store *s);

cdt_status txn_get(struct store_txn *t, enum store_table table, cdt_str key, cdt_str *value);
cdt_status txn_put(struct store_txn *t, enum store_table table, cdt_str key, cdt_str value);
cdt_status txn_delete(struct store_txn *t, enum store_table table, cdt_str key);
/* Drops all that is in the table, whatever its size: the pages are given back unread, as long
 * as no value is above 1900 bytes. */
cdt_status txn_clear(struct store_txn *t, enum store_table table);

struct store_counts { uint64_t commits, operations, failed, bytes_used, bytes_max; };
struct store_counts store_counts(struct store *s);

#endif
