/* flow/line.h - exchanges of one worker that wait: for their limits, for a place at a
 * credential, for a pause to end.  A bounded line with deadlines.  Private to the room.
 * [worker]
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_LINE_H
#define FLOW_LINE_H
#include "flow/exchange.h"
#include "loop/worker.h"

/* Of one worker; and of it, of one key. */
enum { LINE_MAX_WAITING = 256, LINE_MAX_KEY = 64 };

struct line {
	struct list waiting;           /* in order of arrival; exchanges by waiting.link */
	_Atomic size_t count;          /* read by main, too */
	struct timer timer;
};

void line_init(struct line *l, struct worker *w);
void line_fini(struct line *l);
/* Does anybody of that key wait?  Who comes later must not be served earlier. */
bool line_has(const struct line *l, const struct key *k);
/* x waits, its waiting.again and patient set, to be tried again in retry_ms, or when line_stir
 * says so; until it leaves.  False: no room. */
bool line_join(struct line *l, struct exchange *x, uint64_t now_ms, uint64_t retry_ms);
/* It need not be in it. */
void line_leave(struct line *l, struct exchange *x);
/* Something was given back: try all of them soon. */
void line_stir(struct line *l);

#endif
