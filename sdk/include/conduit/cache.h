/* conduit/cache.h - somewhere to keep bytes for a while.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_CACHE_H
#define CONDUIT_CACHE_H
#include "module.h"

#define CDT_KIND_CACHE "conduit.cache/1"

/* Keys are 32-byte digests made by the gateway; values are opaque.  get ends
 * its ticket with CDT_OK and the value, or CDT_E_ABSENT for a miss.  A
 * backend may finish before it returns (memory) or much later (network). */
struct cdt_cache_ops {
	uint32_t size, reserved;
	void *(*open)(const struct cdt_host *, cdt_val config);               /* [main] */
	void  (*close)(void *self);
	void *(*worker_open)(void *self, struct cdt_worker *);              /* [worker] */
	void  (*worker_close)(void *worker_self);
	void  (*get)(void *self, cdt_str key, struct cdt_ticket *);
	void  (*put)(void *self, cdt_str key, cdt_str value, uint32_t ttl_s,
	             struct cdt_ticket *);
	void  (*drop)(void *self, cdt_str key, struct cdt_ticket *);
	const void *(*extension)(void *self, const char *id); /* "conduit.cache.near/1" */
};
#endif
