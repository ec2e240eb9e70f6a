/* unit/ledger/period_test.c - periods against what Python's zoneinfo says (zones/expected.txt,
 * made by tests/support/zones.py), and their words.
 * SPDX-License-Identifier: MIT */
#include "ledger/period.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "unit/ledger/rig.h"
#include "unit/unit.h"

enum { COLUMNS = 8, ROWS_MIN = 500, ZONES_MIN = 12 };
static const enum period_unit units[] = { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH };

static int64_t ms_of(const char *text)
{
	int64_t ms;

	CU_ASSERT_FATAL(clock_parse(str_z(text), &ms));
	return ms;
}

/* --- against the table --- */

static void check_row(const char *name, const struct zone *z, const int64_t row[COLUMNS])
{
	bool good = zone_offset(z, row[0]) == row[1];

	for (size_t i = 0; i < 3; i++) {
		struct period p = { units[i], 0 };
		int64_t start = row[2 + 2 * i] * 1000, end = row[3 + 2 * i] * 1000;
		const int64_t inside[] = { row[0] * 1000, row[0] * 1000 + 999, start, end - 1 };

		for (size_t k = 0; k < sizeof inside / sizeof *inside; k++) {
			struct period_span s = period_at(&p, z, inside[k]);

			good = good && s.start_ms == start && s.end_ms == end;
		}
		good = good && period_at(&p, z, start - 1).end_ms == start &&
		       period_at(&p, z, end).start_ms == end;
	}
	CU_ASSERT(good);
	if (!good)
		printf("    %s at %" PRId64 "\n", name, row[0]);
}

struct tally { unsigned zones, rows, by_foot; };

static void check_line(const char *line, struct zone *z[2], char name[ZONE_NAME_MAX + 1],
                       struct tally *t)
{
	int64_t row[COLUMNS];
	int by_foot;

	if (sscanf(line, "zone %64s %d", name, &by_foot) == 2) {
		zone_free(z[0]);
		zone_free(z[1]);
		z[0] = rig_zone(name);
		z[1] = by_foot ? rig_zone_by_foot(name) : NULL;
		t->zones++;
		return;
	}
	CU_ASSERT_EQUAL_FATAL(sscanf(line, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
	                             " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64, &row[0],
	                             &row[1], &row[2], &row[3], &row[4], &row[5], &row[6],
	                             &row[7]), COLUMNS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(z[0]);
	check_row(name, z[0], row);
	t->rows++;
	if (z[1])
		check_row(name, z[1], row);
	t->by_foot += z[1] != NULL;
}

/* Once by the whole file, and where that says the same, by the rule at its foot alone. */
static void periods_are_those_of_an_independent_calendar(void)
{
	struct tally t = { 0, 0, 0 };
	struct zone *z[2] = { NULL, NULL };
	char path[RIG_PATH_SIZE], line[256], name[ZONE_NAME_MAX + 1] = "";
	FILE *f = fopen(rig_path("expected.txt", path), "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof line, f))
		if (line[0] != '#')
			check_line(line, z, name, &t);
	(void)fclose(f);
	zone_free(z[0]);
	zone_free(z[1]);
	CU_ASSERT(t.zones >= ZONES_MIN);
	CU_ASSERT(t.rows >= ROWS_MIN);
	CU_ASSERT(t.by_foot >= ROWS_MIN / 2);
}

/* Well-known days, by hand: how long they were. */
static const struct { const char *zone, *instant; int64_t minutes; } days[] = {
	{ "America/New_York", "2024-03-10T12:00:00Z", 23 * 60 },
	{ "America/New_York", "2024-11-03T12:00:00Z", 25 * 60 },
	{ "America/New_York", "2024-11-04T12:00:00Z", 24 * 60 },
	{ "Australia/Lord_Howe", "2024-04-06T20:00:00Z", 24 * 60 + 30 },
	{ "Australia/Lord_Howe", "2024-10-05T20:00:00Z", 23 * 60 + 30 },
	{ "Asia/Kolkata", "2024-10-05T20:00:00Z", 24 * 60 },
	{ "Antarctica/Troll", "2024-03-31T12:00:00Z", 22 * 60 },
};

static void days_have_the_hours_that_clocks_showed(void)
{
	const struct period day = { PERIOD_DAY, 0 };

	for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
		struct zone *z = rig_zone(days[i].zone);
		struct period_span s = period_at(&day, z, ms_of(days[i].instant));

		CU_ASSERT_EQUAL((s.end_ms - s.start_ms) / 60000, days[i].minutes);
		zone_free(z);
	}
}

/* Samoa had no 2011-12-30: at the end of the 29th, UTC-10 became UTC+14. */
static void a_day_that_was_left_out_has_no_period(void)
{
	const struct period day = { PERIOD_DAY, 0 };
	struct zone *z = rig_zone("Pacific/Apia");
	struct period_span s = period_at(&day, z, ms_of("2011-12-30T09:59:59Z"));

	CU_ASSERT_EQUAL(s.start_ms, ms_of("2011-12-29T10:00:00Z"));
	CU_ASSERT_EQUAL(s.end_ms, ms_of("2011-12-30T10:00:00Z"));
	s = period_at(&day, z, ms_of("2011-12-30T10:00:00Z"));
	CU_ASSERT_EQUAL(s.start_ms, ms_of("2011-12-30T10:00:00Z"));
	CU_ASSERT_EQUAL(s.end_ms, ms_of("2011-12-31T10:00:00Z"));
	CU_ASSERT_EQUAL(zone_midnight(z, clock_days(2011, 12, 30)),
	                zone_midnight(z, clock_days(2011, 12, 31)));
	zone_free(z);
}

static bool follow_each_other(const struct period *p, const struct zone *z)
{
	struct period_span s = period_at(p, z, 0), next;

	for (; s.end_ms < ms_of("2060-01-01"); s = next) {
		next = period_at(p, z, s.end_ms);
		if (s.start_ms >= s.end_ms || next.start_ms != s.end_ms ||
		    period_at(p, z, next.end_ms - 1).start_ms != s.end_ms)
			return false;
	}
	return true;
}

static void periods_follow_each_other_without_gap(void)
{
	static const char *const names[] = { "America/St_Johns", "Africa/Casablanca",
		"Pacific/Apia", "America/Santiago", "Asia/Almaty" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct zone *z = rig_zone(names[i]);

		for (size_t u = 0; u < 3; u++)
			CU_ASSERT_TRUE(follow_each_other(&(struct period){ units[u], 0 }, z));
		zone_free(z);
	}
}

static void totals_and_spans_know_no_zone(void)
{
	struct zone *z = rig_zone("America/New_York");
	struct period p = { PERIOD_TOTAL, 0 };
	int64_t now = ms_of("2024-03-10T07:30:00Z");
	struct period_span s = period_at(&p, z, now);

	CU_ASSERT(s.start_ms == 0 && s.end_ms == INT64_MAX);
	p = (struct period){ PERIOD_EVERY, 5 * 3600000 };
	s = period_at(&p, z, now);
	CU_ASSERT_EQUAL(s.start_ms % p.every_ms, 0);
	CU_ASSERT_EQUAL(s.end_ms - s.start_ms, p.every_ms);
	CU_ASSERT(s.start_ms <= now && now < s.end_ms);
	CU_ASSERT_EQUAL(period_at(&p, z, s.end_ms).start_ms, s.end_ms);
	CU_ASSERT_EQUAL(period_at(&p, z, s.end_ms - 1).start_ms, s.start_ms);
	zone_free(z);
}

static void times_out_of_range_are_the_nearest(void)
{
	for (size_t u = 0; u < 3; u++) {
		struct period p = { units[u], 0 };

		CU_ASSERT_EQUAL(period_at(&p, zone_utc(), INT64_MIN).start_ms,
		                period_at(&p, zone_utc(), 0).start_ms);
		CU_ASSERT_EQUAL(period_at(&p, zone_utc(), INT64_MAX).start_ms,
		                period_at(&p, zone_utc(), PERIOD_TIME_MAX_MS).start_ms);
	}
	CU_ASSERT_EQUAL(PERIOD_TIME_MAX_MS, ms_of("9999-12-31T23:59:59.999Z"));
}

/* --- words --- */

static const struct {
	const char *text;
	enum period_unit unit;
	int64_t every_ms;
	const char *again;
} words[] = {
	{ "total", PERIOD_TOTAL, 0, "total" }, { "day", PERIOD_DAY, 0, "day" },
	{ "daily", PERIOD_DAY, 0, "day" }, { "week", PERIOD_WEEK, 0, "week" },
	{ "weekly", PERIOD_WEEK, 0, "week" }, { "month", PERIOD_MONTH, 0, "month" },
	{ "monthly", PERIOD_MONTH, 0, "month" }, { "every 5h", PERIOD_EVERY, 18000000, "every 5h" },
	{ "30d", PERIOD_EVERY, 2592000000, "every 30d" }, { "every 1s", PERIOD_EVERY, 1000, "every 1s" },
	{ "90m", PERIOD_EVERY, 5400000, "every 90m" }, { "48h", PERIOD_EVERY, 172800000, "every 2d" },
	{ "3660d", PERIOD_EVERY, 316224000000, "every 3660d" },
	{ "every 3601s", PERIOD_EVERY, 3601000, "every 3601s" },
};

static void words_are_read_and_written(void)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		char out[PERIOD_TEXT_SIZE];
		struct period p, back;

		CU_ASSERT_TRUE_FATAL(period_parse(str_z(words[i].text), &p));
		CU_ASSERT_EQUAL(p.unit, words[i].unit);
		CU_ASSERT_EQUAL(p.every_ms, words[i].every_ms);
		CU_ASSERT_STRING_EQUAL(period_text(&p, out), words[i].again);
		CU_ASSERT_TRUE_FATAL(period_parse(str_z(out), &back));
		CU_ASSERT(back.unit == p.unit && back.every_ms == p.every_ms);
	}
}

static void other_words_are_refused(void)
{
	static const char *const bad[] = {
		"", "Day", "days", "year", "every", "every ", "every day", "every  5h", "every5h",
		"every 5", "5", "0", "0h", "every 0s", "500ms", "1500ms", "-5h", "5h ", " 5h", "5 h",
		"1.5h", "3661d", "99999999999999999999d", "5w", "every every 5h",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct period p = { PERIOD_WEEK, 77 };

		CU_ASSERT_FALSE(period_parse(str_z(bad[i]), &p));
		CU_ASSERT(p.unit == PERIOD_WEEK && p.every_ms == 77);
	}
}

static const struct unit_test tests[] = {
	{ "periods are those of an independent calendar",
	  periods_are_those_of_an_independent_calendar },
	{ "days have the hours that clocks showed", days_have_the_hours_that_clocks_showed },
	{ "a day that was left out has no period", a_day_that_was_left_out_has_no_period },
	{ "periods follow each other without gap", periods_follow_each_other_without_gap },
	{ "totals and spans know no zone", totals_and_spans_know_no_zone },
	{ "times out of range are the nearest", times_out_of_range_are_the_nearest },
	{ "words are read and written", words_are_read_and_written },
	{ "other words are refused", other_words_are_refused },
	{ NULL, NULL }
};
const struct unit_suite ledger_period_suite = { "ledger/period", tests };
