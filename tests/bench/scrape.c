/* bench/scrape.c - how long GET /metrics takes to be written when families are as large as they
 * may become: counters and histograms of 1,000 series each, until there are 20,000.
 *   scrape
 * Closes with "N passed, N failed, 0 skipped".
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "metrics/metrics.h"

enum { WORKERS = 2, ROUNDS = 20, BAR_US = 10000, OUT_MAX = 64 << 20 };
/* As many of each kind as conduitd has with labels of what is configured. */
enum { COUNTERS = 14, HISTOGRAMS = 4 };

static void fill(struct metrics *m, enum metrics_kind kind, int number)
{
	char name[32], model[32];
	uint32_t id;

	(void)snprintf(name, sizeof name, "family_%d", number);
	id = metrics_declare(m, kind, name, "provider,model", "Of the bench.");
	for (int i = 0; i < METRICS_FAMILY_MAX; i++) {
		const cdt_str values[] = {
			CDT_STR("provider-one"),
			{ model, (size_t)snprintf(model, sizeof model, "model-%d-large", i) },
		};
		uint32_t series = metrics_series(m, id, values);

		for (int k = 0; k < 40; k++)
			metrics_add(m, k % WORKERS, series, k * 0.0123 + 0.0001 * i);
	}
}

static double best_us(struct metrics *m, size_t *bytes)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t began = clock_us(), took;
		struct buf out;

		buf_init(&out, OUT_MAX);
		metrics_expose(m, &out);
		took = clock_us() - began;
		best = took < best ? took : best;
		*bytes = out.n;
		buf_fini(&out);
	}
	return (double)best;
}

int main(void)
{
	unsigned failed = 0;

	for (int histograms = 0; histograms <= HISTOGRAMS; histograms++) {
		struct metrics *m = metrics_new(WORKERS);
		size_t bytes;
		double us;

		for (int i = 0; i < COUNTERS + histograms; i++)
			fill(m, i < COUNTERS ? METRICS_COUNTER : METRICS_HISTOGRAM, i);
		us = best_us(m, &bytes);
		printf("  %d counters and %d histograms of 1,000 series: %.1f ms, %.1f MB%s\n",
		       COUNTERS, histograms, us / 1000, (double)bytes / 1e6,
		       us <= BAR_US ? "" : "   above 10 ms");
		failed += us > BAR_US;
		metrics_free(m);
	}
	printf("%u passed, %u failed, 0 skipped\n", HISTOGRAMS + 1 - failed, failed);
	return failed > 0;
}
