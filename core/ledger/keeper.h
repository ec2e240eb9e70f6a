/* ledger/keeper.h - the thread that looks after the disk: it writes settlements that the store
 * has refused to the side journal, and asks each second how much space is free.  Private to the
 * room.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_KEEPER_H
#define LEDGER_KEEPER_H
#include "base/list.h"
#include "ledger/record.h"

struct keeper;
struct side;
struct worker;

/* One settlement, embedded in what waits for it. */
struct keeper_job {
	struct list link;
	const struct entry *entry;     /* with its hold's id */
	struct worker *worker;
	void (*written)(void *arg, cdt_status st);     /* on worker; CDT_OK: it is durable */
	void *arg;
	cdt_status st;
};

/* dir: whose disk is looked at, and must keep so much free.  The keeper owns side.  NULL: there
 * is no thread to be had. */
struct keeper *keeper_new(struct side *side, const char *dir, uint64_t reserve_bytes);
/* Writes what it has been given; nobody is told any more.  NULL is fine. */
void keeper_free(struct keeper *k);

/* [any thread] */
void keeper_write(struct keeper *k, struct keeper_job *job);
/* One that was written is in the store now; after the last the journal is cleared. */
void keeper_done(struct keeper *k);
bool keeper_is_short(const struct keeper *k);          /* of space: nothing new may begin */
uint64_t keeper_free_bytes(const struct keeper *k);
uint64_t keeper_journal_bytes(const struct keeper *k);

#endif
