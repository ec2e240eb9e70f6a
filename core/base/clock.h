/* base/clock.h - the only place that asks what time it is.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include "conduit/base.h"

uint64_t clock_us(void);              /* monotonic microseconds */
uint64_t clock_ms(void);              /* monotonic milliseconds */
int64_t  clock_wall_ms(void);         /* milliseconds since 1970-01-01 UTC */

enum { CLOCK_TEXT_SIZE = 32 };
/* RFC 3339 UTC with milliseconds: 2026-11-21T10:11:12.345Z.  Returns out. */
char *clock_text(int64_t wall_ms, char out[CLOCK_TEXT_SIZE]);
/* Reads RFC 3339 with any offset, or a plain date.  False when it is neither. */
int clock_parse(cdt_str s, int64_t *wall_ms);
/* "JanFeb...": three letters each, of no locale. */
extern const char clock_months[];
/* Days since 1970-01-01 of a date of the Gregorian calendar, and back.  Months are 1 to 12. */
int64_t clock_days(int64_t year, int64_t month, int64_t day);
void clock_date(int64_t days, int64_t *year, int64_t *month, int64_t *day);
/* "250ms" "30s" "15m" "24h" "30d", "0"; a bare integer is seconds. */
int duration_parse(cdt_str s, uint64_t *ms);
/* In the largest unit that says it exactly: "90m"; nothing is "0d".  Returns out. */
enum { DURATION_TEXT_SIZE = 24 };
char *duration_text(uint64_t ms, char out[DURATION_TEXT_SIZE]);
/* "512" "64KiB" "10MiB" "4GiB", also KB MB GB (powers of 1000). */
int size_parse(cdt_str s, uint64_t *bytes);

#endif
