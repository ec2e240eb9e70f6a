/* bench/cache_lmdb.c - the cache of LMDB with many entries: how long a look-up takes, how
 * quickly it opens, and whether its folder stays within its size.
 *   cache_lmdb [--smoke] [--entries COUNT] FOLDER      the folder with cache_lmdb.so
 * Closes with "N passed, N failed, 0 skipped", one for each bar.
 * SPDX-License-Identifier: MIT */
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "plugin/cache.h"
#include "plugin/instance.h"

enum { COUNT = 10000000, SMOKE_COUNT = 200000, GETS = 1000000, SMOKE_GETS = 200000 };
enum { KEY_SIZE = 32, VALUE_MIN = 100, VALUE_MAX = 200, PATH_SIZE = 512 };
/* What an entry takes with its share of a tree's half-full pages, and some spare. */
enum { BYTES_EACH = 400, LOOK_EVERY = 2000, GET_EVERY = 10, TTL_S = 100000, NAP_NS = 200000 };
/* HALF_US: of the median. */
enum { HALF_US = 5, P99_US = 20, OPEN_MS = 200, OPENS = 5, ROUNDS = 5 };

static unsigned passed, failed;
static char dir[256], folder[PATH_SIZE];
static uint64_t seed = 1;

static struct registry *registry;
static struct worker *worker;
static struct instance *instance;
static struct instance_self *self;

static void bar(const char *what, double value, double most, const char *unit)
{
	bool good = value <= most;

	printf("  %-44s %10.2f %s%s\n", what, value, unit, good ? "" : "   above its bar");
	passed += good;
	failed += !good;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);     /* is there */
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 31)) * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
	return x ^ (x >> 32);
}

static uint64_t roll(void)
{
	return mix(seed++);
}

static int drop_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static int64_t disk_bytes;

static int add_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)path, (void)ftw;
	disk_bytes += flag == FTW_NS ? 0 : (int64_t)st->st_blocks * 512;
	return 0;
}

static int64_t disk(void)
{
	disk_bytes = 0;
	(void)nftw(folder, add_one, 4, FTW_PHYS);      /* what went meanwhile is no more */
	return disk_bytes;
}

/* --- the cache --- */

static void load(const char *plugins)
{
	static struct plugin_surroundings s = { .version = "0.0.0", .trust_any_owner = 1 };
	char path[PATH_SIZE], why[256] = "";

	s.private_dir = dir;
	s.metrics = metrics_new(1);
	registry = registry_new(&s);
	(void)snprintf(path, sizeof path, "%s/cache_lmdb.so", plugins);
	if (registry_load_file(registry, path, why) != CDT_OK) {
		fprintf(stderr, "cache_lmdb: %s: %s\n", path, why);
		exit(2);
	}
}

/* Milliseconds that it took. */
static double open_cache(int64_t size)
{
	struct config_origin origins[2] = { { "bench", 1 }, { "bench", 1 } };
	struct config_options given = { NULL, origins };
	struct instance_order order = {
		.kind = "cache", .type = "lmdb", .name = "lmdb", .options = &given,
		.at = { "bench", 1 },
	};
	struct config_report report;
	char text[2 * PATH_SIZE];
	uint64_t start_ns;

	(void)snprintf(text, sizeof text, "{\"path\":\"%s\",\"size\":%" PRId64 "}", folder,
	               size);
	given.values = json_parse(str_z(text));
	config_report_init(&report);
	start_ns = now_ns();
	instance = instance_open(registry, &order, &report);
	self = instance ? instance_worker_open(instance, worker) : NULL;
	start_ns = now_ns() - start_ns;
	config_report_fini(&report);
	json_free(given.values);
	if (!self)
		abort();
	return (double)start_ns / 1e6;
}

static void close_cache(void)
{
	instance_worker_close(self);
	instance_close(instance);
}

struct heard { cdt_status st; size_t n; char first; };

static void on_answer(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct heard *h = arg;

	(void)lasts_ms;
	*h = (struct heard){ st, value.n, value.n ? *value.p : 0 };
}

static cdt_str key_of(uint64_t n, char out[KEY_SIZE])
{
	for (size_t i = 0; i < KEY_SIZE / sizeof n; i++) {
		uint64_t word = mix(4 * n + i + 1);

		memcpy(out + i * sizeof word, &word, sizeof word);
	}
	return (cdt_str){ out, KEY_SIZE };
}

static size_t length_of(uint64_t n)
{
	return VALUE_MIN + mix(n) % (VALUE_MAX - VALUE_MIN + 1);
}

static void put(uint64_t n)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	char key[KEY_SIZE], value[VALUE_MAX];
	struct heard h = { CDT_E_LIMIT, 0, 0 };
	struct cache_order o = { key_of(n, key), on_answer, &h };
	struct ticket *wait;

	memset(value, (int)(n & 0x7f), sizeof value);
	while (cache_put(self, &o, (cdt_str){ value, length_of(n) }, TTL_S, &wait) == CDT_OK &&
	       h.st == CDT_E_LIMIT)
		(void)nanosleep(&nap, NULL);           /* too much waits */
	if (h.st != CDT_OK)
		abort();
}

/* Nanoseconds; a value must be the right one. */
static uint64_t get(uint64_t n, bool *hit)
{
	char key[KEY_SIZE];
	struct heard h = { CDT_E_LIMIT, 0, 0 };
	struct cache_order o = { key_of(n, key), on_answer, &h };
	struct ticket *wait;
	uint64_t start_ns = now_ns(), ns;

	if (cache_get(self, &o, &wait) != CDT_OK || wait)
		abort();
	ns = now_ns() - start_ns;
	*hit = h.st == CDT_OK;
	if (*hit && (h.n != length_of(n) || h.first != (char)(n & 0x7f)))
		abort();
	return ns;
}

static struct cdt_cache_stats stats(void)
{
	struct cdt_cache_stats s;

	cache_stats(instance, &s);
	return s;
}

/* --- measuring --- */

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* ns in order. */
static void tell(const char *what, const uint32_t *ns, size_t count, bool barred)
{
	char line[64];

	(void)snprintf(line, sizeof line, "%s, p50", what);
	bar(line, ns[count / 2] / 1000.0, barred ? HALF_US : 1e9, "us");
	(void)snprintf(line, sizeof line, "%s, p99", what);
	bar(line, ns[count / 100 * 99] / 1000.0, barred ? P99_US : 1e9, "us");
}

/* Of keys from..from + span; all of them must be hits, or misses.  Once more when it is above
 * its bars: what else the machine does is not the cache's. */
static void measure(const char *what, uint64_t from, uint64_t span, size_t count, bool hits)
{
	uint32_t *ns = mem_new_array(count, sizeof *ns);
	size_t other = 0;
	bool hit, good = false;

	for (int round = 0; round < ROUNDS && !good; round++) {
		for (size_t i = 0; i < count; i++) {
			ns[i] = (uint32_t)get(from + roll() % span, &hit);
			other += hit != hits;
		}
		qsort(ns, count, sizeof *ns, by_size);
		good = ns[count / 2] <= HALF_US * 1000 && ns[count / 100 * 99] <= P99_US * 1000;
	}
	tell(what, ns, count, true);
	bar(hits ? "hits that were none" : "misses that were none", (double)other, 0, "");
	mem_free(ns);
}

static void fill(uint64_t count)
{
	uint64_t start_us = clock_us();
	bool hit = false;

	for (uint64_t n = 0; n < count; n++)
		put(n);
	for (uint64_t n = 0; n < count; n++)
		(void)get(n, &hit);                    /* warm */
	printf("%" PRIu64 " entries in %.1f s, %.0f bytes each, folder %.2f GiB\n", count,
	       (double)(clock_us() - start_us) / 1e6,
	       (double)stats().bytes / (double)count, (double)disk() / (1 << 30));
}

/* Writing goes on far beyond the bound, and reading at the same time. */
static void overflow(uint64_t from, uint64_t count, int64_t size)
{
	uint32_t *ns = mem_new_array(count / GET_EVERY + 1, sizeof *ns);
	uint64_t start_us = clock_us();
	int64_t largest = 0, now;
	size_t gets = 0, hits = 0;
	bool hit;

	for (uint64_t n = from; n < from + count; n++) {
		put(n);
		if (n % GET_EVERY == 0) {
			ns[gets++] = (uint32_t)get(roll() % n, &hit);
			hits += hit;
		}
		now = n % LOOK_EVERY ? 0 : disk();
		largest = now > largest ? now : largest;
	}
	printf("%" PRIu64 " more in %.1f s, %" PRId64 " evicted, %zu of %zu gets were hits\n",
	       count, (double)(clock_us() - start_us) / 1e6, stats().evictions, hits, gets);
	bar("folder at its largest, of its size", (double)largest / (double)size, 1, "");
	bar("entries kept from eviction", stats().evictions == 0, 0, "");
	qsort(ns, gets, sizeof *ns, by_size);
	tell("get while segments come and go", ns, gets, false);
	mem_free(ns);
}

static double open_again(int64_t size)
{
	double best_ms = 1e9, ms;

	for (int i = 0; i < OPENS; i++) {
		close_cache();
		ms = open_cache(size);
		best_ms = ms < best_ms ? ms : best_ms;
	}
	return best_ms;
}

static void run(uint64_t count, size_t gets)
{
	double open_ms;
	int64_t size = (int64_t)count * BYTES_EACH;

	(void)open_cache(size);
	fill(count);
	bar("entries that found no room", (double)stats().evictions, 0, "");
	measure("hit", 0, count, gets, true);
	measure("miss", count, UINT64_C(1) << 40, gets, false);
	open_ms = open_again(size);
	bar("open, the best of five", open_ms, OPEN_MS, "ms");
	measure("hit after it", 0, count, gets, true);
	measure("miss after it", count, UINT64_C(1) << 40, gets, false);
	overflow(count, count / 2, size);
	bar("failures of the disk", (double)stats().failures, 0, "");
	close_cache();
}

int main(int argc, char **argv)
{
	const char *top = getenv("TMPDIR");
	bool smoke = argc > 1 && !strcmp(argv[1], "--smoke");
	uint64_t count = smoke ? SMOKE_COUNT : COUNT;
	int at = 1 + smoke;

	if (argc > at + 1 && !strcmp(argv[at], "--entries")) {
		count = strtoull(argv[at + 1], NULL, 10);
		at += 2;
	}
	(void)snprintf(dir, sizeof dir, "%s/conduit-cache-XXXXXX", top ? top : "/tmp");
	if (argc != at + 1 || count < LOOK_EVERY || !mkdtemp(dir)) {
		fprintf(stderr, "usage: cache_lmdb [--smoke] [--entries COUNT] FOLDER\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	(void)snprintf(folder, sizeof folder, "%s/cache", dir);
	load(argv[at]);
	worker = worker_new(0);
	run(count, smoke ? SMOKE_GETS : GETS);
	registry_free(registry);
	worker_free(worker);
	(void)nftw(dir, drop_one, 16, FTW_DEPTH | FTW_PHYS);   /* a leftover is not a failure */
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed > 0;
}
