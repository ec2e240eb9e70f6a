/* router/stats.h - how targets do: live figures in a part for each worker, and health.  Of the
 * process: a new generation of the configuration finds what the last one learned.
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_STATS_H
#define ROUTER_STATS_H
#include "router/health.h"

struct stats;
struct stats *stats_new(uint32_t workers);             /* [main] */
void stats_free(struct stats *s);                      /* after the last router */

/* --- of one target: times, speed, errors --- */

struct figures;
/* By the target's name; made when it is new.  Each is given back. [main] */
struct figures *figures_take(struct stats *s, cdt_str target);
void figures_give(struct figures *f);                  /* NULL is fine */

/* One attempt; milliseconds, tokens.  -1 = not known. */
struct sample {
	bool failed;
	double first_ms, total_ms;             /* first token; whole answer */
	int64_t input, cached, output;
};

/* Means, of which the latest weigh most: what is 5 s older counts half. */
struct reading {
	uint32_t inflight;
	double first_ms, total_ms, tokens_per_s;       /* < 0: no answer in ten minutes */
	double error_rate, cached_rate;                /* 0 to 1; < 0 likewise */
	int64_t requests_left, tokens_left;            /* -1: unknown */
};

/* worker: its number.  NULL figures are fine everywhere.  [that worker] */
void figures_begin(struct figures *f, unsigned worker);
/* s NULL: it was left before it showed anything. */
void figures_end(struct figures *f, unsigned worker, const struct sample *s, uint64_t now_ms);
/* What of all workers was merged at most 100 ms ago; the worker's own attempts are exact. */
void figures_read(struct figures *f, unsigned worker, uint64_t now_ms, struct reading *out);
/* The same, merged now.  [any thread] */
void figures_merge(const struct figures *f, uint64_t now_ms, struct reading *out);
/* What upstream's headers say is left, for reset_ms (-1: not said) at most.  [any thread] */
void figures_headroom(struct figures *f, int64_t requests, int64_t tokens, int64_t reset_ms,
                      uint64_t now_ms);

/* --- of one credential, for one target or (model "") for all of them --- */

/* By a name; as figures_take.  [main] */
struct health *stats_health_take(struct stats *s, cdt_str name);
void stats_health_give(struct stats *s, struct health *h);

/* --- whose prompt is warm where --- */

/* Was that target the last to answer for this affinity, and lately?  A guess: affinities push
 * each other out.  [any thread] */
bool stats_is_warm(const struct stats *s, uint64_t affinity, const struct figures *f,
                   uint64_t now_ms);
void stats_set_warm(struct stats *s, uint64_t affinity, const struct figures *f,
                    uint64_t now_ms);

#endif
