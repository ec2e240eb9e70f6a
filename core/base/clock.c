/* base/clock.c - the system's clocks, and how times, spans and sizes are written.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

const char clock_months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

enum { SECOND_MS = 1000, MINUTE_MS = 60000, HOUR_MS = 3600000, DAY_MS = 86400000 };

struct unit { const char *name; uint64_t factor; };

static const struct unit spans[] = {
	{ "", SECOND_MS }, { "d", DAY_MS }, { "h", HOUR_MS }, { "m", MINUTE_MS },
	{ "ms", 1 }, { "s", SECOND_MS }, { NULL, 0 },
};

static const struct unit sizes[] = {
	{ "", 1 }, { "B", 1 }, { "GB", 1000000000 }, { "GiB", 1u << 30 }, { "KB", 1000 },
	{ "KiB", 1u << 10 }, { "MB", 1000000 }, { "MiB", 1u << 20 }, { NULL, 0 },
};

static uint64_t nanoseconds(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);           /* fails for unknown ids only */
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static bool with_unit(cdt_str s, const struct unit *units, uint64_t *out)
{
	size_t digits = 0;
	uint64_t v;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	for (const struct unit *u = units; u->name; u++) {
		if (!str_is(str_skip(s, digits), u->name))
			continue;
		if (!str_u64((cdt_str){ s.p, digits }, &v) ||
		    __builtin_mul_overflow(v, u->factor, &v))
			return false;
		*out = v;
		return true;
	}
	return false;
}

static int64_t month_days(int64_t y, int64_t m)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[m - 1] + (m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0));
}

/* Reads n digits off s. */
static bool digits(cdt_str *s, size_t n, int64_t *out)
{
	uint64_t v;

	if (s->n < n || !str_u64((cdt_str){ s->p, n }, &v))
		return false;
	*s = str_skip(*s, n);
	*out = (int64_t)v;
	return true;
}

static bool letter(cdt_str *s, const char *any)
{
	if (!s->n || !s->p[0] || !strchr(any, s->p[0]))
		return false;
	*s = str_skip(*s, 1);
	return true;
}

/* ".123456": the rest of a millisecond is cut off. */
static bool fraction(cdt_str *s, int64_t *ms)
{
	int64_t v = 0, scale = 100;
	size_t n = 0;

	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++, scale /= 10)
		v += scale * (s->p[n] - '0');
	*s = str_skip(*s, n);
	*ms = v;
	return n > 0 && n <= 9;
}

/* "Z" or "+02:00", and nothing after it. */
static bool offset(cdt_str s, int64_t *ms)
{
	bool minus = s.n && s.p[0] == '-';
	int64_t h, m;

	*ms = 0;
	if (letter(&s, "Zz"))
		return s.n == 0;
	if (!letter(&s, "+-") || !digits(&s, 2, &h) || !letter(&s, ":") || !digits(&s, 2, &m))
		return false;
	*ms = (h * HOUR_MS + m * MINUTE_MS) * (minus ? -1 : 1);
	return h <= 23 && m <= 59 && s.n == 0;
}

uint64_t clock_us(void)
{
	return nanoseconds(CLOCK_MONOTONIC) / 1000;
}

uint64_t clock_ms(void)
{
	return nanoseconds(CLOCK_MONOTONIC) / 1000000;
}

int64_t clock_wall_ms(void)
{
	return (int64_t)(nanoseconds(CLOCK_REALTIME) / 1000000);
}

static char *two(char *p, int v, char after)
{
	p[0] = (char)('0' + v / 10 % 10);
	p[1] = (char)('0' + v % 10);
	p[2] = after;
	return p + 3;
}

char *clock_text(int64_t wall_ms, char out[CLOCK_TEXT_SIZE])
{
	/* The last second that was written: most calls come within the same one. */
	static _Thread_local struct { int64_t second; char text[24]; } last = { -1, "" };
	int64_t second = wall_ms / 1000 - (wall_ms % 1000 < 0);
	int ms = (int)(wall_ms - second * 1000);
	time_t t = (time_t)second;
	struct tm tm;
	char *p = last.text;

	if (second != last.second || second == -1) {
		if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099)
			return memcpy(out, "0000-00-00T00:00:00.000Z", 25);
		p = two(p, (tm.tm_year + 1900) / 100, ' ') - 1;
		p = two(p, (tm.tm_year + 1900) % 100, '-');
		p = two(p, tm.tm_mon + 1, '-');
		p = two(p, tm.tm_mday, 'T');
		p = two(p, tm.tm_hour, ':');
		p = two(p, tm.tm_min, ':');
		(void)two(p, tm.tm_sec, '.');
		last.second = second;
	}
	memcpy(out, last.text, 20);
	out[20] = (char)('0' + ms / 100);
	(void)two(out + 21, ms % 100, 'Z');
	out[24] = '\0';
	return out;
}

/* Both by H. Hinnant: years begin in March, so that the leap day is their last. */
int64_t clock_days(int64_t year, int64_t month, int64_t day)
{
	int64_t from_march = month <= 2 ? year - 1 : year;
	int64_t era = (from_march >= 0 ? from_march : from_march - 399) / 400;
	int64_t of_era = from_march - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void clock_date(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	int64_t from_march = days + 719468;
	int64_t era = (from_march >= 0 ? from_march : from_march - 146096) / 146097;
	int64_t of_era = from_march - era * 146097;
	int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
	int64_t march_month = (5 * of_year + 2) / 153;

	*day = of_year - (153 * march_month + 2) / 5 + 1;
	*month = march_month + (march_month < 10 ? 3 : -9);
	*year = era * 400 + years + (*month <= 2);
}

int clock_parse(cdt_str s, int64_t *wall_ms)
{
	int64_t y, mo, d, h = 0, mi = 0, sec = 0, ms = 0, shift = 0;

	if (!digits(&s, 4, &y) || !letter(&s, "-") || !digits(&s, 2, &mo) ||
	    !letter(&s, "-") || !digits(&s, 2, &d) ||
	    mo < 1 || mo > 12 || d < 1 || d > month_days(y, mo))
		return 0;
	if (s.n) {
		if (!letter(&s, "Tt ") || !digits(&s, 2, &h) || !letter(&s, ":") ||
		    !digits(&s, 2, &mi) || !letter(&s, ":") || !digits(&s, 2, &sec) ||
		    h > 23 || mi > 59 || sec > 60)
			return 0;
		if ((letter(&s, ".") && !fraction(&s, &ms)) || !offset(s, &shift))
			return 0;
	}
	*wall_ms = clock_days(y, mo, d) * DAY_MS + h * HOUR_MS + mi * MINUTE_MS +
	           sec * SECOND_MS + ms - shift;
	return 1;
}

int duration_parse(cdt_str s, uint64_t *ms)
{
	return with_unit(s, spans, ms);
}

char *duration_text(uint64_t ms, char out[DURATION_TEXT_SIZE])
{
	static const struct unit units[] = {
		{ "d", DAY_MS }, { "h", HOUR_MS }, { "m", MINUTE_MS }, { "s", SECOND_MS },
		{ "ms", 1 },
	};
	size_t i = 0;

	while (ms % units[i].factor)
		i++;
	(void)snprintf(out, DURATION_TEXT_SIZE, "%" PRIu64 "%s", ms / units[i].factor,
	               units[i].name);
	return out;
}

int size_parse(cdt_str s, uint64_t *bytes)
{
	return with_unit(s, sizes, bytes);
}
