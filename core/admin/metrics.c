/* admin/metrics.c - GET /metrics, and the figures of the whole process in it.
 * SPDX-License-Identifier: MIT */
#include "metrics/metrics.h"

#include "admin/inquiry.h"
#include "base/str.h"
#include "ledger/ledger.h"
#include "store/store.h"
#include "usage/journal.h"

/* What a gauge is read from; gathered once a scrape. */
struct figures {
	struct admin_status status;
	struct store_counts store;
	struct ledger_counts ledger;
	size_t keys;
	uint64_t journal_dropped;
};

static double one(const struct figures *f) { (void)f; return 1; }
static double active(const struct figures *f) { return (double)f->status.active; }
static double connections(const struct figures *f) { return (double)f->status.connections; }
static double generation(const struct figures *f) { return f->status.generation; }
static double draining(const struct figures *f) { return f->status.draining; }
static double keys(const struct figures *f) { return (double)f->keys; }
static double store_bytes(const struct figures *f) { return (double)f->store.bytes_used; }
static double store_max(const struct figures *f) { return (double)f->store.bytes_max; }
static double commits(const struct figures *f) { return (double)f->store.commits; }
static double log_dropped(const struct figures *f) { return (double)f->journal_dropped; }

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

static const struct {
	const char *name, *labels, *help;
	double (*read)(const struct figures *f);
} declared[] = {
	{ "build_info", "version", "Always 1; the label says which version runs.", one },
	{ "active_requests", "", "Exchanges with clients under way.", active },
	{ "connections", "", "Open connections of clients.", connections },
	{ "config_generation", "", "1 at start, one more with each reload.", generation },
	{ "config_last_reload_successful", "", "0: the last reload was refused.", reloaded },
	{ "draining", "", "1: waiting for running requests before the end.", draining },
	{ "keys", "", "Virtual keys.", keys },
	{ "store_bytes", "", "Used space of the store.", store_bytes },
	{ "store_max_bytes", "", "What the store may grow to.", store_max },
	{ "store_commits", "", "Transactions committed since the start.", commits },
	{ "ledger_granted", "", "Holds granted since the start.", granted },
	{ "ledger_refused", "", "Holds refused for lack of budget since the start.", refused },
	{ "ledger_closed", "", "Holds refused because the store can not write.", closed },
	{ "ledger_settled", "", "Charges written since the start.", settled },
	{ "ledger_recovered", "", "Holds of the last run, charged at start.", recovered },
	{ "ledger_replayed", "", "Charges taken from the side journal at start.", replayed },
	{ "ledger_open_holds", "", "Holds that are not charged yet.", open_holds },
	{ "ledger_waiting", "", "Charges that the store refuses.", waiting },
	{ "ledger_side_bytes", "", "Used space of the side journal.", side_journal },
	{ "state_disk_free_bytes", "", "Free space for the state folder.", disk_free },
	{ "log_dropped", "", "Lines of the access log dropped since the start.", log_dropped },
};
enum { DECLARED = sizeof declared / sizeof *declared };
_Static_assert((int)DECLARED <= (int)GAUGES_MAX, "one series each");

void gauges_declare(struct admin *a)
{
	struct metrics *m = a->parts.metrics;
	struct admin_status s;
	cdt_str version;

	a->parts.ops->status(a->parts.arg, &s);
	version = str_z(s.version);
	for (size_t i = 0; i < DECLARED; i++) {
		uint32_t id = metrics_declare(m, METRICS_GAUGE, declared[i].name,
		                              declared[i].labels, declared[i].help);

		a->gauges.series[i] = metrics_series(m, id, &version);
	}
}

void gauges_set(struct admin *a)
{
	struct figures f = {
		.store = store_counts(a->parts.store), .keys = keyring_count(a->parts.keyring),
		.journal_dropped = journal_dropped(a->parts.journal),
	};

	if (a->parts.ledger)
		f.ledger = ledger_counts(a->parts.ledger);
	a->parts.ops->status(a->parts.arg, &f.status);
	for (size_t i = 0; i < DECLARED; i++)
		metrics_set(a->parts.metrics, a->gauges.series[i], declared[i].read(&f));
}

cdt_status admin_metrics_show(struct inquiry *c)
{
	gauges_set(c->admin);
	c->type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_expose(c->admin->parts.metrics, &c->out);
	return c->out.status;
}
