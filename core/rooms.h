/* rooms.h - what is opened once and outlives every configuration: money, keys, counters,
 * caches, plugins.  Part of the app layer, which lends the rooms to workers and the admin API.
 * SPDX-License-Identifier: MIT */
#ifndef ROOMS_H
#define ROOMS_H
#include "admin/admin.h"
#include "config/config.h"
#include "flow/flow.h"
#include "plugin/registry.h"

struct rooms {
	struct metrics *metrics;
	struct tape *tape;                     /* for those who look on */
	struct throttle *throttle;             /* of clients' wrong keys */
	struct limiter *limiter;
	struct stats *stats;                   /* of targets */
	struct store *store;
	struct shelf *promised;                /* answers to Idempotency-Keys */
	struct shelf *remembered;              /* answers for the next turn */
	struct ledger *ledger;
	struct keyring *keyring;
	struct journal *journal;
	struct telemetry *telemetry;           /* NULL: nothing is exported */
	struct secret *admin_token;
	struct registry *registry;
	struct answers *answers;               /* that are known */
};

/* All but plugins and what needs them.  false: stderr says why.  [main] */
bool rooms_open(struct rooms *r, struct config *c);
/* Only what a configuration is judged by: nothing is opened on disk.  [main] */
void rooms_open_for_test(struct rooms *r);
/* Loads the plugin folders through copies in private_dir.  fetch_of: see registry.h.  [main] */
void rooms_load_plugins(struct rooms *r, const struct config *c, const char *private_dir,
                        struct fetch *(*fetch_of)(struct worker *w));
/* After the plugins: caches may be of them.  report: what of the configuration is wrong. */
bool rooms_open_answers(struct rooms *r, const struct config *c, struct config_report *report);

/* Ends what posts to workers: before these are freed.  [main, fronts are stopped] */
void rooms_settle(struct rooms *r);
/* The rest; rooms_settle came before.  [main] */
void rooms_close(struct rooms *r);

/* Prints to stderr, returns false. */
bool rooms_fail(const char *what, const char *why);

#endif
