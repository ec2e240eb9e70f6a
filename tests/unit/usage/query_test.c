/* Sums are those of the records, however they are asked for.
 * SPDX-License-Identifier: MIT */
#include "usage/query.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"
#include "unit/usage/many.h"

enum { ROWS = 20000 };
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
static const int64_t span[USAGE_GRAINS] = { MINUTE, HOUR, DAY };

/* --- the plain way: look at each record --- */

struct table { size_t count; struct usage_row row[ROWS]; };

static struct usage_row *row_at(struct table *t, const struct usage_row *like)
{
	struct usage_row *r;

	for (size_t i = 0; i < t->count; i++) {
		bool same = t->row[i].time_ms == like->time_ms;

		for (unsigned d = 0; d < USAGE_DIMS; d++)
			same = same && str_eq(t->row[i].name[d], like->name[d]);
		if (same)
			return &t->row[i];
	}
	CU_ASSERT_FATAL(t->count < ROWS);
	r = &t->row[t->count++];
	*r = *like;
	memset(r->sum, 0, sizeof r->sum);
	return r;
}

static void add(struct table *t, const struct usage_question *q, const struct usage_record *r,
                cdt_str provider, const int64_t sum[USAGE_SUM_COUNT])
{
	const cdt_str names[USAGE_DIMS] = { r->key, r->group, r->model, provider };
	struct usage_row like = { .time_ms = 0 }, *row;

	for (unsigned d = 0; d < USAGE_DIMS; d++) {
		if (q->only[d].p && !str_eq(q->only[d], names[d]))
			return;
		like.name[d] = q->by & 1u << d ? names[d] : CDT_STR("");
	}
	if (q->by_time < USAGE_GRAINS)
		like.time_ms = r->wall_ms / span[q->by_time] * span[q->by_time];
	row = row_at(t, &like);
	for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
		row->sum[i] += sum[i];
}

static int64_t known(int64_t n)
{
	return n < 0 ? 0 : n;
}

static void add_record(struct table *t, const struct usage_question *q,
                       const struct usage_record *r)
{
	const struct usage_attempt *last = r->attempt_count ? &r->attempt[r->attempt_count - 1]
	                                                    : NULL;
	cdt_str provider = last ? last->provider : r->answered_by.provider;
	bool hit = str_is(r->cache, "HIT") || str_is(r->cache, "STALE") ||
	           str_is(r->cache, "COALESCED");
	int64_t sum[USAGE_SUM_COUNT] = { 0 };

	for (uint32_t i = 0; i + 1 < r->attempt_count; i++) {
		sum[USAGE_COST] = r->attempt[i].cost;
		if (sum[USAGE_COST])
			add(t, q, r, r->attempt[i].provider, sum);
	}
	sum[USAGE_COST] = last ? last->cost : r->cost;
	sum[USAGE_REQUESTS] = 1;
	sum[USAGE_ERRORS] = !str_is(r->outcome, "OK");
	sum[USAGE_ESTIMATED] = r->estimated;
	sum[USAGE_HITS] = hit;
	sum[USAGE_SAVED] = r->saved;
	if (!hit || last) {
		sum[USAGE_INPUT] = known(r->input);
		sum[USAGE_CACHED] = known(r->cached);
		sum[USAGE_CACHE_WRITE] = known(r->cache_write);
		sum[USAGE_OUTPUT] = known(r->output);
		sum[USAGE_REASONING] = known(r->reasoning);
	}
	if (!hit) {
		sum[USAGE_TOTAL_US] = known(r->total_us);
		sum[USAGE_TOTALS] = r->total_us >= 0;
		sum[USAGE_FIRST_US] = known(r->first_us);
		sum[USAGE_FIRSTS] = r->first_us >= 0;
	}
	add(t, q, r, provider, sum);
}

/* --- and the two compared --- */

struct check { struct table *expected; size_t rows, wrong, unordered; struct usage_row last; };

static int compare(const struct usage_row *a, const struct usage_row *b)
{
	if (a->time_ms != b->time_ms)
		return a->time_ms < b->time_ms ? -1 : 1;
	for (unsigned d = 0; d < USAGE_DIMS; d++) {
		int order = str_cmp(a->name[d], b->name[d]);

		if (order)
			return order;
	}
	return 0;
}

static void on_row(void *arg, const struct usage_row *r)
{
	struct check *c = arg;
	size_t before = c->expected->count;
	const struct usage_row *e = row_at(c->expected, r);

	c->wrong += c->expected->count != before || memcmp(e->sum, r->sum, sizeof e->sum) != 0;
	c->unordered += c->rows && compare(&c->last, r) >= 0;
	c->last = *r;                                  /* its texts live until the end */
	c->rows++;
}

/* Returns how many rows there were. */
static size_t check(const struct many *m, const struct usage_question *q)
{
	struct table *t = mem_new(sizeof *t);
	struct check c = { .expected = t };
	struct usage_answer a = { .from_ms = 0 };
	int64_t total[USAGE_SUM_COUNT] = { 0 };
	size_t expected;

	CU_ASSERT_EQUAL(usage_query(m->store, q, on_row, &c, &a), CDT_OK);
	CU_ASSERT(a.from_ms <= q->from_ms && a.to_ms >= q->to_ms);
	memset(t, 0, sizeof t->count);                 /* now that the range is known */
	for (size_t i = 0; i < MANY; i++)
		if (m->record[i].wall_ms >= a.from_ms && m->record[i].wall_ms < a.to_ms)
			add_record(t, q, &m->record[i]);
	expected = t->count;
	c = (struct check){ .expected = t };
	CU_ASSERT_EQUAL(usage_query(m->store, q, on_row, &c, &a), CDT_OK);
	CU_ASSERT_EQUAL(c.rows, expected);
	CU_ASSERT_EQUAL(a.rows, expected);
	CU_ASSERT_EQUAL(c.wrong, 0);
	CU_ASSERT_EQUAL(c.unordered, 0);
	for (size_t i = 0; i < t->count; i++)
		for (size_t k = 0; k < USAGE_SUM_COUNT; k++)
			total[k] += t->row[i].sum[k];
	CU_ASSERT_EQUAL(memcmp(total, a.total.sum, sizeof total), 0);
	mem_free(t);
	return expected;
}

static struct usage_question all_of(int64_t from_ms)
{
	return (struct usage_question){
		.from_ms = from_ms, .to_ms = MANY_NOW_MS, .now_ms = MANY_NOW_MS,
		.by_time = USAGE_GRAINS,
	};
}

static void every_grouping_equals_the_records(void)
{
	struct many *m = many_new();
	struct usage_question q = all_of(MANY_NOW_MS - 41 * DAY);

	for (uint32_t by = 0; by < 1u << USAGE_DIMS; by++) {
		q.by = by;
		CU_ASSERT(check(m, &q) >= 1);
	}
	q.by = 1u << USAGE_KEY | 1u << USAGE_MODEL;
	many_reopen(m);
	CU_ASSERT_EQUAL(check(m, &q), 20);
	many_free(m);
}

static void every_grain_equals_the_records(void)
{
	struct many *m = many_new();
	static const int64_t back[USAGE_GRAINS] = { 2 * DAY, 41 * DAY, 41 * DAY };

	for (enum usage_grain g = USAGE_MINUTE; g < USAGE_GRAINS; g++) {
		struct usage_question q = all_of(MANY_NOW_MS - back[g]);

		q.by_time = g;
		CU_ASSERT(check(m, &q) >= 1);
		q.by = 1u << USAGE_KEY;
		(void)check(m, &q);
		q.by = 1u << USAGE_GROUP | 1u << USAGE_PROVIDER;
		(void)check(m, &q);
	}
	many_free(m);
}

/* Ends within days and hours are put together from finer sums. */
static void any_range_equals_the_records(void)
{
	struct many *m = many_new();

	for (int64_t i = 1; i < 60; i++) {
		struct usage_question q = all_of(MANY_NOW_MS - i * i * 16 * MINUTE - i);

		q.to_ms = MANY_NOW_MS - i * i * MINUTE + i * 977;
		q.by = (uint32_t)i % 16;
		(void)check(m, &q);
	}
	many_free(m);
}

static void filters_leave_only_what_is_theirs(void)
{
	struct many *m = many_new();
	static const cdt_str wanted[USAGE_DIMS] = {
		CDT_STR("key1"), CDT_STR("interns"), CDT_STR("large"), CDT_STR("far"),
	};

	for (uint32_t only = 1; only < 1u << USAGE_DIMS; only++)
		for (uint32_t by = 0; by < 1u << USAGE_DIMS; by += 3) {
			struct usage_question q = all_of(MANY_NOW_MS - 5 * DAY);

			for (unsigned d = 0; d < USAGE_DIMS; d++)
				if (only & 1u << d)
					q.only[d] = wanted[d];
			q.by = by;
			q.by_time = by % 2 ? USAGE_HOUR : USAGE_GRAINS;
			(void)check(m, &q);
		}
	many_free(m);
}

static void those_without_a_name_can_be_asked_for(void)
{
	struct many *m = many_new();
	struct usage_question q = all_of(MANY_NOW_MS - 41 * DAY);

	q.only[USAGE_KEY] = CDT_STR("");
	q.by = 1u << USAGE_MODEL;
	CU_ASSERT_EQUAL(check(m, &q), 4);
	q.only[USAGE_KEY] = CDT_STR("nobody");
	CU_ASSERT_EQUAL(check(m, &q), 0);
	many_free(m);
}

static void nothing(void *arg, const struct usage_row *r)
{
	(void)arg, (void)r;
}

/* Asked again for what an answer covered, it covers the same. */
static void a_rounded_range_stays(void)
{
	struct many *m = many_new();

	for (int64_t minutes = 0; minutes < 130; minutes += 7)
		for (enum usage_grain g = USAGE_MINUTE; g < USAGE_DAY; g++) {
			int64_t kept = DAY * (g == USAGE_MINUTE ? USAGE_MINUTE_DAYS
			                                        : USAGE_HOUR_DAYS);
			struct usage_question q = all_of(MANY_NOW_MS - kept - minutes * MINUTE);
			struct usage_answer a, b;

			q.by_time = g;
			if (usage_query(m->store, &q, nothing, NULL, &a) != CDT_OK)
				continue;
			q.by_time = USAGE_GRAINS;
			q.from_ms = a.from_ms;
			q.to_ms = a.to_ms;
			CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &b), CDT_OK);
			CU_ASSERT(a.from_ms == b.from_ms && a.to_ms == b.to_ms);
			CU_ASSERT_EQUAL(memcmp(&a.total, &b.total, sizeof a.total), 0);
		}
	many_free(m);
}

static void the_range_is_rounded_outwards(void)
{
	struct many *m = many_new();
	struct usage_question q = all_of(MANY_NOW_MS - DAY);
	struct usage_answer a;

	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.from_ms, q.from_ms / MINUTE * MINUTE);
	CU_ASSERT_EQUAL(a.to_ms, (q.to_ms / MINUTE + 1) * MINUTE);
	q.from_ms = MANY_NOW_MS - 30 * DAY;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.from_ms, q.from_ms / HOUR * HOUR);
	CU_ASSERT_EQUAL(a.to_ms, (q.to_ms / HOUR + 1) * HOUR);
	q.from_ms = MANY_NOW_MS - 100 * DAY;
	q.to_ms = MANY_NOW_MS / DAY * DAY;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.from_ms, q.from_ms / DAY * DAY);
	CU_ASSERT_EQUAL(a.to_ms, q.to_ms);
	q.by_time = USAGE_HOUR;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_E_INVALID);
	q.by_time = USAGE_MINUTE;
	q.from_ms = MANY_NOW_MS - 3 * DAY;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_E_INVALID);
	q = all_of(INT64_MIN);                         /* no loop over all of time */
	q.to_ms = INT64_MAX;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.total.sum[USAGE_REQUESTS], MANY);
	many_free(m);
}

/* --- the biggest --- */

enum { NAMES_MAX = 32 };
struct folded { unsigned dim; size_t count; struct usage_row row[NAMES_MAX]; };

/* What a name comes to, over all times. */
static void fold(void *arg, const struct usage_row *r)
{
	struct folded *f = arg;
	size_t i = 0;

	while (i < f->count && !str_eq(f->row[i].name[f->dim], r->name[f->dim]))
		i++;
	CU_ASSERT_FATAL(i < NAMES_MAX);
	if (i == f->count)
		f->row[f->count++].name[f->dim] = r->name[f->dim];
	for (size_t k = 0; k < USAGE_SUM_COUNT; k++)
		f->row[i].sum[k] += r->sum[k];
}

static struct folded folded_of(const struct many *m, const struct usage_question *q,
                               struct usage_answer *a)
{
	struct folded f = { .dim = 0 };

	while (!(q->by & 1u << f.dim))
		f.dim++;
	CU_ASSERT_EQUAL(usage_query(m->store, q, fold, &f, a), CDT_OK);
	return f;
}

static double size_of(const struct usage_top *t, const struct usage_row *r)
{
	if (t->per == USAGE_SUM_COUNT)
		return (double)r->sum[t->of];
	return r->sum[t->per] ? (double)r->sum[t->of] / (double)r->sum[t->per] : -1;
}

static void check_top(const struct many *m, struct usage_question q)
{
	struct usage_answer a, b;
	struct folded told = folded_of(m, &q, &a), all;
	struct usage_row other = { .time_ms = 0 };
	double smallest = 1e18;
	size_t named = 0, n = q.top.n;

	q.top.n = 0;
	all = folded_of(m, &q, &b);
	CU_ASSERT_EQUAL(memcmp(&a.total, &b.total, sizeof a.total), 0);
	CU_ASSERT_EQUAL(told.count, all.count < n ? all.count : n);
	for (size_t i = 0; i < told.count; i++)
		for (size_t k = 0; k < all.count; k++)
			if (str_eq(told.row[i].name[told.dim], all.row[k].name[all.dim])) {
				CU_ASSERT_EQUAL(memcmp(told.row[i].sum, all.row[k].sum,
				                       sizeof all.row[k].sum), 0);
				smallest = size_of(&q.top, &all.row[k]) < smallest
				         ? size_of(&q.top, &all.row[k]) : smallest;
				all.row[k] = all.row[--all.count];
				named++;
			}
	CU_ASSERT_EQUAL(named, all.count ? n - 1 : told.count);
	for (size_t k = 0; k < all.count; k++) {
		CU_ASSERT(size_of(&q.top, &all.row[k]) <= smallest);
		for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
			other.sum[i] += all.row[k].sum[i];
	}
	for (size_t i = 0; i < told.count; i++)
		if (str_is(told.row[i].name[told.dim], "(other)"))
			CU_ASSERT_EQUAL(memcmp(told.row[i].sum, other.sum, sizeof other.sum),
			                0);
}

static void the_biggest_are_told_and_all_others_are_one(void)
{
	static const struct usage_top measures[] = {
		{ 0, USAGE_COST, USAGE_SUM_COUNT }, { 0, USAGE_REQUESTS, USAGE_SUM_COUNT },
		{ 0, USAGE_TOTAL_US, USAGE_TOTALS }, { 0, USAGE_FIRST_US, USAGE_FIRSTS },
	};
	struct many *m = many_new();

	for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
		for (unsigned dim = 0; dim < USAGE_DIMS; dim++)
			for (size_t n = 1; n < 8; n++) {
				struct usage_question q = all_of(MANY_NOW_MS - 41 * DAY);

				q.by = 1u << dim;
				q.by_time = n % 2 ? USAGE_DAY : USAGE_HOUR;
				q.top = measures[i];
				q.top.n = n;
				check_top(m, q);
			}
	many_free(m);
}

static void a_moment_can_be_shared(void)
{
	struct many *m = many_new();
	struct usage_question q = all_of(MANY_NOW_MS - 41 * DAY);
	struct usage_record r = m->record[0];
	struct usage_answer a;

	q.read = store_read_begin(m->store);
	CU_ASSERT_PTR_NOT_NULL_FATAL(q.read);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_OK);
		CU_ASSERT_EQUAL(a.total.sum[USAGE_REQUESTS], MANY);
		many_put(m->store, &r);
	}
	store_read_end(q.read);
	q.read = NULL;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.total.sum[USAGE_REQUESTS], MANY + 2);
	many_free(m);
}

static void sums_stay_at_the_largest_number(void)
{
	struct many *m = many_new();
	struct usage_question q = all_of(MANY_NOW_MS - 100 * DAY);
	struct usage_record r = {
		.wall_ms = MANY_NOW_MS - 60 * DAY, .input = INT64_MAX, .cost = INT64_MAX,
		.total_us = INT64_MAX, .first_us = INT64_MAX, .key = CDT_STR("rich"),
	};
	struct usage_answer a;

	many_put(m->store, &r);
	many_put(m->store, &r);
	q.only[USAGE_KEY] = r.key;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.total.sum[USAGE_COST], INT64_MAX);
	CU_ASSERT_EQUAL(a.total.sum[USAGE_INPUT], INT64_MAX);
	CU_ASSERT_EQUAL(a.total.sum[USAGE_REQUESTS], 2);
	many_free(m);
}

static cdt_status damage(void *arg, struct store_txn *txn)
{
	(void)arg;
	return txn_put(txn, STORE_USAGE, CDT_STR("fresh"), CDT_STR("?"));
}

static void records_go_on_when_the_latest_sums_are_damaged(void)
{
	struct many *m = many_new();
	struct usage_question q = all_of(MANY_NOW_MS - 41 * DAY);
	struct usage_record r = m->record[0];
	struct usage_answer a;

	CU_ASSERT_EQUAL(store_run(m->store, damage, NULL), CDT_OK);
	r.key = CDT_STR("new");                        /* a number for it might be another's */
	many_put(m->store, &r);
	q.by = 1u << USAGE_KEY;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.rows, 6);
	CU_ASSERT(a.total.sum[USAGE_REQUESTS] > MANY - 14 * MANY / 100);
	q.only[USAGE_KEY] = r.key;
	CU_ASSERT_EQUAL(usage_query(m->store, &q, nothing, NULL, &a), CDT_OK);
	CU_ASSERT_EQUAL(a.rows, 0);
	many_free(m);
}

static const struct unit_test tests[] = {
	{ "every grouping equals the records", every_grouping_equals_the_records },
	{ "every grain equals the records", every_grain_equals_the_records },
	{ "any range equals the records", any_range_equals_the_records },
	{ "filters leave only what is theirs", filters_leave_only_what_is_theirs },
	{ "those without a name can be asked for", those_without_a_name_can_be_asked_for },
	{ "a rounded range stays", a_rounded_range_stays },
	{ "the range is rounded outwards", the_range_is_rounded_outwards },
	{ "the biggest are told and all others are one",
	  the_biggest_are_told_and_all_others_are_one },
	{ "a moment can be shared", a_moment_can_be_shared },
	{ "sums stay at the largest number", sums_stay_at_the_largest_number },
	{ "records go on when the latest sums are damaged",
	  records_go_on_when_the_latest_sums_are_damaged },
	{ NULL, NULL },
};
const struct unit_suite usage_query_suite = { "usage/query", tests };
