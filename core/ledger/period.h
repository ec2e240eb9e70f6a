/* ledger/period.h - the spans of time that budgets are for.  Times are milliseconds since
 * 1970-01-01 UTC.  Pure functions: time comes as a parameter.  [any thread; a period_clock has
 * one owner]
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_PERIOD_H
#define LEDGER_PERIOD_H
#include "ledger/zone.h"

/* The last millisecond of the year 9999; later times, and those before 1970, are taken as the
 * nearest one allowed. */
#define PERIOD_TIME_MAX_MS INT64_C(253402300799999)

enum period_unit {
	PERIOD_TOTAL,                  /* never starts again */
	PERIOD_DAY,                    /* from local midnight to the next: 23 to 25 hours */
	PERIOD_WEEK,                   /* from Monday to Monday */
	PERIOD_MONTH,
	PERIOD_EVERY,                  /* multiples of a span since 1970 UTC, in any zone */
};

struct period {
	enum period_unit unit;
	int64_t every_ms;              /* of PERIOD_EVERY; whole seconds */
};

/* start_ms is in it, end_ms is the start of the next. */
struct period_span { int64_t start_ms, end_ms; };

enum { PERIOD_TEXT_SIZE = 32 };

/* "total" "day" "daily" "week" "weekly" "month" "monthly" "every 5h" "30d".  Spans have a unit
 * (s m h d), one second to ten years.  False, and *out untouched, on anything else. */
bool period_parse(cdt_str s, struct period *out);
/* "total" "day" "week" "month" "every 5h"; period_parse reads it back.  Returns out. */
char *period_text(const struct period *p, char out[PERIOD_TEXT_SIZE]);
/* The one that has that instant.  Spans of one period and zone leave no gap and do not overlap.
 * The total is from 0 to INT64_MAX. */
struct period_span period_at(const struct period *p, const struct zone *z, int64_t wall_ms);

/* --- which time to believe --- */

enum { PERIOD_CLOCK_JUMP_MS = 3600000 };

enum period_clock_state {
	PERIOD_CLOCK_STEADY,
	PERIOD_CLOCK_BEHIND,           /* the wall clock shows less than was seen before */
	PERIOD_CLOCK_DOUBTED,          /* it is ahead, and the monotonic clock denies it */
};

/* Turns what the clocks show into a time that never goes back, so that no earlier period opens
 * again, and that does not follow a jump of the wall clock by more than PERIOD_CLOCK_JUMP_MS,
 * in one step or in several, that the monotonic clock does not confirm: while in doubt it goes
 * on at the pace of that one.  The doubt ends when the wall clock comes back, or by
 * period_clock_confirm.  Fields are private, but for reading. */
struct period_clock {
	int64_t now_ms;                /* keep it (durably) for the next start */
	int64_t believed_ms;           /* wall minus monotonic: the last not doubted, */
	int64_t least_ms;              /* and the least since the start, or confirm */
	bool has_ticked;
	enum period_clock_state state;
};

/* seen_ms: now_ms of the last run; 0 if there was none.  The first tick is believed, unless it
 * is before that: how long nobody looked can not be told. */
void period_clock_init(struct period_clock *c, int64_t seen_ms);
/* The time to choose periods by, now. */
int64_t period_clock_tick(struct period_clock *c, int64_t wall_ms, uint64_t mono_ms);
/* The kernel says that the wall clock is synchronised, or the operator says that it is right:
 * follow it.  It still does not go back. */
int64_t period_clock_confirm(struct period_clock *c, int64_t wall_ms, uint64_t mono_ms);

#endif
