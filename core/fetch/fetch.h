/* fetch/fetch.h - HTTP/1.1 requests to upstreams.  libcurl makes the connections; it lives
 * behind this door and nowhere else.  One struct fetch a worker.
 * [its worker's thread only]
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H
#include "fetch/outreq.h"

struct worker;
struct fetch;
struct fetch_call;

struct fetch_limits {
	uint32_t connections;          /* idle ones kept open a worker; 1,024 */
	uint32_t connection_age_s;     /* idle ones older than this are not reused; 45 */
	const char *ca_file;           /* NULL: the system's bundle */
	bool public_only;              /* refuse private addresses, when connecting; off */
	const char *proxy;             /* http://host:port, asked to CONNECT; NULL: none,
	                                * whatever the environment says.  Not used when
	                                * public_only. */
	const char *socket_path;       /* every connection goes to this unix socket, whatever
	                                * URLs say; NULL: where they say */
};
void fetch_limits_default(struct fetch_limits *l);

struct fetch_timeouts { uint32_t connect_ms, first_byte_ms, idle_ms, total_ms; };

/* How a call ended.  "No answer byte" ones are safe to send again elsewhere. */
enum fetch_end {
	FETCH_OK,                      /* the answer is whole */
	FETCH_NO_CONNECTION,           /* refused, unreachable, unknown: nothing was sent */
	FETCH_NO_TLS,                  /* certificate or handshake refused: nothing was sent */
	FETCH_BLOCKED,                 /* the address may not be called */
	FETCH_NO_ANSWER,               /* sent, but it broke before an answer byte came */
	FETCH_CUT,                     /* broke in the middle of the answer */
	FETCH_BAD_ANSWER,              /* not HTTP, or past a limit */
	FETCH_LATE_CONNECT, FETCH_LATE_FIRST_BYTE, FETCH_LATE_IDLE, FETCH_LATE_TOTAL,
};
const char *fetch_end_name(enum fetch_end e);
bool fetch_end_is_late(enum fetch_end e);

/* Called from the loop, never from inside fetch_start. */
struct fetch_ops {
	/* Status line and headers; interim 1xx answers are not shown. */
	void (*head)(void *arg, const struct cdt_http_head *head);
	/* Bytes of the body, as they came.  Returning false pauses the transfer: the same
	 * bytes come again after fetch_resume. */
	bool (*body)(void *arg, cdt_str bytes);
	/* Always last, once; not after fetch_cancel. */
	void (*end)(void *arg, enum fetch_end how);
};

struct fetch *fetch_new(struct worker *w, const struct fetch_limits *limits);
/* Cancels what runs (no callbacks). */
void fetch_free(struct fetch *f);

/* req and what it points to must live until end or cancel.  A connection that turns out to
 * be dead before an answer byte came is replaced once, silently. */
struct fetch_call *fetch_start(struct fetch *f, const struct outreq *req,
                               const struct fetch_timeouts *t, const struct fetch_ops *ops,
                               void *arg);
/* The first header of that name, in any case; "": it is not there. */
cdt_str fetch_header(const struct cdt_http_head *head, const char *name);

/* Sends req, at most FETCH_GATHER_MAX of body; nobody hears how it ends.  req may go when it
 * returns. */
void fetch_tell(struct fetch *f, const struct outreq *req, uint32_t most_ms);
/* May call body before it returns. */
void fetch_resume(struct fetch_call *c);
/* Closes the upstream connection at once.  May be called from inside head and body. */
void fetch_cancel(struct fetch_call *c);

/* Requests with a body up to here are copied by fetch_start: req and what it points to may
 * go when it returns. */
enum { FETCH_GATHER_MAX = 60 << 10 };

struct fetch_counts { uint64_t started, reused, retried_stale, open; };
struct fetch_counts fetch_counts(const struct fetch *f);

/* May a request go there?  Used for every connection: config says which private ranges are
 * upstreams.  (fetch/guard.c; reliability.md 3.6) */
bool fetch_address_allowed(const char *address_text, bool private_ok);

/* May a stranger's URL be called?  https, the usual port, a name and no address, nobody's name
 * and password.  What the name resolves to is judged when connecting (public_only). */
bool fetch_url_is_public(cdt_str url);

const char *fetch_library(void);               /* its version */
/* Once, on main, before the first fetch_new. */
cdt_status fetch_global_init(void);

#endif
