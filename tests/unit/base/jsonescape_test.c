/* unit/base/jsonescape_test.c - escapes, and finding members in spite of them.
 * SPDX-License-Identifier: MIT */
#include "base/jsonscan.h"

#include "base/str.h"
#include "unit/unit.h"

static void escapes_mean_their_characters(void)
{
	static const struct { const char *in; cdt_str out; } cases[] = {
		{ "", { "", 0 } }, { "plain", { "plain", 5 } },
		{ "\\\"\\\\\\/\\b\\f\\n\\r\\t", { "\"\\/\b\f\n\r\t", 8 } },
		{ "a\\u0041\\u00e4\\u20AC\\ud83d\\ude00z",
		  { "aA\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z", 12 } },
		{ "\\u0000x", { "\0x", 2 } }, { "\\\\u0041", { "\\u0041", 6 } },
		{ "\\u007f\\u0080\\u07ff\\u0800\\uffff\\udbff\\udfff",
		  { "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf4\x8f\xbf\xbf", 15 } },
		/* not JSON: stays as it is and inside its bounds */
		{ "\\", { "\\", 1 } }, { "x\\u00", { "x\\u00", 5 } }, { "\\q", { "\\q", 2 } },
		{ "\\ud800", { "\\ud800", 6 } }, { "\\ud800\\u0041", { "\\ud800A", 7 } },
	};
	char out[64];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = json_unescape(str_z(cases[i].in), out);

		CU_ASSERT_TRUE(str_eq(str_from(out, n), cases[i].out));
	}
}

static void members_are_found_by_what_their_keys_say(void)
{
	struct jsonscan s;

	CU_ASSERT_EQUAL_FATAL(jsonscan(&s, CDT_STR(
		"{\"mod\\u0065l\":1,\"max\":2,\"\\u00e4\\n\":3,\"\":4}")), CDT_OK);
	CU_ASSERT_TRUE(str_is(jsonscan_find(&s, "model")->value, "1"));
	CU_ASSERT_TRUE(str_is(jsonscan_find(&s, "max")->value, "2"));
	CU_ASSERT_TRUE(str_is(jsonscan_find(&s, "\xc3\xa4\n")->value, "3"));
	CU_ASSERT_TRUE(str_is(jsonscan_find(&s, "")->value, "4"));
	CU_ASSERT_PTR_NULL(jsonscan_find(&s, "mode"));
	CU_ASSERT_PTR_NULL(jsonscan_find(&s, "models"));
	CU_ASSERT_PTR_NULL(jsonscan_find(&s, "mod\\u0065l"));
	CU_ASSERT_PTR_NULL(jsonscan_find(&s, "\xc3"));
}

static void plain_texts_are_had_without_copying(void)
{
	struct jsonscan s;
	cdt_str text = CDT_STR("{\"a\":\"x y\",\"b\":\"x\\n\",\"c\":5,\"d\":\"\"}");

	CU_ASSERT_EQUAL_FATAL(jsonscan(&s, text), CDT_OK);
	CU_ASSERT_PTR_EQUAL(json_plain_text(jsonscan_find(&s, "a")).p, text.p + 6);
	CU_ASSERT_TRUE(str_is(json_plain_text(jsonscan_find(&s, "a")), "x y"));
	CU_ASSERT_PTR_NULL(json_plain_text(jsonscan_find(&s, "b")).p);
	CU_ASSERT_PTR_NULL(json_plain_text(jsonscan_find(&s, "c")).p);
	CU_ASSERT_PTR_NOT_NULL(json_plain_text(jsonscan_find(&s, "d")).p);
	CU_ASSERT_EQUAL(json_plain_text(jsonscan_find(&s, "d")).n, 0);
	CU_ASSERT_PTR_NULL(json_plain_text(NULL).p);
}

static const struct unit_test tests[] = {
	{ "escapes mean their characters", escapes_mean_their_characters },
	{ "members are found by what their keys say",
	  members_are_found_by_what_their_keys_say },
	{ "plain texts are had without copying", plain_texts_are_had_without_copying },
	{ NULL, NULL },
};
const struct unit_suite base_jsonescape_suite = { "base/jsonescape", tests };
