/* limit/limiter.h - live counters of whoever has limits, shared by all workers exactly.
 * Kept in memory, by the id of a scope; behind locks of stripes that are held for some
 * arithmetic and across no callback.  Time is passed in (clock_ms).  [any thread, unless it
 * says so]
 * SPDX-License-Identifier: MIT */
#ifndef LIMIT_LIMITER_H
#define LIMIT_LIMITER_H
#include "config/limits.h"

struct limiter;
struct meter;

enum { LIMIT_SCOPES_MAX = 4, LIMIT_BUCKETS = LIMIT_CONCURRENCY };

/* Whose limits: "key:4fGh..." and the like.  The id is what counters are kept by. */
struct limit_scope { cdt_str id; const struct config_limits *limits; };

/* One request (the 1 of rpm, rpd and concurrency is understood) and its tokens, estimated.
 * More than the whole of a limit asks for the whole. */
struct limit_ask {
	const struct limit_scope *scopes;
	size_t count;                          /* at most LIMIT_SCOPES_MAX */
	int64_t input, output;                 /* tokens */
	uint64_t now_ms;
};

/* What a scope shows of itself. */
struct limit_view {
	struct limit_sight {
		int64_t max, left;             /* max 0: no such limit */
		uint64_t reset_ms;             /* until it is whole again; 0: it is */
	} of[LIMIT_COUNT];
};

/* Why not: of all that refuse, the one that takes longest. */
struct limit_refusal {
	size_t scope;
	enum limit limit;                      /* LIMIT_COUNT: too many scopes are known */
	int64_t max, need;
	uint64_t wait_ms;                      /* 0: when something is given back */
};

/* What one request holds.  Embedded by its owner; zeroed is a fine empty one. */
struct lease {
	struct lease_part {
		struct meter *meter;
		int64_t charged[LIMIT_BUCKETS];
		uint8_t took;                  /* a bit for each limit that was taken from */
		uint8_t shadowed;              /* would have been refused by these */
	} parts[LIMIT_SCOPES_MAX];
	size_t count;
	int64_t input, output;                 /* as estimated */
};

struct limiter *limiter_new(void);
void limiter_free(struct limiter *l);          /* after the last lease's end; NULL is fine */

/* All scopes at once, or nothing of any: CDT_E_LIMIT with *why.  A shadowed limit that would
 * refuse is left as it is and noted in its part; then no shadowed limit of that scope is taken
 * from, as a refused request would not have. */
cdt_status limiter_take(struct limiter *l, const struct limit_ask *ask, struct lease *lease,
                        struct limit_refusal *why);
/* Gives concurrency back and sets tokens right: up or down, below zero if it must be.  -1: not
 * known, the estimate stands.  The lease is empty afterwards; an empty one is fine. */
void lease_end(struct limiter *l, struct lease *lease, int64_t input, int64_t output,
               uint64_t now_ms);
/* As if it had never been taken. */
void lease_undo(struct limiter *l, struct lease *lease, uint64_t now_ms);

void limiter_look(struct limiter *l, const struct limit_scope *scope, uint64_t now_ms,
                  struct limit_view *out);
/* The same of a lease's first scope, without searching for it. */
void lease_look(struct limiter *l, const struct lease *lease,
                const struct config_limits *limits, uint64_t now_ms,
                struct limit_view *out);
/* Scopes that are remembered now. */
size_t limiter_count(const struct limiter *l);

#endif
