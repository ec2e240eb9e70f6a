/* telemetry/telemetry.c - the exporter's thread: looks for records, makes batches of them, and
 * ends in time.
 * SPDX-License-Identifier: MIT */
#include "telemetry/telemetry.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/config.h"
#include "telemetry/figures.h"
#include "telemetry/ring.h"
#include "telemetry/sender.h"

enum { RING_BYTES = 1 << 20, LOOK_MS = 200, METRICS_EACH = 12, CLOSE_MS = 3000 };
enum { BATCH_SPANS = 512, BATCH_BYTES = 512 << 10, BATCH_BYTES_MAX = 4 << 20,
       RECORDS_AT_ONCE = 256 };                /* of a ring, before others have their turn */

struct telemetry {
	struct config *config;
	const struct config_otlp *otlp;
	unsigned count;
	struct record_ring *rings;
	struct worker *worker;
	bool started;
	/* Of its thread: */
	struct fetch *fetch;
	struct sender traces, metrics;
	struct figures *figures;
	struct buf batch;                      /* of spans; empty: none is begun */
	uint32_t batch_spans;
	uint64_t batch_ms, metrics_ms;         /* clock_ms: begun; made last */
	uint64_t dropped_seen;
	struct timer look;
	bool closing;
	uint64_t close_ms;
};

static void end_batch(struct telemetry *t)
{
	if (!t->batch.n)
		return;
	otlp_end(&t->batch);
	sender_give(&t->traces, &t->batch, t->batch_spans);
	t->batch_spans = 0;
}

static void add_spans(struct telemetry *t, const struct telemetry_record *r)
{
	if (!t->batch.n) {
		otlp_begin(&t->batch, "Spans", t->otlp);
		t->batch_ms = clock_ms();
	}
	t->batch_spans += spans_put(&t->batch, r, t->otlp->semconv);
	if (t->batch_spans >= BATCH_SPANS || t->batch.n >= BATCH_BYTES)
		end_batch(t);
}

static void take_records(struct telemetry *t, struct record_ring *ring)
{
	struct telemetry_record r;

	for (size_t i = 0; i < RECORDS_AT_ONCE && record_ring_look(ring, &r); i++) {
		if (t->figures)
			figures_add(t->figures, &r);
		if (r.sampled && t->otlp->traces)
			add_spans(t, &r);
		record_ring_pass(ring);
	}
}

static void count_dropped(struct telemetry *t)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < t->count; i++)
		all += atomic_load_explicit(&t->rings[i].dropped, memory_order_relaxed);
	if (all > t->dropped_seen)
		sender_count_dropped(&t->traces, DROP_QUEUE, all - t->dropped_seen);
	t->dropped_seen = all;
}

/* Sums grow: one that was not sent is made up for by the next. */
static void make_metrics(struct telemetry *t)
{
	struct buf body;

	if (!t->figures || !sender_is_idle(&t->metrics))
		return;
	buf_init(&body, BATCH_BYTES_MAX);
	otlp_begin(&body, "Metrics", t->otlp);
	if (figures_put(t->figures, &body, clock_wall_ms())) {
		otlp_end(&body);
		sender_give(&t->metrics, &body, 1);
	}
	buf_fini(&body);
}

static bool is_done(const struct telemetry *t, uint64_t now_ms)
{
	return t->closing && ((sender_is_idle(&t->traces) && sender_is_idle(&t->metrics)) ||
	                      now_ms >= t->close_ms);
}

static void on_time(void *arg)
{
	struct telemetry *t = arg;
	uint64_t now_ms = clock_ms();

	for (unsigned i = 0; i < t->count; i++)
		take_records(t, &t->rings[i]);
	count_dropped(t);
	if (t->batch.n && now_ms - t->batch_ms >= t->otlp->interval_ms)
		end_batch(t);
	if (now_ms - t->metrics_ms >= (uint64_t)METRICS_EACH * t->otlp->interval_ms) {
		t->metrics_ms = now_ms;
		make_metrics(t);
	}
	if (is_done(t, now_ms))
		worker_stop(t->worker);
	else
		timer_set(&t->look, now_ms, t->closing ? LOOK_MS / 10 : LOOK_MS);
}

static void begin_here(void *arg)
{
	struct telemetry *t = arg;

	t->metrics_ms = clock_ms();
	timer_set(&t->look, t->metrics_ms, LOOK_MS);
}

static void close_here(void *arg)
{
	struct telemetry *t = arg;

	for (unsigned i = 0; i < t->count; i++)
		take_records(t, &t->rings[i]);
	end_batch(t);
	make_metrics(t);
	t->closing = true;
	t->close_ms = clock_ms() + CLOSE_MS;
	sender_hurry(&t->traces);
	sender_hurry(&t->metrics);
	timer_set(&t->look, clock_ms(), 1);
}

/* --- the door --- */

static void free_all(struct telemetry *t)
{
	if (t->fetch) {
		sender_fini(&t->traces);
		sender_fini(&t->metrics);
		timer_fini(&t->look);
	}
	figures_free(t->figures);
	fetch_free(t->fetch);
	worker_free(t->worker);
	for (unsigned i = 0; i < t->count; i++)
		record_ring_fini(&t->rings[i]);
	buf_fini(&t->batch);
	mem_free(t->rings);
	config_give(t->config);
	mem_free(t);
}

static void open_senders(struct telemetry *t, struct metrics *m)
{
	t->traces = (struct sender){ .config = t->otlp, .path = "/v1/traces",
	                             .name = "otlp_traces",
	                             .bytes_max = t->otlp->queue_bytes };
	t->metrics = (struct sender){ .config = t->otlp, .path = "/v1/metrics",
	                              .name = "otlp_metrics",
	                              .bytes_max = BATCH_BYTES_MAX };
	sender_init(&t->traces, t->worker, t->fetch, m);
	sender_init(&t->metrics, t->worker, t->fetch, m);
	timer_init(&t->look, t->worker, on_time, t);
}

struct telemetry *telemetry_open(struct config *c, struct metrics *m, char why[256])
{
	struct telemetry *t = mem_new(sizeof *t);
	struct fetch_limits limits;

	config_take(c);
	t->config = c;
	t->otlp = &c->telemetry.otlp;
	t->count = c->workers;
	t->rings = mem_new_array(t->count, sizeof *t->rings);
	for (unsigned i = 0; i < t->count; i++)
		record_ring_init(&t->rings[i], RING_BYTES);
	buf_init(&t->batch, BATCH_BYTES_MAX);
	if (t->otlp->metrics)
		t->figures = figures_new(t->otlp->semconv, clock_wall_ms());
	fetch_limits_default(&limits);
	t->worker = worker_new(c->workers + 1);        /* the number before is main's */
	t->fetch = t->worker ? fetch_new(t->worker, &limits) : NULL;
	if (t->fetch)
		open_senders(t, m);
	t->started = t->fetch && worker_start(t->worker) == CDT_OK;
	if (!t->started) {
		(void)snprintf(why, 256, "the exporter's thread could not be started");
		free_all(t);
		return NULL;
	}
	worker_post(t->worker, begin_here, t);
	return t;
}

void telemetry_close(struct telemetry *t)
{
	if (!t)
		return;
	worker_post(t->worker, close_here, t);
	worker_join(t->worker);
	free_all(t);
}

void telemetry_push(struct telemetry *t, unsigned number, const struct telemetry_record *r)
{
	if (number < t->count)
		(void)record_ring_put(&t->rings[number], r);  /* has counted what it dropped */
}
