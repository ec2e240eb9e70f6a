/* provider_bedrock/clock.c - dates as Amazon writes and reads them.  All UTC; asks no clock.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, YEAR_MAX = 9999 };

/* The number of n digits at s.p[from]; -1: not all of them are digits. */
static int64_t digits(cdt_str s, size_t from, size_t n)
{
	int64_t v = 0;

	if (from + n > s.n)
		return -1;
	for (size_t i = from; i < from + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v;
}

/* Days since 1970 of a date in the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 719469;
}

/* clock_at: where "hh:mm:ss" begins. */
static int64_t ms_of(cdt_str s, int64_t year, int64_t month, int64_t day, size_t clock_at)
{
	int64_t h = digits(s, clock_at, 2), m = digits(s, clock_at + 3, 2);
	int64_t sec = digits(s, clock_at + 6, 2);

	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || h < 0 || h > 23
	    || m < 0 || m > 59 || sec < 0 || sec > 60)
		return -1;
	return (days_of(year, month, day) * DAY_S + h * 3600 + m * 60 + sec) * 1000;
}

int64_t bedrock_http_date(cdt_str s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t month = 1;

	if (s.n != sizeof "Sun, 06 Nov 1994 08:49:37 GMT" - 1 || !words_end(s, " GMT"))
		return -1;
	while (month <= 12 && memcmp(months + (month - 1) * 3, s.p + 8, 3) != 0)
		month++;
	return ms_of(s, digits(s, 12, 4), month, digits(s, 5, 2), 17);
}

int64_t bedrock_iso_date(cdt_str s)
{
	if (s.n < sizeof "2026-11-21T10:11:12Z" - 1 || s.p[s.n - 1] != 'Z' || s.p[10] != 'T')
		return -1;
	return ms_of(s, digits(s, 0, 4), digits(s, 5, 2), digits(s, 8, 2), 11);
}

/* The year that day belongs to: a guess, then a step or two. */
static int64_t year_of(int64_t day)
{
	int64_t year = 1970 + day / 366;

	while (days_of(year + 1, 1, 1) <= day)
		year++;
	return year;
}

void bedrock_stamp(int64_t ms, char out[BEDROCK_STAMP_SIZE])
{
	int64_t s = ms < 0 ? 0 : ms / 1000, day = s / DAY_S, rest = s % DAY_S;
	int64_t year = year_of(day), month = 1;

	if (year > YEAR_MAX)
		year = YEAR_MAX;
	while (month < 12 && days_of(year, month + 1, 1) <= day)
		month++;
	(void)snprintf(out, BEDROCK_STAMP_SIZE, "%04u%02u%02uT%02u%02u%02uZ",
	               (unsigned)year % 10000, (unsigned)month % 100,
	               (unsigned)(day - days_of(year, month, 1) + 1) % 100,
	               (unsigned)(rest / 3600) % 100, (unsigned)(rest / 60 % 60),
	               (unsigned)(rest % 60));
}
