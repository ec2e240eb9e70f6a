/* plugin/host_metrics.c - conduit.metrics/1: a plugin's own figures.  They are exposed as
 * conduit_plugin_NAME{plugin="INSTANCE",...}, so that two instances stay apart.
 * SPDX-License-Identifier: MIT */
#include "plugin/host.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "metrics/metrics.h"
#include "plugin/enter.h"
#include "plugin/registry.h"

enum { NAME_MAX_BYTES = 100, LABELS_MAX_BYTES = 200, OWN_LABELS_MAX = METRICS_LABELS_MAX - 1 };

/* [a-z][a-z0-9_]* with, for lists of labels, commas. */
static bool well_formed(cdt_str s, bool commas)
{
	bool first = true;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool inner = c == '_' || (c >= '0' && c <= '9') || (commas && c == ',');

		if (!(c >= 'a' && c <= 'z') && !(inner && !first))
			return false;
		first = c == ',';
	}
	return !first || s.n == 0;
}

static uint32_t count_labels(cdt_str labels)
{
	uint32_t n = 0;

	while (labels.n) {
		(void)str_cut(&labels, ',');
		n++;
	}
	return n;
}

/* Numbers that plugins see are 1, 2, 3... */
static uint32_t declare(const struct cdt_host *abi, enum metrics_kind kind, const char *name,
                        const char *labels)
{
	struct host *h = (struct host *)(uintptr_t)abi;    /* [main]: nobody else is looking */
	cdt_str n = str_z(name), l = str_z(labels);
	char whole[NAME_MAX_BYTES + 8], all[LABELS_MAX_BYTES + 8];
	uint32_t count = count_labels(l), id;

	if (!h->type || h->metric_count == HOST_METRICS_MAX || count > OWN_LABELS_MAX ||
	    n.n == 0 || n.n > NAME_MAX_BYTES || l.n > LABELS_MAX_BYTES ||
	    !well_formed(n, false) || !well_formed(l, true))
		return 0;
	(void)snprintf(whole, sizeof whole, "plugin_%s", name);      /* sizes were checked */
	(void)snprintf(all, sizeof all, "plugin%s%s", count ? "," : "", count ? labels : "");
	id = metrics_declare(h->surroundings->metrics, kind, whole, all, "Said by a plugin.");
	if (!id)
		return 0;
	h->metric[h->metric_count].id = id;
	h->metric[h->metric_count].labels = count;
	return ++h->metric_count;
}

static uint32_t metrics_counter(const struct cdt_host *h, const char *name, const char *labels)
{
	return declare(h, METRICS_COUNTER, name, labels);
}

static uint32_t metrics_histogram(const struct cdt_host *h, const char *name,
                                  const char *labels)
{
	return declare(h, METRICS_HISTOGRAM, name, labels);
}

static void plugin_add(const struct cdt_host *abi, uint32_t id, double v, const cdt_str *labels)
{
	const struct host *h = (const struct host *)(const void *)abi;
	struct metrics *m = h->surroundings->metrics;
	cdt_str values[METRICS_LABELS_MAX] = { str_z(h->name) };

	if (id == 0 || id > h->metric_count || !(v >= 0))
		return;
	for (uint32_t i = 0; labels && i < h->metric[id - 1].labels; i++)
		values[i + 1] = labels[i];
	metrics_add(m, enter_shard(), metrics_series(m, h->metric[id - 1].id, values), v);
}

const struct cdt_metrics host_metrics = {
	.size = sizeof host_metrics,
	.counter = metrics_counter, .histogram = metrics_histogram, .add = plugin_add,
};
