/* conduit/cache.h - somewhere to keep bytes for a while.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_CACHE_H
#define CONDUIT_CACHE_H
#include "module.h"

#define CDT_KIND_CACHE "conduit.cache/1"

/* Keys are 32-byte digests made by the gateway; values are opaque, and carry a check of their
 * own: a backend that loses, mixes up or spoils values costs time, never a wrong answer.
 *
 * get ends its ticket with CDT_OK and the value, with CDT_E_ABSENT for a miss, with anything
 * else when it is in trouble.  put and drop end theirs with CDT_OK when it is done.  A backend
 * may finish before it returns (memory: then the value is taken at once, without a turn of the
 * event loop) or much later (network); who asks waits a few milliseconds only, and takes
 * silence for a miss.  What is given to put is valid until it returns.  ttl_s is at least 1;
 * when it is over the value must not be given any more.  A value may be forgotten sooner, and
 * a put refused (CDT_E_LIMIT: too large, or too much is waiting).  Calls come at any rate and
 * must not block.
 *
 * Two options are filled in by the gateway where a table names them and the operator gave none
 * in cache.options: "size" (CDT_OPT_SIZE; cache.size: at most so many bytes) and "path"
 * (CDT_OPT_TEXT; a folder below the state directory, which may not exist yet). */
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
	/* Asked with the self of open.  "conduit.cache.near/1" is kept for backends that find
	 * what is alike: they ask for embeddings through CDT_SVC_HTTP. */
	const void *(*extension)(void *self, const char *id);
};

#define CDT_EXT_CACHE_CARE "conduit.cache.care/1"
/* As far as it is known without asking anybody; -1: it is not. */
struct cdt_cache_stats {
	uint32_t size, reserved;
	int64_t entries, bytes, bytes_max;
	int64_t evictions;       /* since open: forgotten for want of room */
	int64_t refused;         /* puts that were not kept */
	int64_t failures;        /* of the disk, the network... */
};
/* For operators.  Called with the self of open; neither blocks. */
struct cdt_cache_care {                                                /* [any thread] */
	uint32_t size, reserved;
	/* Fills in what out->size has room for. */
	void (*stats)(void *self, struct cdt_cache_stats *out);
	/* What is there now is not given any more, and its room comes free in a while. */
	cdt_status (*clear)(void *self);
};
#endif
