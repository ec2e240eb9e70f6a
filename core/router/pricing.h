/* router/pricing.h - which row prices a target: its own of the configuration, else its model's,
 * else the catalogue's; exactly one, never mixed.  Private to the room.  Built on main,
 * immutable afterwards.
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_PRICING_H
#define ROUTER_PRICING_H
#include "router/route.h"

/* Is it the upstream that its type is called after, and not another that speaks like it? */
bool pricing_is_own_host(const struct config_provider *p);

struct pricing;
/* Reads the catalogue of the configuration, whose providers have these instances (each may be
 * NULL).  Errors go to the report; a default catalogue that is missing or damaged is a warning,
 * then nothing is known.  Never NULL.  [main] */
struct pricing *pricing_new(const struct config *c, struct instance *const *instances,
                            struct config_report *report);
void pricing_free(struct pricing *p);

/* Where t was configured. */
struct pricing_place {
	size_t provider;                               /* number in the configuration */
	const struct config_model *model;              /* NULL: of a direct route */
	const struct config_target *target;            /* NULL likewise */
};
/* Sets price, price_row, is_free, context_window, max_output and known of t, whose model and
 * instance are set; what they point to lives in a, or as long as p.  CDT_E_LIMIT: a is full.
 * [any thread] */
cdt_status pricing_apply(const struct pricing *p, const struct pricing_place *at,
                         struct arena *a, struct target *t);

/* What an operator should hear about t: a name that the catalogue has not, a model that is
 * about to end or has ended.  [main] */
void pricing_warn(const struct pricing *p, const struct pricing_place *at,
                  const struct target *t, struct config_report *report);

#endif
