/* flow/recall.h - an exchange and the answers that are known: may it have one of them, does it
 * keep its own, whom does it follow.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_RECALL_H
#define FLOW_RECALL_H
#include "base/buf.h"
#include "cache/cache.h"
#include "loop/worker.h"

struct exchange;

enum recall_verdict {
	RECALL_BYPASS,                 /* it neither gets nor keeps one */
	RECALL_MISS,
	RECALL_HIT,
	RECALL_STALE,                  /* a hit that was too old, given as the rules allow */
	RECALL_JOINED,                 /* it got what another exchange was getting */
};

/* Of an exchange whose operation is cached; in its arena. */
struct recall {
	enum recall_verdict verdict;
	bool reads, keeps;             /* it may have a known answer; its own may be kept */
	bool idempotent;               /* the answer is that of an Idempotency-Key */
	uint8_t key[KEPT_KEY_SIZE];
	struct config_cache_rules rules;
	struct kept from;              /* verdict HIT, STALE, JOINED: what it got */
	int64_t saved;                 /* nano-USD that it would have cost, less what it did */
};

/* "BYPASS", "MISS", "HIT", "STALE", "COALESCED"; of an exchange without recall "". */
const char *recall_word(const struct exchange *x);

#endif
