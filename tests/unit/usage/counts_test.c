/* Counts of what a filter takes are those of the records.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/problem.h"
#include "base/str.h"
#include "unit/unit.h"
#include "unit/usage/many.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static bool names_pass(const struct usage_filter *f, const struct usage_record *r)
{
	const cdt_str own[] = { r->key, r->group, r->model };
	bool has = !f->only[USAGE_PROVIDER].p;

	for (unsigned d = 0; d < USAGE_PROVIDER; d++)
		if (f->only[d].p && !str_eq(f->only[d], own[d]))
			return false;
	for (uint32_t i = 0; i < r->attempt_count && !has; i++)
		has = str_eq(r->attempt[i].provider, f->only[USAGE_PROVIDER]);
	return has || (!r->attempt_count &&
	               str_eq(r->answered_by.provider, f->only[USAGE_PROVIDER]));
}

static bool passes(const struct usage_filter *f, const struct usage_record *r)
{
	return names_pass(f, r) && r->wall_ms >= f->from_ms && r->wall_ms < f->to_ms &&
	       (!f->outcome.p || str_eq(r->outcome, f->outcome)) &&
	       (!f->cache.p || str_eq(r->cache, f->cache)) &&
	       (!f->status_max || (r->status >= f->status_min && r->status <= f->status_max));
}

static struct usage_counts *counted(struct store *s, const struct usage_filter *f,
                                    enum usage_grain by)
{
	struct usage_counts *c = mem_new(sizeof *c);

	usage_counts_init(c, f, by);
	while (!c->done)
		CU_ASSERT_EQUAL_FATAL(usage_count_some(s, f, c), CDT_OK);
	return c;
}

/* Returns how many there are. */
static size_t check(const struct many *m, const struct usage_filter *f, enum usage_grain by)
{
	static const int64_t span[USAGE_GRAINS] = { MINUTE, HOUR, DAY };
	struct usage_counts *c = counted(m->store, f, by);
	size_t total = 0;

	CU_ASSERT_TRUE_FATAL(c->known);
	CU_ASSERT_EQUAL(c->span_ms, span[by]);
	CU_ASSERT_EQUAL(c->from_ms, f->from_ms / span[by] * span[by]);
	CU_ASSERT(c->from_ms + (int64_t)c->spans * span[by] >= f->to_ms);
	for (size_t i = 0; i < MANY; i++)
		if (passes(f, &m->record[i])) {
			c->count[(m->record[i].wall_ms - c->from_ms) / span[by]]--;
			total++;
		}
	CU_ASSERT_EQUAL(c->total, total);
	for (size_t i = 0; i < USAGE_SPANS_MAX; i++)
		CU_ASSERT_EQUAL(c->count[i], 0);
	mem_free(c);
	return total;
}

static struct usage_filter since(int64_t ago_ms)
{
	return (struct usage_filter){
		.from_ms = MANY_NOW_MS - ago_ms, .to_ms = MANY_NOW_MS, .now_ms = MANY_NOW_MS,
	};
}

static void every_filter_equals_the_records(void)
{
	static const cdt_str wanted[USAGE_DIMS] = {
		CDT_STR("key1"), CDT_STR("interns"), CDT_STR("large"), CDT_STR("far"),
	};
	static const struct { const char *outcome, *cache; uint32_t min, max; } others[] = {
		{ NULL, NULL, 400, 599 }, { NULL, NULL, 200, 200 }, { "TIMEOUT", NULL, 0, 0 },
		{ "OK", "HIT", 0, 0 }, { NULL, "", 0, 0 }, { "CLIENT_GONE", "MISS", 200, 299 },
	};
	struct many *m = many_new();
	size_t some = 0;

	for (uint32_t only = 0; only < 1u << USAGE_DIMS; only++)
		for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
			struct usage_filter f = since(41 * DAY);

			for (unsigned d = 0; d < USAGE_DIMS; d++)
				if (only & 1u << d)
					f.only[d] = wanted[d];
			if (others[i].outcome)
				f.outcome = str_z(others[i].outcome);
			if (others[i].cache)
				f.cache = str_z(others[i].cache);
			f.status_min = others[i].min;
			f.status_max = others[i].max;
			some += check(m, &f, i % 2 ? USAGE_HOUR : USAGE_DAY) > 0;
		}
	CU_ASSERT(some > 30);
	many_free(m);
}

static void any_time_equals_the_records(void)
{
	struct many *m = many_new();

	for (int64_t i = 1; i < 120; i++) {
		struct usage_filter f = since(i * i * 2 * MINUTE + i);

		f.to_ms -= i * i * 977;
		f.status_min = 200;
		f.status_max = 299;
		if (f.to_ms - f.from_ms < 2 * DAY)
			(void)check(m, &f, USAGE_MINUTE);
		(void)check(m, &f, USAGE_HOUR);
		(void)check(m, &f, USAGE_DAY);
	}
	many_free(m);
}

/* Tables are used again each year. */
static void a_record_is_counted_once_in_many_years(void)
{
	struct many *m = many_new();
	struct usage_filter f = since(8 * 365 * DAY);
	struct usage_counts *c = counted(m->store, &f, USAGE_DAY);

	CU_ASSERT_TRUE(c->known);
	CU_ASSERT_EQUAL(c->total, MANY);
	mem_free(c);
	many_free(m);
}

/* Of all that there are (flow/report.c, flow/untold.c). */
enum { OUTCOMES = PROBLEM_COUNT + 3 };
static cdt_str outcome(int i)
{
	static const char *const more[] = { "OK", "CLIENT_GONE", "INTERRUPTED", "OVERTAKEN" };

	return str_z(i < 4 ? more[i] : problem_name((enum problem_cause)(i - 3)));
}

/* They are told apart by a few bits each. */
static void each_outcome_is_told_from_all_others(void)
{
	struct many *m = many_new();
	struct usage_record r = m->record[0];
	struct usage_filter f = since(HOUR);

	r.wall_ms = MANY_NOW_MS - 5 * MINUTE;
	r.key = f.only[USAGE_KEY] = CDT_STR("teller");
	for (int i = 0; i < OUTCOMES; i++) {
		r.outcome = outcome(i);
		many_put(m->store, &r);
	}
	for (int i = 0; i < OUTCOMES; i++) {
		struct usage_counts *c;

		f.outcome = outcome(i);
		c = counted(m->store, &f, USAGE_MINUTE);
		CU_ASSERT_EQUAL(c->total, 1);
		mem_free(c);
	}
	many_free(m);
}

static void what_nobody_can_tell_is_not_told(void)
{
	struct many *m = many_new();
	struct usage_filter f[6];

	for (size_t i = 0; i < 6; i++)
		f[i] = since(HOUR);
	f[5].outcome = CDT_STR("BQV");                         /* it has the hash of "OK" */
	f[0].only[USAGE_KEY] = CDT_STR("never heard");         /* it may be one of "(other)" */
	f[1].only[USAGE_PROVIDER] = CDT_STR("never heard");
	f[2].to_ms = f[2].from_ms;
	f[3].from_ms = -1;
	f[4].from_ms = 0;                                      /* by minute: too many */
	for (size_t i = 0; i < 6; i++) {
		struct usage_counts *c = counted(m->store, &f[i], USAGE_MINUTE);

		CU_ASSERT_FALSE(c->known);
		mem_free(c);
	}
	many_free(m);
}

/* Two providers of many may share what cards have of them. */
static void many_providers_are_not_told_apart(void)
{
	struct many *m = many_new();
	struct usage_record r = m->record[0];
	struct usage_filter f = since(HOUR);
	char name[16];
	bool known = true;

	r.wall_ms = MANY_NOW_MS - 5 * MINUTE;
	f.only[USAGE_PROVIDER] = CDT_STR("near");
	for (int i = 0; i < 40; i++) {
		struct usage_counts *c;

		(void)snprintf(name, sizeof name, "p%d", i);
		r.attempt[0].provider = str_z(name);
		r.attempt_count = 1;
		many_put(m->store, &r);
		c = counted(m->store, &f, USAGE_MINUTE);
		CU_ASSERT(known || !c->known);
		CU_ASSERT_EQUAL(c->known, i < 27);             /* with near, far and third */
		known = c->known;
		mem_free(c);
	}
	many_free(m);
}

static const struct unit_test tests[] = {
	{ "every filter equals the records", every_filter_equals_the_records },
	{ "any time equals the records", any_time_equals_the_records },
	{ "a record is counted once in many years", a_record_is_counted_once_in_many_years },
	{ "each outcome is told from all others", each_outcome_is_told_from_all_others },
	{ "what nobody can tell is not told", what_nobody_can_tell_is_not_told },
	{ "many providers are not told apart", many_providers_are_not_told_apart },
	{ NULL, NULL },
};
const struct unit_suite usage_counts_suite = { "usage/counts", tests };
