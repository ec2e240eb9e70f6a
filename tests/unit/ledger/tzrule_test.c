/* unit/ledger/tzrule_test.c - POSIX TZ strings: what they mean, and which are none.
 * SPDX-License-Identifier: MIT */
#include "ledger/tzrule.h"

#include "base/clock.h"
#include "base/str.h"
#include "unit/unit.h"

static int64_t at(const char *text)
{
	int64_t ms;

	CU_ASSERT_FATAL(clock_parse(str_z(text), &ms));
	return ms / 1000;
}

/* A rule, an instant, the offset from then on, the one a second before, and the next change.
 * From Python: zoneinfo.ZoneInfo.from_file() of a TZif file that has that rule at its foot; the
 * last two from glibc (TZ=... date -d), since Python counts such days from 1. */
static const struct {
	const char *rule, *instant;
	int32_t offset, before;
	const char *next;
} changes[] = {
	{ "CET-1CEST,M3.5.0,M10.5.0/3", "2045-03-26T01:00:00Z", 7200, 3600, "2045-10-29T01:00:00Z" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", "2045-10-29T01:00:00Z", 3600, 7200, "2046-03-25T01:00:00Z" },
	{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2045-03-26T01:00:00Z", 3600, 0, "2045-10-29T01:00:00Z" },
	{ "EST5EDT,M3.2.0,M11.1.0", "2040-03-11T07:00:00Z", -14400, -18000, "2040-11-04T06:00:00Z" },
	{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2040-03-31T15:00:00Z", 37800, 39600,
	  "2040-10-06T15:30:00Z" },
	{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2040-03-25T01:00:00Z", -3600, -7200,
	  "2040-10-28T01:00:00Z" },
	{ "EET-2EEST,M4.5.5/0,M10.5.4/24", "2040-10-25T21:00:00Z", 7200, 10800,
	  "2041-04-25T22:00:00Z" },
	{ "IST-2IDT,M3.4.4/26,M10.5.0", "2040-03-23T00:00:00Z", 10800, 7200,
	  "2040-10-27T23:00:00Z" },
	{ "AAA3BBB,J60/0,J300/0", "2040-03-01T03:00:00Z", -7200, -10800, "2040-10-27T02:00:00Z" },
	{ "AAA3BBB,J60/0,J300/0", "2041-03-01T03:00:00Z", -7200, -10800, "2041-10-27T02:00:00Z" },
	{ "AAA3BBB,59/0,299/0", "2040-02-29T03:00:00Z", -7200, -10800, "2040-10-26T02:00:00Z" },
	{ "AAA3BBB,59/0,299/0", "2041-03-01T03:00:00Z", -7200, -10800, "2041-10-27T02:00:00Z" },
};

static void rules_change_when_they_say(void)
{
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		int64_t t = at(changes[i].instant), next = 0, again = 0;
		struct tzrule r;

		CU_ASSERT_TRUE_FATAL(tzrule_parse(str_z(changes[i].rule), &r));
		CU_ASSERT_EQUAL(tzrule_offset(&r, t, &next), changes[i].offset);
		CU_ASSERT_EQUAL(next, at(changes[i].next));
		CU_ASSERT_EQUAL(tzrule_offset(&r, t - 1, &again), changes[i].before);
		CU_ASSERT_EQUAL(again, t);
		CU_ASSERT_EQUAL(tzrule_offset(&r, next - 1, &again), changes[i].offset);
		CU_ASSERT_EQUAL(tzrule_offset(&r, next, &again), changes[i].before);
	}
}

static const struct { const char *rule; int32_t offset; } constant[] = {
	{ "UTC0", 0 }, { "<+0530>-5:30", 19800 }, { "<-12>12", -43200 }, { "ABC-1:2:3", 3723 },
	{ "ABC+24:59:59", -89999 }, { "<+14>-14", 50400 },
	/* RFC 8536, section 3.3.1: summer time all the year. */
	{ "EST5EDT,0/0,J365/25", -14400 },
};

static void rules_without_summer_or_winter_never_change(void)
{
	for (size_t i = 0; i < sizeof constant / sizeof *constant; i++) {
		struct tzrule r;
		int64_t next;

		CU_ASSERT_TRUE_FATAL(tzrule_parse(str_z(constant[i].rule), &r));
		for (int64_t t = at("2039-12-25"); t < at("2041-01-10"); t += 1800)
			CU_ASSERT_EQUAL(tzrule_offset(&r, t, &next), constant[i].offset);
	}
}

static void what_is_no_rule_is_refused(void)
{
	static const char *const bad[] = {
		"", "A0", "AB0", "ABC", "ABC+", "ABC-", "ABC25", "ABC1:60", "ABC1:", "ABC1:00:60",
		"ABC0001", "<AB>1", "<ABC1", "<A_C>1", "A1C1", "ABC1 ", " ABC1", "ABC1DEF",
		"ABC1DE,M3.5.0,M10.5.0", "ABC1DEF,M3.5.0", "ABC1DEF,M3.5.0,", "ABC1DEF,M3.5.0,M10.5.0,",
		"ABC1DEF,M0.5.0,M10.5.0", "ABC1DEF,M13.5.0,M10.5.0", "ABC1DEF,M3.0.0,M10.5.0",
		"ABC1DEF,M3.6.0,M10.5.0", "ABC1DEF,M3.5.7,M10.5.0", "ABC1DEF,M3.5,M10.5.0",
		"ABC1DEF,J0,J300", "ABC1DEF,J366,J300", "ABC1DEF,366,300", "ABC1DEF,J60/,J300",
		"ABC1DEF,J60/168,J300", "ABC1DEF,J60/-168,J300", "ABC1DEF,J-1,J300",
		"ABC1DEF,M3.5.0/2:60,M10.5.0", "ABC1DEF25,M3.5.0,M10.5.0", "ABC1,M3.5.0,M10.5.0",
		":Europe/Berlin", "ABC-24DEF-26,J1,J2", "ABC24:59:59DEF25,J1,J2",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tzrule r = { .standard_s = 77 };

		CU_ASSERT_FALSE(tzrule_parse(str_z(bad[i]), &r));
		CU_ASSERT_EQUAL(r.standard_s, 77);
	}
}

/* Changes of one year that lie in another, by hand: January 1 less 48 h, and December 31 and
 * 48 h, less the hour that summer clocks are ahead. */
static void changes_may_lie_outside_of_their_year(void)
{
	struct tzrule r;
	int64_t next;

	CU_ASSERT_TRUE_FATAL(tzrule_parse(CDT_STR("AAA0BBB,J1/-48,J10/0"), &r));
	CU_ASSERT_EQUAL(tzrule_offset(&r, at("2040-12-29T23:59:59Z"), &next), 0);
	CU_ASSERT_EQUAL(next, at("2040-12-30T00:00:00Z"));
	CU_ASSERT_EQUAL(tzrule_offset(&r, next, &next), 3600);
	CU_ASSERT_EQUAL(next, at("2041-01-09T23:00:00Z"));
	CU_ASSERT_EQUAL(tzrule_offset(&r, next, &next), 0);
	CU_ASSERT_TRUE_FATAL(tzrule_parse(CDT_STR("AAA0BBB,J360/0,J365/48"), &r));
	CU_ASSERT_EQUAL(tzrule_offset(&r, at("2040-12-26T00:00:00Z"), &next), 3600);
	CU_ASSERT_EQUAL(next, at("2041-01-01T23:00:00Z"));
	CU_ASSERT_EQUAL(tzrule_offset(&r, next, &next), 0);
	CU_ASSERT_EQUAL(next, at("2041-12-26T00:00:00Z"));
}

static const struct unit_test tests[] = {
	{ "rules change when they say", rules_change_when_they_say },
	{ "rules without summer or winter never change",
	  rules_without_summer_or_winter_never_change },
	{ "what is no rule is refused", what_is_no_rule_is_refused },
	{ "changes may lie outside of their year", changes_may_lie_outside_of_their_year },
	{ NULL, NULL }
};
const struct unit_suite ledger_tzrule_suite = { "ledger/tzrule", tests };
