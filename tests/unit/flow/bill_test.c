/* flow/bill and flow/guess: which ends cost what, and what is guessed where nobody says.
 * SPDX-License-Identifier: MIT */
#include "flow/bill.h"

#include <stdio.h>

#include "base/str.h"
#include "unit/unit.h"

enum { INPUT_RATE = 1000000, OUTPUT_RATE = 4000000 };      /* pico-USD: 1 and 4 USD a million */

static struct guesses none;

static void which_end_it_was(void)
{
	static const struct {
		bool ok;
		enum attempt_stage stage;
		enum fetch_end fetch;
		int64_t seen;
		bool stops;
		enum bill_end end;
	} rows[] = {
		{ true, ATTEMPT_ANSWER, FETCH_OK, 9, true, BILL_ANSWERED },
		{ false, ATTEMPT_BUILD, FETCH_OK, 0, true, BILL_UNREACHED },
		{ false, ATTEMPT_SEND, FETCH_NO_CONNECTION, 0, true, BILL_UNREACHED },
		{ false, ATTEMPT_SEND, FETCH_LATE_CONNECT, 0, false, BILL_UNREACHED },
		{ false, ATTEMPT_SEND, FETCH_NO_ANSWER, 0, false, BILL_REFUSED },
		{ false, ATTEMPT_ANSWER, FETCH_OK, 0, false, BILL_REFUSED },
		{ false, ATTEMPT_ANSWER, FETCH_CUT, 5, false, BILL_CUT },
		{ false, ATTEMPT_ANSWER, FETCH_CUT, 0, false, BILL_CUT },
		{ false, ATTEMPT_SEND, FETCH_LATE_FIRST_BYTE, 0, true, BILL_CUT },
		{ false, ATTEMPT_SEND, FETCH_LATE_FIRST_BYTE, 0, false, BILL_UNKNOWN },
		{ false, ATTEMPT_ANSWER, FETCH_LATE_IDLE, 5, false, BILL_UNKNOWN },
		{ false, ATTEMPT_ANSWER, FETCH_LATE_TOTAL, 5, true, BILL_CUT },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct attempt_end end = { .ok = rows[i].ok, .stage = rows[i].stage,
		                           .fetch = rows[i].fetch, .http_status = 200 };

		CU_ASSERT_EQUAL(bill_end_of(&end, rows[i].seen, rows[i].stops), rows[i].end);
	}
}

/* 300 bytes of request are 100 tokens, 30 bytes of answer are 10, until more is known. */
static void what_an_end_costs(void)
{
	static const struct {
		enum bill_end end;
		int64_t input, output, seen, held;
		uint8_t kind, reason;
		int64_t amount;
	} rows[] = {
		{ BILL_ANSWERED, 50, 20, 30, 999999, ENTRY_POST, REASON_REPORTED, 130000 },
		{ BILL_ANSWERED, 50, 0, 30, 999999, ENTRY_POST, REASON_REPORTED, 50000 },
		{ BILL_ANSWERED, -1, 20, 30, 999999, ENTRY_POST, REASON_ESTIMATED, 180000 },
		{ BILL_ANSWERED, -1, -1, 30, 999999, ENTRY_POST, REASON_ESTIMATED, 140000 },
		{ BILL_UNREACHED, -1, -1, 0, 999999, ENTRY_VOID, REASON_UNREACHED, 0 },
		{ BILL_REFUSED, -1, -1, 0, 999999, ENTRY_VOID, REASON_REFUSED, 0 },
		/* It says no, and bills. */
		{ BILL_REFUSED, 50, 0, 0, 999999, ENTRY_POST, REASON_REPORTED, 50000 },
		/* What was said at the start is not the end: 10 tokens, and 2 under way. */
		{ BILL_CUT, 50, 1, 30, 999999, ENTRY_POST, REASON_ESTIMATED, 98000 },
		{ BILL_CUT, 50, 20, 30, 999999, ENTRY_POST, REASON_REPORTED, 130000 },
		{ BILL_CUT, -1, -1, 0, 999999, ENTRY_POST, REASON_ESTIMATED, 100000 },
		{ BILL_UNKNOWN, 50, 1, 30, 999999, ENTRY_POST, REASON_HOLD, 999999 },
		{ BILL_UNKNOWN, -1, -1, 0, -1, ENTRY_POST, REASON_ESTIMATED, 100000 },
		/* A guess above what was held is wrong. */
		{ BILL_ANSWERED, -1, -1, 30, 1000, ENTRY_POST, REASON_HOLD, 1000 },
		{ BILL_ANSWERED, 50, 20, 30, 1000, ENTRY_POST, REASON_REPORTED, 130000 },
		/* More than can be, or parts above their whole: as if it had not been said. */
		{ BILL_ANSWERED, INT64_MAX, 20, 30, 999999, ENTRY_POST, REASON_ESTIMATED,
		  140000 },
		/* A guess is not above what was held. */
		{ BILL_ANSWERED, -1, -1, 30, 120000, ENTRY_POST, REASON_HOLD, 120000 },
		{ BILL_CUT, 50, 1, 30, 80000, ENTRY_POST, REASON_HOLD, 80000 },
	};
	struct price price;

	guesses_init(&none);
	price_init(&price);
	price.tier[0].rate[PRICE_INPUT] = INPUT_RATE;
	price.tier[0].rate[PRICE_OUTPUT] = OUTPUT_RATE;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct target t = { .name = CDT_STR("a/b"), .price = &price };
		struct cdt_usage said = CDT_USAGE_INIT;
		struct bill_facts f = {
			.target = &t, .end = rows[i].end, .said = &said, .guesses = &none,
			.form = GUESS_TEXT, .body_bytes = 300, .seen = rows[i].seen,
			.held = rows[i].held, .has_output = true,
		};
		struct bill b;

		said.input = rows[i].input;
		said.output = rows[i].output;
		bill_make(&f, &b);
		CU_ASSERT_EQUAL(b.kind, rows[i].kind);
		CU_ASSERT_EQUAL(b.reason, rows[i].reason);
		CU_ASSERT_EQUAL(b.amount, rows[i].amount);
	}
	guesses_fini(&none);
}

static void who_thinks_unseen_is_charged_what_was_held(void)
{
	struct price price;
	struct target t = { .name = CDT_STR("a/b"), .price = &price };
	struct cdt_usage said = CDT_USAGE_INIT;
	struct bill_facts f = { .target = &t, .end = BILL_CUT, .said = &said,
	                        .form = GUESS_TEXT, .guesses = &none, .held = 777,
	                        .has_output = true };
	struct bill b;

	guesses_init(&none);
	price_init(&price);
	price.tier[0].rate[PRICE_INPUT] = INPUT_RATE;
	price.tier[0].rate[PRICE_OUTPUT] = OUTPUT_RATE;
	bill_make(&f, &b);
	CU_ASSERT_EQUAL(b.amount, 0);
	guess_learn_reasons(&none, t.name);
	bill_make(&f, &b);
	CU_ASSERT_EQUAL(b.reason, REASON_HOLD);
	CU_ASSERT_EQUAL(b.amount, 777);
	guesses_fini(&none);
}

static void who_bills_by_itself_is_believed(void)
{
	struct target t = { .name = CDT_STR("a/b") };
	struct cdt_usage said = CDT_USAGE_INIT;
	struct bill_facts f = { .target = &t, .end = BILL_ANSWERED, .said = &said,
	                        .guesses = &none, .held = -1, .has_output = true };
	struct bill b;

	guesses_init(&none);
	said.input = 10;
	said.cost_nanousd = 12345;
	bill_make(&f, &b);
	CU_ASSERT_EQUAL(b.amount, 12345);
	CU_ASSERT_EQUAL(b.reason, REASON_REPORTED);
	guesses_fini(&none);
}

static void guesses_are_learned(void)
{
	cdt_str name = CDT_STR("a/b"), other = CDT_STR("a/c");
	struct guesses g;

	guesses_init(&g);
	CU_ASSERT_EQUAL(guess_tokens(&g, name, GUESS_BODY, 100), 34);
	CU_ASSERT_EQUAL(guess_tokens(&g, name, GUESS_FRAMES, 7), 7);
	CU_ASSERT_EQUAL(guess_tokens(&g, name, GUESS_TEXT, 0), 0);
	guess_learn(&g, name, GUESS_BODY, 0, 50);
	guess_learn(&g, name, GUESS_BODY, 50, -1);
	CU_ASSERT_EQUAL(guess_tokens(&g, name, GUESS_BODY, 100), 34);
	guess_learn(&g, name, GUESS_BODY, 4000, 1000);
	CU_ASSERT_EQUAL(guess_tokens(&g, name, GUESS_BODY, 100), 25);
	CU_ASSERT_EQUAL(guess_tokens(&g, name, GUESS_BODY, 101), 26);
	CU_ASSERT_EQUAL(guess_tokens(&g, name, GUESS_TEXT, 100), 34);
	CU_ASSERT_EQUAL(guess_tokens(&g, other, GUESS_BODY, 100), 34);
	for (int i = 0; i < 100; i++)
		guess_learn(&g, name, GUESS_BODY, CDT_COUNT_MAX, CDT_COUNT_MAX);
	CU_ASSERT_EQUAL(guess_tokens(&g, name, GUESS_BODY, CDT_COUNT_MAX), CDT_COUNT_MAX);
	guesses_fini(&g);
}

static void what_surely_was_reached_is_less(void)
{
	cdt_str name = CDT_STR("a/b");
	struct guesses g;

	guesses_init(&g);
	CU_ASSERT_EQUAL(guess_least(&g, name, GUESS_TEXT, 1600), 100);
	CU_ASSERT_EQUAL(guess_least(&g, name, GUESS_FRAMES, 100), 50);
	guess_learn(&g, name, GUESS_TEXT, 4000, 1000);
	CU_ASSERT_EQUAL(guess_least(&g, name, GUESS_TEXT, 1600), 200);
	guesses_fini(&g);
}

static void names_of_many_targets_are_not_kept_for_ever(void)
{
	struct guesses g;
	char name[32];

	guesses_init(&g);
	for (int i = 0; i < 5000; i++) {
		int n = snprintf(name, sizeof name, "direct/%d", i);

		guess_learn(&g, str_from(name, (size_t)n), GUESS_BODY, 40, 10);
	}
	CU_ASSERT(g.targets.count <= 1024);
	guesses_fini(&g);
}

static const struct unit_test tests[] = {
	{ "which end it was", which_end_it_was },
	{ "what an end costs", what_an_end_costs },
	{ "who thinks unseen is charged what was held",
	  who_thinks_unseen_is_charged_what_was_held },
	{ "who bills by itself is believed", who_bills_by_itself_is_believed },
	{ "guesses are learned", guesses_are_learned },
	{ "what surely was reached is less", what_surely_was_reached_is_less },
	{ "names of many targets are not kept for ever",
	  names_of_many_targets_are_not_kept_for_ever },
	{ NULL, NULL }
};
const struct unit_suite flow_bill_suite = { "flow/bill", tests };
