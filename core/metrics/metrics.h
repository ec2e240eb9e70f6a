/* metrics/metrics.h - counters, gauges and histograms.  Declared once on main; added to from
 * any thread, each into its own shard, so that counting never waits; read by summing up.
 * SPDX-License-Identifier: MIT */
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H
#include "base/buf.h"

struct metrics;

/* Histograms differ in their buckets: of seconds from 100 us to 1,000 s; of seconds of our own
 * work, 5 us to 250 ms; of things a second, 1 to 5,000. */
enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM,
                    METRICS_HISTOGRAM_SHORT, METRICS_HISTOGRAM_RATE, METRICS_KINDS };
/* FAMILY: of one metric. */
enum { METRICS_LABELS_MAX = 6, METRICS_SERIES_MAX = 20000, METRICS_FAMILY_MAX = 1000 };

/* One shard a worker and one for everybody else. */
struct metrics *metrics_new(unsigned workers);
void metrics_free(struct metrics *m);

/* [main, before workers start, or by plugins at open]  name without the conduit_ prefix;
 * labels "model,provider" or "".  The same name twice gives the same id.  0 = refused. */
uint32_t metrics_declare(struct metrics *m, enum metrics_kind kind, const char *name,
                         const char *labels, const char *help);

/* A series of its own is found once and added to by number: the hot path.  values has as
 * many entries as the declaration has labels.  Past METRICS_FAMILY_MAX of its metric, or
 * METRICS_SERIES_MAX of all: one series with every label "_other".  [any thread; takes a lock
 * when the series is new] */
uint32_t metrics_series(struct metrics *m, uint32_t id, const cdt_str *values);
/* [any thread] shard: the worker's number, or -1. */
void metrics_add(struct metrics *m, int shard, uint32_t series, double v);
/* Gauges; one is either set or added to. */
void metrics_set(struct metrics *m, uint32_t series, double v);

/* Prometheus text format 0.0.4, with process_* lines. */
void metrics_expose(struct metrics *m, struct buf *out);
/* What is read where it is, when it is asked for: a family's head, then its samples.  name in
 * full; labels as in metrics_declare. */
void metrics_print_head(struct buf *out, enum metrics_kind kind, const char *name,
                        const char *help);
void metrics_print(struct buf *out, const char *name, const char *labels,
                   const cdt_str *values, double v);
/* The number of observations when it is a histogram. */
double metrics_read(struct metrics *m, uint32_t series);

#endif
