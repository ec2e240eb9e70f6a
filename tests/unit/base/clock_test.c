/* unit/base/clock_test.c - times, spans and sizes as text.
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <time.h>

#include "base/str.h"
#include "unit/unit.h"

static void time_goes_forward(void)
{
	uint64_t us = clock_us(), ms = clock_ms();

	CU_ASSERT_TRUE(clock_us() >= us);
	CU_ASSERT_TRUE(ms >= us / 1000);
	CU_ASSERT_TRUE(clock_wall_ms() > 1700000000000);
}

static void times_are_written_with_milliseconds(void)
{
	static const struct { int64_t ms; const char *text; } cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1795255872345, "2026-11-21T10:11:12.345Z" },
		{ 1795255872999, "2026-11-21T10:11:12.999Z" },
		{ 951782400007, "2000-02-29T00:00:00.007Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ -1000, "1969-12-31T23:59:59.000Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
		{ INT64_MAX, "0000-00-00T00:00:00.000Z" },
	};
	char out[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CU_ASSERT_STRING_EQUAL(clock_text(cases[i].ms, out), cases[i].text);
}

static void times_are_read_with_any_offset(void)
{
	static const struct { const char *text; int64_t ms; } cases[] = {
		{ "1970-01-01", 0 }, { "2026-11-21T10:11:12.345Z", 1795255872345 },
		{ "2026-11-21T12:11:12.345+02:00", 1795255872345 },
		{ "2026-11-21t04:41:12.345-05:30", 1795255872345 },
		{ "2026-11-21 10:11:12z", 1795255872000 },
		{ "2026-11-21T10:11:12.3456789Z", 1795255872345 },
		{ "2000-02-29T00:00:00Z", 951782400000 }, { "1969-12-31T23:59:59Z", -1000 },
	};
	int64_t ms;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ms = 42;
		CU_ASSERT_TRUE(clock_parse(str_z(cases[i].text), &ms));
		CU_ASSERT_EQUAL(ms, cases[i].ms);
	}
}

static void what_is_no_time_is_refused(void)
{
	static const char *const bad[] = {
		"", "2026", "2026-13-01", "2026-00-01", "2026-02-29", "1900-02-29",
		"2026-04-31",
		"2026-11-21T", "2026-11-21T10:11:12", "2026-11-21T24:00:00Z", "2026-11-21x",
		"2026-11-21T10:60:00Z", "2026-11-21T10:11:12.Z", "2026-11-21T10:11:12+0200",
		"2026-11-21T10:11:12Zx", "26-11-21", "2026-1-21", "2026-11-21T10:11:12+25:00",
		"+026-11-21",
	};
	int64_t ms = 42;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CU_ASSERT_FALSE(clock_parse(str_z(bad[i]), &ms));
	CU_ASSERT_EQUAL(ms, 42);
}

static void reading_undoes_writing(void)
{
	char out[CLOCK_TEXT_SIZE];
	int64_t back;

	for (int64_t ms = -60000000000000; ms < 250000000000000; ms += 123456789123) {
		CU_ASSERT_FATAL(clock_parse(str_z(clock_text(ms, out)), &back));
		CU_ASSERT_EQUAL(back, ms);
	}
}

static void durations_need_a_known_unit(void)
{
	static const struct { const char *text; uint64_t ms; } good[] = {
		{ "0", 0 }, { "5", 5000 }, { "250ms", 250 }, { "30s", 30000 },
		{ "15m", 900000 },
		{ "24h", 86400000 }, { "30d", 2592000000 },
	};
	static const char *const bad[] = {
		"", "s", "-1s", "1.5s", "1S", "1 s", "1w", "99999999999999999999s",
		"18446744073709551615d",
	};
	uint64_t ms = 42;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CU_ASSERT_FALSE(duration_parse(str_z(bad[i]), &ms));
	CU_ASSERT_EQUAL(ms, 42);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		CU_ASSERT_TRUE(duration_parse(str_z(good[i].text), &ms));
		CU_ASSERT_EQUAL(ms, good[i].ms);
	}
}

static void durations_are_written_in_their_largest_unit(void)
{
	static const struct { uint64_t ms; const char *text; } spans[] = {
		{ 0, "0d" }, { 1, "1ms" }, { 1500, "1500ms" }, { 60000, "1m" }, { 90000, "90s" },
		{ 5400000, "90m" }, { 7200000, "2h" }, { UINT64_C(86400000) * 366, "366d" },
	};
	char text[DURATION_TEXT_SIZE];
	uint64_t ms;

	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
		CU_ASSERT_STRING_EQUAL(duration_text(spans[i].ms, text), spans[i].text);
		CU_ASSERT(duration_parse(str_z(text), &ms) && ms == spans[i].ms);
	}
}

static void sizes_know_both_kinds_of_units(void)
{
	static const struct { const char *text; uint64_t bytes; } good[] = {
		{ "512", 512 }, { "512B", 512 }, { "64KiB", 65536 }, { "10MiB", 10485760 },
		{ "4GiB", 4294967296 }, { "2KB", 2000 }, { "3MB", 3000000 },
		{ "1GB", 1000000000 },
	};
	static const char *const bad[] = { "", "KiB", "1kb", "-1", "1 KiB", "1TiB", "1.5MiB" };
	uint64_t bytes = 42;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CU_ASSERT_FALSE(size_parse(str_z(bad[i]), &bytes));
	CU_ASSERT_EQUAL(bytes, 42);
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		CU_ASSERT_TRUE(size_parse(str_z(good[i].text), &bytes));
		CU_ASSERT_EQUAL(bytes, good[i].bytes);
	}
}

/* gmtime_r is the other way to know. */
static void days_are_dates_and_dates_are_days(void)
{
	for (int64_t day = -800000; day < 3000000; day += 97) {
		time_t t = (time_t)(day * 86400);
		int64_t y, m, d;
		struct tm tm;

		CU_ASSERT_PTR_NOT_NULL_FATAL(gmtime_r(&t, &tm));
		clock_date(day, &y, &m, &d);
		CU_ASSERT(y == tm.tm_year + 1900 && m == tm.tm_mon + 1 && d == tm.tm_mday);
		CU_ASSERT_EQUAL(clock_days(y, m, d), day);
	}
}

static const struct unit_test tests[] = {
	{ "time goes forward", time_goes_forward },
	{ "times are written with milliseconds", times_are_written_with_milliseconds },
	{ "times are read with any offset", times_are_read_with_any_offset },
	{ "what is no time is refused", what_is_no_time_is_refused },
	{ "reading undoes writing", reading_undoes_writing },
	{ "durations need a known unit", durations_need_a_known_unit },
	{ "durations are written in their largest unit",
	  durations_are_written_in_their_largest_unit },
	{ "sizes know both kinds of units", sizes_know_both_kinds_of_units },
	{ "days are dates, and dates are days", days_are_dates_and_dates_are_days },
	{ NULL, NULL },
};
const struct unit_suite base_clock_suite = { "base/clock", tests };
