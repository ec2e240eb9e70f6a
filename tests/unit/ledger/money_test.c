/* unit/ledger/money_test.c - amounts are read, written and added exactly, or not at all.
 * SPDX-License-Identifier: MIT */
#include "ledger/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/ledger/rig.h"
#include "unit/unit.h"

enum { ROUNDS = 200000 };

static const struct { const char *text; int64_t nano; const char *shortest; } good[] = {
	{ "0", 0, "0" }, { "0.0", 0, "0" }, { "0.000000000", 0, "0" },
	{ "10", 10000000000, "10" }, { "12", 12000000000, "12" }, { "0.005", 5000000, "0.005" },
	{ "0.01", 10000000, "0.01" }, { "0.010", 10000000, "0.01" }, { "1.5", 1500000000, "1.5" },
	{ "0.000000001", 1, "0.000000001" }, { "100.100", 100100000000, "100.1" },
	{ "9223372036", 9223372036000000000, "9223372036" },
	{ "9223372036.854775807", INT64_MAX, "9223372036.854775807" },
};

static void amounts_are_read_exactly_and_written_short(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		char out[MONEY_TEXT_SIZE];
		int64_t nano = -7, also = -7;

		CU_ASSERT_TRUE(money_parse(str_z(good[i].text), &nano));
		CU_ASSERT_EQUAL(nano, good[i].nano);
		CU_ASSERT_TRUE(money_parse_signed(str_z(good[i].text), &also));
		CU_ASSERT_EQUAL(also, good[i].nano);
		CU_ASSERT_STRING_EQUAL(money_text(nano, out), good[i].shortest);
	}
}

static void what_is_no_amount_is_refused(void)
{
	static const char *const bad[] = {
		"", " ", "1 ", " 1", "+1", "--1", "-", "1-", ".", ".5", "5.", "1..2", "1.2.3", "1e3",
		"1E3", "1,5", "0x10", "$1", "1.0000000000", "0.0000000001", "01", "00", "010.5",
		"1.-5", "1.+5", "1. 5", "9223372036.854775808", "9223372037", "18446744073709551616",
		"99999999999999999999999999", "inf", "nan", "1_000", "\xd9\xa1",
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t nano = 77;

		CU_ASSERT_FALSE(money_parse(str_z(bad[i]), &nano));
		CU_ASSERT_FALSE(money_parse_signed(str_z(bad[i]), &nano) && bad[i][0] != '-');
		CU_ASSERT_EQUAL(nano, 77);
	}
	CU_ASSERT_FALSE(money_parse(str_from("1\0", 2), &(int64_t){ 0 }));
}

static void signs_are_for_those_who_ask_for_them(void)
{
	int64_t nano = 77;
	char out[MONEY_TEXT_SIZE];

	CU_ASSERT_FALSE(money_parse(CDT_STR("-1"), &nano));
	CU_ASSERT_FALSE(money_parse_signed(CDT_STR("-"), &nano));
	CU_ASSERT_FALSE(money_parse_signed(CDT_STR("--1"), &nano));
	CU_ASSERT_FALSE(money_parse_signed(CDT_STR("-9223372036.854775809"), &nano));
	CU_ASSERT_EQUAL(nano, 77);
	CU_ASSERT_TRUE(money_parse_signed(CDT_STR("-0.5"), &nano));
	CU_ASSERT_EQUAL(nano, -500000000);
	CU_ASSERT_STRING_EQUAL(money_text(nano, out), "-0.5");
	CU_ASSERT_TRUE(money_parse_signed(CDT_STR("-9223372036.854775808"), &nano));
	CU_ASSERT_EQUAL(nano, INT64_MIN);
	CU_ASSERT_STRING_EQUAL(money_text(INT64_MIN, out), "-9223372036.854775808");
}

/* printf with all nine decimals is the other way to write an amount. */
static bool comes_back(int64_t nano)
{
	char text[MONEY_TEXT_SIZE], whole[64];
	int64_t back = -1, again = -1;

	(void)snprintf(whole, sizeof whole, "%" PRId64 ".%09" PRId64, nano / MONEY_USD,
	               nano % MONEY_USD);
	return money_parse(str_z(money_text(nano, text)), &back) && back == nano &&
	       money_parse(str_z(whole), &again) && again == nano &&
	       strncmp(text, whole, strlen(text)) == 0;
}

static void what_is_written_is_read_back(void)
{
	uint64_t seed = 1, wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t any = rig_random(&seed);

		wrong += !comes_back((int64_t)(any >> (1 + rig_random(&seed) % 63)));
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void sums_that_do_not_fit_are_refused(void)
{
	int64_t v = 77;

	CU_ASSERT_FALSE(money_add(INT64_MAX, 1, &v));
	CU_ASSERT_FALSE(money_add(INT64_MIN, -1, &v));
	CU_ASSERT_FALSE(money_sub(INT64_MIN, 1, &v));
	CU_ASSERT_FALSE(money_sub(0, INT64_MIN, &v));
	CU_ASSERT_FALSE(money_mul(INT64_MAX, 2, &v));
	CU_ASSERT_FALSE(money_mul(INT64_MIN, -1, &v));
	CU_ASSERT_EQUAL(v, 77);
	CU_ASSERT_TRUE(money_add(INT64_MAX - 1, 1, &v) && v == INT64_MAX);
	CU_ASSERT_TRUE(money_sub(3, 5, &v) && v == -2);
	CU_ASSERT_TRUE(money_mul(-3, 5, &v) && v == -15);
}

static const struct unit_test tests[] = {
	{ "amounts are read exactly and written short", amounts_are_read_exactly_and_written_short },
	{ "what is no amount is refused", what_is_no_amount_is_refused },
	{ "signs are for those who ask for them", signs_are_for_those_who_ask_for_them },
	{ "what is written is read back", what_is_written_is_read_back },
	{ "sums that do not fit are refused", sums_that_do_not_fit_are_refused },
	{ NULL, NULL }
};
const struct unit_suite ledger_money_suite = { "ledger/money", tests };
