/* router/instances.h - the instances of a router, for its rosters.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef ROUTER_INSTANCES_H
#define ROUTER_INSTANCES_H
#include "router/route.h"

size_t router_instance_count(const struct router *r);
struct instance *router_instance(const struct router *r, size_t i);

#endif
