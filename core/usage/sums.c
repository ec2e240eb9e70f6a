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

/* The row as it was before there were known answers: fewer sums, more lines. */
enum { OLD_VERSION = 1, OLD_SUMS = USAGE_COST + 1 };
struct old_line { uint32_t minute, name[USAGE_DIMS], spare; int64_t sum[OLD_SUMS]; };
struct old_fresh {
	uint32_t version, count;
	uint64_t number;
	uint32_t names[USAGE_DIMS];
	struct old_line line[FRESH_LINES_OLD];
};

#define FRESH_SIZE (offsetof(struct fresh, line) + FRESH_LINES * sizeof(struct sum_line))
_Static_assert(FRESH_SIZE <= RECORD_MAX, "the row shares a page with others");
_Static_assert(sizeof(struct old_fresh) == 1824, "as it was written");

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

	for (size_t i = 0; i < OLD_SUMS; i++)
		sum[i] = unpack_i64(&u);
	for (size_t i = OLD_SUMS; i < USAGE_SUM_COUNT; i++)    /* old ones end before */
		sum[i] = u.at < u.end ? unpack_i64(&u) : 0;
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

static bool read_old(cdt_str bytes, struct fresh *out)
{
	struct old_fresh old;

	if (bytes.n != sizeof old)
		return false;
	memcpy(&old, bytes.p, sizeof old);
	if (old.version != OLD_VERSION || old.count > FRESH_LINES_OLD)
		return false;
	memset(out, 0, sizeof *out);
	out->version = FRESH_VERSION;
	out->count = old.count;
	out->number = old.number;
	memcpy(out->names, old.names, sizeof out->names);
	for (size_t i = 0; i < old.count; i++)
		memcpy(&out->line[i], &old.line[i], sizeof old.line[i]);
	return true;
}

static bool read_new(cdt_str bytes, struct fresh *out)
{
	if (bytes.n != FRESH_SIZE)
		return false;
	memset(out, 0, sizeof *out);
	memcpy(out, bytes.p, FRESH_SIZE);
	return out->version == FRESH_VERSION && out->count <= FRESH_LINES;
}

/* Without it nobody knows which numbers are taken: then there are no new names. */
void fresh_read(cdt_status st, cdt_str bytes, struct fresh *out)
{
	if (st == CDT_OK && (read_new(bytes, out) || read_old(bytes, out)))
		return;
	memset(out, 0, sizeof *out);
	out->version = FRESH_VERSION;
	if (st == CDT_E_ABSENT)
		return;
	log_error(LOG_USAGE, NULL, "the latest sums of usage are damaged and left out");
	memset(out->names, 0xff, sizeof out->names);
}

cdt_str fresh_bytes(const struct fresh *f)
{
	return str_from((const char *)f, FRESH_SIZE);
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
	if (f->count >= FRESH_LINES)
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

/* Tokens of a known answer have been counted when it was new. */
static void add_tokens(const struct usage_record *r, int64_t sum[USAGE_SUM_COUNT])
{
	if (record_is_hit(r) && !r->attempt_count)
		return;
	sum[USAGE_INPUT] = known(r->input);
	sum[USAGE_CACHED] = known(r->cached);
	sum[USAGE_CACHE_WRITE] = known(r->cache_write);
	sum[USAGE_OUTPUT] = known(r->output);
	sum[USAGE_REASONING] = known(r->reasoning);
}

static void add_times(const struct usage_record *r, int64_t sum[USAGE_SUM_COUNT])
{
	if (record_is_hit(r))
		return;
	sum[USAGE_TOTAL_US] = known(r->total_us);
	sum[USAGE_TOTALS] = r->total_us >= 0;
	sum[USAGE_FIRST_US] = known(r->first_us);
	sum[USAGE_FIRSTS] = r->first_us >= 0;
}

static void sums_of(const struct usage_record *r, int64_t sum[USAGE_SUM_COUNT])
{
	const int64_t all[USAGE_SUM_COUNT] = {
		[USAGE_REQUESTS] = 1, [USAGE_ERRORS] = !str_is(r->outcome, "OK"),
		[USAGE_ESTIMATED] = r->estimated, [USAGE_COST] = r->cost,
		[USAGE_HITS] = record_is_hit(r), [USAGE_SAVED] = r->saved,
	};

	memcpy(sum, all, sizeof all);
	add_tokens(r, sum);
	add_times(r, sum);
}

/* An attempt elsewhere that cost something: its cost is its provider's. */
static cdt_status add_costs(struct store_txn *txn, struct fresh *f,
                            const struct usage_record *r, struct sum_line *own)
{
	cdt_status st = CDT_OK;

	for (uint32_t i = 0; i + 1 < r->attempt_count && st == CDT_OK; i++) {
		const struct usage_attempt *a = &r->attempt[i];
		struct sum_line l = *own;

		if (!a->cost || str_eq(a->provider, usage_provider(r)) ||
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

cdt_status sums_put(struct store_txn *txn, struct fresh *f, const struct usage_record *r,
                    const uint32_t name[USAGE_DIMS])
{
	struct sum_line l = { .spare = 0 };
	/* An old row may have more than can be stored now. */
	cdt_status st = f->count > FRESH_LINES ? empty(txn, f) : CDT_OK;

	l.minute = place_minute(r->wall_ms);
	memcpy(l.name, name, sizeof l.name);
	sums_of(r, l.sum);
	if (st == CDT_OK)
		st = add_costs(txn, f, r, &l);
	return st == CDT_OK ? add_line(txn, f, &l) : st;
}
