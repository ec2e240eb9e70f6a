/* admin/metrics.c - GET /metrics: what was counted, and the figures of the whole process.
 * SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"

#include <math.h>

#include "admin/inquiry.h"
#include "admin/pages.h"
#include "base/digest.h"
#include "base/str.h"
#include "cache/cache.h"
#include "fetch/fetch.h"
#include "ledger/ledger.h"
#include "loop/worker.h"
#include "plugin/cache.h"
#include "router/route.h"
#include "store/store.h"
#include "usage/journal.h"

/* What a figure is read from; gathered once a scrape. */
struct figures {
	struct admin_status status;
	struct store_counts store;
	struct ledger_counts ledger;
	struct cdt_cache_stats cache;
	size_t keys;
	uint64_t journal_dropped;
};

static double active(const struct figures *f) { return (double)f->status.active; }
static double streams(const struct figures *f) { return (double)f->status.streams; }
static double queued(const struct figures *f) { return (double)f->status.waiting; }
static double connections(const struct figures *f) { return (double)f->status.connections; }
static double generation(const struct figures *f) { return f->status.generation; }
static double draining(const struct figures *f) { return f->status.draining; }
static double workers(const struct figures *f) { return f->status.workers; }
static double keys(const struct figures *f) { return (double)f->keys; }
static double store_bytes(const struct figures *f) { return (double)f->store.bytes_used; }
static double store_max(const struct figures *f) { return (double)f->store.bytes_max; }
static double commits(const struct figures *f) { return (double)f->store.commits; }
static double failed(const struct figures *f) { return (double)f->store.failed; }
static double log_dropped(const struct figures *f) { return (double)f->journal_dropped; }

/* Not every backend knows; then it is left out. */
static double known(int64_t v)
{
	return v < 0 ? (double)NAN : (double)v;
}

static double cache_bytes(const struct figures *f) { return known(f->cache.bytes); }
static double cache_entries(const struct figures *f) { return known(f->cache.entries); }

static double granted(const struct figures *f) { return (double)f->ledger.granted; }
static double refused(const struct figures *f) { return (double)f->ledger.refused; }
static double closed(const struct figures *f) { return (double)f->ledger.closed; }
static double settled(const struct figures *f) { return (double)f->ledger.settled; }
static double recovered(const struct figures *f) { return (double)f->ledger.recovered; }
static double replayed(const struct figures *f) { return (double)f->ledger.replayed; }
static double open_holds(const struct figures *f) { return (double)f->ledger.open; }
static double waiting(const struct figures *f) { return (double)f->ledger.waiting; }
static double side_journal(const struct figures *f) { return (double)f->ledger.journal_bytes; }
static double disk_free(const struct figures *f) { return (double)f->ledger.free_bytes; }

static double reloaded(const struct figures *f)
{
	return !str_starts(str_z(f->status.last_reload), "failed");
}

static double reloaded_at(const struct figures *f)
{
	return (double)f->status.reloaded_wall_ms / 1000;
}

#define COUNTER METRICS_COUNTER
#define GAUGE METRICS_GAUGE
static const struct {
	enum metrics_kind kind;
	const char *name, *help;
	double (*read)(const struct figures *f);
} rows[] = {
	{ GAUGE, "conduit_active_requests", "Exchanges with clients under way.", active },
	{ GAUGE, "conduit_active_streams", "Those of them that are streams.", streams },
	{ GAUGE, "conduit_queue_depth", "Those that wait for a limit or a place.", queued },
	{ GAUGE, "conduit_connections", "Open connections of clients.", connections },
	{ GAUGE, "conduit_workers", "Threads that serve clients.", workers },
	{ GAUGE, "conduit_config_generation", "1 at start, one more with each reload.",
	  generation },
	{ GAUGE, "conduit_config_last_reload_successful", "0: the last reload was refused.",
	  reloaded },
	{ GAUGE, "conduit_config_last_reload_timestamp_seconds",
	  "When the configuration in use was read.", reloaded_at },
	{ GAUGE, "conduit_draining", "1: waiting for running requests before the end.",
	  draining },
	{ GAUGE, "conduit_keys", "Virtual keys.", keys },
	{ GAUGE, "conduit_cache_bytes", "Used space of the cache.", cache_bytes },
	{ GAUGE, "conduit_cache_entries", "Answers in the cache.", cache_entries },
	{ GAUGE, "conduit_store_bytes", "Used space of the store.", store_bytes },
	{ GAUGE, "conduit_store_max_bytes", "What the store may grow to.", store_max },
	{ COUNTER, "conduit_store_commits_total", "Transactions committed.", commits },
	{ COUNTER, "conduit_store_failed_total", "Writes that the store refused.", failed },
	{ COUNTER, "conduit_ledger_granted_total", "Holds granted.", granted },
	{ COUNTER, "conduit_ledger_refused_total", "Holds refused for lack of budget.",
	  refused },
	{ COUNTER, "conduit_ledger_closed_total",
	  "Holds refused because the store can not write.", closed },
	{ COUNTER, "conduit_ledger_settled_total", "Charges written.", settled },
	{ COUNTER, "conduit_ledger_recovered_total", "Holds of the last run, charged at start.",
	  recovered },
	{ COUNTER, "conduit_ledger_replayed_total",
	  "Charges taken from the side journal at start.", replayed },
	{ GAUGE, "conduit_ledger_open_holds", "Holds that are not charged yet.", open_holds },
	{ GAUGE, "conduit_ledger_waiting", "Charges that the store refuses.", waiting },
	{ GAUGE, "conduit_ledger_side_bytes", "Used space of the side journal.",
	  side_journal },
	{ GAUGE, "conduit_state_disk_free_bytes", "Free space for the state folder.",
	  disk_free },
	{ COUNTER, "conduit_log_dropped_total", "Lines of the access log that were dropped.",
	  log_dropped },
};
#undef COUNTER
#undef GAUGE

#define AS_TEXT(x) #x
#define TEXT_OF(x) AS_TEXT(x)

static void print_build(const struct figures *f, struct buf *out)
{
	static const char name[] = "conduit_build_info";
	static const char abi[] = TEXT_OF(CDT_ABI_MAJOR) "." TEXT_OF(CDT_ABI_MINOR);
	const cdt_str versions[] = {
		str_z(f->status.version), str_z(abi), str_z(worker_library()),
		str_z(digest_library()), str_z(fetch_library()),
	};

	metrics_print_head(out, METRICS_GAUGE, name, "Always 1; the labels say what runs.");
	metrics_print(out, name, "version,abi,libevent,openssl,libcurl", versions, 1);
}

static void print_figures(const struct admin *a, struct buf *out)
{
	struct figures f = {
		.store = store_counts(a->parts.store), .keys = keyring_count(a->parts.keyring),
		.journal_dropped = journal_dropped(a->parts.journal),
		.cache = { .size = sizeof f.cache, .entries = -1, .bytes = -1 },
	};
	const struct instance *cache = a->parts.answers ? answers_backend(a->parts.answers)
	                                                : NULL;

	if (a->parts.ledger)
		f.ledger = ledger_counts(a->parts.ledger);
	if (cache)
		cache_stats(cache, &f.cache);
	a->parts.ops->status(a->parts.arg, &f.status);
	print_build(&f, out);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		double v = rows[i].read(&f);

		if (isnan(v))
			continue;
		metrics_print_head(out, rows[i].kind, rows[i].name, rows[i].help);
		metrics_print(out, rows[i].name, "", NULL, v);
	}
}

cdt_status admin_metrics_show(struct inquiry *c)
{
	const struct admin *a = c->admin;
	const struct router *r = a->parts.ops->router(a->parts.arg);

	if (!router_config(r)->telemetry.prometheus)
		return REFUSE(c, PROBLEM_NOT_FOUND, NULL, "nothing is counted: "
		              "telemetry.prometheus is false in the configuration");
	c->type = "text/plain; version=0.0.4; charset=utf-8";
	print_figures(a, &c->out);
	metrics_page_targets(r, &c->out);
	metrics_page_budgets(a->parts.keyring, a->parts.ledger, &c->out);
	metrics_expose(a->parts.metrics, &c->out);
	return c->out.status;
}
