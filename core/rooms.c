/* rooms.c - opens the rooms in the order of what they need, closes them in reverse.
 * SPDX-License-Identifier: MIT */
#include "rooms.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "cache/cache.h"
#include "ledger/ledger.h"
#include "limit/limiter.h"
#include "limit/throttle.h"
#include "metrics/metrics.h"
#include "store/shelf.h"
#include "store/store.h"
#include "telemetry/telemetry.h"
#include "usage/journal.h"
#include "usage/tape.h"

enum { DISK_RESERVE = 256 << 20 };

bool rooms_fail(const char *what, const char *why)
{
	fprintf(stderr, "conduitd: %s: %s\n", what, why);
	return false;
}

/* What lies in the state folder. */
static bool open_state(struct rooms *r, const struct config *c)
{
	static const struct ledger_policy policy = { .charge_all = false,
	                                              .reserve_bytes = DISK_RESERVE };
	char why[256];

	r->store = store_open(c->state_dir, c->map_size, why);
	if (!r->store)
		return rooms_fail(c->state_dir, why);
	store_let_grow(r->store);
	r->promised = shelf_open(c->state_dir, "idempotency", c->cache.idempotency_size, why);
	if (!r->promised)
		return rooms_fail("idempotency", why);
	r->remembered = shelf_open(c->state_dir, "responses", c->responses.size, why);
	if (!r->remembered)
		return rooms_fail("responses", why);
	r->ledger = ledger_open(r->store, &policy, clock_wall_ms(), why);
	if (!r->ledger)
		return rooms_fail("ledger", why);
	r->keyring = keyring_open(r->store, c->state_dir, why);
	if (!r->keyring)
		return rooms_fail("keys", why);
	flow_tell_untold(r->ledger, r->keyring, c->records);
	return true;
}

bool rooms_open(struct rooms *r, struct config *c)
{
	char why[256];

	r->metrics = metrics_new(c->workers);
	flow_declare_metrics(r->metrics);
	r->tape = tape_new();
	r->throttle = throttle_new();
	r->limiter = limiter_new();
	r->stats = stats_new(c->workers);
	if (!open_state(r, c))
		return false;
	flow_watch_budgets(r->ledger, r->metrics);
	r->journal = journal_open(c->access_log, c->access_combined ? JOURNAL_COMBINED
	                                                            : JOURNAL_JSON,
	                          c->workers, why);
	if (!r->journal)
		return rooms_fail("access log", why);
	if (c->telemetry.otlp.endpoint) {
		r->telemetry = telemetry_open(c, r->metrics, why);
		if (!r->telemetry)
			return rooms_fail("telemetry", why);
	}
	r->admin_token = admin_token_open(c, why);
	return r->admin_token ? true : rooms_fail("admin token", why);
}

void rooms_open_for_test(struct rooms *r)
{
	r->metrics = metrics_new(1);
	r->stats = stats_new(1);
}

void rooms_load_plugins(struct rooms *r, const struct config *c, const char *private_dir,
                        struct fetch *(*fetch_of)(struct worker *w))
{
	struct plugin_surroundings s = {
		.version = PACKAGE_VERSION, .private_dir = private_dir,
		.metrics = r->metrics, .fetch_of = fetch_of,
	};

	r->registry = registry_new(&s);
	for (size_t i = 0; i < c->plugin_dir_count; i++)
		if (!registry_load_dir(r->registry, c->plugin_dirs[i]))
			log_warn(LOG_APP, NULL, "no plugin was loaded from dir=%s",
			         c->plugin_dirs[i]);
}

bool rooms_open_answers(struct rooms *r, const struct config *c, struct config_report *report)
{
	r->answers = answers_new(r->registry, &c->cache, r->store, report);
	return r->answers != NULL;
}

void rooms_settle(struct rooms *r)
{
	shelf_close(r->remembered);
	shelf_close(r->promised);
	store_close(r->store);                         /* its writer changes the ring, ... */
	ledger_close(r->ledger);                       /* ... and both write to workers */
}

void rooms_close(struct rooms *r)
{
	limiter_free(r->limiter);
	stats_free(r->stats);
	answers_free(r->answers);
	registry_free(r->registry);
	telemetry_close(r->telemetry);
	journal_close(r->journal);
	tape_free(r->tape);
	keyring_close(r->keyring);
	throttle_free(r->throttle);
	metrics_free(r->metrics);
	secret_free(r->admin_token);
}
