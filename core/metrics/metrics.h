/* metrics/metrics.h - counters, gauges and histograms.  Declared once on main; added to from
 * any thread, each into its own shard, so that counting never waits; read by summing up.
 * SPDX-License-Identifier: MIT */
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H
#include "base/buf.h"

struct metrics;

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };
enum { METRICS_LABELS_MAX = 6, METRICS_SERIES_MAX = 10000 };

/* One shard a worker and one for everybody else. */
struct metrics *metrics_new(unsigned workers);
void metrics_free(struct metrics *m);

/* [main, before workers start, or by plugins at open]  name without the conduit_ prefix;
 * labels "model,provider" or "".  Histograms have fixed buckets from 100 us to 1,000 s
 * (value in seconds).  The same name twice gives the same id.  0 = refused. */
uint32_t metrics_declare(struct metrics *m, enum metrics_kind kind, const char *name,
                         const char *labels, const char *help);

/* A series of its own is found once and added to by number: the hot path.  values has as
 * many entries as the declaration has labels.  Past METRICS_SERIES_MAX: one series with
 * every label "_other".  [any thread; takes a lock when the series is new] */
uint32_t metrics_series(struct metrics *m, uint32_t id, const cdt_str *values);
/* [any thread] shard: the worker's number, or -1. */
void metrics_add(struct metrics *m, int shard, uint32_t series, double v);
/* Gauges; one is either set or added to. */
void metrics_set(struct metrics *m, uint32_t series, double v);

/* Prometheus text format 0.0.4, with process_* lines. */
void metrics_expose(struct metrics *m, struct buf *out);
/* The number of observations when it is a histogram. */
double metrics_read(struct metrics *m, uint32_t series);

#endif
