/* ledger/recover.c - what a process held when it died becomes a charge: of what it had seen
 * and a margin, or of all.  No hold of an earlier epoch outlives the start of the next.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/bigend.h"
#include "base/log.h"
#include "base/str.h"
#include "ledger/inside.h"
#include "ledger/side.h"
#include "ledger/tables.h"

/* 20 changes each (an account, a hold, an entry, the head, untold), 256 fit a transaction. */
enum { AT_ONCE = 256 / (ACCOUNTS_MAX + 4), EPOCH_SIZE = 4 };

static const char epoch_key[] = "ledger.epoch";

static cdt_status apply_epoch(void *arg, struct store_txn *txn)
{
	uint32_t *epoch = arg;
	char bytes[EPOCH_SIZE];
	cdt_str value;
	cdt_status st = txn_get(txn, STORE_META, str_z(epoch_key), &value);

	*epoch = 0;
	if (st != CDT_OK && st != CDT_E_ABSENT)
		return st;
	if (st == CDT_OK && value.n != EPOCH_SIZE)
		return CDT_E_UPSTREAM;
	if (st == CDT_OK)
		*epoch = (uint32_t)big_get(value.p, EPOCH_SIZE);
	if (++*epoch == 0)
		return CDT_E_LIMIT;
	big_put(bytes, *epoch, EPOCH_SIZE);
	return txn_put(txn, STORE_META, str_z(epoch_key), str_from(bytes, EPOCH_SIZE));
}

/* Some holds of the dead; all at once in one transaction. */
struct estate {
	const struct ledger_policy *policy;
	int64_t wall_ms;
	size_t count;
	struct hold hold[AT_ONCE];
};

static cdt_status apply_estate(void *arg, struct store_txn *txn)
{
	const struct estate *dead = arg;
	struct book b = book_of_txn(txn);
	cdt_status st = CDT_OK;

	for (size_t i = 0; st == CDT_OK && i < dead->count; i++) {
		const struct hold *h = &dead->hold[i];
		struct entry e = {
			.kind = ENTRY_RECOVER, .wall_ms = dead->wall_ms,
			.amount = dead->policy->charge_all ? h->amount : book_recovered(h),
			.input = -1, .cached = -1, .cache_write = -1, .output = -1,
			.reasoning = -1,
		};
		bool again;

		e.reason = e.amount == h->amount ? REASON_HOLD : REASON_ESTIMATED;
		st = book_settle(&b, h->id, &e, &again);
		if (st == CDT_OK && e.amount)
			st = untold_put(txn, &e);
	}
	return st;
}

static cdt_status collect(struct ledger *l, struct estate *dead)
{
	struct store_read *r = store_read_begin(l->store);
	cdt_str key = CDT_STR(""), value;
	struct book b = book_of_read(r);
	cdt_status st = r ? CDT_OK : CDT_E_LIMIT;

	dead->count = 0;
	while (st == CDT_OK && dead->count < AT_ONCE) {
		struct hold *h = &dead->hold[dead->count];

		st = b.ops->next(b.arg, BOOK_HOLDS, &key, &value);
		if (st == CDT_OK && !hold_decode(value, h))
			st = CDT_E_UPSTREAM;
		if (st == CDT_OK && h->id.epoch != l->epoch)
			dead->count++;
	}
	store_read_end(r);
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

/* --- the side journal --- */

/* Some of its settlements; all at once in one transaction. */
struct replay {
	struct ledger *ledger;
	size_t count, fresh;           /* fresh: the store did not have them */
	struct entry entry[AT_ONCE];
};

static cdt_status apply_replay(void *arg, struct store_txn *txn)
{
	struct replay *r = arg;
	struct book b = book_of_txn(txn);
	cdt_status st = CDT_OK;

	r->fresh = 0;
	for (size_t i = 0; st == CDT_OK && i < r->count; i++) {
		struct entry e = r->entry[i];
		bool again;

		st = book_settle(&b, e.hold, &e, &again);
		r->fresh += !again;
		if (st == CDT_OK && !again && e.amount)
			st = untold_put(txn, &e);
	}
	return st;
}

static cdt_status put_settlements(struct ledger *l, const struct entry *e, size_t count)
{
	struct replay r = { .count = count };
	cdt_status st;

	memcpy(r.entry, e, count * sizeof *e);
	st = store_run(l->store, apply_replay, &r);
	l->replayed += st == CDT_OK ? r.fresh : 0;
	return st;
}

/* One that can not be does not keep the others out: its hold is charged like those that nobody
 * settled. */
static cdt_status flush(struct replay *r)
{
	size_t count = r->count;
	cdt_status st = count ? put_settlements(r->ledger, r->entry, count) : CDT_OK;

	r->count = 0;
	for (size_t i = 0; st == CDT_E_INVALID && i < count; i++) {
		cdt_status one = put_settlements(r->ledger, &r->entry[i], 1);

		if (one == CDT_E_INVALID)
			log_error(LOG_STORE, NULL, "a charge of the side journal is impossible "
			          "epoch=%u number=%llu", r->entry[i].hold.epoch,
			          (unsigned long long)r->entry[i].hold.number);
		else if (one != CDT_OK)
			return one;
	}
	return st == CDT_E_INVALID ? CDT_OK : st;
}

static cdt_status collect_settlement(void *arg, const struct entry *e)
{
	struct replay *r = arg;

	r->entry[r->count++] = *e;
	return r->count < AT_ONCE ? CDT_OK : flush(r);
}

cdt_status ledger_replay(struct ledger *l, struct side *side, char why[256])
{
	struct replay r = { .ledger = l };
	uint64_t damaged = 0;
	cdt_status st = side_read(side, collect_settlement, &r, &damaged);

	if (st == CDT_OK)
		st = flush(&r);
	if (st != CDT_OK) {
		(void)snprintf(why, 256, "the side journal of the ledger can not be replayed");
		return st;
	}
	if (damaged)
		log_error(LOG_STORE, NULL, "the side journal was damaged: some charges are "
		          "estimated records=%llu", (unsigned long long)damaged);
	if (l->replayed)
		log_warn(LOG_STORE, NULL, "charges that the store had refused have been "
		         "written now count=%llu", (unsigned long long)l->replayed);
	(void)side_clear(side);        /* else it is replayed again, without effect */
	return CDT_OK;
}

cdt_status ledger_recover(struct ledger *l, const struct ledger_policy *policy,
                          int64_t wall_ms, char why[256])
{
	struct estate dead = { .policy = policy, .wall_ms = wall_ms };
	cdt_status st = store_run(l->store, apply_epoch, &l->epoch);

	if (st != CDT_OK) {
		(void)snprintf(why, 256, "the ledger's epoch can not be written");
		return st;
	}
	do {
		st = collect(l, &dead);
		if (st == CDT_OK && dead.count)
			st = store_run(l->store, apply_estate, &dead);
		if (st != CDT_OK) {
			(void)snprintf(why, 256, "holds of an earlier run can not be charged");
			return st;
		}
		atomic_fetch_add_explicit(&l->recovered, dead.count, memory_order_relaxed);
	} while (dead.count);
	if (l->recovered)
		log_warn(LOG_STORE, NULL, "what was under way when the last run ended has been "
		         "charged holds=%llu", (unsigned long long)l->recovered);
	return CDT_OK;
}
