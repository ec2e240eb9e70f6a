/* unit/ledger/period_clock_test.c - wall clocks that jump do not open periods again, nor too
 * early (the second half of period.c).
 * SPDX-License-Identifier: MIT */
#include "ledger/period.h"

#include "unit/ledger/rig.h"
#include "unit/unit.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { ROUNDS = 2000, STEPS = 200 };
#define NOON INT64_C(1718452800000)            /* 2024-06-15T12:00:00Z */

static const struct period day = { PERIOD_DAY, 0 };

static int64_t day_start(int64_t ms)
{
	return period_at(&day, zone_utc(), ms).start_ms;
}

static int64_t tick(struct period_clock *c, int64_t wall_ms, int64_t mono_ms)
{
	return period_clock_tick(c, wall_ms, (uint64_t)mono_ms);
}

/* A clock that first showed noon, when the monotonic one showed an hour. */
static struct period_clock at_noon(void)
{
	struct period_clock c;

	period_clock_init(&c, 0);
	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON, HOUR), NOON);
	return c;
}

static void clocks_that_agree_are_followed(void)
{
	struct period_clock c = at_noon();

	for (int64_t passed = 0; passed < 40 * (int64_t)DAY; passed += HOUR) {
		CU_ASSERT_EQUAL(tick(&c, NOON + passed, HOUR + passed), NOON + passed);
		CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_STEADY);
	}
}

static void a_day_back_stays_in_the_later_period(void)
{
	struct period_clock c = at_noon();
	int64_t passed = MINUTE;

	for (; passed <= DAY; passed += MINUTE) {
		CU_ASSERT_EQUAL(tick(&c, NOON - DAY + passed, HOUR + passed), NOON);
		CU_ASSERT_EQUAL(c.state, passed < DAY ? PERIOD_CLOCK_BEHIND :
		                                        PERIOD_CLOCK_STEADY);
	}
	CU_ASSERT_EQUAL(tick(&c, NOON - DAY + passed, HOUR + passed), NOON + MINUTE);
}

static void a_day_ahead_is_doubted_and_not_followed(void)
{
	struct period_clock c = at_noon();

	for (int64_t passed = MINUTE; passed <= DAY; passed += MINUTE) {
		CU_ASSERT_EQUAL(tick(&c, NOON + DAY + passed, HOUR + passed), NOON + passed);
		CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_DOUBTED);
	}
	/* It comes back to what it should show. */
	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON + DAY + MINUTE, HOUR + DAY + MINUTE),
	                NOON + DAY + MINUTE);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_STEADY);
}

static void a_confirmed_jump_is_followed(void)
{
	struct period_clock c = at_noon();

	(void)period_clock_tick(&c, NOON + DAY, HOUR);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_DOUBTED);
	CU_ASSERT_EQUAL(period_clock_confirm(&c, NOON + DAY, HOUR), NOON + DAY);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_STEADY);
	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON + DAY + MINUTE, HOUR + MINUTE),
	                NOON + DAY + MINUTE);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_STEADY);
	/* Not even then back. */
	CU_ASSERT_EQUAL(period_clock_confirm(&c, NOON, HOUR), NOON + DAY + MINUTE);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_BEHIND);
}

static void an_hour_is_the_border(void)
{
	struct period_clock c = at_noon();

	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON + HOUR, HOUR), NOON + HOUR);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_STEADY);
	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON + HOUR + 1, HOUR), NOON + HOUR);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_DOUBTED);
}

static void small_steps_do_not_add_up_unseen(void)
{
	struct period_clock c = at_noon();
	int64_t now = 0;

	for (int i = 1; i <= 48; i++)
		now = tick(&c, NOON + i * (30 * MINUTE + SECOND), HOUR + i * SECOND);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_DOUBTED);
	CU_ASSERT(now <= NOON + HOUR + 48 * SECOND);
}

static void back_and_ahead_again_is_doubted_too(void)
{
	struct period_clock c = at_noon();

	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON - DAY, HOUR + SECOND), NOON);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_BEHIND);
	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON + 30 * MINUTE, HOUR + SECOND), NOON);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_DOUBTED);        /* a day and 30 minutes */
	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON + DAY, HOUR + 2 * SECOND), NOON);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_DOUBTED);
}

static void a_restart_remembers_what_was_seen(void)
{
	struct period_clock c = at_noon();
	int64_t seen = c.now_ms;

	period_clock_init(&c, seen);
	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON - DAY, 5), NOON);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_BEHIND);
	period_clock_init(&c, seen);
	CU_ASSERT_EQUAL(period_clock_tick(&c, NOON + DAY, 5), NOON + DAY);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_STEADY);
}

static void clocks_out_of_range_do_no_harm(void)
{
	struct period_clock c;

	period_clock_init(&c, INT64_MIN);
	CU_ASSERT_EQUAL(period_clock_tick(&c, INT64_MIN, 0), 0);
	CU_ASSERT_EQUAL(period_clock_tick(&c, INT64_MAX, 0), 0);
	CU_ASSERT_EQUAL(c.state, PERIOD_CLOCK_DOUBTED);
	CU_ASSERT_EQUAL(period_clock_confirm(&c, INT64_MAX, 0), PERIOD_TIME_MAX_MS);
}

/* Whatever the wall clock does: no period twice, and none before its time. */
static bool keeps_order(uint64_t *seed)
{
	struct period_clock c = at_noon();
	int64_t mono = HOUR, jump = 0, last = NOON;

	for (int step = 0; step < STEPS; step++) {
		int64_t now;

		mono += rig_upto(seed, 2 * HOUR);
		if (rig_random(seed) % 8 == 0)
			jump = rig_upto(seed, 4 * (int64_t)DAY) - 2 * DAY;
		now = tick(&c, NOON + mono - HOUR + jump, mono);
		if (now < last || day_start(now) < day_start(last) ||
		    now > NOON + mono - HOUR + PERIOD_CLOCK_JUMP_MS)
			return false;
		last = now;
	}
	return true;
}

static void no_period_opens_again_or_too_early(void)
{
	uint64_t seed = 42, wrong = 0;

	for (int round = 0; round < ROUNDS; round++)
		wrong += !keeps_order(&seed);
	CU_ASSERT_EQUAL(wrong, 0);
}

static const struct unit_test tests[] = {
	{ "clocks that agree are followed", clocks_that_agree_are_followed },
	{ "a day back stays in the later period", a_day_back_stays_in_the_later_period },
	{ "a day ahead is doubted and not followed", a_day_ahead_is_doubted_and_not_followed },
	{ "a confirmed jump is followed", a_confirmed_jump_is_followed },
	{ "an hour is the border", an_hour_is_the_border },
	{ "small steps do not add up unseen", small_steps_do_not_add_up_unseen },
	{ "back and ahead again is doubted, too", back_and_ahead_again_is_doubted_too },
	{ "a restart remembers what was seen", a_restart_remembers_what_was_seen },
	{ "clocks out of range do no harm", clocks_out_of_range_do_no_harm },
	{ "no period opens again, or too early", no_period_opens_again_or_too_early },
	{ NULL, NULL }
};
const struct unit_suite ledger_period_clock_suite = { "ledger/period_clock", tests };
