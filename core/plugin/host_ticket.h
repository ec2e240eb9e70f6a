/* plugin/host_ticket.h - promises that a plugin finishes.  A pool belongs to one worker self;
 * its functions are the worker's, only what the plugin calls is [any].  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_HOST_TICKET_H
#define PLUGIN_HOST_TICKET_H
#include "base/list.h"
#include "conduit/host.h"

#include <stdbool.h>

struct instance;
struct ticket;
struct tickets;
struct worker;

enum { TICKETS_MAX = 65536, TICKET_VALUE_MAX_BYTES = 128 << 20 };

struct tickets *tickets_new(const struct instance *i, struct worker *w);
/* Nobody waits any more: what comes in from now on is dropped. */
void tickets_close(struct tickets *p);
/* A closed pool waits in a list: while the plugin may still finish tickets of it, and then
 * (in graves) while a worker holds messages of it. */
void tickets_park(struct tickets *p, struct list *where);
/* Frees the pools of from, and of graves, that no worker has messages of; the rest goes to
 * graves. */
void tickets_sweep(struct list *from, struct list *graves);
/* All of them: no worker runs any more. */
void tickets_free_all(struct list *graves);

/* fn comes once, from the worker's loop, never from inside ticket_take or (but for ticket_ask)
 * the plugin's call; value lives until it returns.  lasts_ms: UINT64_MAX when the plugin did
 * not say.  NULL: TICKETS_MAX are out. */
typedef void ticket_fn(void *arg, cdt_status st, cdt_str value, uint64_t lasts_ms);
struct ticket *ticket_take(struct tickets *p, ticket_fn *fn, void *arg);
struct cdt_ticket *ticket_abi(struct ticket *t);
/* Around the plugin's call: what it finishes inside it, on this thread, comes at once.  Calls
 * are not nested.  ticket_asked: false when fn came so. */
void ticket_ask(struct ticket *t);
bool ticket_asked(struct tickets *p);
/* fn will not come; the plugin still owes its done. */
void ticket_forget(struct ticket *t);

#endif
