/* bench/policies.c - how long the policies take to put targets in order, as requests see it:
 * with the checks that the gateway makes of every order.
 *   policies FOLDER      the folder with policy_*.so
 * The bar is for 20 targets.  Closes with "N passed, N failed, 0 skipped".
 * SPDX-License-Identifier: MIT */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "metrics/metrics.h"
#include "plugin/instance.h"
#include "plugin/policy.h"

enum { TARGETS_MAX = 1000, NAME_SIZE = 48, ROUNDS = 15, RANKS = 20000, BAR_TARGETS = 20 };
#define BAR_US 5.0

static const char *const types[] = {
	"simple", "priority", "roundrobin", "random", "leastcost", "leastlatency", "leastused",
	"sticky",
};
static const size_t counts[] = { 1, BAR_TARGETS, TARGETS_MAX };
static char names[TARGETS_MAX][NAME_SIZE];
static struct cdt_target targets[TARGETS_MAX];
static const struct cdt_target *list[TARGETS_MAX];
static uint16_t order[TARGETS_MAX];
static uint64_t dice = 1;

static uint64_t roll(void)
{
	dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return dice >> 11;
}

/* Every figure is known and every weight another one: nothing is decided early. */
static void make_targets(void)
{
	for (size_t i = 0; i < TARGETS_MAX; i++) {
		(void)snprintf(names[i], NAME_SIZE, "provider-%u/some-model-1", (unsigned)i);
		targets[i] = (struct cdt_target){
			.size = sizeof targets[i], .name = str_z(names[i]),
			.flags = roll() % 10 ? 0 : CDT_TARGET_COOLING,
			.weight = 1 + (uint32_t)(roll() % 100),
			.inflight = (uint32_t)(roll() % 64), .tier = (uint32_t)(roll() % 3),
			.ttft_ms = (double)(roll() % 2000), .total_ms = (double)(roll() % 9000),
			.tokens_per_s = 1 + (double)(roll() % 200), .error_rate = 0.01,
			.cost_nanousd = (int64_t)(roll() % 1000000), .requests_left = -1,
			.tokens_left = -1, .context_tokens = 128000, .capacity = 64,
		};
		list[i] = &targets[i];
	}
}

static double rank_us(struct instance_self *policy, size_t count)
{
	struct cdt_route route = {
		.size = sizeof route, .route = CDT_STR("chat"), .targets = list, .count = count,
		.affinity = CDT_STR("session-7c0a1b52-93f4"), .input_tokens = 3000,
		.output_tokens = 800,
	};
	size_t ranks = RANKS / (1 + count / BAR_TARGETS * 10);
	uint64_t best_us = UINT64_MAX;

	for (size_t i = 0; i < ROUNDS; i++) {
		uint64_t start_us = clock_us(), us;

		for (size_t k = 0; k < ranks; k++) {
			route.random = roll();
			if (policy_rank(policy, &route, order, count) != count)
				abort();
		}
		us = clock_us() - start_us;
		best_us = us < best_us ? us : best_us;
	}
	return (double)best_us / (double)ranks;
}

static struct instance *open_policy(struct registry *r, const char *folder, const char *type)
{
	struct config_options none = { json_parse(CDT_STR("{}")), NULL };
	struct instance_order wish = { "policy", type, type, &none, { "bench", 1 }, NULL };
	struct config_report report;
	char path[512], why[256] = "";
	struct instance *i;

	(void)snprintf(path, sizeof path, "%s/policy_%s.so", folder, type);
	if (registry_load_file(r, path, why) != CDT_OK) {
		fprintf(stderr, "policies: %s: %s\n", path, why);
		exit(2);
	}
	config_report_init(&report);
	i = instance_open(r, &wish, &report);
	config_report_fini(&report);
	json_free(none.values);
	if (!i)
		abort();
	return i;
}

static bool measure(struct registry *r, const char *folder, const char *type)
{
	struct instance *i = open_policy(r, folder, type);
	struct instance_self *policy = instance_worker_open(i, NULL);
	bool good = true;

	printf("  %-14s", type);
	for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
		double us = rank_us(policy, counts[c]);

		printf(" %9.2f", us);
		good = good && (counts[c] != BAR_TARGETS || us <= BAR_US);
	}
	printf("%s\n", good ? "" : "   above its bar");
	instance_worker_close(policy);
	instance_close(i);
	return good;
}

static int drop_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

/* Returns how many policies are above the bar. */
static unsigned measure_all(struct registry *r, const char *folder)
{
	unsigned passed = 0, failed = 0;

	printf("Microseconds to rank 1, %d and %d targets; the bar is %.0f for %d\n",
	       BAR_TARGETS, TARGETS_MAX, BAR_US, BAR_TARGETS);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		bool good = measure(r, folder, types[i]);

		passed += good;
		failed += !good;
	}
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed;
}

int main(int argc, char **argv)
{
	const char *top = getenv("TMPDIR");
	char dir[256];
	struct plugin_surroundings s = { .version = "0.0.0", .trust_any_owner = 1 };
	struct registry *r;
	unsigned failed;

	(void)snprintf(dir, sizeof dir, "%s/conduit-policies-XXXXXX", top ? top : "/tmp");
	if (argc != 2 || !mkdtemp(dir)) {
		fprintf(stderr, "usage: policies FOLDER\n");
		return 2;
	}
	make_targets();
	s.private_dir = dir;
	s.metrics = metrics_new(1);
	r = registry_new(&s);
	failed = measure_all(r, argv[1]);
	registry_free(r);
	metrics_free(s.metrics);
	(void)nftw(dir, drop_one, 16, FTW_DEPTH | FTW_PHYS);   /* a leftover is not a failure */
	return failed > 0;
}
