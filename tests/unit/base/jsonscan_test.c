/* unit/base/jsonscan_test.c - what is let in, what is refused and why, where members are.
 * SPDX-License-Identifier: MIT */
#include "base/jsonscan.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "unit/unit.h"

static struct jsonscan scan;       /* 6 KB; each test fills it anew */

static void json_is_let_in(void)
{
	static const struct { const char *text; uint32_t type; } cases[] = {
		{ "null", CDT_NULL }, { "true", CDT_FLAG }, { " false\n", CDT_FLAG },
		{ "0", CDT_INT }, { "-0", CDT_INT }, { "10", CDT_INT }, { "-123", CDT_INT },
		{ "99999999999999999999999999", CDT_INT }, { "0.5", CDT_REAL },
		{ "1e5", CDT_REAL },
		{ "1E+5", CDT_REAL }, { "-1.25e-10", CDT_REAL }, { "1e400", CDT_REAL },
		{ "\"\"", CDT_TEXT }, { "\"a\"", CDT_TEXT }, { "[]", CDT_LIST },
		{ "{}", CDT_MAP },
		{ "[ ]", CDT_LIST }, { "{ }", CDT_MAP }, { "[1,2 , 3]", CDT_LIST },
		{ "{\"a\":1, \"b\" : [ {} ] }", CDT_MAP }, { "\t\r\n {}", CDT_MAP },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"", CDT_TEXT },
		{ "\"\\u0000\"", CDT_TEXT },
		{ "\"\\ud83d\\uDE00\"", CDT_TEXT }, { "\"\\uffff\\uFDD0\"", CDT_TEXT },
		{ "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"", CDT_TEXT },
		{ "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"", CDT_TEXT },
		{ "{\"\":1}", CDT_MAP },
		{ "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}", CDT_MAP },
		{ "[{\"a\":1},{\"a\":1}]", CDT_LIST },
		{ "{\"a\":1,\"A\":1,\"aa\":1}", CDT_MAP },
		{ "{\"\\u0061b\":1,\"a\":2}", CDT_MAP }, { "{\"\\\\u0000\":1}", CDT_MAP },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CU_ASSERT_EQUAL(jsonscan(&scan, str_z(cases[i].text)), CDT_OK);
		CU_ASSERT_EQUAL(scan.type, cases[i].type);
		CU_ASSERT_PTR_NULL(scan.error);
	}
}

/* Each case must be refused with these words at this place. */
struct refused { cdt_str text; const char *why; size_t at; };

static void refuses(const struct refused *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(jsonscan(&scan, cases[i].text), CDT_E_INVALID);
		CU_ASSERT_PTR_NOT_NULL_FATAL(scan.error);
		CU_ASSERT_STRING_EQUAL(scan.error, cases[i].why);
		CU_ASSERT_EQUAL(scan.error_at, cases[i].at);
		CU_ASSERT_EQUAL(scan.type, CDT_ABSENT);
	}
}

#define T(lit) { "" lit, sizeof(lit) - 1 }
#define REFUSES(cases) refuses(cases, sizeof cases / sizeof cases[0])

static void broken_structure_is_refused(void)
{
	static const struct refused cases[] = {
		{ { NULL, 0 }, "unexpected end", 0 }, { T("  "), "unexpected end", 2 },
		{ T("{"), "unexpected end", 1 }, { T("["), "unexpected end", 1 },
		{ T("[1"), "unexpected end", 2 }, { T("[1,"), "unexpected end", 3 },
		{ T("{\"a"), "unexpected end", 3 }, { T("{\"a\""), "unexpected end", 4 },
		{ T("{\"a\":"), "unexpected end", 5 }, { T("{\"a\":1"), "unexpected end", 6 },
		{ T("{\"a\":1,"), "unexpected end", 7 }, { T("\"abc"), "unexpected end", 4 },
		{ T("\"0123456789abcdef0"), "unexpected end", 18 },
		{ T("\"\\"), "unexpected end", 2 },
		{ T("\"\\u12"), "unexpected end", 5 },
		{ T("[1,]"), "expected a value", 3 }, { T("[,1]"), "expected a value", 1 },
		{ T("{\"a\":}"), "expected a value", 5 }, { T("]"), "expected a value", 0 },
		{ T("{,}"), "expected a key in quotes", 1 },
		{ T("{\"a\":1,}"), "expected a key in quotes", 7 },
		{ T("{a:1}"), "expected a key in quotes", 1 },
		{ T("{1:1}"), "expected a key in quotes", 1 },
		{ T("{\"a\" 1}"), "expected a colon", 5 },
		{ T("{\"a\":1]"), "expected a comma or a closing brace", 6 },
		{ T("{\"a\":1 \"b\":2}"), "expected a comma or a closing brace", 7 },
		{ T("[1}"), "expected a comma or a closing bracket", 2 },
		{ T("[1 2]"), "expected a comma or a closing bracket", 3 },
		{ T("{} {}"), "bytes after the value", 3 },
		{ T("1 2"), "bytes after the value", 2 },
		{ T("{}\0"), "bytes after the value", 2 },
		{ T("nullx"), "bytes after the value", 4 },
		{ T("\xef\xbb\xbf{}"), "a byte order mark", 0 },
		{ T("/*x*/1"), "expected a value", 0 }, { T("\x0b""1"), "expected a value", 0 },
		{ T("\xc2\xa0""1"), "expected a value", 0 },
	};

	REFUSES(cases);
}

static void words_and_numbers_outside_the_rfc_are_refused(void)
{
	static const struct refused cases[] = {
		{ T("NaN"), "NaN and Infinity are not JSON", 0 },
		{ T("[Infinity]"), "NaN and Infinity are not JSON", 1 },
		{ T("-Infinity"), "a malformed number", 0 }, { T("nul"), "an unknown word", 0 },
		{ T("[True]"), "expected a value", 1 }, { T("tru"), "an unknown word", 0 },
		{ T("fals\""), "an unknown word", 0 }, { T("+1"), "expected a value", 0 },
		{ T(".5"), "expected a value", 0 }, { T("-"), "a malformed number", 0 },
		{ T("1."), "a malformed number", 0 }, { T("1.e5"), "a malformed number", 0 },
		{ T("1e"), "a malformed number", 0 }, { T("1e+"), "a malformed number", 0 },
		{ T("01"), "a malformed number", 0 }, { T("-01"), "a malformed number", 0 },
		{ T("00"), "a malformed number", 0 }, { T("0x10"), "a malformed number", 0 },
		{ T("1.5.5"), "a malformed number", 0 }, { T("1-2"), "a malformed number", 0 },
		{ T("[1a]"), "a malformed number", 1 }, { T("1e5e"), "a malformed number", 0 },
		{ T("'a'"), "expected a value", 0 },
	};

	REFUSES(cases);
}

static void strings_that_readers_disagree_about_are_refused(void)
{
	static const struct refused cases[] = {
		{ T("\"a\nb\""), "a raw control character inside a string", 2 },
		{ T("\"\0\""), "a raw control character inside a string", 1 },
		{ T("\"0123456789abcdef\x1f\""),
		  "a raw control character inside a string", 17 },
		{ T("{\"\t\":1}"), "a raw control character inside a string", 2 },
		{ T("\"\\x41\""), "an unknown escape inside a string", 1 },
		{ T("\"\\'\""), "an unknown escape inside a string", 1 },
		{ T("\"\\u12g4\""), "an unknown escape inside a string", 1 },
		{ T("\"\\U0041\""), "an unknown escape inside a string", 1 },
		{ T("\"\\ud800\""), "half of a surrogate pair", 1 },
		{ T("\"\\udc00\\ud800\""), "half of a surrogate pair", 1 },
		{ T("\"\\ud800\\u0041\""), "half of a surrogate pair", 1 },
		{ T("\"\\ud800x\\udc00\""), "half of a surrogate pair", 1 },
		{ T("\"\\ud800\\ud800\\udc00\""), "half of a surrogate pair", 1 },
		{ T("\"\xc0\xaf\""), "bad UTF-8", 1 },
		{ T("\"\xed\xa0\x80\""), "bad UTF-8", 1 },
		{ T("\"\xe2\x82\""), "bad UTF-8", 1 },
		{ T("\"\xf4\x90\x80\x80\""), "bad UTF-8", 1 },
		{ T("\"\xff\""), "bad UTF-8", 1 }, { T("\"\xc3"), "bad UTF-8", 1 },
		{ T("\"0123456789abcde\xe0\x80\x80xxxxxxxxxxxxxxxxxxx\""), "bad UTF-8", 16 },
		{ T("{\"\\u0000\":1}"), "a NUL character in a key", 1 },
		{ T("{\"a\\u0000b\":1}"), "a NUL character in a key", 1 },
	};

	REFUSES(cases);
}

static void every_place_in_a_string_is_looked_at(void)
{
	char text[202];

	for (size_t n = 1; n <= 200; n++)
		for (size_t at = 1; at <= n; at += n > 100 ? 7 : 1) {
			memset(text, 'x', n + 1);
			text[0] = text[n + 1] = '"';
			CU_ASSERT_EQUAL(jsonscan(&scan, str_from(text, n + 2)), CDT_OK);
			text[at] = '\x1f';
			CU_ASSERT_EQUAL(jsonscan(&scan, str_from(text, n + 2)), CDT_E_INVALID);
			CU_ASSERT_EQUAL(scan.error_at, at);
			text[at] = '"';
			CU_ASSERT_EQUAL(jsonscan(&scan, str_from(text, n + 2)), CDT_E_INVALID);
			CU_ASSERT_EQUAL(scan.error_at, at + 1);
			if (at == n)
				continue;
			text[at] = '\\';
			text[at + 1] = '"';
			CU_ASSERT_EQUAL(jsonscan(&scan, str_from(text, n + 2)), CDT_OK);
			text[at] = '\xc3';
			text[at + 1] = '\xa4';
			CU_ASSERT_EQUAL(jsonscan(&scan, str_from(text, n + 2)), CDT_OK);
		}
}

static void keys_that_come_twice_are_refused_at_every_depth(void)
{
	static const struct { const char *text, *key; size_t at; } cases[] = {
		{ "{\"model\":1,\"model\":2}", "model", 11 }, { "{\"\":1,\"\":2}", "", 6 },
		{ "[{\"a\":[{\"b\":1,\"c\":2,\"b\":3}]}]", "b", 20 },
		{ "{\"a\":1,\"\\u0061\":2}", "\\u0061", 7 },
		{ "{\"\\u0061\":1,\"a\":2}", "a", 12 },
		{ "{\"a\\/\":1,\"a/\":2}", "a/", 9 },
		{ "{\"\\u00e4\":1,\"\xc3\xa4\":2}", "\xc3\xa4", 12 },
		{ "{\"a_long_key_here\":1,\"x\":{\"a_long_key_here\":1},\"a_long_key_here\":2}",
		  "a_long_key_here", 47 },
		{ "{\"abc\":1,\"acb\":1,\"abc\":2}", "abc", 17 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CU_ASSERT_EQUAL(jsonscan(&scan, str_z(cases[i].text)), CDT_E_INVALID);
		CU_ASSERT_STRING_EQUAL(scan.error, "duplicate key");
		CU_ASSERT_STRING_EQUAL(scan.error_key, cases[i].key);
		CU_ASSERT_EQUAL(scan.error_at, cases[i].at);
	}
}

static void the_key_in_the_error_is_cut_between_characters(void)
{
	struct buf b;

	buf_init(&b, 1000);
	for (int twice = 0; twice < 2; twice++) {
		buf_add_z(&b, twice ? ",\"" : "{\"");
		for (int i = 0; i < 50; i++)
			buf_add_z(&b, "\xe2\x82\xac");
		buf_add_z(&b, "\":1");
	}
	buf_add_z(&b, "}");
	CU_ASSERT_EQUAL(jsonscan(&scan, buf_str(&b)), CDT_E_INVALID);
	CU_ASSERT_EQUAL(strlen(scan.error_key), 63);
	CU_ASSERT_TRUE(str_utf8_ok(str_z(scan.error_key)));
	buf_fini(&b);
}

static void limits_hold(void)
{
	struct buf b;
	char deep[130];

	memset(deep, '[', 65);
	memset(deep + 65, ']', 65);
	CU_ASSERT_EQUAL(jsonscan(&scan, str_from(deep + 1, 128)), CDT_OK);
	CU_ASSERT_EQUAL(jsonscan(&scan, str_from(deep, 130)), CDT_E_INVALID);
	CU_ASSERT_STRING_EQUAL(scan.error, "nested deeper than 64 levels");
	buf_init(&b, 1 << 20);
	buf_add_c(&b, '[');
	for (int i = 0; i < JSON_VALUES_MAX - 1; i++)
		buf_add_z(&b, i ? ",1" : "1");
	buf_add_c(&b, ']');
	CU_ASSERT_EQUAL(jsonscan(&scan, buf_str(&b)), CDT_OK);
	b.n--;
	buf_add_z(&b, ",1]");
	CU_ASSERT_EQUAL(jsonscan(&scan, buf_str(&b)), CDT_E_INVALID);
	CU_ASSERT_STRING_EQUAL(scan.error, "more than 200000 values");
	buf_fini(&b);
}

static void many_members(struct buf *b, int count)
{
	buf_clear(b);
	for (int i = 0; i < count; i++)
		buf_print(b, "%c\"key%d\":%d", i ? ',' : '{', i, i);
	buf_add_c(b, '}');
}

static void outermost_members_are_capped(void)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	many_members(&b, JSON_MEMBERS_MAX);
	CU_ASSERT_EQUAL(jsonscan(&scan, buf_str(&b)), CDT_OK);
	CU_ASSERT_EQUAL(scan.count, JSON_MEMBERS_MAX);
	CU_ASSERT_TRUE(str_is(jsonscan_find(&scan, "key127")->value, "127"));
	many_members(&b, JSON_MEMBERS_MAX + 1);
	CU_ASSERT_EQUAL(jsonscan(&scan, buf_str(&b)), CDT_E_INVALID);
	CU_ASSERT_STRING_EQUAL(scan.error, "more than 128 members");
	buf_fini(&b);
}

static void big_maps_take_milliseconds(void)
{
	struct buf inner, b;
	uint64_t began;

	buf_init(&inner, 4 << 20);
	buf_init(&b, 4 << 20);
	many_members(&inner, 100000);
	buf_print(&b, "{\"a\":%.*s}", STR_ARG(buf_str(&inner)));
	began = clock_ms();
	CU_ASSERT_EQUAL(jsonscan(&scan, buf_str(&b)), CDT_OK);
	CU_ASSERT_TRUE(clock_ms() - began < 1000);       /* about 10, also under a sanitizer */
	inner.n--;
	buf_print(&inner, ",\"key77\":1}");
	CU_ASSERT_EQUAL(jsonscan(&scan, buf_str(&inner)), CDT_E_INVALID);
	buf_clear(&b);
	buf_print(&b, "{\"a\":%.*s}", STR_ARG(buf_str(&inner)));
	CU_ASSERT_EQUAL(jsonscan(&scan, buf_str(&b)), CDT_E_INVALID);
	CU_ASSERT_STRING_EQUAL(scan.error, "duplicate key");
	CU_ASSERT_STRING_EQUAL(scan.error_key, "key77");
	buf_fini(&inner);
	buf_fini(&b);
}

static void members_are_listed_with_their_spans(void)
{
	static const struct { const char *key, *value; uint32_t type, flags; } cases[] = {
		{ "model", "\"gpt-4o\"", CDT_TEXT, 0 },
		{ "text", "\"a\\nb\"", CDT_TEXT, JSON_VALUE_ESCAPED },
		{ "n", "null", CDT_NULL, 0 }, { "b", "false", CDT_FLAG, 0 },
		{ "i", "-12", CDT_INT, 0 }, { "r", "1e3", CDT_REAL, 0 },
		{ "l", "[ \"\\t\" ]", CDT_LIST, 0 }, { "m", "{\"model\":\"x\"}", CDT_MAP, 0 },
		{ "k\\u0065y", "0", CDT_INT, JSON_KEY_ESCAPED }, { "z", "true", CDT_FLAG, 0 },
	};

	CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, CDT_STR(
		" {\"model\" : \"gpt-4o\" , \"text\":\"a\\nb\",\"n\":null,\"b\":false,"
		"\"i\":-12,\"r\":1e3,\"l\":[ \"\\t\" ],\"m\":{\"model\":\"x\"},\"k\\u0065y\":0,"
		"\"z\":true } ")),
		CDT_OK);
	CU_ASSERT_EQUAL_FATAL(scan.count, sizeof cases / sizeof cases[0]);
	for (size_t i = 0; i < scan.count; i++) {
		CU_ASSERT_TRUE(str_is(scan.member[i].key, cases[i].key));
		CU_ASSERT_TRUE(str_is(scan.member[i].value, cases[i].value));
		CU_ASSERT_EQUAL(scan.member[i].type, cases[i].type);
		CU_ASSERT_EQUAL(scan.member[i].flags, cases[i].flags);
	}
}

static void what_is_let_in_can_be_parsed(void)
{
	struct json *j;
	cdt_str text = CDT_STR("{\"a\":[1e400,\"\\ud83d\\ude00\",{\"\\u0061\":{}}],\"b\":-0}");

	CU_ASSERT_EQUAL(jsonscan(&scan, text), CDT_OK);
	j = json_parse(text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	CU_ASSERT_EQUAL(jsonscan(&scan, json_print(j)), CDT_OK);
	json_free(j);
}

static const struct unit_test tests[] = {
	{ "JSON is let in", json_is_let_in },
	{ "broken structure is refused", broken_structure_is_refused },
	{ "words and numbers outside the RFC are refused",
	  words_and_numbers_outside_the_rfc_are_refused },
	{ "strings that readers disagree about are refused",
	  strings_that_readers_disagree_about_are_refused },
	{ "every place in a string is looked at", every_place_in_a_string_is_looked_at },
	{ "keys that come twice are refused at every depth",
	  keys_that_come_twice_are_refused_at_every_depth },
	{ "the key in the error is cut between characters",
	  the_key_in_the_error_is_cut_between_characters },
	{ "limits hold", limits_hold },
	{ "outermost members are capped", outermost_members_are_capped },
	{ "big maps take milliseconds", big_maps_take_milliseconds },
	{ "members are listed with their spans", members_are_listed_with_their_spans },
	{ "what is let in can be parsed", what_is_let_in_can_be_parsed },
	{ NULL, NULL },
};
const struct unit_suite base_jsonscan_suite = { "base/jsonscan", tests };
