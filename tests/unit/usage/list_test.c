/* Records page by page, by id, and until they are too old.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"
#include "unit/usage/many.h"

enum { PAGES_MAX = 2000 };
#define DAY_MS INT64_C(86400000)

struct seen { size_t count, unordered; int64_t last_ms; int64_t cost; char id[129]; };

static void on_record(void *arg, const struct usage_record *r)
{
	struct seen *s = arg;

	s->unordered += s->count && r->wall_ms > s->last_ms;
	s->last_ms = r->wall_ms;
	s->cost += r->cost;
	s->count++;
	(void)snprintf(s->id, sizeof s->id, "%.*s", STR_ARG(r->id));
}

static struct usage_filter all(void)
{
	return (struct usage_filter){
		.from_ms = 0, .to_ms = INT64_MAX, .now_ms = MANY_NOW_MS,
	};
}

static struct seen pages(struct store *s, const struct usage_filter *like, size_t limit)
{
	struct usage_filter f = *like;
	char cursor[USAGE_CURSOR_SIZE + 1] = "", next[USAGE_CURSOR_SIZE + 1];
	struct seen seen = { .count = 0 };

	for (size_t i = 0; i < PAGES_MAX; i++) {
		size_t before = seen.count;

		f.limit = limit;
		f.cursor = str_z(cursor);
		CU_ASSERT_EQUAL(usage_list(s, &f, on_record, &seen, next), CDT_OK);
		CU_ASSERT(seen.count - before <= limit);
		memcpy(cursor, next, sizeof next);
		if (!cursor[0])
			return seen;
	}
	CU_FAIL("pages without an end");
	return seen;
}

static void pages_have_each_record_once(void)
{
	struct many *m = many_new();
	struct usage_filter f = all();
	int64_t cost = 0;

	for (size_t i = 0; i < MANY; i++)
		cost += m->record[i].cost;
	for (size_t limit = 1; limit <= 2000; limit *= 7) {
		struct seen seen = pages(m->store, &f, limit);

		CU_ASSERT_EQUAL(seen.count, MANY);
		CU_ASSERT_EQUAL(seen.unordered, 0);
		CU_ASSERT_EQUAL(seen.cost, cost);
	}
	many_free(m);
}

/* New ones come in front; what was there when the first page was read is in one of them. */
static void records_that_arrive_do_not_shift_pages(void)
{
	struct many *m = many_new();
	struct usage_filter f = all();
	char cursor[USAGE_CURSOR_SIZE + 1] = "", next[USAGE_CURSOR_SIZE + 1];
	struct usage_record r = m->record[0];
	struct seen seen = { .count = 0 };

	f.now_ms += 1000;
	f.limit = 40;
	do {
		f.cursor = str_z(cursor);
		CU_ASSERT_EQUAL(usage_list(m->store, &f, on_record, &seen, next), CDT_OK);
		memcpy(cursor, next, sizeof next);
		r.wall_ms = MANY_NOW_MS + (int64_t)seen.count;
		many_put(m->store, &r);
	} while (cursor[0]);
	CU_ASSERT_EQUAL(seen.count, MANY);
	CU_ASSERT_EQUAL(seen.unordered, 0);
	many_free(m);
}

static bool has_provider(const struct usage_record *r, const char *name)
{
	for (uint32_t i = 0; i < r->attempt_count; i++)
		if (str_is(r->attempt[i].provider, name))
			return true;
	return !r->attempt_count && str_is(r->answered_by.provider, name);
}

static void filters_leave_only_what_passes(void)
{
	struct many *m = many_new();
	struct usage_filter f[10];
	size_t expected[10] = { 0 };

	for (size_t i = 0; i < 10; i++)
		f[i] = all();
	f[0].only[USAGE_KEY] = CDT_STR("key2");
	f[1].only[USAGE_GROUP] = CDT_STR("");
	f[2].only[USAGE_MODEL] = CDT_STR("cheap");
	f[3].only[USAGE_PROVIDER] = CDT_STR("far");
	f[4].outcome = CDT_STR("TIMEOUT");
	f[5].status_min = 400;
	f[5].status_max = 499;
	f[6].from_ms = MANY_NOW_MS - 3600000;
	f[6].to_ms = MANY_NOW_MS - 1800000;
	f[7].only[USAGE_KEY] = CDT_STR("key9");
	f[8].cache = CDT_STR("HIT");
	f[9].cache = CDT_STR("");
	for (size_t i = 0; i < MANY; i++) {
		const struct usage_record *r = &m->record[i];

		expected[0] += str_is(r->key, "key2");
		expected[1] += !r->group.n;
		expected[2] += str_is(r->model, "cheap");
		expected[3] += has_provider(r, "far");
		expected[4] += str_is(r->outcome, "TIMEOUT");
		expected[5] += r->status >= 400 && r->status <= 499;
		expected[6] += r->wall_ms >= f[6].from_ms && r->wall_ms < f[6].to_ms;
		expected[8] += str_is(r->cache, "HIT");
		expected[9] += !r->cache.n;
	}
	for (size_t i = 0; i < 10; i++) {
		CU_ASSERT_EQUAL(pages(m->store, &f[i], 100).count, expected[i]);
		CU_ASSERT(i == 7 || expected[i] > 0);
	}
	many_free(m);
}

/* More than a page may look at, many of them in one span. */
static void a_rare_record_is_found_behind_many_others(void)
{
	enum { OTHERS = USAGE_PAGE_SCAN_MAX + 1000, APART_MS = 10 };
	struct many *m = many_new();
	struct usage_filter f = all();
	char next[USAGE_CURSOR_SIZE + 1];
	struct usage_record r = { .wall_ms = MANY_NOW_MS, .key = CDT_STR("seldom"),
	                          .status = 200, .outcome = CDT_STR("OK") };
	struct seen seen = { .count = 0 };

	many_put(m->store, &r);
	r.key = CDT_STR("often");
	many_put_more(m->store, r, OTHERS, APART_MS);
	f.now_ms += OTHERS * APART_MS;
	f.limit = 100;
	f.only[USAGE_KEY] = CDT_STR("seldom");
	CU_ASSERT_EQUAL(usage_list(m->store, &f, on_record, &seen, next), CDT_OK);
	CU_ASSERT_EQUAL(seen.count, 1);
	CU_ASSERT_EQUAL(seen.last_ms, MANY_NOW_MS);
	CU_ASSERT_STRING_EQUAL(next, "");
	f.only[USAGE_KEY] = CDT_STR("often");
	f.limit = 1000;
	CU_ASSERT_EQUAL(pages(m->store, &f, 1000).count, OTHERS);
	CU_ASSERT_EQUAL(pages(m->store, &f, 1000).unordered, 0);
	many_free(m);
}

static void a_wrong_cursor_is_refused(void)
{
	struct many *m = many_new();
	struct usage_filter f = all();
	char next[USAGE_CURSOR_SIZE + 1];

	f.limit = 1;
	f.cursor = CDT_STR("x");
	CU_ASSERT_EQUAL(usage_list(m->store, &f, on_record, NULL, next), CDT_E_INVALID);
	f.cursor = CDT_STR("00000000000000000000000g");
	CU_ASSERT_EQUAL(usage_list(m->store, &f, on_record, NULL, next), CDT_E_INVALID);
	many_free(m);
}

static void the_newest_of_an_id_is_found(void)
{
	struct many *m = many_new();
	struct usage_record r = m->record[0];
	struct seen seen = { .count = 0 };

	for (size_t i = 0; i < MANY; i += 7) {
		int64_t newest = 0;

		for (size_t k = 0; k < MANY; k++)
			if (!strcmp(m->ids[k], m->ids[i]) && m->record[k].wall_ms > newest)
				newest = m->record[k].wall_ms;
		CU_ASSERT_EQUAL(usage_find(m->store, str_z(m->ids[i]), MANY_NOW_MS, on_record,
		                           &seen), CDT_OK);
		/* Within ten minutes the one that came last counts. */
		CU_ASSERT(seen.last_ms > newest - 600000 && seen.last_ms <= newest);
		CU_ASSERT_STRING_EQUAL(seen.id, m->ids[i]);
	}
	CU_ASSERT_EQUAL(usage_find(m->store, CDT_STR("unheard"), MANY_NOW_MS, on_record, &seen),
	                CDT_E_ABSENT);
	CU_ASSERT_EQUAL(usage_find(m->store, CDT_STR(""), MANY_NOW_MS, on_record, &seen),
	                CDT_E_ABSENT);
	r.wall_ms = MANY_NOW_MS;
	r.cost = 4711;
	many_put(m->store, &r);
	seen.cost = 0;
	CU_ASSERT_EQUAL(usage_find(m->store, r.id, MANY_NOW_MS, on_record, &seen), CDT_OK);
	CU_ASSERT_EQUAL(seen.cost, 4711);
	many_free(m);
}

static cdt_status nothing(void *arg, struct store_txn *txn)
{
	(void)arg, (void)txn;
	return CDT_OK;
}

static size_t drop_all(struct store *s, int64_t retain_ms, int64_t now_ms)
{
	size_t n = 0;

	while (usage_drop(s, retain_ms, now_ms)) {
		CU_ASSERT_EQUAL(store_run(s, nothing, NULL), CDT_OK);
		n++;
	}
	return n;
}

static void old_days_are_dropped_whole(void)
{
	struct many *m = many_new();
	struct usage_filter f = all();
	int64_t keep_ms = 10 * DAY_MS, oldest_day = (MANY_NOW_MS - keep_ms) / DAY_MS;
	size_t expected = 0, dropped;

	for (size_t i = 0; i < MANY; i++)
		expected += m->record[i].wall_ms / DAY_MS > oldest_day;
	dropped = drop_all(m->store, keep_ms, MANY_NOW_MS);
	CU_ASSERT(dropped > 25 && dropped < 40);
	f.to_ms = (oldest_day + 1) * DAY_MS;
	CU_ASSERT(pages(m->store, &f, 100).count < MANY / 10);     /* what is left of one day */
	f = all();
	f.from_ms = (oldest_day + 1) * DAY_MS;
	CU_ASSERT_EQUAL(pages(m->store, &f, 100).count, expected);
	(void)drop_all(m->store, DAY_MS, MANY_NOW_MS + 400 * DAY_MS);
	f = all();
	CU_ASSERT_EQUAL(pages(m->store, &f, 100).count, 0);
	many_free(m);
}

static void nobody(void *arg, const struct usage_row *r)
{
	(void)arg, (void)r;
}

static void sums_of_days_outlive_records_and_finer_sums(void)
{
	struct many *m = many_new();
	struct usage_question q = {
		.from_ms = 0, .to_ms = INT64_MAX, .now_ms = MANY_NOW_MS + 400 * DAY_MS,
		.by_time = USAGE_DAY,
	};
	struct usage_answer a;

	for (size_t i = 0; i < 14; i++) {              /* so that no line waits */
		struct usage_record r = { .wall_ms = MANY_NOW_MS + 400 * DAY_MS };
		char key[8];

		(void)snprintf(key, sizeof key, "n%zu", i);
		r.key = str_z(key);
		many_put(m->store, &r);
	}
	(void)drop_all(m->store, DAY_MS, q.now_ms);
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nobody, NULL, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.total.sum[USAGE_REQUESTS], MANY + 14);
	q.now_ms += 4000 * DAY_MS;
	(void)drop_all(m->store, DAY_MS, q.now_ms);
	q.now_ms -= 4000 * DAY_MS;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nobody, NULL, &a), CDT_OK);
	CU_ASSERT(a.total.sum[USAGE_REQUESTS] <= 14);
	many_free(m);
}

/* A clock that was wrong for a while fills tables that others share; they are dropped when
 * all in them is old. */
static void a_wrong_clock_does_no_harm(void)
{
	struct many *m = many_new();
	struct usage_filter f = all();
	struct usage_record r = m->record[0];

	r.wall_ms = -5;
	many_put(m->store, &r);
	r.wall_ms = MANY_NOW_MS - 370 * DAY_MS;        /* the same table as today's */
	many_put(m->store, &r);
	r.wall_ms = INT64_MAX;
	many_put(m->store, &r);
	CU_ASSERT_EQUAL(pages(m->store, &f, 100).count, MANY);
	(void)drop_all(m->store, 100 * DAY_MS, MANY_NOW_MS);
	CU_ASSERT_EQUAL(pages(m->store, &f, 100).count, MANY);
	many_free(m);
}

static const struct unit_test tests[] = {
	{ "pages have each record once", pages_have_each_record_once },
	{ "records that arrive do not shift pages", records_that_arrive_do_not_shift_pages },
	{ "filters leave only what passes", filters_leave_only_what_passes },
	{ "a rare record is found behind many others",
	  a_rare_record_is_found_behind_many_others },
	{ "a wrong cursor is refused", a_wrong_cursor_is_refused },
	{ "the newest of an id is found", the_newest_of_an_id_is_found },
	{ "old days are dropped whole", old_days_are_dropped_whole },
	{ "sums of days outlive records and finer sums",
	  sums_of_days_outlive_records_and_finer_sums },
	{ "a wrong clock does no harm", a_wrong_clock_does_no_harm },
	{ NULL, NULL },
};
const struct unit_suite usage_list_suite = { "usage/list", tests };
