/* front.h - one client worker with all that it needs: loop, listeners, upstream client, flow.
 * Part of the app layer.
 * SPDX-License-Identifier: MIT */
#ifndef FRONT_H
#define FRONT_H
#include "config/config.h"
#include "flow/flow.h"

struct front;

struct front_parts {
	struct keyring *keyring;
	struct ledger *ledger;
	struct store *store;
	struct journal *journal;
	struct metrics *metrics;
	struct limiter *limiter;
	const struct config *config;           /* listeners and limits */
	struct throttle *throttle;
	struct answers *answers;
	struct shelf *promised, *remembered;
};

/* [main] NULL: why says so. */
struct front *front_new(const struct front_parts *parts, uint32_t number, char why[256]);
/* Opens the listeners and starts the thread.  [main] */
bool front_start(struct front *f, char why[256]);
/* See flow_adopt.  [main] */
void front_adopt(struct front *f, struct router *r, void (*gone)(void *arg), void *arg);
void front_drain(struct front *f);                     /* [main] */
/* Cuts what is left and ends the thread.  [main] */
void front_stop(struct front *f);
void front_free(struct front *f);

struct worker *front_worker(const struct front *f);
struct fetch *front_fetch(const struct front *f);
size_t front_active(const struct front *f);            /* [any thread] */
size_t front_connections(const struct front *f);       /* [any thread] */

/* One listener of that configuration entry on that worker; NULL: why says so. */
struct http_server *front_listen(const struct config_listen *l, struct worker *w,
                                 const struct http_limits *limits,
                                 const struct http_server_ops *ops, void *arg, char why[256]);

#endif
