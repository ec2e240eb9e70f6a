/* fetch/dial.h - connections in the making: libcurl resolves names, tries addresses, goes
 * through proxies.  Private to the room.  [its worker's thread only]
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_DIAL_H
#define FETCH_DIAL_H
#include "fetch/fetch.h"
#include "loop/worker.h"

struct dialer;                         /* one a fetch */
struct dial;                           /* one attempt to connect */

struct dial_order {
	const char *url;               /* http://host:port, whatever will be spoken there */
	uint32_t connect_ms;           /* 0: as long as libcurl likes */
	/* fd: connected, non-blocking, the receiver's from now on, and how is FETCH_OK; or -1.
	 * From the loop, once; not after dial_cancel. */
	void (*connected)(void *arg, int fd, enum fetch_end how);
	void *arg;
};

/* NULL: no memory, or this libcurl can not be told what we need. */
struct dialer *dialer_new(struct worker *w, const struct fetch_limits *limits);
void dialer_free(struct dialer *d);            /* its dials are cancelled */

/* Never fails at once. */
struct dial *dial_start(struct dialer *d, const struct dial_order *order);
/* NULL is fine. */
void dial_cancel(struct dial *c);

#endif
