/* usage/query.c - answers questions about sums: which tables hold them, what they add up to,
 * and in which order they are told.
 * SPDX-License-Identifier: MIT */
#include "usage/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/bigend.h"
#include "base/mem.h"
#include "base/str.h"
#include "usage/inside.h"
#include "usage/pack.h"
#include "usage/tally.h"

struct search {
	const struct usage_question *q;
	struct store_read *read;
	struct fresh fresh;
	uint32_t from, to;                     /* minutes since 1970; whole spans */
	enum usage_grain finest;               /* what from and to are whole in */
	uint32_t filtered;                     /* dimensions with a filter */
	uint32_t only[USAGE_DIMS];
	uint32_t top[USAGE_TOP_MAX];           /* names that are told; with folds only */
	size_t top_count;
	bool folds;                            /* others are one */
	struct tally tally;
	size_t seen;
};

/* --- which time --- */

static bool is_kept(enum usage_grain g, int64_t from_ms, int64_t now_ms)
{
	static const int days[USAGE_GRAINS] = {
		USAGE_MINUTE_DAYS, USAGE_HOUR_DAYS, USAGE_DAY_DAYS
	};

	const int64_t span_ms = grain_minutes[g] * MINUTE_MS;

	/* Whole spans: what is rounded outwards is kept when it was before. */
	return from_ms / span_ms > (now_ms - days[g] * DAY_MS) / span_ms - 2;
}

static enum usage_grain finest_kept(int64_t from_ms, int64_t now_ms)
{
	enum usage_grain g = USAGE_MINUTE;

	while (g < USAGE_DAY && !is_kept(g, from_ms, now_ms))
		g++;
	return g;
}

int64_t usage_span_ms(int64_t from_ms, int64_t now_ms)
{
	return grain_minutes[finest_kept(from_ms, now_ms)] * MINUTE_MS;
}

/* The ends of what can be asked for, so that no loop over time is long. */
static int64_t within(const struct usage_question *q, int64_t ms)
{
	int64_t low = q->now_ms - (USAGE_DAY_DAYS + 1) * DAY_MS, high = q->now_ms + 2 * DAY_MS;

	return ms < low ? low : ms > high ? high : ms;
}

/* Rounds outwards to the finest spans that are still kept of that time. */
static cdt_status choose_time(struct search *s)
{
	int64_t from_ms = within(s->q, s->q->from_ms), to_ms = within(s->q, s->q->to_ms);
	unsigned span;

	s->finest = s->q->by_time < USAGE_GRAINS ? s->q->by_time
	                                         : finest_kept(from_ms, s->q->now_ms);
	if (s->finest < USAGE_DAY && !is_kept(s->finest, from_ms, s->q->now_ms))
		return CDT_E_INVALID;
	span = grain_minutes[s->finest];
	s->from = place_minute(from_ms) / span * span;
	s->to = place_minute(to_ms + (int64_t)span * MINUTE_MS - 1) / span * span;
	return CDT_OK;
}

/* The longest span that begins here and does not go beyond the end. */
static enum usage_grain longest(const struct search *s, uint32_t at)
{
	enum usage_grain g = USAGE_DAY;

	if (s->q->by_time < USAGE_GRAINS)
		return s->q->by_time;
	while (g > s->finest && (at % grain_minutes[g] || s->to - at < grain_minutes[g]))
		g--;
	return g;
}

/* --- which rows --- */

/* CDT_E_ABSENT: a name that nothing is known by, so there is nothing to tell. */
static cdt_status choose_names(struct search *s)
{
	cdt_status st = CDT_OK;

	for (unsigned d = 0; d < USAGE_DIMS && st == CDT_OK; d++) {
		if (!s->q->only[d].p)
			continue;
		s->filtered |= 1u << d;
		st = name_find(s->read, d, s->q->only[d], &s->only[d]);
	}
	return st;
}

static const struct sum_view *choose_view(const struct search *s, enum usage_grain g)
{
	uint32_t needed = s->q->by | s->filtered;
	const struct sum_view *v = sum_views;

	while (v->grain != g || needed & ~v->dims)     /* the last of a grain has all */
		v++;
	return v;
}

static uint32_t told_as(const struct search *s, uint32_t name)
{
	for (size_t i = 0; i < s->top_count; i++)
		if (s->top[i] == name)
			return name;
	return s->folds ? NAME_OTHER : name;
}

static bool add(struct search *s, uint32_t bucket, const uint32_t name[USAGE_DIMS],
                const int64_t sum[USAGE_SUM_COUNT])
{
	uint32_t by[USAGE_DIMS];
	struct tally_row *row;

	for (unsigned d = 0; d < USAGE_DIMS; d++) {
		if (s->filtered & 1u << d && name[d] != s->only[d])
			return true;
		by[d] = s->q->by & 1u << d ? told_as(s, name[d]) : 0;
	}
	row = tally_at(&s->tally, s->q->by_time < USAGE_GRAINS ? bucket : 0, by);
	if (row)
		sum_add(row->sum, sum);
	return row != NULL;
}

static bool read_key(cdt_str key, uint32_t dims, uint32_t name[USAGE_DIMS])
{
	const char *at = key.p + 5;

	memset(name, 0, USAGE_DIMS * sizeof *name);
	for (unsigned d = 0; d < USAGE_DIMS; d++)
		if (dims & 1u << d) {
			if (at + 4 > key.p + key.n)
				return false;
			name[d] = (uint32_t)big_get(at, 4);
			at += 4;
		}
	return at == key.p + key.n;
}

/* How much of a key all rows that pass the filters have in common. */
static size_t prefix_of(const struct search *s, uint32_t dims)
{
	size_t n = 5;

	for (unsigned d = 0; d < USAGE_DIMS; d++) {
		if (dims & ~s->filtered & 1u << d)
			break;
		n += dims & 1u << d ? 4 : 0;
	}
	return n;
}

static cdt_status read_span(struct search *s, enum usage_grain g, uint32_t bucket)
{
	const struct sum_view *v = choose_view(s, g);
	enum store_table table = sum_table(g, bucket);
	char first[SUM_KEY_MAX];
	int64_t sum[USAGE_SUM_COUNT];
	uint32_t name[USAGE_DIMS];
	cdt_str key = { first, 0 }, value;
	size_t n = prefix_of(s, v->dims);
	cdt_status st;

	(void)sum_key(bucket, v->dims, s->only, first);
	key.n = n;
	for (bool after = false;; after = true) {
		st = store_next(s->read, table, after, &key, &value);
		if (st != CDT_OK || key.n < n || memcmp(key.p, first, n))
			break;
		if (++s->seen > USAGE_SCAN_MAX)
			return CDT_E_LIMIT;
		if (!read_key(key, v->dims, name) || !sum_decode(value, sum))
			return CDT_E_UPSTREAM;
		if (!add(s, bucket, name, sum))
			return CDT_E_LIMIT;
	}
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

static cdt_status read_tables(struct search *s)
{
	cdt_status st = CDT_OK;

	for (uint32_t at = s->from; at < s->to && st == CDT_OK;) {
		enum usage_grain g = longest(s, at);

		st = read_span(s, g, at / grain_minutes[g]);
		at += grain_minutes[g];
	}
	return st;
}

/* What is not in the tables yet. */
static cdt_status read_fresh(struct search *s)
{
	cdt_str bytes;
	cdt_status st = store_get(s->read, STORE_USAGE, FRESH_KEY, &bytes);

	if (st != CDT_OK && st != CDT_E_ABSENT)
		return st;
	fresh_read(st, bytes, &s->fresh);
	for (uint32_t i = 0; i < s->fresh.count; i++) {
		const struct sum_line *l = &s->fresh.line[i];

		if (l->minute >= s->from && l->minute < s->to &&
		    !add(s, l->minute / grain_minutes[s->finest], l->name, l->sum))
			return CDT_E_LIMIT;
	}
	return CDT_OK;
}

static cdt_status read_sums(struct search *s)
{
	cdt_status st = read_fresh(s);

	return st == CDT_OK ? read_tables(s) : st;
}

/* --- who is told by name --- */

static double size_of(const struct usage_top *t, const struct tally_row *r)
{
	if (t->per == USAGE_SUM_COUNT)
		return (double)r->sum[t->of];
	return r->sum[t->per] ? (double)r->sum[t->of] / (double)r->sum[t->per] : -1;
}

static void choose_biggest(struct search *s, const struct tally *all, unsigned dim)
{
	size_t most = s->q->top.n - 1;
	double size[USAGE_TOP_MAX];

	s->folds = true;
	for (size_t i = 0; i < all->count; i++) {
		double own = size_of(&s->q->top, &all->rows[i]);
		size_t at = s->top_count, moved;

		while (at > 0 && own > size[at - 1])
			at--;
		if (at == most || all->rows[i].name[dim] == NAME_OTHER)
			continue;
		s->top_count += s->top_count < most;
		moved = s->top_count - at - 1;
		memmove(size + at + 1, size + at, moved * sizeof *size);
		memmove(s->top + at + 1, s->top + at, moved * sizeof *s->top);
		size[at] = own;
		s->top[at] = all->rows[i].name[dim];
	}
}

/* Looks at the whole time first. */
static cdt_status choose_top(struct search *s)
{
	struct usage_question q = *s->q;
	struct search whole = *s;
	unsigned dim = 0;
	cdt_status st;

	while (!(q.by & 1u << dim))
		dim++;
	q.by_time = USAGE_GRAINS;
	whole.q = &q;
	tally_init(&whole.tally);
	st = read_sums(&whole);
	if (st == CDT_OK && whole.tally.count > q.top.n)
		choose_biggest(s, &whole.tally, dim);
	tally_fini(&whole.tally);
	return st;
}

/* --- in which order --- */

/* The names of one dimension that occur: by number, each with its place in the alphabet. */
struct name { uint32_t number, rank; cdt_str text; };
struct names { struct name *list; size_t count; };

static int by_number(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static int by_text(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = str_cmp(x->text, y->text);

	return order ? order : by_number(a, b);
}

static void names_init(struct names *n, struct search *s, enum usage_dim d)
{
	const struct tally *t = &s->tally;
	size_t rows = s->q->by & 1u << d ? t->count : 0;

	n->list = mem_new_array(rows + 1, sizeof *n->list);
	for (size_t i = 0; i < rows; i++)
		n->list[i].number = t->rows[i].name[d];
	qsort(n->list, rows, sizeof *n->list, by_number);
	n->count = 0;
	for (size_t i = 0; i < rows; i++)
		if (!n->count || n->list[i].number != n->list[n->count - 1].number)
			n->list[n->count++] = n->list[i];
	for (size_t i = 0; i < n->count; i++)
		n->list[i].text = name_text(s->read, d, n->list[i].number);
	qsort(n->list, n->count, sizeof *n->list, by_text);
	for (size_t i = 0; i < n->count; i++)
		n->list[i].rank = (uint32_t)i;
	qsort(n->list, n->count, sizeof *n->list, by_number);
}

/* None is asked by that dimension: there is one name, and that is "". */
static const struct name *name_at(const struct names *n, uint32_t number)
{
	static const struct name none = { .text = { "", 0 } };
	const struct name key = { .number = number };

	return n->count ? bsearch(&key, n->list, n->count, sizeof *n->list, by_number) : &none;
}

struct place { uint32_t bucket, rank[USAGE_DIMS], row; };

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->bucket != y->bucket)
		return x->bucket < y->bucket ? -1 : 1;
	for (unsigned d = 0; d < USAGE_DIMS; d++)
		if (x->rank[d] != y->rank[d])
			return x->rank[d] < y->rank[d] ? -1 : 1;
	return 0;
}

static struct place *sorted(const struct tally *t, const struct names names[USAGE_DIMS])
{
	struct place *p = mem_new_array(t->count + 1, sizeof *p);

	for (size_t i = 0; i < t->count; i++) {
		p[i].bucket = t->rows[i].bucket;
		p[i].row = (uint32_t)i;
		for (unsigned d = 0; d < USAGE_DIMS; d++)
			p[i].rank[d] = name_at(&names[d], t->rows[i].name[d])->rank;
	}
	qsort(p, t->count, sizeof *p, by_place);
	return p;
}

static void tell(struct search *s, void (*row)(void *arg, const struct usage_row *r),
                 void *arg, struct usage_answer *out)
{
	struct names names[USAGE_DIMS];
	struct place *places;

	for (unsigned d = 0; d < USAGE_DIMS; d++)
		names_init(&names[d], s, d);
	places = sorted(&s->tally, names);
	for (size_t i = 0; i < s->tally.count; i++) {
		const struct tally_row *t = &s->tally.rows[places[i].row];
		struct usage_row r = { .time_ms = 0 };

		if (s->q->by_time < USAGE_GRAINS)
			r.time_ms = (int64_t)t->bucket * grain_minutes[s->finest] * MINUTE_MS;
		for (unsigned d = 0; d < USAGE_DIMS; d++)
			r.name[d] = name_at(&names[d], t->name[d])->text;
		memcpy(r.sum, t->sum, sizeof r.sum);
		sum_add(out->total.sum, t->sum);
		row(arg, &r);
	}
	mem_free(places);
	for (unsigned d = 0; d < USAGE_DIMS; d++)
		mem_free(names[d].list);
}

/* --- the door --- */

cdt_status usage_query(struct store *store, const struct usage_question *q,
                       void (*row)(void *arg, const struct usage_row *r), void *arg,
                       struct usage_answer *out)
{
	struct search s = { .q = q };
	cdt_status st = choose_time(&s);

	if (st != CDT_OK)
		return st;
	s.read = q->read ? q->read : store_read_begin(store);
	if (!s.read)
		return CDT_E_NOMEM;
	tally_init(&s.tally);
	st = choose_names(&s);
	if (st == CDT_OK && q->top.n)
		st = choose_top(&s);
	if (st == CDT_OK)
		st = read_sums(&s);
	if (st == CDT_E_ABSENT)
		st = CDT_OK;
	if (st == CDT_OK) {
		*out = (struct usage_answer){
			.from_ms = s.from * MINUTE_MS, .to_ms = s.to * MINUTE_MS,
			.rows = s.tally.count,
		};
		tell(&s, row, arg, out);
	}
	tally_fini(&s.tally);
	if (!q->read)
		store_read_end(s.read);
	return st;
}
