/* ledger/tzrule.c - reads POSIX TZ strings, and finds the changes of any year.
 * SPDX-License-Identifier: MIT */
#include "ledger/tzrule.h"

#include "base/clock.h"
#include "base/str.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };
enum { OFFSET_HOURS_MAX = 24, TIME_HOURS_MAX = 167 };
enum { NAME_MIN = 3 };
/* A change may lie a week outside of its year: those of two years around are looked at. */
enum { YEARS_AROUND = 2 };

static bool letter(cdt_str *s, char c)
{
	if (!s->n || s->p[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

/* One to three digits. */
static bool number(cdt_str *s, int32_t least, int32_t most, int32_t *out)
{
	int32_t v = 0;
	size_t n = 0;

	for (; n < s->n && n < 3 && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		v = v * 10 + (s->p[n] - '0');
	if (n == 0 || v < least || v > most)
		return false;
	*s = str_skip(*s, n);
	*out = v;
	return true;
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "CET" or "<+03>". */
static bool name(cdt_str *s)
{
	bool quoted = letter(s, '<');
	size_t n = 0;

	while (n < s->n && (is_alpha(s->p[n]) ||
	       (quoted && ((s->p[n] >= '0' && s->p[n] <= '9') || s->p[n] == '+' ||
	                   s->p[n] == '-'))))
		n++;
	*s = str_skip(*s, n);
	return n >= NAME_MIN && (!quoted || letter(s, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool clock_time(cdt_str *s, int32_t hours_max, int32_t *seconds)
{
	int32_t sign = letter(s, '-') ? -1 : 1, h, m = 0, sec = 0;

	if (sign > 0)
		(void)letter(s, '+');                  /* may stand there */
	if (!number(s, 0, hours_max, &h))
		return false;
	if (letter(s, ':') && !number(s, 0, 59, &m))
		return false;
	if (letter(s, ':') && !number(s, 0, 59, &sec))
		return false;
	*seconds = sign * (h * HOUR_S + m * MINUTE_S + sec);
	return true;
}

/* ",M3.5.0/2", ",J60", ",59/-1:30" */
static bool change(cdt_str *s, struct tzrule_change *c)
{
	c->time_s = 2 * HOUR_S;
	if (!letter(s, ','))
		return false;
	if (letter(s, 'M')) {
		c->form = TZRULE_WEEKDAY;
		if (!number(s, 1, 12, &c->month) || !letter(s, '.') ||
		    !number(s, 1, 5, &c->week) || !letter(s, '.') || !number(s, 0, 6, &c->day))
			return false;
	} else {
		c->form = letter(s, 'J') ? TZRULE_JULIAN : TZRULE_DAY;
		if (!number(s, c->form == TZRULE_JULIAN, 365, &c->day))
			return false;
	}
	return !letter(s, '/') || clock_time(s, TIME_HOURS_MAX, &c->time_s);
}

static bool offset_ok(int32_t s)
{
	return s >= TZ_OFFSET_MIN_S && s <= TZ_OFFSET_MAX_S;
}

bool tzrule_parse(cdt_str s, struct tzrule *out)
{
	struct tzrule r = { .has_summer = false };
	int32_t west;

	/* POSIX counts west of Greenwich. */
	if (!name(&s) || !clock_time(&s, OFFSET_HOURS_MAX, &west))
		return false;
	r.standard_s = r.summer_s = -west;
	if (s.n) {
		r.has_summer = true;
		r.summer_s += HOUR_S;
		if (!name(&s))
			return false;
		if (s.n && s.p[0] != ',') {
			if (!clock_time(&s, OFFSET_HOURS_MAX, &west))
				return false;
			r.summer_s = -west;
		}
		if (!change(&s, &r.start) || !change(&s, &r.end) || s.n)
			return false;
	}
	if (!offset_ok(r.standard_s) || !offset_ok(r.summer_s))
		return false;
	*out = r;
	return true;
}

/* --- the changes of a year --- */

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* 0 is Sunday; 1970-01-01 was a Thursday. */
static int64_t weekday(int64_t days)
{
	int64_t d = (days + 4) % 7;

	return d < 0 ? d + 7 : d;
}

static int64_t day_of(const struct tzrule_change *c, int64_t year)
{
	int64_t first, day, next_month;

	if (c->form == TZRULE_DAY)
		return clock_days(year, 1, 1) + c->day;
	if (c->form == TZRULE_JULIAN)
		return clock_days(year, 1, 1) + c->day - 1 + (is_leap(year) && c->day >= 60);
	first = clock_days(year, c->month, 1);
	next_month = c->month == 12 ? clock_days(year + 1, 1, 1) :
	                              clock_days(year, c->month + 1, 1);
	day = first + (c->day - weekday(first) + 7) % 7 + (c->week - 1) * 7;
	return day < next_month ? day : day - 7;       /* the fifth is the last */
}

/* Local clocks show the time that was, when it is time to change. */
static int64_t instant(const struct tzrule_change *c, int64_t year, int32_t offset_before)
{
	return day_of(c, year) * DAY_S + c->time_s - offset_before;
}

struct search { int64_t utc_s, last_s, next_s; int32_t offset; };

/* Of two changes at one time the later call wins. */
static void look_at(struct search *f, int64_t at, int32_t offset_after)
{
	if (at > f->utc_s) {
		if (at < f->next_s)
			f->next_s = at;
	} else if (at >= f->last_s) {
		f->last_s = at;
		f->offset = offset_after;
	}
}

int32_t tzrule_offset(const struct tzrule *r, int64_t utc_s, int64_t *until_s)
{
	struct search f = { utc_s, INT64_MIN, INT64_MAX, r->standard_s };
	int64_t days = utc_s / DAY_S - (utc_s % DAY_S < 0), year, month, day;

	if (r->has_summer) {
		clock_date(days, &year, &month, &day);
		/* Summer last: when one ends as the next begins, it is always summer. */
		for (int64_t y = year - YEARS_AROUND; y <= year + YEARS_AROUND; y++)
			look_at(&f, instant(&r->end, y, r->summer_s), r->standard_s);
		for (int64_t y = year - YEARS_AROUND; y <= year + YEARS_AROUND; y++)
			look_at(&f, instant(&r->start, y, r->standard_s), r->summer_s);
	}
	*until_s = f.next_s;
	return f.offset;
}
