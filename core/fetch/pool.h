/* fetch/pool.h - calls with their curl handles, kept and used again: setting one up costs as
 * much as half a request.  Private to the room.  [its worker's thread only]
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_POOL_H
#define FETCH_POOL_H
#include "base/list.h"
#include "fetch/fetch.h"

#include <curl/curl.h>

struct pool {
	CURLSH *share;                 /* TLS sessions */
	char *ca_file, *proxy;
	long connection_age_s;
	bool http2;
	void (*on_deadline)(void *call);
	struct list spare;
	size_t count;
};

/* CDT_E_UNSUPPORTED: this libcurl can not be told what we need. */
cdt_status pool_init(struct pool *p, const struct fetch_limits *limits,
                     void (*on_deadline)(void *call));
void pool_fini(struct pool *p);        /* of what was given back */

/* NULL: no memory, or curl refuses an option. */
struct fetch_call *pool_take(struct pool *p, struct fetch *f);
void pool_give(struct pool *p, struct fetch_call *c);

#endif
