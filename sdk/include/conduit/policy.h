/* conduit/policy.h - in which order to try the targets of a route.
 * SPDX-License-Identifier: MIT */
#ifndef CONDUIT_POLICY_H
#define CONDUIT_POLICY_H
#include "module.h"

#define CDT_KIND_POLICY "conduit.policy/1"

enum { CDT_TARGET_COOLING = 1, CDT_TARGET_PROBING = 2 };
struct cdt_target {          /* a snapshot, taken for this decision */
	uint32_t size, flags;
	cdt_str  name, provider, model;
	uint32_t weight, inflight;
	double   ttft_ms, total_ms;     /* EWMA of first token / whole answer; <0 = no data */
	double   tokens_per_s, error_rate;
	int64_t  cost_nanousd;          /* of this request here, estimated; -1 = unknown */
	int64_t  requests_left, tokens_left;         /* upstream rate headroom; -1 = unknown */
	int64_t  context_tokens;                     /* window of the model; -1 = unknown */
	int64_t  capacity;      /* requests that fit at once; -1 = no limit is known */
	uint32_t tier, reserved;                     /* configured; smaller goes first */
};
struct cdt_route {
	uint32_t size, op;
	uint32_t flags, attempt;
	cdt_str  route, key_id, tenant, affinity;    /* affinity: same value, same target */
	int64_t  input_tokens, output_tokens;        /* estimate, and the asked maximum */
	uint64_t random;                             /* fresh; policies keep no dice */
	cdt_val  tags;                               /* metadata sent by the client */
	const struct cdt_target *const *targets;     /* never those the key may not use */
	size_t   count;
};
struct cdt_outcome {
	uint32_t size, reason;                       /* CDT_ERR_..., 0 = success */
	cdt_str  target;
	double   ttft_ms, total_ms;
	int64_t  input_tokens, output_tokens, cost_nanousd;
};
struct cdt_policy_ops {
	uint32_t size, reserved;
	void *(*open)(const struct cdt_host *, cdt_val config);               /* [main] */
	void  (*close)(void *self);
	void *(*worker_open)(void *self, struct cdt_worker *);              /* [worker] */
	void  (*worker_close)(void *worker_self);
	/* Fills order with indices of targets, best first; returns how many.
	 * Leaving one out forbids it.  No I/O, no locks, well under 50 us. */
	size_t (*rank)(void *self, const struct cdt_route *, uint16_t *order, size_t cap);
	void   (*outcome)(void *self, const struct cdt_outcome *);   /* optional: to learn */
	const void *(*extension)(void *self, const char *id);
};
#endif
