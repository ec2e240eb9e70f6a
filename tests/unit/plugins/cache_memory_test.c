/* unit/plugins/cache_memory_test.c - what the memory cache keeps, forgets, and counts.
 * SPDX-License-Identifier: MIT */
#include "plugin/cache.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

enum { KEY_BYTES = 32, LONG_S = 600, THREADS = 4, SLOTS_OF_KEYS = 500 };

struct bench { struct worker *w; struct plugrig g; };
struct heard { int times; cdt_status st; const char *wanted; size_t n; bool same; };

static void bench_begin(struct bench *b, const char *options)
{
	const char *dir = getenv("CONDUIT_BUILDDIR");
	char path[PLUGRIG_PATH_SIZE], why[256] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);             /* the folder that make ran in */
	b->w = worker_new(0);
	plugrig_init(&b->g, NULL);
	(void)snprintf(path, sizeof path, "%s/plugins/cache_memory.so", dir);
	CU_ASSERT_EQUAL_FATAL(registry_load_file(b->g.registry, path, why), CDT_OK);
	(void)plugrig_open(&b->g, "cache", "memory", options, b->w);
}

static void bench_end(struct bench *b)
{
	CU_ASSERT_EQUAL(plugrig_misuses(&b->g), 0);
	plugrig_fini(&b->g);
	worker_free(b->w);
}

static void on_answer(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct heard *h = arg;

	(void)lasts_ms;
	h->times++;
	h->st = st;
	h->n = value.n;
	h->same = h->wanted && memcmp(value.p, h->wanted, value.n) == 0;
}

/* The digest of a number, nearly. */
static struct cache_order order(uint64_t number, char key[KEY_BYTES], struct heard *h)
{
	for (uint64_t i = 0; i < KEY_BYTES / 8; i++) {
		uint64_t word = (number + 1) * UINT64_C(0x9e3779b97f4a7c15) + i;

		word = (word ^ word >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
		word ^= word >> 32;
		memcpy(key + i * 8, &word, 8);
	}
	return (struct cache_order){ { key, KEY_BYTES }, on_answer, h };
}

static cdt_status put(struct bench *b, uint64_t number, cdt_str value, uint32_t ttl_s)
{
	char key[KEY_BYTES];
	struct heard h = { .times = 0 };
	struct cache_order o = order(number, key, &h);
	struct ticket *wait;

	CU_ASSERT_EQUAL(cache_put(b->g.self, &o, value, ttl_s, &wait), CDT_OK);
	CU_ASSERT_EQUAL(h.times, 1);
	return h.st;
}

/* The length that was found, or the status. */
static int64_t get(struct bench *b, uint64_t number, const char *wanted)
{
	char key[KEY_BYTES];
	struct heard h = { .wanted = wanted };
	struct cache_order o = order(number, key, &h);
	struct ticket *wait;

	CU_ASSERT_EQUAL(cache_get(b->g.self, &o, &wait), CDT_OK);
	CU_ASSERT_PTR_NULL(wait);
	CU_ASSERT_EQUAL(h.times, 1);
	if (h.st == CDT_OK && wanted)
		CU_ASSERT_TRUE(h.same);
	return h.st == CDT_OK ? (int64_t)h.n : h.st;
}

static struct cdt_cache_stats stats(struct bench *b)
{
	struct cdt_cache_stats s;

	cache_stats(b->g.instance, &s);
	CU_ASSERT_TRUE(s.bytes <= s.bytes_max);
	return s;
}

/* n bytes, all values among them; the caller frees. */
static char *bytes_new(size_t n)
{
	char *p = mem_new(n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i ^ i >> 8);
	return p;
}

static void gives_back_what_it_kept(void)
{
	static const size_t sizes[] = { 0, 1, 255, 4096, 131072, 1 << 20 };
	char *value = bytes_new(1 << 20);
	struct bench b;

	bench_begin(&b, NULL);
	CU_ASSERT_EQUAL(get(&b, 1, NULL), CDT_E_ABSENT);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		CU_ASSERT_EQUAL(put(&b, i, str_from(value, sizes[i]), LONG_S), CDT_OK);
		CU_ASSERT_EQUAL(get(&b, i, value), (int64_t)sizes[i]);
	}
	CU_ASSERT_EQUAL(stats(&b).entries, 6);
	CU_ASSERT_EQUAL(stats(&b).bytes_max, 256 << 20);
	bench_end(&b);
	mem_free(value);
}

static void replaces_and_drops(void)
{
	char key[KEY_BYTES];
	struct heard h = { .times = 0 };
	struct cache_order o = order(1, key, &h);
	struct ticket *wait;
	struct bench b;

	bench_begin(&b, NULL);
	CU_ASSERT_EQUAL(put(&b, 1, CDT_STR("a longer one"), LONG_S), CDT_OK);
	CU_ASSERT_EQUAL(put(&b, 1, CDT_STR("short"), LONG_S), CDT_OK);
	CU_ASSERT_EQUAL(get(&b, 1, "short"), 5);
	CU_ASSERT_EQUAL(stats(&b).entries, 1);
	CU_ASSERT_EQUAL(cache_drop(b.g.self, &o, &wait), CDT_OK);
	CU_ASSERT_EQUAL(cache_drop(b.g.self, &o, &wait), CDT_OK);
	CU_ASSERT_EQUAL(h.st, CDT_OK);
	CU_ASSERT_EQUAL(get(&b, 1, NULL), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(stats(&b).entries, 0);
	bench_end(&b);
}

/* A small cache is one shard, so the order is exact. */
static void forgets_what_was_not_used_for_longest(void)
{
	char *value = bytes_new(4096);
	struct bench b;
	uint64_t n = 0;

	bench_begin(&b, "{\"size\":\"64KiB\"}");
	while (stats(&b).evictions == 0) {
		CU_ASSERT_EQUAL(put(&b, n++, str_from(value, 4096), LONG_S), CDT_OK);
		if (n == 5)                            /* the oldest one is used again */
			CU_ASSERT_EQUAL(get(&b, 0, value), 4096);
	}
	CU_ASSERT_TRUE(n > 8 && n < 16);
	CU_ASSERT_EQUAL(get(&b, 0, value), 4096);
	CU_ASSERT_EQUAL(get(&b, 1, NULL), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(get(&b, 2, value), 4096);
	CU_ASSERT_EQUAL(put(&b, n, str_from(value, 4096), LONG_S), CDT_OK);
	CU_ASSERT_EQUAL(get(&b, 3, NULL), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(stats(&b).evictions, 2);
	bench_end(&b);
	mem_free(value);
}

/* Also as the allocator counts it, where there is no sanitizer in its place. */
static void stays_within_its_size(void)
{
	enum { SIZE = 8 << 20, PUTS = UNIT_MANY(40000) };
	char *value = bytes_new(200 << 10);
	struct bench b;
	size_t before, after;

	bench_begin(&b, "{\"size\":\"8MiB\"}");
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (uint64_t i = 0; i < PUTS; i++) {
		size_t n = i % 1000 == 7 ? 200 << 10 : i * 37 % 5000;

		CU_ASSERT_EQUAL(put(&b, i, str_from(value, n), LONG_S), CDT_OK);
		(void)stats(&b);
	}
	after = mallinfo2().uordblks + mallinfo2().hblkhd;
	CU_ASSERT_TRUE(stats(&b).bytes > SIZE - (1 << 20));
	CU_ASSERT_TRUE(stats(&b).evictions > 0);
	CU_ASSERT_TRUE(after - before <= SIZE + SIZE / 20);
	bench_end(&b);
	mem_free(value);
}

static void refuses_what_it_may_not_keep(void)
{
	char *value = bytes_new(256 << 10);
	struct bench b;

	bench_begin(&b, "{\"size\":\"128KiB\",\"max_value\":\"1MiB\"}");
	CU_ASSERT_EQUAL(put(&b, 1, CDT_STR("small"), LONG_S), CDT_OK);
	CU_ASSERT_EQUAL(put(&b, 1, str_from(value, 256 << 10), LONG_S), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(put(&b, 2, CDT_STR("no time"), 0), CDT_E_INVALID);
	CU_ASSERT_EQUAL(get(&b, 2, NULL), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(stats(&b).refused, 2);
	bench_end(&b);
	bench_begin(&b, "{\"max_value\":\"1KiB\"}");
	CU_ASSERT_EQUAL(put(&b, 1, str_from(value, 1025), LONG_S), CDT_E_LIMIT);
	CU_ASSERT_EQUAL(put(&b, 1, str_from(value, 1024), LONG_S), CDT_OK);
	bench_end(&b);
	bench_begin(&b, "{\"size\":\"1KiB\"}");
	CU_ASSERT_PTR_NULL(b.g.self);
	CU_ASSERT_PTR_NOT_NULL(strstr(buf_str(&b.g.report.text).p, "at least 64KiB"));
	bench_end(&b);
	mem_free(value);
}

static void takes_no_other_keys(void)
{
	static const size_t lengths[] = { 0, 1, 31, 33, 4096 };
	char *key = bytes_new(4096);
	struct bench b;

	bench_begin(&b, NULL);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct heard h = { .times = 0 };
		struct cache_order o = { { key, lengths[i] }, on_answer, &h };
		struct ticket *wait;

		CU_ASSERT_EQUAL(cache_put(b.g.self, &o, CDT_STR("v"), 1, &wait), CDT_OK);
		CU_ASSERT_EQUAL(h.st, CDT_E_INVALID);
		CU_ASSERT_EQUAL(cache_get(b.g.self, &o, &wait), CDT_OK);
		CU_ASSERT_EQUAL(h.st, CDT_E_ABSENT);
		CU_ASSERT_EQUAL(cache_drop(b.g.self, &o, &wait), CDT_OK);
		CU_ASSERT_EQUAL(h.times, 3);
	}
	CU_ASSERT_EQUAL(stats(&b).entries, 0);
	bench_end(&b);
	mem_free(key);
}

/* What is over is a miss, and its room comes back while others are kept. */
static void forgets_what_is_over(void)
{
	char *value = bytes_new(1000);
	int64_t empty;
	struct bench b;

	bench_begin(&b, "{\"size\":\"1MiB\"}");
	empty = stats(&b).bytes;
	for (uint64_t i = 0; i < 500; i++)
		CU_ASSERT_EQUAL(put(&b, i, str_from(value, 1000), 1), CDT_OK);
	CU_ASSERT_EQUAL(get(&b, 499, value), 1000);
	usleep(1100000);
	CU_ASSERT_EQUAL(get(&b, 499, NULL), CDT_E_ABSENT);
	CU_ASSERT_EQUAL(stats(&b).entries, 499);
	for (uint64_t i = 0; i < 1000; i++)            /* looks through all 2,048 slots */
		CU_ASSERT_EQUAL(put(&b, 1000, CDT_STR("v"), UINT32_MAX), CDT_OK);
	CU_ASSERT_EQUAL(stats(&b).entries, 1);
	CU_ASSERT_TRUE(stats(&b).bytes - empty < 200);
	CU_ASSERT_EQUAL(stats(&b).evictions, 0);
	CU_ASSERT_EQUAL(get(&b, 1000, "v"), 1);
	bench_end(&b);
	mem_free(value);
}

static void is_cleared_at_once(void)
{
	char *value = bytes_new(1000);
	struct bench b;

	bench_begin(&b, "{\"size\":\"1MiB\"}");
	for (uint64_t i = 0; i < 5000; i++)
		CU_ASSERT_EQUAL(put(&b, i, str_from(value, 1000), LONG_S), CDT_OK);
	CU_ASSERT_EQUAL(cache_clear(b.g.instance), CDT_OK);
	CU_ASSERT_EQUAL(stats(&b).entries, 0);
	for (uint64_t i = 0; i < 5000; i++)
		CU_ASSERT_EQUAL(get(&b, i, NULL), CDT_E_ABSENT);
	for (uint64_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(put(&b, i, str_from(value, 1000), LONG_S), CDT_OK);
	CU_ASSERT_EQUAL(stats(&b).entries, 100);
	for (uint64_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(get(&b, i, value), 1000);
	bench_end(&b);
	mem_free(value);
}

/* --- several workers --- */

struct hand {
	pthread_t thread;
	struct bench *b;
	struct instance_self *self;
	uint64_t seed;
	size_t hits, wrong;
};

static void on_hand(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct hand *h = arg;
	uint64_t number = h->seed >> 33;

	(void)lasts_ms;
	if (st != CDT_OK || !value.n)
		return;
	h->hits++;
	for (size_t i = 0; i < value.n; i++)
		h->wrong += (uint8_t)value.p[i] != (uint8_t)(number % SLOTS_OF_KEYS);
}

/* Values are made of the last byte of their key's number, and of any length. */
static void *play(void *arg)
{
	struct hand *h = arg;
	char key[KEY_BYTES], value[3000];
	struct ticket *wait;

	for (int i = 0; i < UNIT_MANY(40000); i++) {
		uint64_t number = (h->seed = h->seed * UINT64_C(6364136223846793005) + 1) >> 33;
		struct cache_order o = order(number % SLOTS_OF_KEYS, key, NULL);

		o.fn = on_hand;
		o.arg = h;
		memset(value, (int)(number % SLOTS_OF_KEYS), sizeof value);
		if (i % 4 == 0)
			(void)cache_put(h->self, &o, str_from(value, number / 512 % 3000),
			                LONG_S, &wait);
		else if (i % 97 == 0)
			(void)cache_drop(h->self, &o, &wait);
		else
			(void)cache_get(h->self, &o, &wait);
		if (i % 1009 == 0)
			(void)cache_clear(h->b->g.instance);
	}
	return NULL;
}

static void serves_four_threads(void)
{
	struct worker *workers[THREADS];
	struct hand hands[THREADS];
	struct bench b;

	bench_begin(&b, "{\"size\":\"640KiB\"}");
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = worker_new(i);
		hands[i] = (struct hand){ .b = &b, .seed = i + 1,
			.self = instance_worker_open(b.g.instance, workers[i]) };
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&hands[i].thread, NULL, play, &hands[i]);
	for (unsigned i = 0; i < 200; i++)
		(void)stats(&b);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(hands[i].thread, NULL);
		CU_ASSERT_TRUE(hands[i].hits > 0);
		CU_ASSERT_EQUAL(hands[i].wrong, 0);
		instance_worker_close(hands[i].self);
	}
	(void)stats(&b);
	bench_end(&b);
	for (unsigned i = 0; i < THREADS; i++)
		worker_free(workers[i]);
}

/* A get takes no memory: with the first hundred tickets made, nothing is asked for. */
static void gets_without_memory(void)
{
	struct bench b;
	struct mallinfo2 before, after;

	bench_begin(&b, NULL);
	CU_ASSERT_EQUAL(put(&b, 1, CDT_STR("value"), LONG_S), CDT_OK);
	for (int i = 0; i < 100; i++)
		(void)get(&b, 1, "value");
	before = mallinfo2();
	for (int i = 0; i < 10000; i++)
		(void)get(&b, 1, NULL);
	after = mallinfo2();
	CU_ASSERT_EQUAL(after.uordblks, before.uordblks);
	CU_ASSERT_EQUAL(after.fsmblks, before.fsmblks);
	bench_end(&b);
}

static const struct unit_test tests[] = {
	{ "gives back what it kept", gives_back_what_it_kept },
	{ "replaces and drops", replaces_and_drops },
	{ "forgets what was not used for longest", forgets_what_was_not_used_for_longest },
	{ "stays within its size", stays_within_its_size },
	{ "refuses what it may not keep", refuses_what_it_may_not_keep },
	{ "takes no other keys", takes_no_other_keys },
	{ "forgets what is over", forgets_what_is_over },
	{ "is cleared at once", is_cleared_at_once },
	{ "serves four threads", serves_four_threads },
	{ "gets without memory", gets_without_memory },
	{ NULL, NULL },
};
/* Not "plugins/": ThreadSanitizer does not look at those. */
const struct unit_suite plugins_cache_memory_suite = { "plugin/cache_memory", tests };
