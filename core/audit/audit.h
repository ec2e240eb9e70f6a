/* audit/audit.h - who changed what: one entry a change, in the transaction of the change.
 * Rooms that change what operators own write it; the admin API reads it.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H
#include "base/jsonw.h"

struct store;
struct store_txn;

enum { AUDIT_CURSOR_SIZE = 24, AUDIT_BATCH = 128, AUDIT_NOTE_MAX = 256 };

struct audit_entry {
	int64_t wall_ms;
	const char *actor;             /* "admin" or "socket" */
	const char *action;            /* "create", "update", ... */
	const char *kind;              /* of object: "key", "group" */
	cdt_str object;                /* its id or name */
	cdt_str changed;               /* JSON list of members; never a value */
	const char *usd, *note;        /* of a credit: how much, and what for; NULL: none */
};

/* [writer] */
cdt_status audit_put(struct store_txn *txn, const struct audit_entry *e);

/* "data" and "next" into an open map, newest first, older than the cursor ("" = from the
 * newest).  CDT_E_INVALID: that is no cursor.  [any thread] */
cdt_status audit_print(struct store *s, cdt_str cursor, size_t limit, struct jsonw *w);

/* Drops entries from before that time, AUDIT_BATCH at most; returns how many it found.  They
 * are gone when the store's writer has come to it.  [any thread] */
size_t audit_drop(struct store *s, int64_t before_ms);

#endif
