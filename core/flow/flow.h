/* flow/flow.h - what one worker needs to serve exchanges, and the generation it serves with.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H
#include "auth/keyring.h"
#include "base/buf.h"
#include "fetch/fetch.h"
#include "flow/surface.h"
#include "http/server.h"
#include "router/route.h"

struct answers;
struct flow;
struct journal;
struct keyring;
struct ledger;
struct limiter;
struct metrics;
struct shelf;
struct store;
struct tape;
struct telemetry;
struct throttle;
struct worker;

struct flow_parts {
	struct worker *worker;
	struct fetch *fetch;
	struct fetch *media_fetch;     /* of public addresses only; NULL: not wanted */
	struct keyring *keyring;
	struct ledger *ledger;
	struct store *store;           /* of usage records */
	struct journal *journal;
	struct metrics *metrics;
	struct tape *tape;             /* for those who look on; one for all flows */
	struct telemetry *telemetry;   /* one for all flows; NULL: nothing is exported */
	struct throttle *throttle;     /* of wrong keys; one for all flows */
	struct limiter *limiter;       /* one for all flows */
	struct answers *answers;       /* one for all flows */
	struct shelf *remembered;      /* the same: what surfaces keep of answers; NULL: none */
	struct shelf *promised;        /* the same: answers by Idempotency-Key; NULL: none */
};

/* Once, on main, before the first flow_new: what flows count. */
void flow_declare_metrics(struct metrics *m);
/* Budgets that are nearly used up are logged, and counted there. */
void flow_watch_budgets(struct ledger *l, struct metrics *m);
/* Charges of earlier runs that no record tells of get one; records false: none.  [main, before
 * there are workers] */
void flow_tell_untold(struct ledger *l, struct keyring *keys, bool records);

struct flow *flow_new(const struct flow_parts *parts);      /* [main, before its worker runs] */
void flow_free(struct flow *f);            /* cuts what is left.  [worker, or after it ended] */
struct worker *flow_worker(const struct flow *f);

/* From now on new exchanges use this router.  gone(arg) comes once nobody on this worker uses
 * it any more (after a later flow_adopt, or flow_free).  [worker] */
void flow_adopt(struct flow *f, struct router *r, void (*gone)(void *arg), void *arg);
/* The router of new exchanges. */
struct router *flow_router(const struct flow *f);

/* Starts the exchange of r with that surface.  r belongs to it. */
void flow_begin(struct flow *f, struct http_request *r, const struct surface *s, cdt_str rest);
void flow_set_draining(struct flow *f);        /* health says so */
bool flow_draining(const struct flow *f);
/* Exchanges under way; those of them that are streams; that wait for a limit or a place.
 * [any thread] */
size_t flow_active(const struct flow *f);
size_t flow_streams(const struct flow *f);
size_t flow_waiting(const struct flow *f);

#endif
