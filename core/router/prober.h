/* router/prober.h - asks providers whose targets cool down whether they answer again: a GET of
 * `health.probe`, without credentials, one at a time for each provider.  One worker does it for
 * all.  [its worker's thread only, but for what is made before it runs]
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_PROBER_H
#define ROUTER_PROBER_H
#include "router/route.h"

struct prober;
/* NULL: no provider of r wants it.  r outlives it. */
struct prober *prober_new(const struct router *r, struct worker *w, struct fetch *f);
/* Leaves what is under way.  NULL is fine. */
void prober_free(struct prober *p);

#endif
