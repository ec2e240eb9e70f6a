/* bench/usage.c - what usage records cost, and how quickly questions about them are answered:
 * writes COUNT records (10,000,000) of 30 days, of 1,000 keys, 10 models and 3 providers.
 *   usage [--smoke] [COUNT]       --smoke: few records, and no bars for times
 * Closes with "N passed, N failed, 0 skipped", one for each bar.
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/store.h"
#include "usage/query.h"

enum { COUNT = 10000000, SMOKE = 30000, FEW = 200000, BATCH = 1024, ROUNDS = 5 };
enum { KEYS = 1000, GROUPS = 20, MODELS = 10, PROVIDERS = 3, DAYS = 30, PAGE = 100 };
/* SPREAD: each record meets other sums than the one before. */
enum { NEW_BAR_US = 3, APPLY_BAR_US = 15, SPREAD_BAR_US = 25 };
enum { PAGE_BAR_US = 50000, DROP_BAR_US = 50000 };
#define MAP_SIZE (64ULL << 30)
#define DAY_MS INT64_C(86400000)
#define OUT_MAX (64U << 20)

static unsigned passed, failed;
static bool smoke;

static void bar(const char *what, double value, double most, const char *unit)
{
	bool good = smoke || value <= most;

	printf("  %-44s %10.2f %s%s\n", what, value, unit, good ? "" : "   above its bar");
	passed += good;
	failed += !good;
}

/* --- records --- */

static uint32_t seed = 1;

static uint32_t next(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

/* Its texts are good until the next call. */
static struct usage_record make(int64_t wall_ms, uint32_t keys)
{
	static char id[40], key[16], group[16], model[16], provider[16];
	uint32_t of_key = next(keys);
	struct usage_record r = {
		.wall_ms = wall_ms, .operation = CDT_STR("chat"), .status = 200,
		.outcome = next(50) ? CDT_STR("OK") : CDT_STR("TIMEOUT"),
		.client = CDT_STR("192.0.2.17"), .agent = CDT_STR("OpenAI/Python 1.99.1"),
		.price = CDT_STR("main/gpt-4o 2026-11"), .stream = next(2), .input = next(4000),
		.output = next(800), .cost = next(9000000), .held = 20000000,
		.first_us = 300000 + next(100000), .total_us = 900000 + next(9000000),
		.overhead_us = 80, .bytes_in = next(16000), .bytes_out = next(5000),
		.attempt_count = 1,
	};

	(void)snprintf(id, sizeof id, "req_%08x%08x%08x", next(UINT32_MAX), next(UINT32_MAX),
	               next(UINT32_MAX));
	(void)snprintf(key, sizeof key, "key%09u", of_key);
	(void)snprintf(group, sizeof group, "group%u", of_key % GROUPS);
	(void)snprintf(model, sizeof model, "model%u", keys > 1 ? next(MODELS) : 0);
	(void)snprintf(provider, sizeof provider, "provider%u", keys > 1 ? next(PROVIDERS) : 0);
	r.id = str_z(id);
	r.key = str_z(key);
	r.group = str_z(group);
	r.model = str_z(model);
	r.attempt[0] = (struct usage_attempt){
		.target = r.model, .provider = str_z(provider), .model = r.model,
		.outcome = r.outcome, .charge = CDT_STR("reported"), .http_status = 200,
		.cost = r.cost, .start_us = 200, .head_us = 290000, .first_us = r.first_us,
		.end_us = r.total_us,
	};
	return r;
}

/* --- writing --- */

static int64_t writer_ns;                      /* CPU time of the writer's thread */

static int64_t cpu_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);     /* is there */
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static cdt_status apply(void *arg, struct store_txn *txn)
{
	return usage_post_apply(arg, txn);
}

static void on_applied(void *arg, cdt_status st)
{
	if (st != CDT_OK)
		abort();
	usage_post_free(arg);
}

static cdt_status note_cpu(void *arg, struct store_txn *txn)
{
	(void)arg, (void)txn;
	writer_ns = cpu_ns();
	return CDT_OK;
}

static void fill(struct store *s, size_t count, uint32_t keys, int64_t from_ms, int64_t to_ms)
{
	uint64_t start_us = clock_us();
	int64_t before_ns;

	(void)store_run(s, note_cpu, NULL);
	before_ns = writer_ns;
	for (size_t i = 0; i < count; i++) {
		int64_t at = from_ms + (int64_t)((double)(to_ms - from_ms) * (double)i /
		                                 (double)count);
		struct usage_record r = make(at, keys);
		struct store_op op = { apply, on_applied, usage_post_new(&r), NULL };

		if (store_submit(s, &op) != CDT_OK)
			abort();
		if (i % BATCH == BATCH - 1)
			(void)store_run(s, note_cpu, NULL);
	}
	(void)store_run(s, note_cpu, NULL);
	printf("%zu records of %u keys in %.1f s, %.2f GiB\n", count, keys,
	       (double)(clock_us() - start_us) / 1e6,
	       (double)store_counts(s).bytes_used / (1 << 30));
	bar("CPU of the writer, each, with its commits",
	    (double)(writer_ns - before_ns) / (double)count / 1000,
	    keys > 1 ? SPREAD_BAR_US : APPLY_BAR_US, "us");
}

static void measure_new(void)
{
	struct usage_record r = make(clock_wall_ms(), KEYS);
	int64_t before_ns = cpu_ns();

	for (size_t i = 0; i < FEW; i++)
		usage_post_free(usage_post_new(&r));
	bar("CPU of the worker, each", (double)(cpu_ns() - before_ns) / FEW / 1000,
	    NEW_BAR_US, "us");
}

/* --- questions --- */

static const char *const sum_names[] = {
#define SUM_NAME(id, name) name,
	USAGE_SUMS(SUM_NAME)
};

static void print_row(void *arg, const struct usage_row *r)
{
	struct jsonw *w = arg;
	char time[CLOCK_TEXT_SIZE];

	jsonw_open(w, '{');
	jsonw_put_z(w, "time", clock_text(r->time_ms, time));
	for (size_t d = 0; d < USAGE_DIMS; d++)
		if (r->name[d].n)
			jsonw_put_text(w, "name", r->name[d]);
	for (size_t i = 0; i < USAGE_SUM_COUNT; i++)
		jsonw_put_i64(w, sum_names[i], r->sum[i]);
	jsonw_close(w);
}

static void ask(struct store *s, const struct usage_question *q, const char *what)
{
	struct usage_answer a = { .rows = 0 };
	uint64_t best_us = UINT64_MAX;

	for (size_t i = 0; i < ROUNDS; i++) {
		uint64_t start_us = clock_us(), us;
		struct jsonw w;
		struct buf out;

		buf_init(&out, OUT_MAX);
		jsonw_init(&w, &out);
		jsonw_open(&w, '[');
		if (usage_query(s, q, print_row, &w, &a) != CDT_OK)
			abort();
		jsonw_close(&w);
		us = clock_us() - start_us;
		best_us = us < best_us ? us : best_us;
		buf_fini(&out);
	}
	printf("  %zu rows of %" PRId64 " requests\n", a.rows, a.total.sum[USAGE_REQUESTS]);
	bar(what, (double)best_us / 1000, PAGE_BAR_US / 1000.0, "ms");
}

static void ask_all(struct store *s, int64_t now_ms)
{
	static const struct { const char *what; uint32_t by; enum usage_grain time; int days; }
	asked[] = {
		{ "30 days by day", 0, USAGE_DAY, 30 },
		{ "30 days by key", 1 << USAGE_KEY, USAGE_GRAINS, 30 },
		{ "30 days by group", 1 << USAGE_GROUP, USAGE_GRAINS, 30 },
		{ "30 days by model, provider", 1 << USAGE_MODEL | 1 << USAGE_PROVIDER,
		  USAGE_GRAINS, 30 },
		{ "30 days by key, day", 1 << USAGE_KEY, USAGE_DAY, 30 },
		{ "30 days by group, model", 1 << USAGE_GROUP | 1 << USAGE_MODEL,
		  USAGE_GRAINS, 30 },
		{ "30 days by hour", 0, USAGE_HOUR, 30 },
		{ "2 days by minute", 0, USAGE_MINUTE, 2 },
	};
	struct usage_question q = { .to_ms = now_ms, .now_ms = now_ms };

	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		q.by = asked[i].by;
		q.by_time = asked[i].time;
		q.from_ms = now_ms - asked[i].days * DAY_MS;
		ask(s, &q, asked[i].what);
	}
	q.only[USAGE_KEY] = CDT_STR("key000000007");
	q.by = 1 << USAGE_MODEL;
	q.by_time = USAGE_DAY;
	q.from_ms = now_ms - DAYS * DAY_MS;
	ask(s, &q, "30 days of one key by model, day");
}

struct page { size_t count; int64_t last_ms; char id[64]; };

static void on_record(void *arg, const struct usage_record *r)
{
	struct page *p = arg;

	p->count++;
	p->last_ms = r->wall_ms;
	(void)snprintf(p->id, sizeof p->id, "%.*s", STR_ARG(r->id));
}

static struct page list(struct store *s, const struct usage_filter *f, const char *what)
{
	char next_page[USAGE_CURSOR_SIZE + 1];
	uint64_t best_us = UINT64_MAX;
	struct page p = { .count = 0 };

	for (size_t i = 0; i < ROUNDS; i++) {
		uint64_t start_us = clock_us(), us;

		p.count = 0;
		if (usage_list(s, f, on_record, &p, next_page) != CDT_OK)
			abort();
		us = clock_us() - start_us;
		best_us = us < best_us ? us : best_us;
	}
	bar(what, (double)best_us / 1000, PAGE_BAR_US / 1000.0, "ms");
	return p;
}

static void find(struct store *s, const char *id, int64_t now_ms, const char *what)
{
	uint64_t start_us = clock_us();
	struct page p;

	(void)usage_find(s, str_z(id), now_ms, on_record, &p);     /* one is not there */
	bar(what, (double)(clock_us() - start_us) / 1000, PAGE_BAR_US / 1000.0, "ms");
}

static void list_all(struct store *s, int64_t now_ms)
{
	struct usage_filter f = { .to_ms = INT64_MAX, .now_ms = now_ms, .limit = PAGE };
	struct page p = list(s, &f, "newest page");

	find(s, p.id, now_ms, "a new record by its id");
	f.to_ms = now_ms - (DAYS - 1) * DAY_MS;
	p = list(s, &f, "oldest page");
	find(s, p.id, now_ms, "an old record by its id");
	find(s, "unheard", now_ms, "an id that is not there");
	f.to_ms = INT64_MAX;
	f.only[USAGE_KEY] = CDT_STR("key000000007");
	(void)list(s, &f, "page of one key");
	f.only[USAGE_KEY] = CDT_STR("nobody");
	(void)list(s, &f, "page of a key that has none");
}

/* --- dropping a day --- */

static void measure_drop(struct store *s, int64_t now_ms)
{
	uint64_t dropped_us, longest_us = 0, start_us = clock_us();

	if (!usage_drop(s, (DAYS - 1) * DAY_MS, now_ms))
		abort();
	(void)store_run(s, note_cpu, NULL);
	dropped_us = clock_us() - start_us;
	for (size_t i = 0; i < BATCH; i++) {           /* these take its pages again */
		struct usage_record r = make(now_ms, KEYS);
		struct usage_post *p = usage_post_new(&r);
		uint64_t us = clock_us();

		if (store_run(s, apply, p) != CDT_OK)
			abort();
		us = clock_us() - us;
		longest_us = us > longest_us ? us : longest_us;
		usage_post_free(p);
	}
	bar("dropping a day: the writer is held", (double)dropped_us / 1000,
	    DROP_BAR_US / 1000.0, "ms");
	bar("the longest commit after it", (double)longest_us / 1000, DROP_BAR_US / 1000.0,
	    "ms");
}

static void drop_dir(const char *dir)
{
	static const char *const files[] = {
		"/ledger/data.mdb", "/ledger/lock.mdb", "/ledger", "/lock", ""
	};
	char path[512];

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		(void)snprintf(path, sizeof path, "%s%s", dir, files[i]);
		if (unlink(path) && rmdir(path))
			fprintf(stderr, "usage: %s is left behind\n", path);
	}
}

int main(int argc, char **argv)
{
	const char *top = getenv("TMPDIR");
	char dir[256], why[256] = "";
	int64_t now_ms = clock_wall_ms();
	size_t count, few;
	struct store *s;

	smoke = argc > 1 && !strcmp(argv[1], "--smoke");
	count = argc > 1 + smoke ? strtoul(argv[1 + smoke], NULL, 10) : smoke ? SMOKE : COUNT;
	few = smoke ? SMOKE : FEW;
	(void)snprintf(dir, sizeof dir, "%s/conduit-usage-XXXXXX", top ? top : "/tmp");
	s = mkdtemp(dir) ? store_open(dir, MAP_SIZE, why) : NULL;
	if (!s) {
		fprintf(stderr, "usage: %s\n", why);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	measure_new();
	fill(s, few, 1, now_ms - (DAYS + 2) * DAY_MS, now_ms - (DAYS + 1) * DAY_MS);
	fill(s, count, KEYS, now_ms - DAYS * DAY_MS, now_ms);
	ask_all(s, now_ms);
	list_all(s, now_ms);
	measure_drop(s, now_ms);
	store_close(s);
	drop_dir(dir);
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed > 0;
}
