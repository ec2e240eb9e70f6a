/* unit/router/rig.h - a configuration's text made into a router with the real plugins, and one
 * worker's roster of it.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_ROUTER_RIG_H
#define UNIT_ROUTER_RIG_H
#include "loop/worker.h"
#include "metrics/metrics.h"
#include "router/route.h"
#include "unit/config/scene.h"

struct routerig {
	struct scene scene;
	char private_dir[512];
	struct metrics *metrics;
	struct registry *registry;
	struct config_report report;           /* of router_new */
	struct router *router;                 /* NULL: refused, report says why */
	struct worker *worker;
	struct roster *roster;
	struct stats *stats;
	struct plan plan;                      /* the latest */
	struct arena arena;
	struct ask_routing wishes;
	struct ask ask;                        /* a chat with those wishes */
};

void routerig_open(struct routerig *r, const char *text);
/* The same for a scene that is loaded already; the rest of *r is zeroed. */
void routerig_finish(struct routerig *r);
void routerig_close(struct routerig *r);
const struct route *routerig_find(struct routerig *r, const char *model);
/* "target:credential target:credential ..." as ranked now; NULL: no such model. */
const char *routerig_rank(struct routerig *r, const char *model, char out[1024]);

#endif
