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
	const struct price *price;             /* NULL: unknown */
	/* Which row says so: "LIST/MODEL DATE" of the catalogue, or "config FILE:LINE". */
	cdt_str price_row;
	bool is_free;                          /* unknown, and said to be free */
	struct fetch_timeouts timeouts;
	cdt_str head;                          /* finished header lines that name it */
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
};

/* An upstream that is left in the middle of its answer bills no more than it had made. */
bool target_abort_stops(const struct target *t);

struct router;
/* Opens every provider and policy instance.  NULL: the report says why.  Takes its own use of
 * c.  [main] */
struct router *router_new(struct config *c, struct registry *plugins,
                          struct config_report *report);
void router_free(struct router *r);            /* after the last roster was closed.  [main] */
const struct config *router_config(const struct router *r);

/* By name, alias, pattern alias, or (where the configuration allows it) "provider/model", for
 * which the route is made in a.  NULL: unknown.  [any thread] */
const struct route *router_find(const struct router *r, cdt_str model, struct arena *a);
/* Routes in configured order; NULL after the last. */
const struct route *router_at(const struct router *r, size_t i);
/* The known model name nearest to model, or NULL. */
const char *router_nearest(const struct router *r, cdt_str model);

/* --- [worker] --- */
struct roster;
struct roster *roster_open(struct router *r, struct worker *w);
void roster_close(struct roster *r);
struct router *roster_router(const struct roster *r);
struct instance_self *roster_self(const struct roster *r, uint32_t instance_number);

/* Who to try, best first, credentials of one target in a row.  Returns how many; 0 when the
 * client's own wishes leave nobody. */
size_t roster_rank(struct roster *r, const struct route *route, const struct ask *ask,
                   const char *key_id, struct candidate out[ROUTE_CANDIDATES_MAX]);

#endif
