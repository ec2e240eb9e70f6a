/* bench/records.c - fills a state directory with usage records of the last 30 days, for who
 * asks a gateway about them afterwards (records.py):
 *   records STATE-DIR COUNT
 * 200 keys of 20 groups, 50 models, 10 providers, several statuses; and, known to records.py,
 * what is rare: key-rare (3 records, one each 10 days), model-rare (one in a million), status
 * 418 (one in two million), and key-fine, which has many records and never fails.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/store.h"
#include "usage/record.h"

enum { KEYS = 200, GROUPS = 20, MODELS = 50, PROVIDERS = 10, DAYS = 30, BATCH = 60000 };
enum { RARE_MODEL_EACH = 1000000, RARE_STATUS_EACH = 2000000, LATE_MS = 20000 };
#define MAP_SIZE (64ULL << 30)
#define DAY_MS INT64_C(86400000)

/* What is only filled need not be durable: LMDB calls this one. */
int fdatasync(int fd)
{
	(void)fd;
	return 0;
}

static uint32_t seed = 1;

static uint32_t next(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

/* Low numbers are more frequent. */
static uint32_t next_low(uint32_t below)
{
	uint32_t a = next(below), b = next(below);

	return a < b ? a : b;
}

struct texts { char id[40], key[16], group[16], model[16], provider[2][16]; };

static void set_status(struct usage_record *r, size_t i)
{
	static const struct { uint32_t below, status; const char *outcome; } some[] = {
		{ 300, 429, "RATE_LIMIT" }, { 450, 400, "INVALID_VALUE" },
		{ 550, 502, "UPSTREAM" }, { 590, 504, "TIMEOUT" }, { 600, 499, "CLIENT_GONE" },
		{ 10000, 200, "OK" },
	};
	uint32_t dice = next(10000);
	size_t k = 0;

	while (dice >= some[k].below)
		k++;
	r->status = some[k].status;
	r->outcome = str_z(some[k].outcome);
	if (i % RARE_STATUS_EACH == 7) {
		r->status = 418;
		r->outcome = CDT_STR("INVALID_VALUE");
	}
}

static void set_names(struct usage_record *r, struct texts *t, size_t i, size_t count)
{
	uint32_t key = next_low(KEYS), model = next_low(MODELS);

	(void)snprintf(t->id, sizeof t->id, "req_%08x%08x%08x", next(UINT32_MAX),
	               next(UINT32_MAX), next(UINT32_MAX));
	(void)snprintf(t->key, sizeof t->key, "key%09u", key);
	(void)snprintf(t->group, sizeof t->group, "group%u", key % GROUPS);
	(void)snprintf(t->model, sizeof t->model, "model%u", model);
	(void)snprintf(t->provider[0], sizeof t->provider[0], "provider%u",
	               (model + next(3)) % PROVIDERS);
	(void)snprintf(t->provider[1], sizeof t->provider[1], "provider%u", model % PROVIDERS);
	if (i % RARE_MODEL_EACH == 5)
		memcpy(t->model, "model-rare", sizeof "model-rare");
	if (next(100) == 0) {
		memcpy(t->key, "key-fine", sizeof "key-fine");
		r->status = 200;
		r->outcome = CDT_STR("OK");
	}
	if (i % (count / 3) == count / 6)
		memcpy(t->key, "key-rare", sizeof "key-rare");
	r->id = str_z(t->id);
	r->key = str_z(t->key);
	r->group = str_z(t->group);
	r->model = str_z(t->model);
}

/* One in twenty had a first attempt that failed. */
static void set_attempts(struct usage_record *r, const struct texts *t)
{
	const struct usage_attempt first = {
		.target = r->model, .provider = str_z(t->provider[0]), .model = r->model,
		.outcome = CDT_STR("OVERLOADED"), .charge = CDT_STR("void"),
		.http_status = 529, .start_us = 200, .head_us = 9000, .first_us = -1,
		.end_us = 9100,
	};
	uint32_t n = next(20) == 0;

	r->attempt[0] = first;
	r->attempt[n] = (struct usage_attempt){
		.target = r->model, .provider = str_z(t->provider[1]), .model = r->model,
		.outcome = r->outcome, .charge = CDT_STR("reported"), .http_status = r->status,
		.cost = r->cost, .start_us = 9200, .head_us = 290000, .first_us = r->first_us,
		.end_us = r->total_us,
	};
	r->attempt_count = n + 1;
}

static struct usage_record make(int64_t wall_ms, size_t i, size_t count)
{
	static const char *const caches[] = { "", "MISS", "BYPASS" };
	static struct texts t;
	struct usage_record r = {
		.wall_ms = wall_ms - next(LATE_MS), .operation = CDT_STR("chat"),
		.client = CDT_STR("192.0.2.17"), .agent = CDT_STR("OpenAI/Python 1.99.1"),
		.price = CDT_STR("main/gpt-4o 2026-11"), .stream = next(2), .input = next(4000),
		.output = next(800), .cost = next(9000000), .held = 20000000,
		.first_us = 300000 + next(100000), .total_us = 900000 + next(9000000),
		.overhead_us = 80, .bytes_in = next(16000), .bytes_out = next(5000),
		.cache = str_z(caches[next(3)]),
	};

	set_status(&r, i);
	set_names(&r, &t, i, count);
	set_attempts(&r, &t);
	return r;
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

static cdt_status nothing(void *arg, struct store_txn *txn)
{
	(void)arg, (void)txn;
	return CDT_OK;
}

static void fill(struct store *s, size_t count, int64_t to_ms)
{
	struct usage_sheaf *sheaf = NULL;

	for (size_t i = 0; i < count; i++) {
		int64_t at = to_ms - (int64_t)((double)(DAYS * DAY_MS) *
		                               (double)(count - i) / (double)count);
		struct usage_record r = make(at, i, count);
		struct usage_post *p = usage_post_into(&sheaf, &r);

		if (store_submit(s, &(struct store_op){ apply, on_applied, p, NULL }) != CDT_OK)
			abort();
		if (i % BATCH == 0)
			(void)store_run(s, nothing, NULL);
	}
	(void)store_run(s, nothing, NULL);
	usage_sheaf_give(sheaf);
}

int main(int argc, char **argv)
{
	uint64_t start_us = clock_us();
	size_t count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	char why[256] = "usage: records STATE-DIR COUNT";
	struct store *s = count ? store_open(argv[1], MAP_SIZE, why) : NULL;

	if (!s) {
		fprintf(stderr, "records: %s\n", why);
		return 2;
	}
	fill(s, count, clock_wall_ms());
	printf("%zu records in %.0f s, %.2f GiB\n", count,
	       (double)(clock_us() - start_us) / 1e6,
	       (double)store_counts(s).bytes_used / (1 << 30));
	store_close(s);
	return 0;
}
