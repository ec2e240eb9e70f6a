/* sim/visit.h - one request of a client while the gateway knows it.
 * SPDX-License-Identifier: MIT */
#ifndef SIM_VISIT_H
#define SIM_VISIT_H
#include "auth/key.h"
#include "base/list.h"
#include "flow/bill.h"
#include "flow/bounds.h"
#include "limit/limiter.h"
#include "sim.h"

enum visit_state { VISIT_IDLE, VISIT_ASKING, VISIT_HELD, VISIT_EXTENDING, VISIT_SETTLING };

/* Scopes with what they point to, as they were when they were taken. */
struct taken {
	struct limit_scope of[LIMIT_SCOPES_MAX];
	struct config_limits limits[LIMIT_SCOPES_MAX];
	char ids[LIMIT_SCOPES_MAX][64];
	uint8_t took[LIMIT_SCOPES_MAX];
	size_t count;
	uint64_t at_us;
	struct lease lease;
};

struct visit {
	struct list link;
	uint64_t number;
	const struct key *key, *group;
	size_t model;
	struct ask ask;
	bool translated, left, begun, runs;
	struct taken door, credential;
	struct candidate candidates[ROUTE_CANDIDATES_MAX];
	size_t candidate_count, candidate_next;
	const struct candidate *tried;
	uint32_t attempts;
	int64_t max_output, seen;
	struct cdt_usage usage;
	struct bill bill;
	/* The money of one attempt; see flow/charge.h. */
	enum visit_state state;
	struct ledger_hold *hold;
	struct extent extent;
	struct price_bounds bounds;
	const struct candidate *candidate;
	struct hold order;
	int64_t limits[ACCOUNTS_MAX];
	int64_t more;
	uint32_t tries;
};

/* --- money.c: flow/charge.c's protocol, step by step --- */
enum money_answer { MONEY_FREE, MONEY_ASKED, MONEY_DENIED };
enum money_answer money_begin(struct visit *x, const struct candidate *c);
void money_bill(struct visit *x, enum bill_end end);
bool money_settle(struct visit *x, bool wait); /* true: visit_settled comes */
void money_look(struct visit *x);              /* more was seen */
bool money_drains(struct visit *x);
void money_abandon(struct visit *x);
bool target_stops(const struct target *t);

/* --- visits.c, for money.c --- */
void visit_granted(struct visit *x, const struct candidate *c);
void visit_denied(struct visit *x, bool dead);
void visit_settled(struct visit *x);
void visit_cut(struct visit *x);
void visit_drained(struct visit *x);

#endif
