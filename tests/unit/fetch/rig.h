/* unit/fetch/rig.h - a worker's loop, a fetch and an upstream for one test, turned by the
 * test itself; and calls that write down what they are told.
 * SPDX-License-Identifier: MIT */
#ifndef UNIT_FETCH_RIG_H
#define UNIT_FETCH_RIG_H
#include "base/arena.h"
#include "fetch/fetch.h"
#include "unit/fetch/upstream.h"

struct rig {
	struct worker *worker;
	struct fetch *fetch;
	struct upstream *upstream;
	char base[64];                 /* http://127.0.0.1:PORT */
	unsigned turns;                /* of the loop */
};
/* limits: NULL for the defaults. */
void rig_open(struct rig *r, serve_fn *serve, const struct fetch_limits *limits);
/* The same with TLS: the certificate is for that name, and is trusted when trust is set. */
void rig_open_tls(struct rig *r, serve_fn *serve, const char *dir, const char *name,
                  bool trust);
void rig_close(struct rig *r);
/* Turns the loop until *flag is above zero; false: not within ms. */
bool rig_until(struct rig *r, const unsigned *flag, unsigned ms);
void rig_turn_for(struct rig *r, unsigned ms);
/* Turns it until the upstream has noticed that all have left it. */
bool rig_until_left(struct rig *r);

enum cancel_at { NEVER, AT_HEAD, AT_BODY, AT_END };

/* One call. */
struct probe {
	struct rig *rig;
	struct arena arena;
	struct outreq req;
	struct fetch_timeouts timeouts;
	struct fetch_call *call;

	/* How it behaves. */
	enum cancel_at cancel_at;
	unsigned pauses;               /* refuse that many times */
	bool resume_inside;            /* ask to go on before refusing */
	struct fetch_call *victim;     /* cancelled in body */

	/* What it saw. */
	unsigned heads, bodies, ends, paused;
	uint32_t status;
	size_t header_count;
	char headers[4096];            /* "name=value\n" each */
	size_t bytes;
	uint32_t crc;                  /* of all bytes; see probe_crc */
	char body[4096];               /* the first ones, NUL-ended */
	char *all;
	enum fetch_end end;
	bool in_start, called_in_start;
};
void probe_init(struct probe *p, struct rig *r);       /* POST base/v1/x, no body yet */
void probe_start(struct probe *p);                     /* seals and starts it */
/* Start and wait for its end; 5 s at most. */
void probe_run(struct probe *p);
bool probe_wait(struct probe *p, unsigned ms);
void probe_fini(struct probe *p);
/* One request that must succeed with 200. */
void rig_ok(struct rig *r);

#endif
