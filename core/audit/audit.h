/* audit/audit.h - who changed what: one entry a change, in the transaction of the change.
 * Rooms that change what operators own write it; the admin API reads it.
 * SPDX-License-Identifier: MIT */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H
#include "base/jsonw.h"

struct store;
struct store_txn;

enum { AUDIT_CURSOR_SIZE = 24, AUDIT_BATCH = 128, AUDIT_NOTE_MAX = 256, AUDIT_PLACE_SIZE = 12,
       AUDIT_LOOK_MAX = 20000 };

struct audit_entry {
	int64_t wall_ms;
	const char *actor;             /* "admin", "web" or "socket" */
	const char *action;            /* "create", "update", ... */
	const char *kind;              /* of object: "key", "group" */
	cdt_str object;                /* its id or name */
	cdt_str changed;               /* JSON list of members; never a value */
	const char *usd, *note;        /* of a credit: how much, and what for; NULL: none */
};

/* [writer] */
cdt_status audit_put(struct store_txn *txn, const struct audit_entry *e);

struct audit_question {
	cdt_str cursor;                /* what next was; "" = from the newest */
	int64_t from_ms, to_ms;        /* from_ms <= time < to_ms */
	size_t limit;                  /* at most so many that are taken */
	/* An entry as JSON, newest first; true: it counts. */
	bool (*take)(void *arg, cdt_str json);
	void *arg;
};

/* Looks at AUDIT_LOOK_MAX entries at most.  next: where to go on, "" = there are no more.
 * CDT_E_INVALID: that is no cursor.  [any thread] */
cdt_status audit_look(struct store *s, const struct audit_question *q,
                      char next[AUDIT_CURSOR_SIZE + 1]);

/* Entries as JSON in the order in which they came: at most max of those behind the place, which
 * is behind the last of them then.  Zeroes are the place before all.  [any thread] */
void audit_follow(struct store *s, char place[AUDIT_PLACE_SIZE], size_t max,
                  void (*entry)(void *arg, cdt_str json), void *arg);
/* Behind the newest. */
void audit_end(struct store *s, char place[AUDIT_PLACE_SIZE]);

/* Drops entries from before that time, AUDIT_BATCH at most; returns how many it found.  They
 * are gone when the store's writer has come to it.  [any thread] */
size_t audit_drop(struct store *s, int64_t before_ms);

#endif
