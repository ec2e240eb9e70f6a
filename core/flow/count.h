/* flow/count.h - what the files that count share.  Private to them.  [worker]
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_COUNT_H
#define FLOW_COUNT_H
#include "flow/exchange.h"
#include "metrics/metrics.h"

/* Declaring the same name again gives the same id: flows look theirs up like this. */
enum counted { HTTP_REQUESTS, REQUESTS, ERRORS, DURATION, OVERHEAD, STAGES, FIRST_TOKEN,
               UPSTREAM, SPEED, TOKENS, COST, ATTEMPTS, REFUSED, SHADOWED, BREACHES, BREACHED,
               BENCHED, RETRIES, FALLBACKS, LOST_POLICIES, CACHED, SAVED, COUNTED };

enum { MEMO_SLOTS = 64, MEMO_WAYS = 4, MEMO_SERIES = 5, PAYERS = 64, STAGES_MAX = 8 };

/* Series of what comes again and again: found once a worker and generation. */
struct memo { const void *subject; uint32_t variant, series[MEMO_SERIES]; };
/* The same of a target and a group, which may be gone before its series. */
struct payer { const void *target; uint32_t series; char group[KEY_GROUP_MAX + 1]; };

struct counts {
	uint32_t id[COUNTED], turn, dice;
	uint64_t said_ms;                      /* of a lost policy; 0 = never */
	uint32_t stage[STAGES_MAX], overhead;  /* series; 0 = not looked for yet */
	struct memo memo[MEMO_SLOTS][MEMO_WAYS];
	struct payer payer[PAYERS];
};

/* Is anything to be counted for it? */
bool count_is_on(const struct exchange *x);
struct memo *count_memo(struct counts *c, const void *subject, uint32_t variant, bool *found);
uint32_t count_series(const struct flow *f, enum counted c, const cdt_str *labels);
void count_add(const struct flow *f, uint32_t series, double v);
/* The upstream's name for it; one that was asked for directly is anything. */
cdt_str count_model(const struct exchange *x);
/* What memos of a target are found by: a direct one lives as long as its exchange. */
const void *count_subject(const struct exchange *x);
/* count_work.c: an exchange took so much of our own time. */
void count_overhead(struct flow *f, uint64_t us);
/* Dollars of an amount. */
double count_usd(int64_t nanousd);

#endif
