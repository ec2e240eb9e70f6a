/* sim/truth.c - a second opinion on the ledger, from the rows that became durable: what each
 * account must be, whether there was room for each hold under the limit of then, the chain, and
 * that each attempt is charged once and as was promised.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ledger/book.h"
#include "ledger/ledger.h"
#include "store/store.h"

enum { BLOCKS = 256, BLOCK = 256, SLOTS = 1 << 14, UNTOLD_MAX = 1024 };

struct sum {
	char key[ACCOUNT_KEY_SIZE];
	bool used;
	struct account must;           /* by entries and holds */
	struct account is;             /* by its row */
};

static struct record *blocks[BLOCKS];
static struct sum sums[SLOTS];
static size_t sum_count;
static uint64_t last_entry;
static uint8_t chain[CHAIN_SIZE];
static int64_t now_ms, seen_ms;        /* of this process; the newest that is durable */
static struct record *untold[UNTOLD_MAX];      /* promised, but not in the book yet */
static size_t untold_count;
static struct truth_sums total;

void truth_reset(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		free(blocks[i]);
		blocks[i] = NULL;
	}
	memset(sums, 0, sizeof sums);
	memset(chain, 0, sizeof chain);
	sum_count = untold_count = 0;
	last_entry = 0;
	now_ms = seen_ms = 0;
	total = (struct truth_sums){ .entries = 0 };
}

struct truth_sums truth_sums(void)
{
	return total;
}

struct record *truth_record(uint64_t visit, uint32_t attempt)
{
	size_t block = visit / BLOCK;
	struct record *r;

	if (block >= BLOCKS || attempt < 1 || attempt > ATTEMPTS)
		sim_fail("no record of visit %" PRIu64 ", attempt %u", visit, attempt);
	if (!blocks[block])
		blocks[block] = calloc((size_t)BLOCK * ATTEMPTS, sizeof **blocks);
	if (!blocks[block])
		abort();
	r = &blocks[block][visit % BLOCK * ATTEMPTS + attempt - 1];
	r->visit = visit;
	r->attempt = attempt;
	return r;
}

static struct record *record_of(const char request[REQUEST_SIZE], uint32_t attempt)
{
	uint64_t visit;

	if (!str_u64(str_from(request, strnlen(request, REQUEST_SIZE)), &visit))
		sim_fail("a request is not one of ours");
	return truth_record(visit, attempt);
}

/* --- accounts --- */

static struct sum *sum_of(cdt_str key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ (uint8_t)key.p[i]) * UINT64_C(0x100000001b3);
	for (size_t i = hash >> 20;; i++) {
		struct sum *s = &sums[i % SLOTS];

		if (s->used && !memcmp(s->key, key.p, ACCOUNT_KEY_SIZE))
			return s;
		if (s->used)
			continue;
		if (++sum_count == SLOTS)
			sim_fail("too many accounts");
		s->used = true;
		memcpy(s->key, key.p, ACCOUNT_KEY_SIZE);
		return s;
	}
}

static struct sum *sum_at(const struct account_id *id)
{
	char key[ACCOUNT_KEY_SIZE];

	return sum_of(account_key(id, key));
}

static void compare(const struct account_id *id, const char *what)
{
	const struct sum *s = sum_at(id);

	if (memcmp(&s->must, &s->is, sizeof s->must) != 0)
		sim_fail("after %s an account has posted %" PRId64 ", held %" PRId64
		         ", entries %" PRIu64 "; it must be %" PRId64 ", %" PRId64 ", %"
		         PRIu64, what, s->is.posted, s->is.held, s->is.entries,
		         s->must.posted, s->must.held, s->must.entries);
	if (s->must.held < 0 || s->must.posted < 0)
		sim_fail("after %s an account is below zero", what);
}

static void account_changed(const struct change *c)
{
	if (!c->is || !account_decode(c->after, &sum_of(c->key)->is))
		sim_fail("an account is gone, or can not be read");
}

/* --- holds --- */

static void check_room(const struct hold *h, const struct record *r)
{
	for (uint32_t i = 0; i < h->account_count; i++) {
		const struct account *a = &sum_at(&h->account[i])->must;

		if (a->posted + a->held > r->limits[i])
			sim_fail("visit %" PRIu64 " holds %" PRId64 " in account %u, which has "
			         "%" PRId64 " + %" PRId64 " of %" PRId64 " now", r->visit,
			         h->amount, i, a->posted, a->held, r->limits[i]);
	}
}

static void hold_changed(const struct change *c)
{
	struct hold before = { .amount = 0 }, after = { .amount = 0 };
	const struct hold *h = c->is ? &after : &before;
	struct record *r;

	if ((c->was && !hold_decode(c->before, &before)) ||
	    (c->is && !hold_decode(c->after, &after)))
		sim_fail("a hold can not be read");
	r = record_of(h->request, h->attempt);
	for (uint32_t i = 0; i < h->account_count; i++)
		sum_at(&h->account[i])->must.held += after.amount - before.amount;
	if (after.amount > before.amount)
		check_room(h, r);
	if (c->is && !c->was && (r->is_open || r->entries))
		sim_fail("visit %" PRIu64 " holds twice for attempt %u", r->visit, r->attempt);
	total.holds += c->is && !c->was;
	r->is_open = c->is;
	r->epoch = h->id.epoch;
	r->number = h->id.number;
	seen_ms = h->wall_ms > seen_ms ? h->wall_ms : seen_ms;
}

/* --- entries --- */

static void check_amount(const struct record *r, const struct entry *e)
{
	if (e->amount > e->held && r->is_honest)
		sim_fail("visit %" PRIu64 " costs %" PRId64 " for reason %u, above the %" PRId64
		         " that were held, though its upstream kept to its limits", r->visit,
		         e->amount, e->reason, e->held);
	if (e->kind == ENTRY_RECOVER && !r->stream && e->amount != e->held)
		sim_fail("visit %" PRIu64 " may have cost all that was held, not %" PRId64,
		         r->visit, e->amount);
	if (e->kind == ENTRY_RECOVER && e->amount < e->held && e->amount < r->least)
		sim_fail("visit %" PRIu64 " is recovered for %" PRId64 ", at least %" PRId64
		         " was noted", r->visit, e->amount, r->least);
	if (r->is_promised && e->amount != r->promised)
		sim_fail("visit %" PRIu64 " was promised to cost %" PRId64 ", and costs %"
		         PRId64, r->visit, r->promised, e->amount);
	if (e->amount > e->held) {
		total.breaches++;
		total.breached += e->amount - e->held;
	}
}

static void entry_changed(const struct change *c)
{
	struct entry e;
	struct record *r;

	if (c->was || !c->is || !entry_decode(c->after, &e))
		sim_fail("an entry was changed, or can not be read");
	if (e.number != last_entry + 1 || memcmp(e.before, chain, CHAIN_SIZE) != 0)
		sim_fail("entry %" PRIu64 " does not follow entry %" PRIu64, e.number,
		         last_entry);
	last_entry = e.number;
	entry_chain(c->after, chain);
	r = record_of(e.request, e.attempt);
	if (r->entries++)
		sim_fail("visit %" PRIu64 ", attempt %u is charged twice", r->visit,
		         r->attempt);
	check_amount(r, &e);
	r->amount = e.amount;
	r->kind = e.kind;
	r->reason = e.reason;
	for (uint32_t i = 0; i < e.account_count; i++) {
		sum_at(&e.account[i])->must.posted += e.amount;
		sum_at(&e.account[i])->must.entries++;
	}
	total.entries++;
	total.recovered += e.kind == ENTRY_RECOVER;
	total.charged += e.amount;
	seen_ms = e.wall_ms > seen_ms ? e.wall_ms : seen_ms;
}

static void compare_all(const struct change *c, const char *what)
{
	struct hold h;

	if (!hold_decode(c->is ? c->after : c->before, &h))
		return;
	for (uint32_t i = 0; i < h.account_count; i++)
		compare(&h.account[i], what);
}

void truth_changes(const struct change *c, size_t n)
{
	static void (*const look[])(const struct change *c) = {
		[STORE_ACCOUNTS] = account_changed, [STORE_ENTRIES] = entry_changed,
		[STORE_HOLDS] = hold_changed,
	};

	for (size_t i = 0; i < n; i++)
		if (c[i].table <= STORE_ENTRIES && look[c[i].table])
			look[c[i].table](&c[i]);
	for (size_t i = 0; i < n; i++)
		if (c[i].table == STORE_HOLDS)
			compare_all(&c[i], c[i].is ? "a hold" : "a charge");
}

/* --- what clients and upstreams see --- */

void truth_before_call(const struct record *r)
{
	if (r->is_paid && !r->is_open)
		sim_fail("visit %" PRIu64 " calls an upstream without a durable hold",
		         r->visit);
}

static void check_promise(const struct record *r)
{
	if (!r->entries && !keeper_has(r->epoch, r->number))
		sim_fail("visit %" PRIu64 " was promised to be charged, and nothing durable "
		         "says so", r->visit);
	if (r->entries && r->amount != r->promised)
		sim_fail("visit %" PRIu64 " was promised to cost %" PRId64 ", and costs %"
		         PRId64, r->visit, r->promised, r->amount);
}

void truth_promise(struct record *r, int64_t amount)
{
	r->is_promised = true;
	r->promised = amount;
	total.promised++;
	check_promise(r);
	if (r->entries)
		return;
	if (untold_count == UNTOLD_MAX)
		sim_fail("too many promises wait");
	untold[untold_count++] = r;
}

void truth_event(void)
{
	for (size_t i = untold_count; i-- > 0;) {
		check_promise(untold[i]);
		if (untold[i]->entries)
			untold[i] = untold[--untold_count];
	}
}

/* --- time --- */

void truth_time(int64_t ms)
{
	if (ms < now_ms)
		sim_fail("the time of periods went back from %" PRId64 " to %" PRId64, now_ms,
		         ms);
	if (ms < seen_ms)
		sim_fail("the time of periods is %" PRId64 " after a start, and %" PRId64
		         " is written down", ms, seen_ms);
	now_ms = ms;
}

void truth_start(void)
{
	now_ms = 0;
	if (untold_count)
		truth_event();
	if (untold_count)
		sim_fail("visit %" PRIu64 " was promised to be charged before a start, and "
		         "is not", untold[0]->visit);
}

/* --- the whole --- */

void truth_verify(void)
{
	struct book_sums found;
	char why[256];
	cdt_status st = ledger_verify(gateway.ledger, &found, why);

	if (st != CDT_OK)
		sim_fail("the ledger does not agree with itself: %s", why);
	if (found.entries != total.entries || found.posted != total.charged)
		sim_fail("the ledger has %" PRIu64 " entries of %" PRId64 ", not %" PRIu64
		         " of %" PRId64, found.entries, found.posted, total.entries,
		         total.charged);
	total.verified++;
}

static void compare_bills(const struct record *r)
{
	int64_t more = r->amount - r->bill;

	if (r->is_paid && r->is_asked && r->entries != 1)
		sim_fail("visit %" PRIu64 ", attempt %u was asked and has %" PRIu64 " charges",
		         r->visit, r->attempt, r->entries);
	if (!r->is_asked || !r->entries)
		return;
	if (!r->is_over)
		sim_fail("visit %" PRIu64 " has no bill", r->visit);
	if (r->reason == REASON_REPORTED && more)
		sim_fail("visit %" PRIu64 " costs %" PRId64 ", its upstream bills %" PRId64,
		         r->visit, r->amount, r->bill);
	if ((r->reason == REASON_HOLD && r->is_honest && more < 0) ||
	    (r->reason == REASON_UNREACHED && r->bill))
		sim_fail("visit %" PRIu64 " costs %" PRId64 " for reason %u, less than the %"
		         PRId64 " of its upstream", r->visit, r->amount, r->reason, r->bill);
	total.billed += r->bill;
	*(more > 0 ? &total.over : &total.under) += more > 0 ? more : -more;
}

void truth_end(void)
{
	struct account_id id;

	total.billed = total.over = total.under = 0;
	for (size_t i = 0; i < (size_t)BLOCKS * BLOCK * ATTEMPTS; i++)
		if (blocks[i / (BLOCK * ATTEMPTS)]) {
			const struct record *r = &blocks[i / (BLOCK * ATTEMPTS)]
			                                [i % (BLOCK * ATTEMPTS)];

			if (r->is_open)
				sim_fail("visit %" PRIu64 " still holds", r->visit);
			compare_bills(r);
		}
	for (size_t i = 0; i < SLOTS; i++) {
		if (!sums[i].used ||
		    !account_id_of(str_from(sums[i].key, ACCOUNT_KEY_SIZE), &id))
			continue;
		compare(&id, "all");
		if (sums[i].must.held)
			sim_fail("an account still holds %" PRId64, sums[i].must.held);
	}
}
