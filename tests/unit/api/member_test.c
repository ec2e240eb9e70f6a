/* unit/api/member_test.c - members of maps, and of bytes that are none.
 * SPDX-License-Identifier: MIT */
#include "api/member.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "unit/unit.h"

static bool part_is(const char *json, size_t at, size_t end, const char *want)
{
	return end >= at && end - at == strlen(want) && !memcmp(json + at, want, end - at);
}

static void finds_values_and_what_to_cut(void)
{
	static const struct { const char *json, *name, *value, *left; } rows[] = {
		{ "{\"a\":1}", "a", "1", "{}" },
		{ "{\"a\":1,\"b\":2}", "a", "1", "{\"b\":2}" },
		{ "{\"a\":1,\"b\":2}", "b", "2", "{\"a\":1}" },
		{ "{\"a\":1,\"b\":2,\"c\":3}", "b", "2", "{\"a\":1,\"c\":3}" },
		{ " { \"a\" : [1, {\"b\":2}] , \"b\" : \"x,}\\\"\" } ", "b", "\"x,}\\\"\"",
		  " { \"a\" : [1, {\"b\":2}]  } " },
		{ "{\"a\" : null , \"b\":2}", "a", "null", "{\"b\":2}" },
		{ "{\"a\":{\"model\":1},\"model\":\"m\"}", "model", "\"m\"", "{\"a\":{\"model\":1}}" },
		{ "{\"x\":\"\\\\\",\"b\":true}", "b", "true", "{\"x\":\"\\\\\"}" },
		{ "{\"\":0}", "", "0", "{}" },
		{ "{\"a\":1,\"a\":2}", "a", "1", "{\"a\":2}" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct member_span m = { 0, 0, 0, 0 };
		char left[128];

		CU_ASSERT_FATAL(member_find(str_z(rows[i].json), rows[i].name, &m));
		CU_ASSERT(part_is(rows[i].json, m.value_at, m.value_end, rows[i].value));
		(void)snprintf(left, sizeof left, "%.*s%s", (int)m.cut_at, rows[i].json,
		               rows[i].json + m.cut_end);
		CU_ASSERT_STRING_EQUAL(left, rows[i].left);
	}
}

static void does_not_find_what_is_not_there(void)
{
	static const char *const texts[] = {
		"", " ", "{}", "[]", "[\"a\",1]", "\"a\"", "1", "{\"b\":{\"a\":1}}", "{\"\\u0061\":1}",
		"{\"aa\":1}", "{\"A\":1}", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\" : ", "{\"a\":,\"b\":1}",
		"{\"a\":}", "{a:1}", "{\"b\":1", "{\"b\":1,", "{\"b\":1 \"a\":2}", "{\"b\" 1,\"a\":2}", "{,\"a\":1}",
	};
	struct member_span m;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		CU_ASSERT_FALSE(member_find(str_z(texts[i]), "a", &m));
}

/* A copy without a byte to spare, for the sanitizer. */
static void look(const char *text, size_t n)
{
	char *copy = mem_try(NULL, n ? n : 1);
	struct member_span m;

	memcpy(copy, text, n);
	if (member_find((cdt_str){ copy, n }, "usage", &m)) {
		CU_ASSERT(m.value_at < m.value_end && m.value_end <= n);
		CU_ASSERT(m.cut_at < m.value_at && m.value_end <= m.cut_end && m.cut_end <= n);
	}
	mem_free(copy);
}

static void never_reads_past_the_end(void)
{
	static const char whole[] = " {\"id\":\"a\\\"b\", \"usage\" : {\"n\":[1,\"]\"]} , \"x\\\\\":[{}] } ";
	static const char letters[] = "{}[]\",:\\ usage1n";
	size_t n = sizeof whole - 1;
	char text[64];

	for (size_t i = 0; i <= n; i++) {
		look(whole, i);
		for (size_t k = i; k < n; k++) {       /* a piece is missing */
			char part[sizeof whole];

			memcpy(part, whole, i);
			memcpy(part + i, whole + k, n - k);
			look(part, i + n - k);
		}
	}
	for (int i = 0; i < 20000; i++) {
		size_t length = rand_below(sizeof text);

		for (size_t k = 0; k < length; k++)
			text[k] = letters[rand_below(sizeof letters - 1)];
		look(text, length);
	}
}

static const struct unit_test tests[] = {
	{ "finds values and what to cut", finds_values_and_what_to_cut },
	{ "does not find what is not there", does_not_find_what_is_not_there },
	{ "never reads past the end", never_reads_past_the_end },
	{ NULL, NULL }
};
const struct unit_suite api_member_suite = { "api/member", tests };
