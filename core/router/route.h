/* router/route.h - which upstreams can answer for a model, and in which order to try them.
 * A router is one generation of the configuration with its plugin instances: immutable, built
 * and freed on main.  A roster is what one worker has open of it.
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_ROUTE_H
#define ROUTER_ROUTE_H
#include "canon/ask.h"
#include "config/config.h"
#include "fetch/fetch.h"
#include "ledger/price.h"
#include "plugin/instance.h"
#include "plugin/provider.h"
#include "router/known.h"
#include "router/stats.h"

enum { ROUTE_TARGETS_MAX = 64, ROUTE_CANDIDATES_MAX = 64 };

/* A provider instance and its name for the model. */
struct target {
	cdt_str name;                          /* "main/gpt-4o": logs, headers, metrics */
	cdt_str provider, model;               /* model: the upstream's name for it */
	const struct config_provider *config;
	struct instance *instance;
	uint32_t instance_number;              /* of the router: index into a roster's selves */
	uint32_t weight, tier;
	int64_t context_window, max_output;    /* tokens; -1 = unknown */
	int64_t capacity;                      /* requests at once, as configured; -1 = any */
	const struct price *price;             /* NULL: unknown */
	/* Which row says so: "LIST/MODEL DATE" of the catalogue, or "config FILE:LINE". */
	cdt_str price_row;
	bool is_free;                          /* unknown, and said to be free */
	struct known known;
	struct fetch_timeouts timeouts;
	struct health_rules health_rules;
	cdt_str head;                          /* finished header lines that name it */
	struct figures *figures;               /* NULL: of a direct route */
	/* One for each credential, at least one: of all targets of the provider, and (NULL: of
	 * a direct route) of this one. */
	struct health **accounts, **healths;
};

struct route {
	cdt_str name;                          /* the model's name in the configuration */
	const struct config_model *model;      /* NULL for a direct "provider/model" */
	struct target **targets;
	size_t target_count;
	uint32_t policy_number;                /* index into a roster's selves, or NO_POLICY */
};
enum { NO_POLICY = UINT32_MAX };

/* A target and the credential to use there; NULL where the provider needs none. */
struct candidate {
	const struct target *target;
	const struct config_credential *credential;
	struct health *account, *health;       /* health NULL: of a direct route */
	enum health_sight sight;               /* when it was ranked */
};

/* --- what clients are told of a route; its first target stands for it (offer.c) --- */
/* The i-th word of what it is able to do: the configuration's words, else the catalogue's.
 * NULL after the last. */
const char *route_ability(const struct route *r, size_t i);
/* In any spelling. */
bool route_is_able(const struct route *r, cdt_str word);
bool route_has_provider(const struct route *r, cdt_str provider);
/* Of its best target: "available", "deprecated" (it ends, or should not be used any more),
 * "limited" (all are paused) or "unavailable" (ended, drained, without a plugin). */
const char *route_status(const struct route *r, uint64_t now_ms);
const char *target_status(const struct target *t, uint64_t now_ms);

/* Why a target of the route is not among the candidates. */
enum skip { SKIP_NOT_SERVED, SKIP_OPERATION, SKIP_ONLY, SKIP_IGNORED, SKIP_PRICE, SKIP_DRAINED,
            SKIP_POLICY, SKIP_COUNT };
const char *skip_name(enum skip why);                  /* "PRICE" */

/* Who to try, best first: all that are ready, then those that cool down. */
struct plan {
	struct candidate candidates[ROUTE_CANDIDATES_MAX];
	size_t count;
	struct skipped { const struct target *target; enum skip why; }
		skipped[ROUTE_TARGETS_MAX];
	size_t skipped_count;
	int64_t cheapest;              /* nano-USD, of those that cost too much; -1 = none */
	uint32_t policy_number;        /* that ordered it; NO_POLICY: as configured */
};

/* What an order depends on, besides the route. */
struct wish {
	const struct ask *ask;
	const char *key_id, *group;
	uint32_t policy_number;                /* NO_POLICY: the route's */
	cdt_str affinity;                      /* "" = none */
	uint64_t affinity_hash;
	int64_t input, output;                 /* tokens, estimated */
	struct price_counts units;             /* what is billed beside them, estimated */
	cdt_val tags;
	uint64_t now_ms;
};

/* A provider without credentials is asked as if it had one. */
size_t credential_count(const struct config_provider *p);
/* What is seen of its i-th credential, and of its best; dice as in health_look. */
enum health_sight target_sight(const struct target *t, size_t i, uint64_t now_ms,
                               uint32_t dice);
enum health_sight target_best_sight(const struct target *t, uint64_t now_ms, uint32_t dice);
/* As which operation it serves the request: the request's own, or one that stands in for it; 0:
 * it can not. */
uint32_t target_op(const struct target *t, const struct ask *a);
/* It can answer such an operation in pieces. */
bool target_streams(const struct target *t, uint32_t op);
/* Does it take that dialect of a client as it is? */
bool target_speaks(const struct target *t, cdt_str dialect);
/* An upstream that is left in the middle of its answer bills no more than it had made. */
bool target_abort_stops(const struct target *t);

struct router;
/* Opens every provider and policy instance.  NULL: the report says why.  Takes its own use of
 * c.  [main] */
struct router *router_new(struct config *c, struct registry *plugins, struct stats *stats,
                          struct config_report *report);
void router_free(struct router *r);            /* after the last roster was closed.  [main] */
const struct config *router_config(const struct router *r);

/* By name, alias, pattern alias, or (where the configuration allows it) "provider/model", for
 * which the route is made in a.  NULL: unknown.  [any thread] */
const struct route *router_find(const struct router *r, cdt_str model, struct arena *a);
/* Routes in configured order; NULL after the last. */
const struct route *router_at(const struct router *r, size_t i);
/* A policy by its name in the configuration, or by its type, in any spelling: "least_cost",
 * "LeastCost".  NO_POLICY: unknown. */
uint32_t router_policy(const struct router *r, cdt_str name);
const char *router_policy_name(const struct router *r, uint32_t number);       /* NULL: none */
/* The nearest name that router_policy knows, or NULL; likewise of providers. */
const char *router_nearest_policy(const struct router *r, cdt_str name);
const char *router_nearest_provider(const struct router *r, cdt_str name);
bool router_has_provider(const struct router *r, cdt_str name);
/* Names of the providers that serve op, with commas, up to a handful; "" = none does. */
cdt_str router_who_can(const struct router *r, uint32_t op, struct arena *a);
struct stats *router_stats(const struct router *r);
/* The known model name nearest to model, or NULL. */
const char *router_nearest(const struct router *r, cdt_str model);

/* --- [worker] --- */
struct roster;
struct roster *roster_open(struct router *r, struct worker *w);
void roster_close(struct roster *r);
struct router *roster_router(const struct roster *r);
struct instance_self *roster_self(const struct roster *r, uint32_t instance_number);

void roster_rank(struct roster *r, const struct route *route, const struct wish *w,
                 struct plan *out);
/* What the request is estimated to cost there, with what the upstream's own cache may save;
 * -1 = unknown. */
int64_t roster_cost(struct roster *r, const struct target *t, const struct wish *w);
/* The figures that policies are shown. */
void roster_read(struct roster *r, const struct target *t, uint64_t now_ms,
                 struct reading *out);

/* A request went to that provider; and may one be sent again, after a failure?  Retries are a
 * share of the requests of the last seconds. */
void roster_count_request(struct roster *r, const struct target *t, uint64_t now_ms);
bool roster_may_retry(struct roster *r, const struct target *t, uint64_t now_ms);

#endif
