/* unit/ledger/ledger_test.c - holds through a real store: several workers at once, processes
 * that die (their store is closed under open holds), stores that are full.
 * SPDX-License-Identifier: MIT */
#include "ledger/ledger.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "store/store.h"
#include "unit/unit.h"

enum { CENT = 10 * 1000 * 1000, MAP = 64 << 20, WORKERS = 4, ROUNDS = 100, ASKS = 20 };

static const struct ledger_policy seen_only = { .charge_all = false };

struct rig {
	char *dir;
	struct store *store;
	struct ledger *ledger;
	struct worker *worker;
	atomic_uint answers;
	enum ledger_answer last;
	uint32_t refused;
};

static void rig_start(struct rig *r, uint64_t map_size, const struct ledger_policy *policy)
{
	char why[256] = "";

	r->store = store_open(r->dir, map_size, why);
	if (!r->store)
		printf("\n%s\n", why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->store);
	r->ledger = ledger_open(r->store, policy, 1000, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->ledger);
	r->worker = worker_new(0);
	CU_ASSERT_EQUAL_FATAL(worker_start(r->worker), CDT_OK);
}

static void rig_open(struct rig *r)
{
	*r = (struct rig){ .dir = unit_dir_new() };
	rig_start(r, MAP, &seen_only);
}

static void await(atomic_uint *n, unsigned want)
{
	for (int i = 0; i < 10000 && atomic_load(n) < want; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(atomic_load(n), want);
}

static void on_settled_down(void *arg)
{
	atomic_fetch_add((atomic_uint *)arg, 1);
}

static void settle_down(struct rig *r)
{
	atomic_uint last = 0;

	worker_post(r->worker, on_settled_down, &last);
	await(&last, 1);
}

/* The worker asks the store for nothing any more, and hears what that has done. */
static void rig_stop(struct rig *r)
{
	settle_down(r);
	store_close(r->store);
	settle_down(r);
	worker_stop(r->worker);
	worker_join(r->worker);
	ledger_close(r->ledger);
	worker_free(r->worker);
}

static void rig_close(struct rig *r)
{
	rig_stop(r);
	unit_dir_drop(r->dir);
}

static struct account_id account_of(const char *owner)
{
	struct account_id id = { .kind = OWNER_KEY, .budget = 1 };

	fixed_text(id.owner, sizeof id.owner, str_z(owner));
	return id;
}

static struct hold order_of(const char *owner, int64_t amount)
{
	struct hold h = { .amount = amount, .account_count = 1 };

	h.account[0] = account_of(owner);
	return h;
}

static void check_verifies(struct rig *r)
{
	struct book_sums sums;
	char why[256];

	CU_ASSERT_EQUAL(ledger_verify(r->ledger, &sums, why), CDT_OK);
	CU_ASSERT_STRING_EQUAL(why, "");
}

/* --- one at a time, from the test's thread: work is posted to the worker --- */

struct ask {
	struct rig *rig;
	struct hold order;
	int64_t limit, more, seen;
	struct ledger_hold *hold;
	struct entry entry;
};

static void on_answer(void *arg, enum ledger_answer a, uint32_t refused)
{
	struct rig *r = arg;

	r->last = a;
	r->refused = refused;
	atomic_fetch_add(&r->answers, 1);
}

static void on_finished(void *arg)
{
	struct rig *r = arg;

	atomic_fetch_add(&r->answers, 1);
}

static void ask_hold(void *arg)
{
	struct ask *a = arg;

	a->hold = ledger_hold(a->rig->ledger, &a->order, &a->limit, a->rig->worker, on_answer,
	                      a->rig);
}

static void ask_extend(void *arg)
{
	struct ask *a = arg;

	ledger_extend(a->hold, a->more, &a->limit, on_answer, a->rig);
}

static void ask_checkpoint(void *arg)
{
	struct ask *a = arg;

	ledger_checkpoint(a->hold, a->seen);
	atomic_fetch_add(&a->rig->answers, 1);
}

static void ask_leave(void *arg)
{
	struct ask *a = arg;

	ledger_leave(a->hold);
	atomic_fetch_add(&a->rig->answers, 1);
}

static void ask_settle(void *arg)
{
	struct ask *a = arg;

	ledger_settle(a->hold, &a->entry, NULL, on_finished, a->rig);
}

static void ask_and_forget(void *arg)
{
	struct ask *a = arg;

	ask_hold(a);
	ledger_forget(a->hold);
	atomic_fetch_add(&a->rig->answers, 1);
}

static void run(struct ask *a, void (*what)(void *arg))
{
	unsigned before = atomic_load(&a->rig->answers);

	worker_post(a->rig->worker, what, a);
	await(&a->rig->answers, before + 1);
}

static struct ask ask_of(struct rig *r, int64_t amount, int64_t limit)
{
	return (struct ask){
		.rig = r, .order = order_of("a", amount), .limit = limit,
		.entry = { .kind = ENTRY_POST, .reason = REASON_REPORTED, .input = 1,
		           .output = 2 },
	};
}

static struct account account(struct rig *r)
{
	struct account_id id = account_of("a");
	struct account a;

	CU_ASSERT_EQUAL(ledger_account(r->ledger, &id, &a), CDT_OK);
	return a;
}

static void a_charge_is_durable_when_it_is_said(void)
{
	struct rig r;
	struct ask a, b;

	rig_open(&r);
	a = ask_of(&r, 70, 100);
	run(&a, ask_hold);
	CU_ASSERT_EQUAL(r.last, LEDGER_GRANTED);
	CU_ASSERT_EQUAL(account(&r).held, 70);
	b = ask_of(&r, 31, 100);
	run(&b, ask_hold);
	CU_ASSERT(r.last == LEDGER_REFUSED && r.refused == 0);
	a.more = 31;
	run(&a, ask_extend);
	CU_ASSERT_EQUAL(r.last, LEDGER_REFUSED);
	a.more = 30;
	run(&a, ask_extend);
	CU_ASSERT_EQUAL(r.last, LEDGER_GRANTED);
	a.entry.amount = 95;
	run(&a, ask_settle);
	CU_ASSERT(account(&r).posted == 95 && account(&r).held == 0);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).open, 0);
	rig_stop(&r);
	rig_start(&r, MAP, &seen_only);
	CU_ASSERT(account(&r).posted == 95 && ledger_counts(r.ledger).recovered == 0);
	check_verifies(&r);
	rig_close(&r);
}

static void a_forgotten_hold_becomes_void(void)
{
	struct rig r;
	struct ask a;

	rig_open(&r);
	a = ask_of(&r, 70, 100);
	run(&a, ask_and_forget);
	for (int i = 0; i < 10000 && (ledger_counts(r.ledger).settled == 0 ||
	                              ledger_counts(r.ledger).open); i++)
		usleep(1000);
	CU_ASSERT(account(&r).posted == 0 && account(&r).held == 0);
	CU_ASSERT(account(&r).posted == 0 && ledger_counts(r.ledger).open == 0);
	check_verifies(&r);
	rig_close(&r);
}

static void die_with_holds(struct rig *r, unsigned count)
{
	struct ask a;

	for (unsigned i = 0; i < count; i++) {
		a = ask_of(r, 100, INT64_MAX);
		a.order.margin = 10;
		run(&a, ask_hold);
		a.seen = 25;
		run(&a, ask_checkpoint);
		run(&a, ask_leave);
	}
	rig_stop(r);
}

static void the_next_start_charges_what_the_last_one_held(void)
{
	static const struct { bool all; int64_t each; } rows[] = {
		{ false, 35 }, { true, 100 },
	};

	for (int i = 0; i < 2; i++) {
		const struct ledger_policy policy = { .charge_all = rows[i].all };
		struct rig r;

		rig_open(&r);
		die_with_holds(&r, 50);
		rig_start(&r, MAP, &policy);
		CU_ASSERT_EQUAL(ledger_counts(r.ledger).recovered, 50);
		CU_ASSERT(account(&r).posted == 50 * rows[i].each && account(&r).held == 0);
		check_verifies(&r);
		rig_stop(&r);
		rig_start(&r, MAP, &policy);
		CU_ASSERT_EQUAL(ledger_counts(r.ledger).recovered, 0);
		CU_ASSERT_EQUAL(account(&r).posted, 50 * rows[i].each);
		rig_close(&r);
	}
}

/* The wall clock is set back while the process is down: periods do not begin again. */
static void time_does_not_go_back_over_a_start(void)
{
	const int64_t day_ms = 86400000;
	struct rig r;
	struct ask a;
	int64_t ahead_ms;

	rig_open(&r);
	ahead_ms = ledger_now(r.ledger) + day_ms;
	a = ask_of(&r, 70, 100);
	a.order.wall_ms = ahead_ms;
	run(&a, ask_hold);
	run(&a, ask_leave);
	rig_stop(&r);
	for (int i = 0; i < 2; i++) {          /* its charge is not older, either */
		rig_start(&r, MAP, &seen_only);
		CU_ASSERT(ledger_now(r.ledger) >= ahead_ms);
		rig_stop(&r);
	}
	rig_start(&r, MAP, &seen_only);
	a = ask_of(&r, 1, 100);
	a.order.wall_ms = 1000;
	run(&a, ask_hold);
	run(&a, ask_settle);                   /* the last entry is not the newest */
	rig_stop(&r);
	rig_start(&r, MAP, &seen_only);
	CU_ASSERT(ledger_now(r.ledger) >= ahead_ms);
	rig_close(&r);
}

/* --- many at once --- */

struct crowd {
	struct rig *rig;
	struct worker *worker;
	unsigned left;                 /* asks still to be made */
	uint64_t seed;
	int64_t posted;
	atomic_uint *done;
};

struct one {
	struct crowd *crowd;
	struct ledger_hold *hold;
	int64_t amount;
};

static void next_ask(struct crowd *c);

static uint64_t dice(struct crowd *c, uint64_t sides)
{
	c->seed = c->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (c->seed >> 33) % sides;
}

static void one_finished(void *arg)
{
	struct one *o = arg;
	struct crowd *c = o->crowd;

	mem_free(o);
	next_ask(c);
}

static void one_answered(void *arg, enum ledger_answer a, uint32_t refused)
{
	struct one *o = arg;
	struct crowd *c = o->crowd;
	struct entry e = { .kind = ENTRY_POST, .reason = REASON_REPORTED };

	(void)refused;
	if (a != LEDGER_GRANTED) {
		CU_ASSERT_EQUAL(a, LEDGER_REFUSED);
		one_finished(o);
		return;
	}
	e.amount = (int64_t)dice(c, (uint64_t)o->amount + 1);
	c->posted += e.amount;
	ledger_settle(o->hold, &e, NULL, one_finished, o);
}

static void next_ask(struct crowd *c)
{
	int64_t limit = CENT;
	struct one *o;
	struct hold order;

	if (!c->left) {
		atomic_fetch_add(c->done, 1);
		return;
	}
	c->left--;
	o = mem_new(sizeof *o);
	o->crowd = c;
	o->amount = (int64_t)dice(c, CENT / 100);
	order = order_of("a", o->amount);
	o->hold = ledger_hold(c->rig->ledger, &order, &limit, c->worker, one_answered, o);
}

static void start_crowd(void *arg)
{
	next_ask(arg);
}

/* Several chains of requests on each of four workers: never a nano-dollar too much. */
static void workers_together_never_overspend(void)
{
	struct crowd crowd[WORKERS][ASKS];
	struct worker *worker[WORKERS];
	atomic_uint done = 0;
	int64_t posted = 0;
	struct rig r;

	rig_open(&r);
	for (unsigned w = 0; w < WORKERS; w++) {
		worker[w] = worker_new(w + 1);
		CU_ASSERT_EQUAL_FATAL(worker_start(worker[w]), CDT_OK);
		for (unsigned i = 0; i < ASKS; i++) {
			crowd[w][i] = (struct crowd){ &r, worker[w], ROUNDS, w * ASKS + i, 0,
			                              &done };
			worker_post(worker[w], start_crowd, &crowd[w][i]);
		}
	}
	while (atomic_load(&done) < WORKERS * ASKS) {
		struct account a = account(&r);

		CU_ASSERT(a.posted + a.held <= CENT);
		usleep(200);
	}
	for (unsigned w = 0; w < WORKERS; w++) {
		worker_stop(worker[w]);
		worker_join(worker[w]);
		worker_free(worker[w]);
		for (unsigned i = 0; i < ASKS; i++)
			posted += crowd[w][i].posted;
	}
	CU_ASSERT(account(&r).posted == posted && account(&r).held == 0);
	CU_ASSERT(posted <= CENT && posted > CENT / 2);
	CU_ASSERT(ledger_counts(r.ledger).refused > 0 && ledger_counts(r.ledger).open == 0);
	check_verifies(&r);
	rig_close(&r);
}

/* A store that is full grants nothing, and forgets nothing. */
static void a_full_store_closes_the_ledger(void)
{
	struct rig r = { .dir = unit_dir_new() };
	struct ask a;
	unsigned granted = 0;

	rig_start(&r, 256 << 10, &seen_only);
	while (granted < 10000) {
		a = ask_of(&r, 1, INT64_MAX);
		run(&a, ask_hold);
		if (r.last != LEDGER_GRANTED)
			break;
		granted++;
		run(&a, ask_leave);
	}
	CU_ASSERT_EQUAL(r.last, LEDGER_CLOSED);
	CU_ASSERT(granted > 100 && granted < 10000);
	CU_ASSERT_EQUAL(account(&r).held, granted);
	check_verifies(&r);
	rig_stop(&r);
	rig_start(&r, MAP, &seen_only);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).recovered, granted);
	CU_ASSERT_EQUAL(account(&r).held, 0);
	check_verifies(&r);
	rig_close(&r);
}

struct filler { unsigned number; size_t size; };

static cdt_status put_filler(void *arg, struct store_txn *txn)
{
	static const char bytes[4000];
	struct filler *f = arg;
	char key[16];

	(void)snprintf(key, sizeof key, "%08u", f->number++);
	return txn_put(txn, STORE_AUDIT, str_z(key), str_from(bytes, f->size));
}

/* Until not even a small change fits. */
static void fill_up(struct rig *r)
{
	struct filler f = { 0, 4000 };

	while (store_run(r->store, put_filler, &f) == CDT_OK)
		;
	f.size = 40;
	while (store_run(r->store, put_filler, &f) == CDT_OK)
		;
}

/* What the store refuses is durable all the same, and in the store after the next start. */
static void a_refused_settlement_goes_to_the_side_journal(void)
{
	struct rig r = { .dir = unit_dir_new() };
	struct ask a;

	rig_start(&r, 256 << 10, &seen_only);
	a = ask_of(&r, CENT, INT64_MAX);
	a.entry.amount = CENT / 2;
	run(&a, ask_hold);
	CU_ASSERT_EQUAL_FATAL(r.last, LEDGER_GRANTED);
	fill_up(&r);
	run(&a, ask_settle);          /* comes back although the store is full */
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).waiting, 1);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).settled, 0);
	CU_ASSERT_EQUAL(account(&r).posted, 0);
	for (int i = 0; i < 1000 && !ledger_counts(r.ledger).journal_bytes; i++)
		usleep(1000);
	CU_ASSERT(ledger_counts(r.ledger).journal_bytes > 0);
	rig_stop(&r);
	rig_start(&r, MAP, &seen_only);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).replayed, 1);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).recovered, 0);
	CU_ASSERT(account(&r).posted == CENT / 2 && account(&r).held == 0);
	check_verifies(&r);
	rig_stop(&r);
	rig_start(&r, MAP, &seen_only);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).replayed, 0);
	rig_close(&r);
}

/* When the store has it the journal is empty again. */
static void the_side_journal_is_cleared_when_the_store_writes_again(void)
{
	struct rig r = { .dir = unit_dir_new() };
	struct ask a;

	rig_start(&r, 256 << 10, &seen_only);
	a = ask_of(&r, CENT, INT64_MAX);
	a.entry.amount = CENT / 2;
	run(&a, ask_hold);
	fill_up(&r);
	run(&a, ask_settle);
	store_let_grow(r.store);
	for (int i = 0; i < 10000 && (ledger_counts(r.ledger).settled == 0 ||
	                              ledger_counts(r.ledger).waiting ||
	                              ledger_counts(r.ledger).journal_bytes); i++)
		usleep(1000);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).waiting, 0);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).settled, 1);
	CU_ASSERT_EQUAL(ledger_counts(r.ledger).journal_bytes, 0);
	CU_ASSERT(account(&r).posted == CENT / 2);
	a = ask_of(&r, 1, INT64_MAX);
	run(&a, ask_hold);
	CU_ASSERT_EQUAL(r.last, LEDGER_GRANTED);
	run(&a, ask_settle);
	check_verifies(&r);
	rig_close(&r);
}

static void a_full_disk_closes_the_ledger(void)
{
	const struct ledger_policy greedy = { .reserve_bytes = UINT64_MAX };
	struct rig r = { .dir = unit_dir_new() };
	struct ask a;

	rig_start(&r, MAP, &greedy);
	a = ask_of(&r, CENT, INT64_MAX);
	run(&a, ask_hold);
	CU_ASSERT_EQUAL(r.last, LEDGER_CLOSED);
	CU_ASSERT(ledger_counts(r.ledger).free_bytes > 0);
	rig_close(&r);
}

static const struct unit_test tests[] = {
	{ "a charge is durable when it is said", a_charge_is_durable_when_it_is_said },
	{ "a forgotten hold becomes void", a_forgotten_hold_becomes_void },
	{ "the next start charges what the last one held",
	  the_next_start_charges_what_the_last_one_held },
	{ "time does not go back over a start", time_does_not_go_back_over_a_start },
	{ "workers together never overspend", workers_together_never_overspend },
	{ "a full store closes the ledger", a_full_store_closes_the_ledger },
	{ "a refused settlement goes to the side journal",
	  a_refused_settlement_goes_to_the_side_journal },
	{ "the side journal is cleared when the store writes again",
	  the_side_journal_is_cleared_when_the_store_writes_again },
	{ "a full disk closes the ledger", a_full_disk_closes_the_ledger },
	{ NULL, NULL }
};
const struct unit_suite ledger_ledger_suite = { "ledger/ledger", tests };
