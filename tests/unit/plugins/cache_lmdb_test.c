/* unit/plugins/cache_lmdb_test.c - what the cache of LMDB answers: through the gateway's own
 * host, in a folder of its own.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "unit/plugins/cache_rig.h"
#include "unit/unit.h"

enum { BARRIER = 1 << 30, TTL_S = 60 };

static void begin(struct cacherig *r)
{
	cacherig_init(r, "lmdb");
	CU_ASSERT_TRUE_FATAL(cacherig_open(r, "lmdb", "\"size\":\"16MiB\""));
}

static void again(struct cacherig *r)
{
	cacherig_close(r);
	CU_ASSERT_TRUE_FATAL(cacherig_open(r, "lmdb", "\"size\":\"16MiB\""));
}

/* All that waited is written. */
static void settle(struct cacherig *r)
{
	CU_ASSERT_EQUAL(cacherig_drop(r, BARRIER), CDT_OK);
}

static int64_t length_of(struct cacherig *r, uint64_t n)
{
	int64_t length = -1;

	CU_ASSERT_EQUAL(cacherig_get(r->self, n, &length), CDT_OK);
	return length;
}

static void finds_at_once_what_was_put(void)
{
	static const size_t lengths[] = { 0, 1, 15, 100, 2048, 5000, 400000 };
	struct cacherig r;

	begin(&r);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		CU_ASSERT_FALSE(cacherig_has(&r, i));
		CU_ASSERT_EQUAL(cacherig_put(r.self, i, 0, lengths[i], TTL_S), CDT_OK);
		CU_ASSERT_EQUAL(length_of(&r, i), (int64_t)lengths[i]);
	}
	settle(&r);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		CU_ASSERT_EQUAL(length_of(&r, i), (int64_t)lengths[i]);
	cacherig_fini(&r);
}

static void gives_the_newest_of_a_key(void)
{
	struct cacherig r;

	begin(&r);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 1, 100, TTL_S), CDT_OK);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 2, 200, TTL_S), CDT_OK);
	CU_ASSERT_EQUAL(length_of(&r, 1), 200);
	settle(&r);
	CU_ASSERT_EQUAL(length_of(&r, 1), 200);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 3, 300, TTL_S), CDT_OK);
	CU_ASSERT_EQUAL(length_of(&r, 1), 300);
	again(&r);
	CU_ASSERT_EQUAL(length_of(&r, 1), 300);
	cacherig_fini(&r);
}

static void forgets_when_the_time_is_over(void)
{
	struct cacherig r;

	begin(&r);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 0, 100, 10), CDT_OK);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 2, 0, 100, UINT32_MAX), CDT_OK);
	r.wall_ms += 9999;
	CU_ASSERT_TRUE(cacherig_has(&r, 1));
	r.wall_ms += 1;
	CU_ASSERT_FALSE(cacherig_has(&r, 1));          /* while it waits */
	settle(&r);
	CU_ASSERT_FALSE(cacherig_has(&r, 1));
	again(&r);
	CU_ASSERT_FALSE(cacherig_has(&r, 1));
	CU_ASSERT_TRUE(cacherig_has(&r, 2));
	cacherig_fini(&r);
}

static void drops_at_once_and_for_good(void)
{
	struct cacherig r;

	begin(&r);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 0, 100, TTL_S), CDT_OK);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 2, 0, 100, TTL_S), CDT_OK);
	CU_ASSERT_EQUAL(cacherig_drop(&r, 1), CDT_OK);
	CU_ASSERT_FALSE(cacherig_has(&r, 1));
	CU_ASSERT_TRUE(cacherig_has(&r, 2));
	CU_ASSERT_EQUAL(cacherig_drop(&r, 2), CDT_OK);
	CU_ASSERT_EQUAL(cacherig_drop(&r, 3), CDT_OK); /* which was never there */
	again(&r);
	CU_ASSERT_FALSE(cacherig_has(&r, 1));
	CU_ASSERT_FALSE(cacherig_has(&r, 2));
	CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 1, 50, TTL_S), CDT_OK);
	CU_ASSERT_EQUAL(length_of(&r, 1), 50);
	cacherig_fini(&r);
}

/* Until the entry is in a segment that nothing is put into any more. */
static void bury(struct cacherig *r)
{
	for (uint64_t i = 0; i < 60; i++)
		cacherig_put_surely(r->self, 100000 + i, 0, 60000);
	settle(r);
}

static void drops_and_overwrites_what_lies_in_an_older_segment(void)
{
	struct cacherig r;

	begin(&r);
	for (uint64_t n = 1; n < 4; n++)
		CU_ASSERT_EQUAL(cacherig_put(r.self, n, 0, 100, TTL_S), CDT_OK);
	bury(&r);
	CU_ASSERT_EQUAL(length_of(&r, 1), 100);
	CU_ASSERT_EQUAL(cacherig_drop(&r, 1), CDT_OK);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 2, 1, 200, TTL_S), CDT_OK);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 3, 1, 200, 1), CDT_OK);
	settle(&r);
	r.wall_ms += 1000;
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_FALSE(cacherig_has(&r, 1));
		CU_ASSERT_EQUAL(length_of(&r, 2), 200);
		CU_ASSERT_FALSE(cacherig_has(&r, 3));  /* though the older one would last */
		again(&r);
	}
	cacherig_fini(&r);
}

static void survives_a_restart(void)
{
	struct cacherig r;

	begin(&r);
	for (uint64_t n = 0; n < 2000; n++)
		cacherig_put_surely(r.self, n, 0, 500);
	for (int i = 0; i < 3; i++) {
		again(&r);
		for (uint64_t n = 0; n < 2000; n++)
			CU_ASSERT_EQUAL(length_of(&r, n), 500);
		CU_ASSERT_FALSE(cacherig_has(&r, 2000));
	}
	cacherig_fini(&r);
}

static void clears_at_once_and_gives_the_room_back(void)
{
	const struct cdt_cache_care *care;
	struct cdt_cache_stats s;
	struct cacherig r;

	begin(&r);
	for (uint64_t n = 0; n < 100; n++)
		cacherig_put_surely(r.self, n, 0, 60000);
	settle(&r);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 100, 0, 100, TTL_S), CDT_OK);
	care = cache_care(r.instance);
	CU_ASSERT_PTR_NOT_NULL_FATAL(care);
	CU_ASSERT_EQUAL(cache_clear(r.instance), CDT_OK);
	for (uint64_t n = 0; n <= 100; n++)
		CU_ASSERT_FALSE(cacherig_has(&r, n));
	CU_ASSERT_EQUAL(cacherig_put(r.self, 5, 1, 70, TTL_S), CDT_OK);
	CU_ASSERT_EQUAL(length_of(&r, 5), 70);
	settle(&r);
	cache_stats(r.instance, &s);
	CU_ASSERT_EQUAL(s.entries, 1);
	CU_ASSERT_EQUAL(s.evictions, 0);
	CU_ASSERT_TRUE(cacherig_disk(&r) <= 2 << 20);  /* one segment */
	again(&r);
	CU_ASSERT_EQUAL(length_of(&r, 5), 70);
	for (uint64_t n = 0; n <= 100; n++)
		CU_ASSERT_EQUAL(cacherig_has(&r, n), n == 5);
	cacherig_fini(&r);
}

static void refuses_what_is_too_large(void)
{
	struct cdt_cache_stats s;
	struct cacherig r;

	begin(&r);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 0, 512 << 10, TTL_S), CDT_OK);   /* size / 32 */
	CU_ASSERT_EQUAL(cacherig_put(r.self, 2, 0, (512 << 10) + 1, TTL_S), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(length_of(&r, 1), 512 << 10);
	CU_ASSERT_FALSE(cacherig_has(&r, 2));
	cacherig_close(&r);
	CU_ASSERT_TRUE_FATAL(cacherig_open(&r, "lmdb",
	                                   "\"size\":\"16MiB\",\"max_value\":\"1KiB\""));
	CU_ASSERT_EQUAL(length_of(&r, 1), 512 << 10);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 3, 0, 1024, TTL_S), CDT_OK);
	CU_ASSERT_EQUAL(cacherig_put(r.self, 3, 0, 1025, TTL_S), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(length_of(&r, 3), 1024);
	cache_stats(r.instance, &s);
	CU_ASSERT_EQUAL(s.refused, 1);
	cacherig_fini(&r);
}

static void on_status(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	(void)value, (void)lasts_ms;
	*(cdt_status *)arg = st;
}

static void refuses_keys_that_are_no_digests(void)
{
	cdt_status st[3] = { CDT_OK, CDT_OK, CDT_OK };
	struct ticket *wait = NULL;
	struct cacherig r;

	begin(&r);
	for (size_t i = 0; i < 3; i++) {
		struct cache_order o = { CDT_STR("short"), on_status, &st[i] };

		if (i == 0)
			(void)cache_get(r.self, &o, &wait);
		else if (i == 1)
			(void)cache_put(r.self, &o, CDT_STR("v"), 1, &wait);
		else
			(void)cache_drop(r.self, &o, &wait);
		CU_ASSERT_PTR_NULL(wait);
		CU_ASSERT_EQUAL(st[i], CDT_E_INVALID);
	}
	cacherig_fini(&r);
}

static void has_its_folder_for_itself(void)
{
	struct cacherig r, other;
	struct stat st;
	char path[600];

	begin(&r);
	cacherig_init(&other, "lmdb");
	(void)snprintf(other.folder, sizeof other.folder, "%s", r.folder);
	CU_ASSERT_FALSE(cacherig_open(&other, "lmdb", ""));
	CU_ASSERT_EQUAL(other.report.errors, 1);
	CU_ASSERT_PTR_NOT_NULL(memmem(other.report.text.p, other.report.text.n,
	                              "is in use by process", 20));
	CU_ASSERT_EQUAL(cacherig_put(r.self, 1, 0, 10, TTL_S), CDT_OK);
	settle(&r);
	CU_ASSERT_EQUAL(stat(r.folder, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	(void)snprintf(path, sizeof path, "%s/%016x.segment", r.folder, 1);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	cacherig_fini(&other);
	cacherig_fini(&r);
}

static void says_what_is_wrong_with_its_options(void)
{
	static const struct { const char *folder, *more; } wrong[] = {
		{ NULL, "\"size\":\"1MiB\"" }, { "", "" }, { "/proc/none", "" },
	};
	struct cacherig r;

	cacherig_init(&r, "lmdb");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		if (wrong[i].folder)
			(void)snprintf(r.folder, sizeof r.folder, "%s", wrong[i].folder);
		CU_ASSERT_FALSE(cacherig_open(&r, "lmdb", wrong[i].more));
		CU_ASSERT_EQUAL(r.report.errors, i + 1);
	}
	cacherig_fini(&r);
}

static const struct unit_test tests[] = {
	{ "finds at once what was put", finds_at_once_what_was_put },
	{ "gives the newest of a key", gives_the_newest_of_a_key },
	{ "forgets when the time is over", forgets_when_the_time_is_over },
	{ "drops at once and for good", drops_at_once_and_for_good },
	{ "drops and overwrites what lies in an older segment",
	  drops_and_overwrites_what_lies_in_an_older_segment },
	{ "survives a restart", survives_a_restart },
	{ "clears at once and gives the room back", clears_at_once_and_gives_the_room_back },
	{ "refuses what is too large", refuses_what_is_too_large },
	{ "refuses keys that are no digests", refuses_keys_that_are_no_digests },
	{ "has its folder for itself", has_its_folder_for_itself },
	{ "says what is wrong with its options", says_what_is_wrong_with_its_options },
	{ NULL, NULL },
};
const struct unit_suite plugins_cache_lmdb_suite = { "cache_lmdb/answers", tests };
