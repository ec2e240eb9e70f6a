/* ledger/inside.h - what the files of the ledger share.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_INSIDE_H
#define LEDGER_INSIDE_H
#include <pthread.h>
#include <stdatomic.h>

#include "base/list.h"
#include "ledger/ledger.h"
#include "ledger/period.h"
#include "store/store.h"

struct keeper;
struct side;

struct ledger {
	struct store *store;
	uint32_t epoch;
	_Atomic uint64_t number;       /* of the last hold */
	_Atomic uint64_t granted, refused, closed, settled, recovered, open, waiting,
	                 replayed;
	pthread_mutex_t lock;          /* guards stuck */
	ledger_alert *alert;           /* NULL: nobody wants to know */
	void *alert_arg;
	struct list stuck;             /* settlements that the store has refused so far */
	pthread_mutex_t clock_lock;
	struct period_clock clock;
	struct keeper *keeper;
};

/* What an earlier run has left in the side journal goes into the store.  [main] */
cdt_status ledger_replay(struct ledger *l, struct side *side, char why[256]);
/* Begins an epoch, and charges what earlier ones held.  [main] */
cdt_status ledger_recover(struct ledger *l, const struct ledger_policy *policy,
                          int64_t wall_ms, char why[256]);

/* Remembers that no record tells of the charge yet, unless one came before it.  [writer] */
cdt_status untold_put(struct store_txn *txn, const struct entry *e);

#endif
