/* conduit/host.h - what the gateway does for a plugin.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_HOST_H
#define CONDUIT_HOST_H
#include "doc.h"

/* Thread tags.  [main] the control thread, one call at a time, may be slow.
 * [worker] an event-loop thread: must not block; calls with the same self are
 * never concurrent when the plugin has worker_open, else self is shared and
 * must be treated as read-only.  [any] from any thread, also concurrently. */

struct cdt_host {                    /* one per plugin instance; logs carry its name */
	uint32_t size;
	uint16_t abi_major, abi_minor;
	const char *version;                                       /* of the gateway */
	/* [any] */
	void (*log)(const struct cdt_host *, uint32_t level, const char *msg);
	uint64_t (*now_ms)(const struct cdt_host *);               /* monotonic */
	/* [main] One of the tables below by its id; NULL: this gateway lacks it. */
	const void *(*service)(const struct cdt_host *, const char *id);
	/* [any] Milliseconds since 1970, UTC: for signatures and tokens. */
	int64_t (*wall_ms)(const struct cdt_host *);
};

/* One event-loop thread.  Opaque; handed to worker_open and to services. */
struct cdt_worker;

/* A promise to finish one asynchronous operation: call done exactly once, from
 * any thread, at once or later; then the ticket is gone.  The gateway hops back
 * to the right loop.  A ticket outlives its request: late is harmless. */
struct cdt_ticket { const struct cdt_ticket_api *api; };
struct cdt_ticket_api {                                                   /* [any] */
	uint32_t size, reserved;
	void (*done)(struct cdt_ticket *, cdt_status, cdt_str value);  /* is copied */
	void (*lasts)(struct cdt_ticket *, uint64_t ms);  /* before done, if asked for */
	int  (*cancelled)(const struct cdt_ticket *);     /* nobody waits any more */
};

#define CDT_SVC_IO "conduit.io/1"    /* sockets of a plugin on the worker's loop */
enum { CDT_READ = 1, CDT_WRITE = 2 };
struct cdt_io {                                                        /* [worker] */
	uint32_t size, reserved;
	void *(*watch)(struct cdt_worker *, int fd, uint32_t mask,
	               void (*ready)(void *arg, uint32_t mask), void *arg);
	void  (*rewatch)(void *watch, uint32_t mask);
	void  (*unwatch)(void *watch);              /* before the plugin closes fd */
	void *(*after)(struct cdt_worker *, uint32_t ms, void (*fire)(void *arg),
	               void *arg);
	void  (*forget)(void *timer);
	/* [any] run happens on that worker, soon. */
	void  (*post)(struct cdt_worker *, void (*run)(void *arg), void *arg);
};

#define CDT_SVC_CRYPTO "conduit.crypto/1"
struct cdt_crypto {                                                       /* [any] */
	uint32_t size, reserved;
	void (*sha256)(cdt_str in, uint8_t out[32]);
	void (*hmac_sha256)(cdt_str key, cdt_str in, uint8_t out[32]);
	/* Length written, or length needed when it is above cap. */
	size_t (*base64)(cdt_str in, int url_safe, char *out, size_t cap);
	size_t (*unbase64)(cdt_str in, char *out, size_t cap);
	/* RS256 with a PEM key: service-account tokens. */
	cdt_status (*sign_rs256)(cdt_str pem, cdt_str in, uint8_t *out, size_t *n);
	void (*random)(void *out, size_t n);
};

#define CDT_SVC_METRICS "conduit.metrics/1"
struct cdt_metrics {
	uint32_t size, reserved;
	/* [main] Name without prefix; labels fixed by "k1,k2".  0 = refused. */
	uint32_t (*counter)(const struct cdt_host *, const char *name,
	                    const char *labels);
	uint32_t (*histogram)(const struct cdt_host *, const char *name,
	                      const char *labels);
	/* [any] */
	void (*add)(const struct cdt_host *, uint32_t id, double v,
	            const cdt_str *labels);
};
#endif
