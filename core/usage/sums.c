/* usage/sums.c - what records add up to, by minute, hour and day.  Lines wait in one row until
 * it is full; then each goes to all tables that have a part in it.
 * SPDX-License-Identifier: MIT */
#include "usage/inside.h"
#include "usage/pack.h"

#include <string.h>

#include "base/bigend.h"
#include "base/log.h"
#include "base/str.h"

#define K (1u << USAGE_KEY)
#define G (1u << USAGE_GROUP)
#define M (1u << USAGE_MODEL)
#define P (1u << USAGE_PROVIDER)

/* Those without keys are few rows, whatever the number of keys; without them a chart of all
 * would have to read each key's. */
const struct sum_view sum_views[SUM_VIEWS] = {
	{ USAGE_MINUTE, M | P }, { USAGE_MINUTE, K | G | M | P },
	{ USAGE_HOUR, M | P }, { USAGE_HOUR, K | G }, { USAGE_HOUR, K | G | M | P },
	{ USAGE_DAY, M | P }, { USAGE_DAY, K | G }, { USAGE_DAY, G | M | P },
	{ USAGE_DAY, K | G | M | P },
};
const unsigned grain_minutes[USAGE_GRAINS] = { 1, 60, DAY_MINUTES };

/* The tables of a grain, and how many of its spans share one. */
static const struct { enum store_table first, last; uint32_t spans; } rings[USAGE_GRAINS] = {
	[USAGE_MINUTE] = { STORE_MINUTES, STORE_MINUTES_LAST, 1440 },
	[USAGE_HOUR] = { STORE_HOURS, STORE_HOURS_LAST, 30 * 24 },
	[USAGE_DAY] = { STORE_DAYS, STORE_DAYS_LAST, 366 },
};

_Static_assert(sizeof(struct fresh) <= RECORD_MAX, "the row shares a page with others");

/* --- rows --- */

enum store_table sum_table(enum usage_grain g, uint32_t bucket)
{
	return rings[g].first +
	       bucket / rings[g].spans % (unsigned)(rings[g].last - rings[g].first + 1);
}

size_t sum_key(uint32_t bucket, uint32_t dims, const uint32_t name[USAGE_DIMS],
               char out[SUM_KEY_MAX])
{
	size_t n = 5;

	big_put(out, bucket, 4);
	out[4] = (char)dims;
	for (unsigned d = 0; d < USAGE_DIMS; d++)
		if (dims & 1u << d) {
			big_put(out + n, name[d], 4);
			n += 4;
		}
	return n;
}

static size_t encode(const int64_t sum[USAGE_SUM_COUNT], char out[SUM_VALUE_MAX])
{
	struct packer p = { out, out + SUM_VALUE_MAX, false };

	for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
		pack_i64(&p, sum[i]);
	return (size_t)(p.at - out);
}

bool sum_decode(cdt_str bytes, int64_t sum[USAGE_SUM_COUNT])
{
	struct unpacker u = { bytes.p, bytes.p + bytes.n, false };

	for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
		sum[i] = unpack_i64(&u);
	return !u.bad;
}

void sum_add(int64_t into[USAGE_SUM_COUNT], const int64_t sum[USAGE_SUM_COUNT])
{
	for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
		if (__builtin_add_overflow(into[i], sum[i], &into[i]))
			into[i] = sum[i] < 0 ? INT64_MIN : INT64_MAX;
}

static cdt_status add_row(struct store_txn *txn, const struct sum_line *l,
                          const struct sum_view *v)
{
	uint32_t bucket = l->minute / grain_minutes[v->grain];
	enum store_table table = sum_table(v->grain, bucket);
	int64_t sum[USAGE_SUM_COUNT];
	char key[SUM_KEY_MAX], value[SUM_VALUE_MAX];
	cdt_str k = str_from(key, sum_key(bucket, v->dims, l->name, key)), there;
	cdt_status st = txn_get(txn, table, k, &there);

	if (st != CDT_OK && st != CDT_E_ABSENT)
		return st;
	memcpy(sum, l->sum, sizeof sum);
	if (st == CDT_OK && sum_decode(there, sum))
		sum_add(sum, l->sum);
	else if (st == CDT_OK)
		log_error(LOG_USAGE, NULL, "a sum of usage is damaged and begins anew");
	return txn_put(txn, table, k, str_from(value, encode(sum, value)));
}

/* --- the row that is rewritten with each record --- */

/* Without it nobody knows which numbers are taken: then there are no new names. */
void fresh_read(cdt_status st, cdt_str bytes, struct fresh *out)
{
	if (st == CDT_OK && bytes.n == sizeof *out) {
		memcpy(out, bytes.p, sizeof *out);
		if (out->version == FRESH_VERSION && out->count <= FRESH_LINES)
			return;
	}
	memset(out, 0, sizeof *out);
	out->version = FRESH_VERSION;
	if (st == CDT_E_ABSENT)
		return;
	log_error(LOG_USAGE, NULL, "the latest sums of usage are damaged and left out");
	memset(out->names, 0xff, sizeof out->names);
}

static cdt_status empty(struct store_txn *txn, struct fresh *f)
{
	cdt_status st = CDT_OK;

	for (uint32_t i = 0; i < f->count && st == CDT_OK; i++)
		for (size_t v = 0; v < SUM_VIEWS && st == CDT_OK; v++)
			st = add_row(txn, &f->line[i], &sum_views[v]);
	f->count = 0;
	memset(f->line, 0, sizeof f->line);
	return st;
}

static cdt_status add_line(struct store_txn *txn, struct fresh *f, const struct sum_line *l)
{
	cdt_status st = CDT_OK;

	for (uint32_t i = 0; i < f->count; i++)
		if (!memcmp(&f->line[i], l, offsetof(struct sum_line, sum))) {
			sum_add(f->line[i].sum, l->sum);
			return CDT_OK;
		}
	if (f->count == FRESH_LINES)
		st = empty(txn, f);
	if (st == CDT_OK)
		f->line[f->count++] = *l;
	return st;
}

/* --- what a record adds --- */

static int64_t known(int64_t n)
{
	return n > 0 ? n : 0;
}

static void sums_of(const struct usage_record *r, int64_t sum[USAGE_SUM_COUNT])
{
	const int64_t all[USAGE_SUM_COUNT] = {
		[USAGE_REQUESTS] = 1, [USAGE_ERRORS] = !str_is(r->outcome, "OK"),
		[USAGE_ESTIMATED] = r->estimated, [USAGE_INPUT] = known(r->input),
		[USAGE_CACHED] = known(r->cached), [USAGE_CACHE_WRITE] = known(r->cache_write),
		[USAGE_OUTPUT] = known(r->output), [USAGE_REASONING] = known(r->reasoning),
		[USAGE_TOTAL_US] = known(r->total_us), [USAGE_TOTALS] = r->total_us >= 0,
		[USAGE_FIRST_US] = known(r->first_us), [USAGE_FIRSTS] = r->first_us >= 0,
		[USAGE_COST] = r->cost,
	};

	memcpy(sum, all, sizeof all);
}

/* An attempt elsewhere that cost something: its cost is its provider's. */
static cdt_status add_costs(struct store_txn *txn, struct fresh *f,
                            const struct usage_record *r, struct sum_line *own)
{
	cdt_status st = CDT_OK;

	for (uint32_t i = 0; i + 1 < r->attempt_count && st == CDT_OK; i++) {
		const struct usage_attempt *a = &r->attempt[i];
		struct sum_line l = *own;

		if (!a->cost || str_eq(a->provider, record_provider(r)) ||
		    __builtin_sub_overflow(own->sum[USAGE_COST], a->cost,
		                           &own->sum[USAGE_COST]))
			continue;
		memset(l.sum, 0, sizeof l.sum);
		l.sum[USAGE_COST] = a->cost;
		st = name_put(txn, f, USAGE_PROVIDER, a->provider, &l.name[USAGE_PROVIDER]);
		if (st == CDT_OK)
			st = add_line(txn, f, &l);
	}
	return st;
}

cdt_status sums_put(struct store_txn *txn, struct fresh *f, const struct usage_record *r)
{
	const cdt_str names[USAGE_DIMS] = {
		[USAGE_KEY] = r->key, [USAGE_GROUP] = r->group, [USAGE_MODEL] = r->model,
		[USAGE_PROVIDER] = record_provider(r),
	};
	struct sum_line l = { .spare = 0 };
	cdt_status st = CDT_OK;

	l.minute = place_minute(r->wall_ms);
	for (unsigned d = 0; d < USAGE_DIMS && st == CDT_OK; d++)
		st = name_put(txn, f, d, names[d], &l.name[d]);
	sums_of(r, l.sum);
	if (st == CDT_OK)
		st = add_costs(txn, f, r, &l);
	return st == CDT_OK ? add_line(txn, f, &l) : st;
}
