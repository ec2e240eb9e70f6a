/* ledger/period.c - where periods begin and end, and which clock to believe.  Zones are
 * zone.c's.
 * SPDX-License-Identifier: MIT */
#include "ledger/period.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"

#define EVERY_MAX_MS (INT64_C(3660) * 86400000)
enum { SECOND_MS = 1000 };
enum { MONDAY = 3 };                       /* 1970-01-01 was three days after one */

static const struct { const char *word; enum period_unit unit; } words[] = {
	{ "total", PERIOD_TOTAL }, { "day", PERIOD_DAY }, { "week", PERIOD_WEEK },
	{ "month", PERIOD_MONTH },                                 /* these are printed */
	{ "daily", PERIOD_DAY }, { "weekly", PERIOD_WEEK }, { "monthly", PERIOD_MONTH },
};

static const struct { const char *name; int64_t ms; } spans[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", SECOND_MS },
};
enum { WORDS = sizeof words / sizeof *words, SPANS = sizeof spans / sizeof *spans };

static bool read_every(cdt_str s, int64_t *every_ms)
{
	uint64_t ms;

	/* A bare number says no unit; milliseconds are no budget's. */
	if (s.n == 0 || (s.p[s.n - 1] >= '0' && s.p[s.n - 1] <= '9') || str_ends(s, "ms") ||
	    !duration_parse(s, &ms) || ms < SECOND_MS || ms > (uint64_t)EVERY_MAX_MS)
		return false;
	*every_ms = (int64_t)ms;
	return true;
}

bool period_parse(cdt_str s, struct period *out)
{
	int64_t every_ms;

	for (size_t i = 0; i < WORDS; i++)
		if (str_is(s, words[i].word)) {
			*out = (struct period){ words[i].unit, 0 };
			return true;
		}
	if (!read_every(str_starts(s, "every ") ? str_skip(s, 6) : s, &every_ms))
		return false;
	*out = (struct period){ PERIOD_EVERY, every_ms };
	return true;
}

char *period_text(const struct period *p, char out[PERIOD_TEXT_SIZE])
{
	size_t i = 0;

	if (p->unit != PERIOD_EVERY) {
		while (words[i].unit != p->unit)
			i++;
		(void)snprintf(out, PERIOD_TEXT_SIZE, "%s", words[i].word);
		return out;
	}
	while (i < SPANS - 1 && p->every_ms % spans[i].ms)
		i++;
	(void)snprintf(out, PERIOD_TEXT_SIZE, "every %" PRId64 "%s", p->every_ms / spans[i].ms,
	               spans[i].name);
	return out;
}

static int64_t allowed(int64_t wall_ms)
{
	return wall_ms < 0 ? 0 : wall_ms > PERIOD_TIME_MAX_MS ? PERIOD_TIME_MAX_MS : wall_ms;
}

/* --- days, weeks and months are numbered --- */

static int64_t number_of(enum period_unit unit, int64_t day)
{
	int64_t y, m, d;

	if (unit == PERIOD_DAY)
		return day;
	if (unit == PERIOD_WEEK) {
		int64_t since = day + MONDAY;

		return since / 7 - (since % 7 < 0);
	}
	clock_date(day, &y, &m, &d);
	return y * 12 + m - 1;
}

static int64_t first_day(enum period_unit unit, int64_t number)
{
	if (unit == PERIOD_DAY)
		return number;
	if (unit == PERIOD_WEEK)
		return number * 7 - MONDAY;
	return clock_days(number / 12, number % 12 + 1, 1);     /* no years before 1 */
}

static struct period_span calendar_span(enum period_unit unit, const struct zone *z,
                                        int64_t wall_s)
{
	int64_t number = number_of(unit, zone_day(z, wall_s));
	int64_t start = zone_midnight(z, first_day(unit, number));
	int64_t end = zone_midnight(z, first_day(unit, number + 1));

	/* Clocks that went back over midnight show the day before again: it is over. */
	while (wall_s >= end) {
		start = end;
		number++;
		end = zone_midnight(z, first_day(unit, number + 1));
	}
	return (struct period_span){ start * SECOND_MS, end * SECOND_MS };
}

struct period_span period_at(const struct period *p, const struct zone *z, int64_t wall_ms)
{
	wall_ms = allowed(wall_ms);
	if (p->unit == PERIOD_TOTAL)
		return (struct period_span){ 0, INT64_MAX };
	if (p->unit == PERIOD_EVERY) {
		int64_t start = wall_ms - wall_ms % p->every_ms;

		return (struct period_span){ start, start + p->every_ms };
	}
	return calendar_span(p->unit, z, wall_ms / SECOND_MS);
}

/* --- which time to believe --- */

void period_clock_init(struct period_clock *c, int64_t seen_ms)
{
	*c = (struct period_clock){ .now_ms = allowed(seen_ms) };
}

int64_t period_clock_confirm(struct period_clock *c, int64_t wall_ms, uint64_t mono_ms)
{
	wall_ms = allowed(wall_ms);
	c->has_ticked = true;
	c->believed_ms = c->least_ms = wall_ms - (int64_t)mono_ms;
	c->state = wall_ms < c->now_ms ? PERIOD_CLOCK_BEHIND : PERIOD_CLOCK_STEADY;
	if (wall_ms > c->now_ms)
		c->now_ms = wall_ms;
	return c->now_ms;
}

int64_t period_clock_tick(struct period_clock *c, int64_t wall_ms, uint64_t mono_ms)
{
	int64_t ahead, now;

	wall_ms = allowed(wall_ms);
	ahead = wall_ms - (int64_t)mono_ms;
	if (!c->has_ticked)
		return period_clock_confirm(c, wall_ms, mono_ms);
	if (ahead - c->least_ms > PERIOD_CLOCK_JUMP_MS) {
		c->state = PERIOD_CLOCK_DOUBTED;
		now = (int64_t)mono_ms + c->believed_ms;
	} else {
		c->state = wall_ms < c->now_ms ? PERIOD_CLOCK_BEHIND : PERIOD_CLOCK_STEADY;
		c->believed_ms = ahead;
		if (ahead < c->least_ms)
			c->least_ms = ahead;
		now = wall_ms;
	}
	if (now > c->now_ms)
		c->now_ms = now;
	return c->now_ms;
}
