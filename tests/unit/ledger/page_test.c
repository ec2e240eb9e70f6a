/* Pages of entries: filters, cursors, bounds (page.c); and the recount beside traffic.
 * SPDX-License-Identifier: MIT */
#include "ledger/page.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "ledger/recount.h"
#include "ledger/tables.h"
#include "loop/worker.h"
#include "store/store.h"
#include "unit/unit.h"

enum { MAP = 64 << 20, AT_ONCE = 20, DAY_MS = 24 * 3600 * 1000, SEEN_MAX = 64 };

struct rig { char *dir; struct store *store; uint64_t written; };

static void rig_open(struct rig *r)
{
	char why[256];

	*r = (struct rig){ .dir = unit_dir_new() };
	r->store = store_open(r->dir, MAP, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r->store);
}

static void rig_close(struct rig *r)
{
	store_close(r->store);
	unit_dir_drop(r->dir);
}

/* Corrections: entry number n is asked for by "even" or "odd", and costs n. */
static cdt_status put_some(void *arg, struct store_txn *txn)
{
	struct rig *r = arg;
	struct book b = book_of_txn(txn);
	cdt_status st = CDT_OK;

	for (int i = 0; st == CDT_OK && i < AT_ONCE; i++) {
		struct entry e = { .account_count = 1, .reason = REASON_OPERATOR,
		                   .account[0] = { .kind = OWNER_GROUP } };

		e.amount = (int64_t)++r->written;
		e.wall_ms = (int64_t)r->written * DAY_MS;
		owner_text(e.key, str_z(r->written % 2 ? "odd" : "even"));
		owner_text(e.account[0].owner, str_z(r->written % 10 ? "most" :
		           "a-group-with-a-name-that-is-long"));
		st = book_adjust(&b, &e);
	}
	return st;
}

static void put(struct rig *r, uint64_t count)
{
	while (r->written < count)
		CU_ASSERT_EQUAL_FATAL(store_run(r->store, put_some, r), CDT_OK);
}

struct seen { size_t count; uint64_t number[SEEN_MAX]; };

static void see(void *arg, const struct entry *e, const uint8_t chain[CHAIN_SIZE])
{
	struct seen *s = arg;

	(void)chain;
	if (s->count < SEEN_MAX)
		s->number[s->count] = e->number;
	s->count++;
}

static struct seen page(struct rig *r, const struct ledger_filter *f, uint64_t before,
                        size_t limit, uint64_t *next)
{
	struct ledger_filter bounded = *f;
	struct seen s = { .count = 0 };

	bounded.before = before;
	bounded.limit = limit;
	CU_ASSERT_EQUAL(ledger_page(r->store, &bounded, see, &s, next), CDT_OK);
	return s;
}

static const struct ledger_filter all = { .from_ms = INT64_MIN, .to_ms = INT64_MAX };

static void entries_come_newest_first_in_pages(void)
{
	struct rig r;
	struct seen s;
	uint64_t next = 0;

	rig_open(&r);
	s = page(&r, &all, 0, 10, &next);
	CU_ASSERT(s.count == 0 && next == 0);
	put(&r, 40);
	s = page(&r, &all, 0, 15, &next);
	CU_ASSERT(s.count == 15 && s.number[0] == 40 && s.number[14] == 26 && next != 0);
	put(&r, 60);                   /* those that came since are not in later pages */
	s = page(&r, &all, next, 15, &next);
	CU_ASSERT(s.count == 15 && s.number[0] == 25 && s.number[14] == 11);
	s = page(&r, &all, next, 15, &next);
	CU_ASSERT(s.count == 10 && s.number[9] == 1 && next == 0);
	s = page(&r, &all, 999, 1, &next);
	CU_ASSERT(s.number[0] == 60);
	s = page(&r, &all, 1, 1, &next);
	CU_ASSERT(s.count == 0 && next == 0);
	rig_close(&r);
}

static void filters_leave_out_the_others(void)
{
	struct ledger_filter f = all;
	struct rig r;
	struct seen s;
	uint64_t next;

	rig_open(&r);
	put(&r, 40);
	f.by_key = true;
	owner_text(f.key, CDT_STR("odd"));
	s = page(&r, &f, 0, 5, &next);
	CU_ASSERT(s.count == 5 && s.number[0] == 39 && s.number[4] == 31 && next != 0);
	s = page(&r, &f, next, 50, &next);
	CU_ASSERT(s.count == 15 && s.number[0] == 29 && next == 0);
	f = all;
	f.by_group = true;
	owner_text(f.group, CDT_STR("a-group-with-a-name-that-is-long"));
	s = page(&r, &f, 0, 50, &next);
	CU_ASSERT(s.count == 4 && s.number[0] == 40 && s.number[3] == 10);
	owner_text(f.group, CDT_STR("a-group-with-a-name-that-is-longer"));
	CU_ASSERT_EQUAL(page(&r, &f, 0, 50, &next).count, 0);
	f = all;
	f.from_ms = 11LL * DAY_MS;
	f.to_ms = 21LL * DAY_MS;
	s = page(&r, &f, 0, 50, &next);
	CU_ASSERT(s.count == 10 && s.number[0] == 20 && s.number[9] == 11 && next == 0);
	rig_close(&r);
}

static void a_page_looks_at_so_many_only(void)
{
	struct ledger_filter f = all;
	struct rig r;
	struct seen s;
	uint64_t next;

	rig_open(&r);
	put(&r, LEDGER_SCAN_MAX + 100);
	f.by_group = true;
	owner_text(f.group, CDT_STR("nobody"));
	s = page(&r, &f, 0, 1, &next);
	CU_ASSERT(s.count == 0 && next == 101);
	s = page(&r, &f, next, 1, &next);
	CU_ASSERT(s.count == 0 && next == 0);
	f.to_ms = 500LL * DAY_MS;      /* the rest is not walked through */
	f.by_group = false;
	s = page(&r, &f, 0, 1, &next);
	CU_ASSERT(s.count == 1 && s.number[0] == 499);
	rig_close(&r);
}

struct recounting { atomic_bool over; struct recount_result result; };

static void on_recounted(void *arg, const struct recount_result *result)
{
	struct recounting *c = arg;

	c->result = *result;
	atomic_store(&c->over, true);
}

static void a_recount_goes_on_beside_changes(void)
{
	struct recounting c = { .over = false };
	struct recount *count;
	struct worker *w = worker_new(0);
	struct rig r;

	rig_open(&r);
	put(&r, UNIT_MANY(30000));
	CU_ASSERT_EQUAL_FATAL(worker_start(w), CDT_OK);
	count = recount_new(r.store, w, on_recounted, &c);
	while (!atomic_load(&c.over))
		put(&r, r.written + 1);
	CU_ASSERT_EQUAL(c.result.st, CDT_OK);
	CU_ASSERT_STRING_EQUAL(c.result.why, "");
	CU_ASSERT(c.result.sums.entries >= UNIT_MANY(30000) && c.result.sums.accounts == 2);
	CU_ASSERT_EQUAL(c.result.head.number, c.result.sums.entries);
	worker_stop(w);
	worker_join(w);
	recount_free(count);
	count = recount_new(r.store, w, on_recounted, &c);
	recount_free(count);                   /* cut short; nobody is told */
	worker_free(w);
	rig_close(&r);
}

static const struct unit_test tests[] = {
	{ "entries come newest first, in pages", entries_come_newest_first_in_pages },
	{ "filters leave out the others", filters_leave_out_the_others },
	{ "a page looks at so many only", a_page_looks_at_so_many_only },
	{ "a recount goes on beside changes", a_recount_goes_on_beside_changes },
	{ NULL, NULL }
};
const struct unit_suite ledger_page_suite = { "ledger/page", tests };
