/* fetch/pool.h - upstreams and the connections to them, in use and idle.  Private to the
 * room.  [its worker's thread only]
 * SPDX-License-Identifier: MIT */
#ifndef FETCH_POOL_H
#define FETCH_POOL_H
#include "base/list.h"
#include "base/sock.h"
#include "fetch/fetch.h"
#include "fetch/trust.h"
#include "loop/worker.h"

/* Scheme, host and port: what a connection is good for. */
struct origin {
	struct list link;              /* pool.origins */
	struct list idle;              /* connections; the one used last at the end */
	unsigned users;                /* calls and connections; without any, it may go */
	char *text_copy;
	cdt_str text;                  /* as URLs begin: https://host:443 */
	cdt_str name;                  /* for Host: with its port unless it is the usual one */
	char *dial_url;                /* http://host:443, for the dialer */
	char *host;                    /* without the brackets of an IPv6 address */
	bool tls;
	struct ssl_session_st *session;
};

struct upconn {
	struct list link, by_age;      /* origin.idle, pool.idle while call is NULL */
	struct pool *pool;
	struct origin *origin;
	struct sock sock;
	struct event *reader, *writer; /* writer: made when first needed */
	bool reads, writes;            /* which of them are on */
	uint64_t idle_ms;              /* since when */
	struct fetch_call *call;       /* who uses it; NULL: nobody */
};

struct pool {
	struct worker *worker;
	struct trust trust;
	struct list origins;
	struct list idle;              /* all idle connections, the oldest first */
	struct timer timer;            /* when the oldest has idled long enough */
	size_t origin_count, idle_count, open;
	uint32_t idle_max, age_ms;
	void (*readable)(struct fetch_call *c);
	void (*writable)(struct fetch_call *c);
};

void pool_init(struct pool *p, struct worker *w, const struct fetch_limits *limits);
void pool_fini(struct pool *p);        /* no call may be left */

/* url: as outreq lets it through.  Counts the caller as a user. */
struct origin *origin_take(struct pool *p, cdt_str url);
void origin_give(struct origin *o);

/* An idle connection, for c from now on.  NULL: there is none. */
struct upconn *upconn_take(struct origin *o, struct fetch_call *c, uint64_t now_ms);
/* A new one, of a connected descriptor, which it owns from now on. */
struct upconn *upconn_new(struct pool *p, struct origin *o, int fd, struct fetch_call *c);
/* It may be used again.  It must have nothing left to read, and all written. */
void upconn_give(struct upconn *n, uint64_t now_ms);
void upconn_close(struct upconn *n);
/* Which events c wants. */
void upconn_read(struct upconn *n, bool on);
void upconn_write(struct upconn *n, bool on);

#endif
