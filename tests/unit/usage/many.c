/* Records made by a small generator of numbers.
 * SPDX-License-Identifier: MIT */
#include "unit/usage/many.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/unit.h"

enum { MAP = 64 << 20, HOUR_MS = 3600000 };

static uint32_t seed;

static uint32_t next(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

static cdt_str one_of(const char *const *words, uint32_t count)
{
	return str_z(words[next(count)]);
}

static void fill_attempts(struct usage_record *r)
{
	static const char *const providers[] = { "near", "far", "third" };

	r->attempt_count = next(4);
	r->cost = r->attempt_count ? 0 : next(2) * 77;
	for (uint32_t i = 0; i < r->attempt_count; i++) {
		struct usage_attempt *a = &r->attempt[i];

		a->provider = one_of(providers, 3);
		a->cost = next(3) ? 0 : next(1000000);
		a->outcome = i + 1 < r->attempt_count ? CDT_STR("OVERLOADED") : CDT_STR("OK");
		r->cost += a->cost;
	}
}

/* Those of known answers mostly made no attempt. */
static void fill_cache(struct usage_record *r)
{
	static const char *const words[] = { "HIT", "COALESCED", "STALE", "MISS", "BYPASS" };
	uint32_t word = next(8);

	r->cache = str_z(word < 5 ? words[word] : "");
	if (word > 2)
		return;
	r->answered_by.provider = CDT_STR("near");
	r->saved = next(1000000);
	if (word < 2) {
		r->attempt_count = 0;
		r->cost = 0;
	}
}

static void fill(struct many *m, size_t i)
{
	static const char *const keys[] = { "key0", "key1", "key2", "key3", "" };
	static const char *const groups[] = { "", "interns", "staff" };
	static const char *const models[] = { "fast", "large", "cheap", "" };
	static const char *const outcomes[] = { "OK", "OK", "OK", "CLIENT_GONE", "TIMEOUT" };
	struct usage_record *r = &m->record[i];
	uint32_t of_key = next(5);

	*r = (struct usage_record){
		.wall_ms = MANY_NOW_MS - 1 - (int64_t)(next(3) ? next(HOUR_MS) * 960ull
		                                               : next(2 * HOUR_MS)),
		.key = str_z(keys[of_key]), .group = str_z(groups[of_key % 3]),
		.model = one_of(models, 4), .outcome = one_of(outcomes, 5),
		.status = next(4) ? 200 : 429 + (int)next(100), .estimated = !next(5),
		.input = (int64_t)next(1000) - 1, .cached = (int64_t)next(10) - 1,
		.cache_write = -1, .output = next(2000), .reasoning = next(3),
		.total_us = (int64_t)next(5000000) - 1000,
		.first_us = next(2) ? -1 : (int64_t)next(9999),
	};
	(void)snprintf(m->ids[i], sizeof m->ids[i], "id-%u", next(MANY));
	r->id = str_z(m->ids[i]);
	fill_attempts(r);
	fill_cache(r);
}

static cdt_status apply(void *arg, struct store_txn *txn)
{
	return usage_post_apply(arg, txn);
}

void many_put(struct store *s, const struct usage_record *r)
{
	struct usage_post *p = usage_post_new(r);

	CU_ASSERT_EQUAL(store_run(s, apply, p), CDT_OK);
	usage_post_free(p);
}

static void on_applied(void *arg, cdt_status st)
{
	CU_ASSERT_EQUAL(st, CDT_OK);
	usage_post_free(arg);
}

static cdt_status nothing(void *arg, struct store_txn *txn)
{
	(void)arg, (void)txn;
	return CDT_OK;
}

void many_put_more(struct store *s, struct usage_record like, size_t count, int64_t each_ms)
{
	struct usage_sheaf *sheaf = NULL;

	for (size_t i = 0; i < count; i++) {
		struct store_op op = { apply, on_applied, NULL, NULL };

		like.wall_ms += each_ms;
		op.arg = usage_post_into(&sheaf, &like);
		CU_ASSERT_EQUAL(store_submit(s, &op), CDT_OK);
	}
	usage_sheaf_give(sheaf);
	CU_ASSERT_EQUAL(store_run(s, nothing, NULL), CDT_OK);
}

struct many *many_new(void)
{
	struct many *m = mem_new(sizeof *m);
	struct usage_sheaf *sheaf = NULL;
	char why[256];

	seed = 7;
	m->dir = unit_dir_new();
	m->store = store_open(m->dir, MAP, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m->store);
	for (size_t i = 0; i < MANY; i++) {
		struct store_op op = { apply, on_applied, NULL, NULL };

		fill(m, i);
		op.arg = i % 8 ? usage_post_into(&sheaf, &m->record[i])
		               : usage_post_new(&m->record[i]);
		CU_ASSERT_EQUAL(store_submit(m->store, &op), CDT_OK);
	}
	usage_sheaf_give(sheaf);
	CU_ASSERT_EQUAL(store_run(m->store, nothing, NULL), CDT_OK);
	return m;
}

void many_reopen(struct many *m)
{
	char why[256];

	store_close(m->store);
	m->store = store_open(m->dir, MAP, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m->store);
}

void many_free(struct many *m)
{
	store_close(m->store);
	unit_dir_drop(m->dir);
	mem_free(m);
}
