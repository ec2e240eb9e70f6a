/* upstream/transport.h - one request on its way: over the network (fetch) or to a provider that
 * answers by itself (conduit.provider.local/1).  Private to the room; same callbacks as fetch.
 * [worker]
 * SPDX-License-Identifier: MIT */
#ifndef UPSTREAM_TRANSPORT_H
#define UPSTREAM_TRANSPORT_H
#include "fetch/fetch.h"
#include "plugin/provider.h"

struct transport;

struct transport_order {
	struct worker *worker;
	struct fetch *fetch;
	struct instance_self *self;
	const struct outreq *request;          /* lives as fetch.h says */
	const struct fetch_timeouts *timeouts;
};
/* t is gone when ops->end is called. */
struct transport *transport_start(const struct transport_order *o, const struct fetch_ops *ops,
                                  void *arg);
void transport_resume(struct transport *t);
/* No callback comes afterwards.  Also from inside a callback.  NULL is fine. */
void transport_cancel(struct transport *t);

#endif
