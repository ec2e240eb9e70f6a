/* ledger/ledger.c - brings changes of the book to the store's writer, and its verdicts back.
 * What a change is, is book.c's; what a dead process left, recover.c's.
 * SPDX-License-Identifier: MIT */
#include "ledger/inside.h"

#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "ledger/keeper.h"
#include "ledger/side.h"
#include "ledger/tables.h"
#include "loop/worker.h"

enum { PATH_SIZE = 4096 };
enum { AGAIN_MS = 250 };               /* settlements that failed are tried that often */
enum { LOOK_BACK = 4096 };             /* entries, for the newest time */

struct ledger_hold {
	struct ledger *ledger;
	struct worker *worker;
	struct hold_id id;
	uint32_t account_count;
	int64_t mark[ACCOUNTS_MAX];
	struct errand *waits;          /* for the verdict on this one, or NULL */
};

/* One change on its way to the writer and back. */
struct errand {
	struct list link;              /* ledger.stuck */
	struct ledger *ledger;
	struct worker *worker;
	struct ledger_hold *owner;     /* that waits for it, or NULL */
	struct hold hold;
	int64_t limits[ACCOUNTS_MAX];
	int64_t amount;                /* more, or seen */
	struct entry entry;
	struct ledger_rider rider;     /* apply NULL: none */
	int refused;
	bool again;                    /* it had been settled before */
	_Atomic bool forgotten;        /* also read by the writer */
	cdt_status own;                /* what its own change came to, apart from others' */
	ledger_granted *granted;
	ledger_finished *finished;
	void *arg;
	cdt_status st;                 /* when the store did not even take it */
	void (*verdict)(void *arg, cdt_status st);
	struct timer timer;
	struct keeper_job job;
	bool is_aside;                 /* the side journal has it */
};

static void count(_Atomic uint64_t *n, int64_t by)
{
	atomic_fetch_add_explicit(n, (uint64_t)by, memory_order_relaxed);
}

static void errand_free(struct errand *e)
{
	if (e->rider.drop)
		e->rider.drop(e->rider.arg);
	timer_fini(&e->timer);
	mem_free(e);
}

static struct errand *errand_new(const struct ledger_hold *h)
{
	struct errand *e = mem_new(sizeof *e);

	e->ledger = h->ledger;
	e->worker = h->worker;
	e->hold.id = h->id;
	e->refused = BOOK_GRANTED;
	return e;
}

static void turned_away(void *arg)
{
	struct errand *e = arg;

	e->verdict(e, e->st);
}

/* verdict comes from the loop, whatever happens. */
static void send(struct errand *e, cdt_status (*apply)(void *arg, struct store_txn *txn),
                 void (*verdict)(void *arg, cdt_status st))
{
	struct store_op op = { apply, verdict, e, e->worker };

	e->verdict = verdict;
	e->st = store_submit(e->ledger->store, &op);
	if (e->st != CDT_OK)
		worker_post(e->worker, turned_away, e);
}

/* --- settling --- */

static cdt_status apply_settle(void *arg, struct store_txn *txn)
{
	struct errand *e = arg;
	struct book b = book_of_txn(txn);

	e->own = book_settle(&b, e->hold.id, &e->entry, &e->again);
	if (e->own == CDT_OK && !e->again && e->rider.apply)
		e->own = e->rider.apply(e->rider.arg, txn);
	else if (e->own == CDT_OK && !e->again && e->entry.untold)
		e->own = untold_put(txn, &e->entry);
	return e->own;
}

static void settled(void *arg, cdt_status st);

static void settle_again(void *arg)
{
	struct errand *e = arg;

	pthread_mutex_lock(&e->ledger->lock);
	list_remove(&e->link);
	pthread_mutex_unlock(&e->ledger->lock);
	count(&e->ledger->waiting, -1);
	send(e, apply_settle, settled);
}

/* Amounts that can not be, and damage: trying again would not help.  The hold stays, and is
 * charged by the next start. */
static bool is_hopeless(const struct errand *e, cdt_status st)
{
	/* Another one: the commit has failed, for all that was in it. */
	return st == e->own && (st == CDT_E_INVALID || st == CDT_E_UPSTREAM ||
	                        st == CDT_E_MISUSE);
}

/* It is durable: whoever waits, if anybody does, goes on. */
static void tell(struct errand *e)
{
	ledger_finished *finished = e->forgotten ? NULL : e->finished;

	mem_free(e->owner);
	e->owner = NULL;
	e->finished = NULL;
	if (finished)
		finished(e->arg);
}

/* Which steps lie in what this charge has added. */
static void raise_alerts(const struct errand *e)
{
	static const int steps[] = { 80, 90, 95, 100 };
	const struct ledger *l = e->ledger;
	const struct entry *n = &e->entry;

	for (uint32_t i = 0; l->alert && n->amount && i < n->account_count; i++) {
		__int128 mark = e->hold.mark[i], now = n->posted[i];

		for (size_t k = 0; mark && k < sizeof steps / sizeof *steps; k++)
			if (now * 100 >= mark * steps[k] &&
			    (now - n->amount) * 100 < mark * steps[k])
				l->alert(l->alert_arg, &n->account[i], steps[k], n->posted[i],
				         e->hold.mark[i]);
	}
}

/* Whoever waits need not wait for the store. */
static void put_aside(void *arg, cdt_status st)
{
	struct errand *e = arg;

	e->is_aside = st == CDT_OK;
	if (e->is_aside)
		tell(e);
	timer_set(&e->timer, clock_ms(), AGAIN_MS);
}

static void keep(struct errand *e)
{
	struct ledger *l = e->ledger;

	count(&l->waiting, 1);
	pthread_mutex_lock(&l->lock);
	list_push(&l->stuck, &e->link);
	pthread_mutex_unlock(&l->lock);
	if (e->is_aside) {
		timer_set(&e->timer, clock_ms(), AGAIN_MS);
		return;
	}
	e->entry.hold = e->hold.id;
	e->job = (struct keeper_job){ .entry = &e->entry, .worker = e->worker,
	                              .written = put_aside, .arg = e };
	keeper_write(l->keeper, &e->job);
}

static void settled(void *arg, cdt_status st)
{
	struct errand *e = arg;
	struct ledger *l = e->ledger;

	if (st != CDT_OK && !is_hopeless(e, st)) {
		keep(e);
		return;
	}
	if (st != CDT_OK && e->rider.apply) {          /* the charge is worth more */
		e->rider.apply = NULL;
		e->entry.untold = e->entry.amount > 0;
		send(e, apply_settle, settled);
		return;
	}
	if (e->is_aside)
		keeper_done(l->keeper);
	if (st != CDT_OK)
		log_error(LOG_STORE, NULL, "a settlement is impossible: its hold stays "
		          "epoch=%u number=%llu status=%d", e->hold.id.epoch,
		          (unsigned long long)e->hold.id.number, (int)st);
	if (st == CDT_OK && !e->again)
		raise_alerts(e);
	count(&l->settled, 1);
	count(&l->open, -1);
	tell(e);
	errand_free(e);
}

/* Whoever asked does not want to know any more. */
static void forget(struct ledger_hold *h)
{
	if (!h->waits)
		return;
	h->waits->forgotten = true;
	h->waits->owner = NULL;
}

uint64_t ledger_hold_number(const struct ledger_hold *h)
{
	return h->id.number;
}

void ledger_settle(struct ledger_hold *h, const struct entry *entry,
                   const struct ledger_rider *rider, ledger_finished *finished, void *arg)
{
	struct errand *e = errand_new(h);

	forget(h);
	memcpy(e->hold.mark, h->mark, sizeof h->mark);
	if (rider)
		e->rider = *rider;
	e->entry = *entry;
	e->finished = finished;
	e->arg = arg;
	timer_init(&e->timer, e->worker, settle_again, e);
	if (finished) {
		e->owner = h;
		h->waits = e;
	} else {
		mem_free(h);
	}
	send(e, apply_settle, settled);
}

static void make_void(struct ledger_hold *h, int64_t wall_ms)
{
	struct entry e = { .kind = ENTRY_VOID, .reason = REASON_UNREACHED, .wall_ms = wall_ms,
	                   .input = -1, .cached = -1, .cache_write = -1, .output = -1,
	                   .reasoning = -1 };

	ledger_settle(h, &e, NULL, NULL, NULL);
}

void ledger_leave(struct ledger_hold *h)
{
	forget(h);
	count(&h->ledger->open, -1);
	mem_free(h);
}

/* --- holding --- */

static cdt_status apply_hold(void *arg, struct store_txn *txn)
{
	struct errand *e = arg;
	struct book b = book_of_txn(txn);

	if (e->forgotten)
		return CDT_E_ABORTED;
	return book_hold(&b, &e->hold, e->limits, &e->refused);
}

static enum ledger_answer answer_of(const struct errand *e, cdt_status st)
{
	if (st != CDT_OK)
		return LEDGER_CLOSED;
	return e->refused == BOOK_GRANTED ? LEDGER_GRANTED : LEDGER_REFUSED;
}

static uint32_t refused_of(const struct errand *e)
{
	return e->refused == BOOK_GRANTED ? 0 : (uint32_t)e->refused;
}

static void held(void *arg, cdt_status st)
{
	struct errand *e = arg;
	struct ledger *l = e->ledger;
	struct ledger_hold *h = e->owner;
	enum ledger_answer a = answer_of(e, st);

	count(a == LEDGER_GRANTED ? &l->granted :
	      a == LEDGER_REFUSED ? &l->refused : &l->closed, 1);
	h->waits = NULL;
	if (a == LEDGER_GRANTED)
		count(&l->open, 1);
	else
		mem_free(h);
	if (e->forgotten && a == LEDGER_GRANTED)
		make_void(h, e->hold.wall_ms);
	if (!e->forgotten)
		e->granted(e->arg, a, refused_of(e));
	errand_free(e);
}

struct ledger_hold *ledger_hold(struct ledger *l, const struct hold *order,
                                const int64_t *limits, struct worker *w,
                                ledger_granted *granted, void *arg)
{
	struct ledger_hold *h = mem_new(sizeof *h);
	struct errand *e;

	*h = (struct ledger_hold){
		.ledger = l, .worker = w, .account_count = order->account_count,
		.id = { l->epoch, 1 + atomic_fetch_add(&l->number, 1) },
	};
	memcpy(h->mark, order->mark, sizeof h->mark);
	e = errand_new(h);
	e->hold = *order;
	e->hold.id = h->id;
	memcpy(e->limits, limits, order->account_count * sizeof *limits);
	e->owner = h;
	e->granted = granted;
	e->arg = arg;
	h->waits = e;
	e->verdict = held;
	e->st = CDT_E_ABORTED;
	/* What waits to be settled will not fit either. */
	if (atomic_load_explicit(&l->waiting, memory_order_relaxed) ||
	    keeper_is_short(l->keeper))
		worker_post(w, turned_away, e);
	else
		send(e, apply_hold, held);
	return h;
}

void ledger_forget(struct ledger_hold *h)
{
	h->waits->forgotten = true;
}

static cdt_status apply_extend(void *arg, struct store_txn *txn)
{
	struct errand *e = arg;
	struct book b = book_of_txn(txn);

	return book_extend(&b, e->hold.id, e->amount, e->limits, &e->refused);
}

static void extended(void *arg, cdt_status st)
{
	struct errand *e = arg;

	if (e->owner)
		e->owner->waits = NULL;
	if (!e->forgotten)
		e->granted(e->arg, answer_of(e, st), refused_of(e));
	errand_free(e);
}

void ledger_extend(struct ledger_hold *h, int64_t more, const int64_t *limits,
                   ledger_granted *granted, void *arg)
{
	struct errand *e = errand_new(h);

	memcpy(e->limits, limits, h->account_count * sizeof *limits);
	e->amount = more;
	e->granted = granted;
	e->arg = arg;
	e->owner = h;
	h->waits = e;
	send(e, apply_extend, extended);
}

static cdt_status apply_checkpoint(void *arg, struct store_txn *txn)
{
	struct errand *e = arg;
	struct book b = book_of_txn(txn);

	return book_checkpoint(&b, e->hold.id, e->amount, INT64_MAX);
}

/* After one that failed the next start would charge less: until the next one comes. */
static void noted(void *arg, cdt_status st)
{
	(void)st;
	errand_free(arg);
}

void ledger_checkpoint(struct ledger_hold *h, int64_t seen)
{
	struct errand *e = errand_new(h);

	e->amount = seen;
	send(e, apply_checkpoint, noted);
}

void ledger_set_alert(struct ledger *l, ledger_alert *alert, void *arg)
{
	l->alert = alert;
	l->alert_arg = arg;
}

/* --- time --- */

/* The newest time that earlier runs have written down: of holds that are still there, and of
 * the last entries, which are not in order of time when the store had refused some of them. */
static cdt_status last_seen_ms(struct ledger *l, int64_t *seen_ms)
{
	struct store_read *r = store_read_begin(l->store);
	struct book b = book_of_read(r);
	cdt_str key = CDT_STR(""), value;
	cdt_status st = r ? CDT_OK : CDT_E_LIMIT;
	struct entry e;
	struct hold h;

	for (int i = 0; st == CDT_OK && i < LOOK_BACK; i++) {
		st = store_before(r, STORE_ENTRIES, &key, &value);
		if (st == CDT_OK && entry_decode(value, &e) && e.wall_ms > *seen_ms)
			*seen_ms = e.wall_ms;
	}
	st = st == CDT_E_ABSENT ? CDT_OK : st;
	key = CDT_STR("");
	while (st == CDT_OK) {
		st = b.ops->next(b.arg, BOOK_HOLDS, &key, &value);
		if (st == CDT_OK && hold_decode(value, &h) && h.wall_ms > *seen_ms)
			*seen_ms = h.wall_ms;
	}
	store_read_end(r);
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

/* Does the kernel know better than the operator who set the clock? */
static bool clock_is_synchronised(void)
{
	struct timex t = { .modes = 0 };

	return adjtimex(&t) != TIME_ERROR;
}

int64_t ledger_now(struct ledger *l)
{
	int64_t wall_ms = clock_wall_ms(), now_ms;
	uint64_t mono_ms = clock_ms();
	enum period_clock_state before;

	pthread_mutex_lock(&l->clock_lock);
	before = l->clock.state;
	now_ms = period_clock_tick(&l->clock, wall_ms, mono_ms);
	if (l->clock.state == PERIOD_CLOCK_DOUBTED && clock_is_synchronised())
		now_ms = period_clock_confirm(&l->clock, wall_ms, mono_ms);
	if (l->clock.state != before && l->clock.state != PERIOD_CLOCK_STEADY)
		log_warn(LOG_STORE, NULL, "the wall clock has jumped: budgets go by "
		         "the time that passed wall_ms=%lld believed_ms=%lld",
		         (long long)wall_ms, (long long)now_ms);
	pthread_mutex_unlock(&l->clock_lock);
	return now_ms;
}

/* --- the rest --- */

/* The side journal is read before holds are charged. */
static cdt_status open_side(struct ledger *l, uint64_t reserve_bytes, char why[256])
{
	char path[PATH_SIZE];
	struct side *side;
	cdt_status st;

	(void)snprintf(path, sizeof path, "%s/ledger/side", store_dir(l->store));
	side = side_open(path, SIDE_SLOTS, why);
	if (!side)
		return CDT_E_ABORTED;
	st = ledger_replay(l, side, why);
	if (st != CDT_OK) {
		side_close(side);
		return st;
	}
	l->keeper = keeper_new(side, store_dir(l->store), reserve_bytes);
	if (l->keeper)
		return CDT_OK;
	(void)snprintf(why, 256, "can not start the keeper thread");
	return CDT_E_ABORTED;
}

struct ledger *ledger_open(struct store *s, const struct ledger_policy *policy,
                           int64_t wall_ms, char why[256])
{
	struct ledger *l = mem_new(sizeof *l);
	int64_t seen_ms = 0;
	cdt_status st;

	l->store = s;
	list_init(&l->stuck);
	pthread_mutex_init(&l->lock, NULL);
	pthread_mutex_init(&l->clock_lock, NULL);
	st = open_side(l, policy->reserve_bytes, why);
	if (st == CDT_OK && last_seen_ms(l, &seen_ms) != CDT_OK) {
		(void)snprintf(why, 256, "the last entries of the ledger can not be read");
		st = CDT_E_UPSTREAM;
	}
	/* The clock may have been set back since: what is charged now is not older. */
	if (st == CDT_OK)
		st = ledger_recover(l, policy, wall_ms > seen_ms ? wall_ms : seen_ms, why);
	if (st == CDT_OK) {
		period_clock_init(&l->clock, seen_ms);
		return l;
	}
	ledger_close(l);
	return NULL;
}

void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	keeper_free(l->keeper);
	LIST_EACH(it, &l->stuck)       /* the next start replays them, or charges their holds */
		errand_free(LIST_OF(it, struct errand, link));
	pthread_mutex_destroy(&l->lock);
	pthread_mutex_destroy(&l->clock_lock);
	mem_free(l);
}

cdt_status ledger_account(struct ledger *l, const struct account_id *id, struct account *a)
{
	struct store_read *r = store_read_begin(l->store);
	cdt_status st = CDT_E_LIMIT;
	struct book b;

	*a = (struct account){ .posted = 0 };
	if (!r)
		return st;
	b = book_of_read(r);
	st = book_account(&b, id, a);
	store_read_end(r);
	return st == CDT_E_ABSENT ? CDT_OK : st;       /* nothing was spent */
}

cdt_status ledger_verify(struct ledger *l, struct book_sums *sums, char why[256])
{
	struct store_read *r = store_read_begin(l->store);
	struct book b = book_of_read(r);
	cdt_status st;

	if (!r)
		return CDT_E_LIMIT;
	st = book_verify(&b, sums, why);
	store_read_end(r);
	return st;
}

struct ledger_counts ledger_counts(const struct ledger *l)
{
	return (struct ledger_counts){
		.granted = atomic_load_explicit(&l->granted, memory_order_relaxed),
		.refused = atomic_load_explicit(&l->refused, memory_order_relaxed),
		.closed = atomic_load_explicit(&l->closed, memory_order_relaxed),
		.settled = atomic_load_explicit(&l->settled, memory_order_relaxed),
		.recovered = atomic_load_explicit(&l->recovered, memory_order_relaxed),
		.open = atomic_load_explicit(&l->open, memory_order_relaxed),
		.waiting = atomic_load_explicit(&l->waiting, memory_order_relaxed),
		.replayed = atomic_load_explicit(&l->replayed, memory_order_relaxed),
		.journal_bytes = keeper_journal_bytes(l->keeper),
		.free_bytes = keeper_free_bytes(l->keeper),
	};
}
