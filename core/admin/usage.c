/* admin/usage.c - GET /admin/v1/usage: what was used, summed as it is asked for.
 * SPDX-License-Identifier: MIT */
#include "admin/usage.h"

#include "admin/key_names.h"
#include "base/clock.h"
#include "base/query.h"
#include "base/str.h"
#include "store/store.h"
#include "usage/query.h"

#define DAY_MS INT64_C(86400000)
#define MEAN_TOTAL "mean_total_us"
#define MEAN_FIRST "mean_first_us"

static const char *const sums[] = {
#define SUM_NAME(id, name) name,
	USAGE_SUMS(SUM_NAME)
};
static const char *const grains[USAGE_GRAINS] = { "minute", "hour", "day" };

/* What is shown when nobody says from when. */
static const int64_t span_ms[USAGE_GRAINS + 1] = {
	3600000, 2 * DAY_MS, 30 * DAY_MS, 30 * DAY_MS,
};

/* --- what is asked --- */

const char *const usage_dim_names[USAGE_DIMS + 1] = {
	"key", "group", "model", "provider", NULL
};

void usage_read_names(struct inquiry *c, cdt_str only[USAGE_DIMS])
{
	for (size_t d = 0; d < USAGE_DIMS; d++)
		if (!query_find(&c->arena, http_query(c->request), usage_dim_names[d],
		                &only[d]))
			only[d] = (cdt_str){ NULL, 0 };
}

cdt_status usage_read_time(struct inquiry *c, const char *name, int64_t *wall_ms)
{
	cdt_str text;

	if (!query_find(&c->arena, http_query(c->request), name, &text) ||
	    clock_parse(text, wall_ms))
		return CDT_OK;
	return REFUSE(c, PROBLEM_INVALID_VALUE, name, "'%s' must be a time like "
	              "2026-11-21T10:00:00Z, or a date", name);
}

cdt_status usage_check_times(struct inquiry *c, int64_t from_ms, int64_t to_ms)
{
	if (from_ms < to_ms)
		return CDT_OK;
	return REFUSE(c, PROBLEM_INVALID_VALUE, "from", "'from' must be before 'to'");
}

enum usage_grain usage_grain_of(cdt_str word)
{
	enum usage_grain g = USAGE_MINUTE;

	while (g < USAGE_GRAINS && !str_is(word, grains[g]))
		g++;
	return g;
}

static bool take_word(struct usage_question *q, cdt_str word)
{
	enum usage_grain g = usage_grain_of(word);

	for (unsigned d = 0; d < USAGE_DIMS; d++)
		if (str_is(word, usage_dim_names[d])) {
			q->by |= 1u << d;
			return true;
		}
	if (g == USAGE_GRAINS || (q->by_time != USAGE_GRAINS && q->by_time != g))
		return false;
	q->by_time = g;
	return true;
}

static cdt_status read_by(struct inquiry *c, struct usage_question *q)
{
	static const char *const known[] = {
		"key", "group", "model", "provider", "minute", "hour", "day", NULL
	};
	cdt_str rest = query_value(&c->arena, http_query(c->request), "by");

	while (rest.n) {
		cdt_str word = str_cut(&rest, ',');
		const char *near = config_nearest(word, known);
		char hint[CONFIG_HINT_SIZE];

		if (take_word(q, word))
			continue;
		if (near && str_is(word, near))
			return REFUSE(c, PROBLEM_INVALID_VALUE, "by", "'by' can have one of "
			              "minute, hour and day");
		return REFUSE(c, PROBLEM_INVALID_VALUE, "by", "'by' does not know '%.*s'%s"
		              "; it takes key, group, model, provider, and minute, hour or "
		              "day", word.n > 64 ? 64 : (int)word.n, word.p,
		              config_hint(near, hint));
	}
	return CDT_OK;
}

/* What names are put in order by: a sum, or a mean. */
static bool take_measure(struct usage_top *t, cdt_str word)
{
	t->per = USAGE_SUM_COUNT;
	for (t->of = 0; t->of < USAGE_SUM_COUNT; t->of++)
		if (str_is(word, sums[t->of]))
			return true;
	t->of = str_is(word, MEAN_FIRST) ? USAGE_FIRST_US : USAGE_TOTAL_US;
	t->per = t->of == USAGE_FIRST_US ? USAGE_FIRSTS : USAGE_TOTALS;
	return t->of == USAGE_FIRST_US || str_is(word, MEAN_TOTAL);
}

static cdt_status read_top(struct inquiry *c, struct usage_question *q)
{
	cdt_str number, by = { "", 0 };
	bool has_by = query_find(&c->arena, http_query(c->request), "top_by", &by);
	uint64_t n = 0;

	if (query_find(&c->arena, http_query(c->request), "top", &number) &&
	    (!str_u64(number, &n) || n < 1 || n > USAGE_TOP_MAX))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "top", "'top' must be a number from 1 "
		              "to %d", USAGE_TOP_MAX);
	if (has_by && !n)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "top_by", "'top_by' goes with 'top'");
	if (!take_measure(&q->top, has_by ? by : str_z(sums[USAGE_COST])))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "top_by", "'top_by' must be one of the "
		              "sums that a row has, or " MEAN_TOTAL " or " MEAN_FIRST);
	if (n && (!q->by || q->by & (q->by - 1)))
		return REFUSE(c, PROBLEM_INVALID_VALUE, "top", "'top' needs a 'by' with one of "
		              "key, group, model and provider");
	q->top.n = (size_t)n;
	return CDT_OK;
}

cdt_status usage_read_question(struct inquiry *c, struct usage_question *q)
{
	*q = (struct usage_question){ .now_ms = clock_wall_ms(), .by_time = USAGE_GRAINS };
	usage_read_names(c, q->only);
	q->to_ms = q->now_ms;
	if (read_by(c, q) != CDT_OK || read_top(c, q) != CDT_OK ||
	    usage_read_time(c, "to", &q->to_ms) != CDT_OK)
		return CDT_E_INVALID;
	q->from_ms = q->to_ms - span_ms[q->by_time];
	if (usage_read_time(c, "from", &q->from_ms) != CDT_OK)
		return CDT_E_INVALID;
	return usage_check_times(c, q->from_ms, q->to_ms);
}

/* --- what is told --- */

struct told { const struct usage_question *q; struct sheet sheet; };

static void put_mean(struct sheet *s, const char *name, int64_t sum, int64_t count)
{
	sheet_count(s, name, count > 0 ? sum / count : -1);
}

static void put_sums(struct sheet *s, const int64_t *sum)
{
	for (size_t i = 0; i < USAGE_COST; i++)
		sheet_i64(s, sums[i], sum[i]);
	put_mean(s, MEAN_TOTAL, sum[USAGE_TOTAL_US], sum[USAGE_TOTALS]);
	put_mean(s, MEAN_FIRST, sum[USAGE_FIRST_US], sum[USAGE_FIRSTS]);
	sheet_usd(s, sums[USAGE_COST], sum[USAGE_COST]);
	sheet_i64(s, sums[USAGE_HITS], sum[USAGE_HITS]);
	sheet_usd(s, sums[USAGE_SAVED], sum[USAGE_SAVED]);
}

static void put_name(struct sheet *s, unsigned dim, cdt_str name)
{
	if (dim == USAGE_KEY)
		sheet_key(s, usage_dim_names[dim], name);
	else
		sheet_text(s, usage_dim_names[dim], name);
}

static void put_row(struct sheet *s, const void *arg)
{
	const struct told *t = (const struct told *)(const void *)
		((const char *)s - offsetof(struct told, sheet));
	const struct usage_row *r = arg;

	sheet_row_begin(s);
	if (t->q->by_time < USAGE_GRAINS)
		sheet_time(s, "time", r->time_ms);
	for (unsigned d = 0; d < USAGE_DIMS; d++)
		if (t->q->by & 1u << d)
			put_name(s, d, r->name[d]);
	put_sums(s, r->sum);
	sheet_row_end(s);
}

static void on_row(void *arg, const struct usage_row *r)
{
	struct told *t = arg;

	put_row(&t->sheet, r);
}

static cdt_status refuse(struct inquiry *c, const struct usage_question *q, cdt_status st)
{
	if (st == CDT_E_INVALID)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "from", "sums by %s are kept for %d "
		              "days: ask for a later 'from', or by a longer span",
		              grains[q->by_time], q->by_time == USAGE_MINUTE
		              ? USAGE_MINUTE_DAYS : USAGE_HOUR_DAYS);
	if (st == CDT_E_LIMIT)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "by", "that are more than %d rows, or "
		              "too many to look through or tell: ask for less time, by less, "
		              "or for one key, group, model or provider", USAGE_ROWS_MAX);
	return st;
}

static void put_total(struct inquiry *c, struct told *t, const struct usage_answer *a)
{
	sheet_time(&t->sheet, "from", a->from_ms);
	sheet_time(&t->sheet, "to", a->to_ms);
	jsonw_key(&c->json, "total");
	jsonw_open(&c->json, '{');
	put_sums(&t->sheet, a->total.sum);
	jsonw_close(&c->json);
	jsonw_close(&c->json);
}

/* a: what it covers. */
static cdt_status show(struct inquiry *c, const struct usage_question *q,
                       struct usage_answer *a)
{
	static const struct usage_row any;
	struct told t = { .q = q };
	cdt_status st = sheet_begin(&t.sheet, c, put_row, &any);

	if (st != CDT_OK)
		return st;
	st = usage_query(c->admin->parts.store, q, on_row, &t, a);
	if (st != CDT_OK)
		return refuse(c, q, st);
	st = sheet_end(&t.sheet, "");
	if (st == CDT_OK && t.sheet.format == SHEET_JSON)
		put_total(c, &t, a);
	return st == CDT_OK ? st : refuse(c, q, st);
}

cdt_status usage_show(struct inquiry *c, const struct usage_question *q)
{
	struct usage_answer a;

	return show(c, q, &a);
}

cdt_status admin_usage_show(struct inquiry *c)
{
	struct usage_question q;
	cdt_status st = usage_read_question(c, &q);

	return st == CDT_OK ? usage_show(c, &q) : st;
}

/* --- GET /admin/v1/usage/report: over time, by name, and by name in the time before --- */

static cdt_status put_part(struct inquiry *c, const char *name, const struct usage_question *q,
                           struct usage_answer *a)
{
	jsonw_key(&c->json, name);
	return show(c, q, a);
}

/* As long as the time a, but not into it; by whole spans of what is still kept of it. */
static void go_back(struct usage_question *q, const struct usage_answer *a, int64_t before_ms)
{
	int64_t kept_ms = usage_span_ms(before_ms, q->now_ms);
	int64_t to_ms = before_ms + (a->to_ms - a->from_ms);

	q->from_ms = before_ms;
	q->to_ms = (to_ms < a->from_ms ? to_ms : a->from_ms) / kept_ms * kept_ms;
}

/* All at one moment, so that they add up to the same. */
static cdt_status put_report(struct inquiry *c, struct usage_question *q)
{
	struct usage_answer a, other;
	int64_t before_ms;
	cdt_status st = put_part(c, "series", q, &a);

	if (st != CDT_OK)
		return st;
	before_ms = 2 * a.from_ms - a.to_ms;
	if (usage_read_time(c, "before", &before_ms) != CDT_OK)
		return CDT_E_INVALID;
	if (before_ms >= a.from_ms)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "before", "'before' must be before "
		              "'from'");
	q->by_time = USAGE_GRAINS;
	q->top.n = 0;
	q->from_ms = a.from_ms;
	q->to_ms = a.to_ms;
	st = put_part(c, "names", q, &other);
	if (st != CDT_OK)
		return st;
	go_back(q, &a, before_ms);
	return put_part(c, "before", q, &other);
}

cdt_status admin_usage_report(struct inquiry *c)
{
	struct usage_question q;
	cdt_status st = usage_read_question(c, &q);

	if (st != CDT_OK)
		return st;
	if (!q.top.n || q.by_time == USAGE_GRAINS)
		return REFUSE(c, PROBLEM_INVALID_VALUE, "by", "a report needs 'top', and a "
		              "'by' with minute, hour or day");
	q.read = store_read_begin(c->admin->parts.store);
	if (!q.read)
		return CDT_E_NOMEM;
	jsonw_open(&c->json, '{');
	st = put_report(c, &q);
	jsonw_close(&c->json);
	store_read_end(q.read);
	return st;
}

/* --- who spends most --- */

enum { TOP_MAX = 8 };
struct top { struct inquiry *c; struct usage_row rows[TOP_MAX]; size_t n; };

static bool is_above(const struct usage_row *a, const struct usage_row *b)
{
	if (a->sum[USAGE_COST] != b->sum[USAGE_COST])
		return a->sum[USAGE_COST] > b->sum[USAGE_COST];
	return a->sum[USAGE_REQUESTS] > b->sum[USAGE_REQUESTS];
}

static void on_top_row(void *arg, const struct usage_row *r)
{
	struct top *t = arg;
	size_t at = t->n;

	while (at > 0 && is_above(r, &t->rows[at - 1]))
		at--;
	if (at == TOP_MAX)
		return;
	if (t->n < TOP_MAX)
		t->n++;
	for (size_t i = t->n - 1; i > at; i--)
		t->rows[i] = t->rows[i - 1];
	t->rows[at] = *r;
	for (size_t d = 0; d < USAGE_DIMS; d++)
		t->rows[at].name[d] = arena_str(&t->c->arena, r->name[d]);
}

cdt_status usage_show_top(struct inquiry *c, struct usage_question q, enum usage_dim by)
{
	struct top top = { .c = c };
	struct told t = { .q = &q, .sheet = { .c = c, .w = &c->json } };
	struct usage_answer a;
	cdt_status st;

	q.by = 1u << by;
	q.by_time = USAGE_GRAINS;
	st = usage_query(c->admin->parts.store, &q, on_top_row, &top, &a);
	if (st != CDT_OK)
		return st;
	key_names_begin(c);
	jsonw_open(&c->json, '[');
	for (size_t i = 0; i < top.n; i++)
		put_row(&t.sheet, &top.rows[i]);
	jsonw_close(&c->json);
	key_names_put(c);
	return CDT_OK;
}
