/* front.h - one client worker with all that it needs: loop, listeners, upstream client, flow.
 * Part of the app layer.
 * SPDX-License-Identifier: MIT */
#ifndef FRONT_H
#define FRONT_H
#include "config/config.h"
#include "flow/flow.h"
#include "rooms.h"

struct front;

/* config: its listeners and limits, read by front_new and front_start.  [main]
 * NULL: why says so. */
struct front *front_new(const struct rooms *rooms, const struct config *config, uint32_t number,
                        char why[256]);
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
/* As of flow.h.  [any thread] */
size_t front_active(const struct front *f);
size_t front_streams(const struct front *f);
size_t front_waiting(const struct front *f);
size_t front_connections(const struct front *f);       /* [any thread] */

/* One listener of that configuration entry on that worker; NULL: why says so. */
struct http_server *front_listen(const struct config_listen *l, struct worker *w,
                                 const struct http_limits *limits,
                                 const struct http_server_ops *ops, void *arg, char why[256]);

#endif
