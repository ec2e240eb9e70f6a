/* tests/cache/drive.c - a cache backend behind the real host, on real workers, driven by lines.
 *   drive PLUGIN.so TYPE OPTIONS WORKERS        (options as JSON)
 * Lines in:   ID WORKER get KEY | ID WORKER put KEY SECONDS BYTES SEED | ID WORKER drop KEY
 *             ID 0 clear | ID 0 stats
 * Lines out:  ID STATUS BYTES SHA256 MICROSECONDS, as answers come; a value is SEED again and
 * again.  The end of input closes everything.
 * SPDX-License-Identifier: MIT */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "plugin/cache.h"

enum { WORKERS_MAX = 16, SEED_SIZE = 64 };

struct lane {
	struct worker *worker;
	struct instance_self *self;
};

struct drive {
	char dir[64];
	struct metrics *metrics;
	struct registry *registry;
	struct instance *instance;
	struct lane lane[WORKERS_MAX];
	unsigned lanes;
};

struct line {
	struct lane *lane;
	unsigned long id;
	char verb[8], seed[SEED_SIZE];
	uint8_t key[SHA256_SIZE];
	unsigned long ttl_s, bytes;
	char *value;
	uint64_t start_us;
};

static void on_answer(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms)
{
	struct line *l = arg;
	uint8_t sum[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE] = "-";

	(void)lasts_ms;
	if (st == CDT_OK && value.n) {
		sha256(value, sum);
		hex_of(sum, sizeof sum, hex);
	}
	printf("%lu %d %zu %s %lu\n", l->id, (int)st, value.n, hex,
	       (unsigned long)(clock_us() - l->start_us));
	(void)fflush(stdout);
	mem_free(l->value);
	mem_free(l);
}

static char *value_new(const struct line *l)
{
	size_t seed = strlen(l->seed);
	char *value = mem_new(l->bytes + 1);

	memcpy(value, l->seed, seed < l->bytes ? seed : l->bytes);
	for (size_t n = seed; n && n < l->bytes; n *= 2)
		memcpy(value + n, value, n < l->bytes - n ? n : l->bytes - n);
	return value;
}

static void run(void *arg)
{
	struct line *l = arg;
	struct cache_order o = { { (char *)l->key, sizeof l->key }, on_answer, l };
	struct ticket *wait;
	cdt_status st;

	l->value = value_new(l);
	l->start_us = clock_us();
	if (strcmp(l->verb, "get") == 0)
		st = cache_get(l->lane->self, &o, &wait);
	else if (strcmp(l->verb, "put") == 0)
		st = cache_put(l->lane->self, &o, (cdt_str){ l->value, l->bytes },
		               (uint32_t)l->ttl_s, &wait);
	else
		st = cache_drop(l->lane->self, &o, &wait);
	if (st != CDT_OK)                      /* too many are open: it will not come */
		on_answer(l, st, (cdt_str){ NULL, 0 }, 0);
}

static void care(const struct drive *d, unsigned long id, const char *verb)
{
	struct cdt_cache_stats s;

	if (strcmp(verb, "clear") == 0) {
		printf("%lu %d 0 - 0\n", id, (int)cache_clear(d->instance));
	} else {
		cache_stats(d->instance, &s);
		printf("%lu 0 %lld %lld %lld\n", id, (long long)s.entries, (long long)s.refused,
		       (long long)s.failures);
	}
	(void)fflush(stdout);
}

static void read_line(struct drive *d, const char *text)
{
	struct line *l = mem_new(sizeof *l);
	char key[SEED_SIZE] = "";
	unsigned lane = 0;

	if (sscanf(text, "%lu %u %7s %63s %lu %lu %63s", &l->id, &lane, l->verb, key, &l->ttl_s,
	           &l->bytes, l->seed) < 3 || lane >= d->lanes) {
		fprintf(stderr, "drive: not understood: %s", text);
		exit(2);
	}
	if (!key[0]) {
		care(d, l->id, l->verb);
		mem_free(l);
		return;
	}
	sha256(str_z(key), l->key);
	l->lane = &d->lane[lane];
	worker_post(l->lane->worker, run, l);
}

/* --- its life --- */

static void close_lane(void *arg)
{
	struct lane *l = arg;

	instance_worker_close(l->self);
	worker_stop(l->worker);
}

static int drop_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static bool open_instance(struct drive *d, const char *type, const char *options)
{
	struct config_options given = { json_parse(str_z(options)), NULL };
	struct instance_order o = {
		.kind = "cache", .type = type, .name = "it", .options = &given,
		.at = { "drive", 1 },
	};
	struct config_report report;

	config_report_init(&report);
	d->instance = instance_open(d->registry, &o, &report);
	json_free(given.values);
	if (!d->instance)
		fprintf(stderr, "drive: %.*s\n", (int)report.text.n, buf_str(&report.text).p);
	config_report_fini(&report);
	return d->instance != NULL;
}

static bool drive_open(struct drive *d, char **argv)
{
	struct plugin_surroundings s = { .version = "0.0.0", .trust_any_owner = 1 };
	char why[256] = "";

	(void)snprintf(d->dir, sizeof d->dir, "/tmp/conduit-drive-XXXXXX");
	if (!mkdtemp(d->dir))
		return false;
	s.private_dir = d->dir;
	s.metrics = d->metrics = metrics_new(1);
	d->registry = registry_new(&s);
	if (registry_load_file(d->registry, argv[1], why) != CDT_OK) {
		fprintf(stderr, "drive: %s\n", why);
		return false;
	}
	if (!open_instance(d, argv[2], argv[3]))
		return false;
	d->lanes = (unsigned)strtoul(argv[4], NULL, 10);
	for (unsigned i = 0; i < d->lanes; i++) {
		struct lane *l = &d->lane[i];

		l->worker = worker_new(i);
		l->self = instance_worker_open(d->instance, l->worker);
		if (!l->self || worker_start(l->worker) != CDT_OK)
			return false;
	}
	return true;
}

static void drive_close(struct drive *d)
{
	for (unsigned i = 0; i < d->lanes; i++) {
		worker_post(d->lane[i].worker, close_lane, &d->lane[i]);
		worker_join(d->lane[i].worker);
	}
	instance_close(d->instance);
	registry_free(d->registry);
	for (unsigned i = 0; i < d->lanes; i++)
		worker_free(d->lane[i].worker);
	metrics_free(d->metrics);
	(void)nftw(d->dir, drop_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(int argc, char **argv)
{
	struct drive d = { .lanes = 0 };
	char text[256];

	if (argc != 5 || strtoul(argv[4], NULL, 10) > WORKERS_MAX)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	if (!drive_open(&d, argv)) {
		(void)nftw(d.dir, drop_one, 16, FTW_DEPTH | FTW_PHYS);
		return 1;
	}
	while (fgets(text, sizeof text, stdin))
		read_line(&d, text);
	drive_close(&d);
	return 0;
}
