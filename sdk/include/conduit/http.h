/* conduit/http.h - HTTP as a plugin sees it.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_HTTP_H
#define CONDUIT_HTTP_H
#include "doc.h"

struct cdt_header { cdt_str name, value; };                             /* frozen */
struct cdt_http_head {
	uint32_t size, status;
	const struct cdt_header *headers;
	size_t count;
};

/* A request in the making.  Errors stick, as in cdt_out. */
struct cdt_http_out { const struct cdt_http_out_api *api; };
struct cdt_http_out_api {
	uint32_t size, reserved;
	void (*method)(struct cdt_http_out *, const char *);           /* default POST */
	void (*url)(struct cdt_http_out *, cdt_str base, cdt_str path);
	void (*header)(struct cdt_http_out *, const char *name, cdt_str value);
	void (*secret_header)(struct cdt_http_out *, const char *name, cdt_str prefix,
	                      cdt_str secret);                     /* never logged */
	struct cdt_out *(*body)(struct cdt_http_out *);            /* JSON, or bytes... */
	/* ...or, for a CDT_REQ_NATIVE request, the client's own bytes with some
	 * top-level members changed: write the new value of `member` to what patch
	 * returns, before the next patch; write nothing to leave the member out.
	 * Members that nobody patches go through untouched, also those that nobody
	 * knows. */
	struct cdt_out *(*patch)(struct cdt_http_out *, const char *member);
	void (*part)(struct cdt_http_out *, const char *name, cdt_str filename,
	             cdt_str type, cdt_str data);                  /* ...or multipart */
	cdt_status (*status)(const struct cdt_http_out *);
	/* What was written to body so far, or the client's bytes with the patches so far: for
	 * signatures.  Valid until more is written. */
	cdt_str (*written)(struct cdt_http_out *);
};

#define CDT_SVC_HTTP "conduit.http/1"   /* small side calls: tokens, vector search */
struct cdt_worker;
struct cdt_http {                                                           /* [worker] */
	uint32_t size, reserved;
	/* Calls fill at once and answer once, later, on the same worker.  The
	 * gateway's time-outs, proxies and address rules apply. */
	cdt_status (*fetch)(struct cdt_worker *, uint32_t timeout_ms,
	                    void (*fill)(void *arg, struct cdt_http_out *),
	                    void (*answer)(void *arg, cdt_status,
	                                   const struct cdt_http_head *, cdt_str body),
	                    void *arg);
};
#endif
