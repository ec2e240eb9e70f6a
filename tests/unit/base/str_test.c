/* unit/base/str_test.c - borrowed bytes.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"

#include "unit/unit.h"

static void equality_looks_at_bytes_and_length(void)
{
	CU_ASSERT_TRUE(str_eq(CDT_STR("abc"), CDT_STR("abc")));
	CU_ASSERT_FALSE(str_eq(CDT_STR("abc"), CDT_STR("abd")));
	CU_ASSERT_FALSE(str_eq(CDT_STR("abc"), CDT_STR("ab")));
	CU_ASSERT_TRUE(str_eq((cdt_str){ NULL, 0 }, CDT_STR("")));
	CU_ASSERT_FALSE(str_is(CDT_STR("a\0b"), "a"));
	CU_ASSERT_TRUE(str_is(CDT_STR(""), ""));
	CU_ASSERT_TRUE(str_is_nocase(CDT_STR("Content-Type"), "content-typE"));
	CU_ASSERT_FALSE(str_is_nocase(CDT_STR("abc"), "abcd"));
	CU_ASSERT_FALSE(str_is_nocase(CDT_STR("a@"), "a`"));
}

static void hexadecimal_digits_have_a_value(void)
{
	static const char digits[] = "0123456789abcdefABCDEF", others[] = "/:@`gG \x10\x11\x19\xb1";

	for (int i = 0; i < 22; i++)
		CU_ASSERT_EQUAL(str_hex_digit(digits[i]), i < 16 ? i : i - 6);
	for (size_t i = 0; i < sizeof others; i++)             /* and the NUL */
		CU_ASSERT_EQUAL(str_hex_digit(others[i]), -1);
}

static void order_is_bytewise_and_shorter_first(void)
{
	CU_ASSERT_TRUE(str_cmp(CDT_STR("abc"), CDT_STR("abd")) < 0);
	CU_ASSERT_TRUE(str_cmp(CDT_STR("ab"), CDT_STR("abc")) < 0);
	CU_ASSERT_TRUE(str_cmp(CDT_STR("b"), CDT_STR("abc")) > 0);
	CU_ASSERT_TRUE(str_cmp(CDT_STR("\xff"), CDT_STR("a")) > 0);
	CU_ASSERT_EQUAL(str_cmp(CDT_STR("x"), CDT_STR("x")), 0);
}

static void ends_and_starts_are_found(void)
{
	CU_ASSERT_TRUE(str_starts(CDT_STR("abc"), "ab"));
	CU_ASSERT_TRUE(str_starts(CDT_STR("abc"), ""));
	CU_ASSERT_FALSE(str_starts(CDT_STR("ab"), "abc"));
	CU_ASSERT_TRUE(str_ends(CDT_STR("abc"), "bc"));
	CU_ASSERT_FALSE(str_ends(CDT_STR("bc"), "abc"));
	CU_ASSERT_EQUAL(str_find(CDT_STR("a=b"), '='), 1);
	CU_ASSERT_EQUAL(str_find(CDT_STR("ab"), '='), 2);
	CU_ASSERT_EQUAL(str_search(CDT_STR("hello"), CDT_STR("ll")), 2);
	CU_ASSERT_EQUAL(str_search(CDT_STR("hello"), CDT_STR("lll")), 5);
}

static void cutting_gives_the_part_before(void)
{
	cdt_str s = CDT_STR("a,b,,c");
	static const char *const parts[] = { "a", "b", "", "c", "" };

	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_TRUE(str_is(str_cut(&s, ','), parts[i]));
	CU_ASSERT_EQUAL(s.n, 0);
	CU_ASSERT_TRUE(str_is(str_trim(CDT_STR(" \t\r\nx y\n ")), "x y"));
	CU_ASSERT_EQUAL(str_trim(CDT_STR(" \n")).n, 0);
	CU_ASSERT_TRUE(str_is(str_skip(CDT_STR("abc"), 2), "c"));
	CU_ASSERT_EQUAL(str_skip(CDT_STR("abc"), 9).n, 0);
}

static void whole_numbers_are_read_or_refused(void)
{
	static const char *const bad[] = {
		"", "-", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "--1",
		"99999999999999999999",
	};
	uint64_t u = 5;
	int64_t i = 5;

	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
		CU_ASSERT_FALSE(str_i64(str_z(bad[k]), &i));
	CU_ASSERT_EQUAL(i, 5);
	CU_ASSERT_TRUE(str_i64(CDT_STR("-9223372036854775808"), &i));
	CU_ASSERT_EQUAL(i, INT64_MIN);
	CU_ASSERT_TRUE(str_i64(CDT_STR("9223372036854775807"), &i));
	CU_ASSERT_EQUAL(i, INT64_MAX);
	CU_ASSERT_TRUE(str_u64(CDT_STR("18446744073709551615"), &u));
	CU_ASSERT_EQUAL(u, UINT64_MAX);
	CU_ASSERT_FALSE(str_u64(CDT_STR("18446744073709551616"), &u));
	CU_ASSERT_FALSE(str_u64(CDT_STR("-1"), &u));
	CU_ASSERT_EQUAL(u, UINT64_MAX);
}

static void patterns_match_any_run(void)
{
	static const struct { const char *pattern, *text; bool match; } cases[] = {
		{ "*", "", true }, { "*", "abc", true }, { "", "", true }, { "", "a", false },
		{ "gpt-*", "gpt-4o", true }, { "gpt-*", "gpt", false },
		{ "*-4o", "gpt-4o", true },
		{ "a*c*e", "abcde", true }, { "a*c*e", "abcd", false }, { "a**b", "ab", true },
		{ "a?c", "abc", false }, { "*ab", "aab", true }, { "a*", "ba", false },
		{ "*aaab", "aaaaaaaab", true }, { "abc", "ab", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CU_ASSERT_EQUAL(str_glob(cases[i].pattern, str_z(cases[i].text)),
		                cases[i].match);
}

static void typing_errors_are_counted(void)
{
	char longer[200] = { 'a' };

	CU_ASSERT_EQUAL(str_distance(CDT_STR("model"), CDT_STR("model"), 3), 0);
	CU_ASSERT_EQUAL(str_distance(CDT_STR("model"), CDT_STR("mdoel"), 3), 1);
	CU_ASSERT_EQUAL(str_distance(CDT_STR("model"), CDT_STR("modl"), 3), 1);
	CU_ASSERT_EQUAL(str_distance(CDT_STR("model"), CDT_STR("models"), 3), 1);
	CU_ASSERT_EQUAL(str_distance(CDT_STR("kitten"), CDT_STR("sitting"), 9), 3);
	CU_ASSERT_EQUAL(str_distance(CDT_STR("kitten"), CDT_STR("sitting"), 1), 2);
	CU_ASSERT_EQUAL(str_distance(CDT_STR(""), CDT_STR("abc"), 9), 3);
	CU_ASSERT_EQUAL(str_distance(str_from(longer, 200), CDT_STR("a"), 3), 4);
}

static void utf8_is_checked_strictly(void)
{
	static const struct { cdt_str text; bool ok; } cases[] = {
		{ { "", 0 }, true }, { { "plain", 5 }, true },
		{ { "\xc3\xa4", 2 }, true }, { { "\xe2\x82\xac", 3 }, true },
		{ { "\xf0\x9f\x98\x80", 4 }, true }, { { "\xf4\x8f\xbf\xbf", 4 }, true },
		{ { "\xed\x9f\xbf", 3 }, true }, { { "\xee\x80\x80", 3 }, true },
		{ { "\xc0\xaf", 2 }, false }, { { "\xc1\xbf", 2 }, false },
		{ { "\xe0\x80\xaf", 3 }, false }, { { "\xe0\x9f\xbf", 3 }, false },
		{ { "\xed\xa0\x80", 3 }, false }, { { "\xed\xbf\xbf", 3 }, false },
		{ { "\xf0\x8f\xbf\xbf", 4 }, false }, { { "\xf4\x90\x80\x80", 4 }, false },
		{ { "\xf5\x80\x80\x80", 4 }, false }, { { "\xff", 1 }, false },
		{ { "\x80", 1 }, false }, { { "\xc3", 1 }, false },
		{ { "\xe2\x82", 2 }, false }, { { "\xf0\x9f\x98", 3 }, false },
		{ { "a\xc3\xa4z\xc3", 5 }, false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CU_ASSERT_EQUAL(str_utf8_ok(cases[i].text), cases[i].ok);
	CU_ASSERT_EQUAL(str_utf8_run(CDT_STR("\xc3\xa4\xe2\x82\xac\xff")), 5);
	CU_ASSERT_EQUAL(str_utf8_run(CDT_STR("a\xc3\xa4")), 0);
	CU_ASSERT_EQUAL(str_fit(CDT_STR("a\xc3\xa4"), 9), 3);
	CU_ASSERT_EQUAL(str_fit(CDT_STR("a\xc3\xa4"), 3), 3);
	CU_ASSERT_EQUAL(str_fit(CDT_STR("a\xc3\xa4"), 2), 1);
	CU_ASSERT_EQUAL(str_fit(CDT_STR("\xe2\x82\xac" "b"), 2), 0);
	CU_ASSERT_EQUAL(str_fit(CDT_STR(""), 0), 0);
}

static const struct unit_test tests[] = {
	{ "equality looks at bytes and length", equality_looks_at_bytes_and_length },
	{ "hexadecimal digits have a value", hexadecimal_digits_have_a_value },
	{ "order is bytewise and shorter first", order_is_bytewise_and_shorter_first },
	{ "ends and starts are found", ends_and_starts_are_found },
	{ "cutting gives the part before", cutting_gives_the_part_before },
	{ "whole numbers are read or refused", whole_numbers_are_read_or_refused },
	{ "patterns match any run", patterns_match_any_run },
	{ "typing errors are counted", typing_errors_are_counted },
	{ "UTF-8 is checked strictly", utf8_is_checked_strictly },
	{ NULL, NULL },
};
const struct unit_suite base_str_suite = { "base/str", tests };
