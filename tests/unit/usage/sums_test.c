/* What records add to sums, and sums from before there were known answers.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"
#include "unit/usage/many.h"
#include "usage/inside.h"
#include "usage/pack.h"

enum { MAP = 64 << 20, OLD_LINES = 14, OLD_SUMS = 13 };

/* The row as it was written then. */
struct old_fresh {
	uint32_t version, count;
	uint64_t number;
	uint32_t names[USAGE_DIMS];
	struct { uint32_t minute, name[USAGE_DIMS], spare; int64_t sum[OLD_SUMS]; }
		line[OLD_LINES];
};

struct rig { char *dir; struct store *store; };

static struct rig rig_open(void)
{
	struct rig r = { unit_dir_new(), NULL };
	char why[256];

	r.store = store_open(r.dir, MAP, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.store);
	return r;
}

static void rig_close(struct rig *r)
{
	store_close(r->store);
	unit_dir_drop(r->dir);
}

static void nothing(void *arg, const struct usage_row *r)
{
	(void)arg, (void)r;
}

/* What all of the last hour adds up to. */
static struct usage_row total_of(const struct rig *r)
{
	const struct usage_question q = {
		.from_ms = MANY_NOW_MS - 60 * MINUTE_MS, .to_ms = MANY_NOW_MS + MINUTE_MS,
		.now_ms = MANY_NOW_MS, .by_time = USAGE_GRAINS,
	};
	struct usage_answer a = { .rows = 0 };

	CU_ASSERT_EQUAL(usage_query(r->store, &q, nothing, NULL, &a), CDT_OK);
	return a.total;
}

static struct usage_record hit(void)
{
	return (struct usage_record){
		.wall_ms = MANY_NOW_MS, .key = CDT_STR("k"), .outcome = CDT_STR("OK"),
		.input = 50, .cached = 4, .cache_write = 3, .output = 70, .reasoning = 2,
		.first_us = 10, .total_us = 20, .saved = 9, .cache = CDT_STR("HIT"),
		.answered_by.provider = CDT_STR("p"),
	};
}

static void hits_add_what_they_saved_and_no_tokens(void)
{
	struct rig rig = rig_open();
	struct usage_record r = hit();
	struct usage_row total;

	many_put(rig.store, &r);
	r.cache = CDT_STR("COALESCED");
	many_put(rig.store, &r);
	total = total_of(&rig);
	CU_ASSERT_EQUAL(total.sum[USAGE_REQUESTS], 2);
	CU_ASSERT_EQUAL(total.sum[USAGE_HITS], 2);
	CU_ASSERT_EQUAL(total.sum[USAGE_SAVED], 18);
	for (int i = USAGE_INPUT; i <= USAGE_COST; i++)
		CU_ASSERT_EQUAL(total.sum[i], 0);
	r.cache = CDT_STR("MISS");
	r.saved = 0;
	many_put(rig.store, &r);
	total = total_of(&rig);
	CU_ASSERT_EQUAL(total.sum[USAGE_HITS], 2);
	CU_ASSERT_EQUAL(total.sum[USAGE_INPUT], 50);
	CU_ASSERT_EQUAL(total.sum[USAGE_TOTALS], 1);
	rig_close(&rig);
}

/* Its own attempt made the next answer: those tokens are new, the time is not its client's. */
static void a_stale_one_that_asked_adds_its_tokens(void)
{
	struct rig rig = rig_open();
	struct usage_record r = hit();
	struct usage_row total;

	r.cache = CDT_STR("STALE");
	r.attempt_count = 1;
	r.attempt[0].provider = CDT_STR("q");
	r.attempt[0].cost = r.cost = 77;
	many_put(rig.store, &r);
	total = total_of(&rig);
	CU_ASSERT_EQUAL(total.sum[USAGE_HITS], 1);
	CU_ASSERT_EQUAL(total.sum[USAGE_INPUT], 50);
	CU_ASSERT_EQUAL(total.sum[USAGE_COST], 77);
	CU_ASSERT_EQUAL(total.sum[USAGE_TOTALS], 0);
	rig_close(&rig);
}

static void old_rows_have_no_hits(void)
{
	char bytes[SUM_VALUE_MAX];
	struct packer p = { bytes, bytes + sizeof bytes, false };
	int64_t sum[USAGE_SUM_COUNT];

	memset(sum, 0xff, sizeof sum);
	for (int i = 0; i < OLD_SUMS; i++)
		pack_i64(&p, i + 1);
	CU_ASSERT_FATAL(sum_decode(str_from(bytes, (size_t)(p.at - bytes)), sum));
	for (int i = 0; i < OLD_SUMS; i++)
		CU_ASSERT_EQUAL(sum[i], i + 1);
	CU_ASSERT_EQUAL(sum[USAGE_HITS], 0);
	CU_ASSERT_EQUAL(sum[USAGE_SAVED], 0);
	CU_ASSERT(!sum_decode(str_from(bytes, (size_t)(p.at - bytes) - 1), sum));
}

/* So many lines, of one minute each. */
static cdt_status put_old(void *arg, struct store_txn *txn)
{
	struct old_fresh f = { .version = 1, .count = *(const uint32_t *)arg };

	CU_ASSERT_EQUAL(sizeof f, 1824);
	f.number = 100;
	f.names[USAGE_KEY] = 1;
	for (uint32_t i = 0; i < f.count; i++) {
		f.line[i].minute = place_minute(MANY_NOW_MS) - i;
		f.line[i].name[USAGE_KEY] = NAME_FIRST;
		for (int k = 0; k < OLD_SUMS; k++)
			f.line[i].sum[k] = k + 1;
	}
	return txn_put(txn, STORE_USAGE, FRESH_KEY, str_from((const char *)&f, sizeof f));
}

static void check_total(const struct rig *rig, uint32_t old_lines, int64_t hits)
{
	struct usage_row total = total_of(rig);

	CU_ASSERT_EQUAL(total.sum[USAGE_REQUESTS], old_lines + hits);
	CU_ASSERT_EQUAL(total.sum[USAGE_INPUT], old_lines * (1 + (int64_t)USAGE_INPUT));
	CU_ASSERT_EQUAL(total.sum[USAGE_COST], old_lines * (1 + (int64_t)USAGE_COST));
	CU_ASSERT_EQUAL(total.sum[USAGE_HITS], hits);
	CU_ASSERT_EQUAL(total.sum[USAGE_SAVED], 9 * hits);
}

/* However full the row was, and also when new lines push the old ones into their tables. */
static void the_latest_sums_of_old_go_on(void)
{
	for (uint32_t lines = 0; lines <= OLD_LINES; lines++) {
		struct rig rig = rig_open();
		struct usage_record r = hit();

		CU_ASSERT_EQUAL(store_run(rig.store, put_old, &lines), CDT_OK);
		check_total(&rig, lines, 0);
		for (int64_t hits = 1; hits <= 2 * FRESH_LINES; hits++) {
			many_put(rig.store, &r);
			check_total(&rig, lines, hits);
			if (hits > 2)
				r.wall_ms -= MINUTE_MS;
		}
		rig_close(&rig);
	}
}

static const struct unit_test tests[] = {
	{ "hits add what they saved and no tokens", hits_add_what_they_saved_and_no_tokens },
	{ "a stale one that asked adds its tokens", a_stale_one_that_asked_adds_its_tokens },
	{ "old rows have no hits", old_rows_have_no_hits },
	{ "the latest sums of old go on", the_latest_sums_of_old_go_on },
	{ NULL, NULL },
};
const struct unit_suite usage_sums_suite = { "usage/sums", tests };
