/* unit/base/json_test.c - trees, and what plugins see of them.
 * SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

static bool prints_as(struct json *j, const char *text)
{
	return str_is(json_print(j), text);
}

static void printing_gives_back_what_was_read(void)
{
	static const char *const same[] = {
		"null", "true", "false", "0", "-1", "9223372036854775807",
		"-9223372036854775808",
		"18446744073709551615", "9223372036854775808", "-9223372036854775809",
		"123456789012345678901234567890", "1.0", "1e5", "1E+2", "-0.0", "1e400", "2.50",
		"\"\"", "\"a/b\"", "\"\\u0000x\"", "\"\\\"\\\\\\n\"", "\"\xc3\xa4\"", "[]",
		"{}",
		"[[],{},null,[1]]", "{\"a\":{},\"b\":[],\"c\":null,\"\":\"\"}",
		"{\"z\":1,\"a\":2,\"m\":[true,{\"k\":\"v\"}]}",
	};

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		struct json *j = json_parse(str_z(same[i]));

		CU_ASSERT_PTR_NOT_NULL_FATAL(j);
		CU_ASSERT_TRUE(prints_as(j, same[i]));
		json_free(j);
	}
}

static void escapes_and_blanks_become_plain(void)
{
	struct json *j = json_parse(CDT_STR(
		" { \"\\u0061\\n\" : [ \"\\ud83d\\ude00\\/\" , 1 ] }\n"));

	CU_ASSERT_TRUE(prints_as(j, "{\"a\\n\":[\"\xf0\x9f\x98\x80/\",1]}"));
	CU_ASSERT_TRUE(str_is(json_text(json_at(json_get(j, "a\n"), 0)), "\xf0\x9f\x98\x80/"));
	json_free(j);
}

static void what_is_no_json_gives_no_tree(void)
{
	static const char *const bad[] = {
		"", " ", "{", "[", "\"", "\"\\", "\"\\u00", "{\"a\"", "{\"a\":", "{\"a\":1",
		"[1",
		"[1,", "[1,]", "{\"a\":1,}", "{1:2}", "tru", "nul", "+1", "-", ".5", "1.", "1e",
		"[1 2]", "1 2", "{}x", "'a'", "\"a\nb\"", "[1}", "NaN", "]",
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CU_ASSERT_PTR_NULL(json_parse(str_z(bad[i])));
}

static void the_depth_is_capped(void)
{
	char text[131];
	struct json *j;

	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	CU_ASSERT_PTR_NULL(json_parse(str_from(text, 130)));
	j = json_parse(str_from(text + 1, 128));
	CU_ASSERT_PTR_NOT_NULL(j);
	json_free(j);
}

static void types_tell_null_from_not_there(void)
{
	static const struct { const char *key; uint32_t type; } cases[] = {
		{ "n", CDT_NULL }, { "f", CDT_FLAG }, { "i", CDT_INT }, { "r", CDT_REAL },
		{ "b", CDT_INT }, { "t", CDT_TEXT }, { "l", CDT_LIST }, { "m", CDT_MAP },
		{ "none", CDT_ABSENT },
	};
	struct json *j = json_parse(CDT_STR(
		"{\"n\":null,\"f\":false,\"i\":1,\"r\":1.0,\"b\":99999999999999999999,"
		"\"t\":\"\",\"l\":[],\"m\":{}}"));

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CU_ASSERT_EQUAL(json_type(json_get(j, cases[i].key)), cases[i].type);
		CU_ASSERT_EQUAL(cdt_type(cdt_get(json_val(j), cases[i].key)), cases[i].type);
	}
	CU_ASSERT_EQUAL(json_type(NULL), CDT_ABSENT);
	json_free(json_get(j, "n"));
	json_free(NULL);
	json_free(j);
}

static void readers_take_every_node(void)
{
	struct json *j = json_parse(CDT_STR("{\"n\":null,\"t\":\"x\",\"l\":[1]}"));
	const struct json *nodes[] = {
		NULL, json_get(j, "n"), json_get(j, "t"), json_get(j, "l"), j,
	};
	struct json *child;
	cdt_str key;

	for (size_t i = 0; i < 5; i++) {
		size_t it = 0;

		CU_ASSERT_EQUAL(json_i64(nodes[i], 7), 7);
		CU_ASSERT_EQUAL(json_f64(nodes[i], 7.5), 7.5);
		CU_ASSERT_EQUAL(json_flag(nodes[i], 7), 7);
		CU_ASSERT_TRUE(str_is(json_text(nodes[i]), i == 2 ? "x" : ""));
		CU_ASSERT_EQUAL(json_count(nodes[i]), i == 3 ? 1 : i == 4 ? 3 : 0);
		CU_ASSERT_PTR_NULL(json_get(nodes[i], "zzz"));
		CU_ASSERT_PTR_NULL(json_at(nodes[i], 1));
		CU_ASSERT_EQUAL(json_next(nodes[i], &it, &key, &child), i == 4);
		CU_ASSERT_EQUAL(json_type(nodes[i]), cdt_type(json_val(nodes[i])));
	}
	CU_ASSERT_EQUAL(json_print(NULL).n, 0);
	json_free(j);
}

static void numbers_are_read_without_surprises(void)
{
	static const struct { const char *text; int64_t i; double f; } cases[] = {
		{ "5", 5, 5 }, { "-5", -5, -5 }, { "5.0", 5, 5 }, { "5e2", 500, 500 },
		{ "1.5", 42, 1.5 }, { "99999999999999999999", INT64_MAX, 1e20 },
		{ "-99999999999999999999", INT64_MIN, -1e20 }, { "1e400", INT64_MAX, DBL_MAX },
		{ "-1e400", INT64_MIN, -DBL_MAX },
		{ "18446744073709551615", INT64_MAX, 0x1p64 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct json *j = json_parse(str_z(cases[i].text));

		CU_ASSERT_EQUAL(json_i64(j, 42), cases[i].i);
		CU_ASSERT_EQUAL(json_f64(j, 42), cases[i].f);
		json_free(j);
	}
}

static void a_walk_sees_members_in_order(void)
{
	struct json *j = json_parse(CDT_STR("{\"b\":1,\"a\":null,\"c\":3}"));
	static const char *const keys[] = { "b", "a", "c" };
	size_t it = 0, i = 0;
	struct json *child;
	cdt_str key;
	cdt_val v;

	for (; json_next(j, &it, &key, &child); i++)
		CU_ASSERT_TRUE(i < 3 && str_is(key, keys[i]));
	CU_ASSERT_EQUAL(i, 3);
	CU_ASSERT_FALSE(json_next(j, &it, &key, &child));
	for (it = i = 0; json_val(j).api->next(json_val(j), &it, &key, &v); i++)
		CU_ASSERT_EQUAL(cdt_type(v), i == 1 ? CDT_NULL : CDT_INT);
	CU_ASSERT_EQUAL(i, 3);
	json_free(j);
}

static void trees_are_built_and_changed(void)
{
	struct json *m = json_new_map(), *l = json_new_list(), *taken;

	json_push_give(l, json_new_i64(1));
	json_push_give(l, json_new_text(CDT_STR("a\0b")));
	json_push_give(l, NULL);
	json_put_give(l, 0, json_new_f64(0.1));
	json_put_give(l, 3, json_new_flag(5));
	json_put_give(l, 9, json_new_flag(0));
	json_set_give(m, "l", l);
	json_set_give(m, "x", json_new_i64(1));
	json_set_give(m, "x", json_new_f64(3));
	json_set_give(m, "nan", json_new_f64(NAN));
	json_set_give(m, "gone", json_new_map());
	json_remove(m, "gone");
	json_remove(m, "never there");
	CU_ASSERT_TRUE(prints_as(m,
		"{\"l\":[0.1,\"a\\u0000b\",null,true],\"x\":3,\"nan\":null}"));
	CU_ASSERT_EQUAL(json_text(json_at(l, 1)).n, 3);
	taken = json_take(m, "l");
	CU_ASSERT_TRUE(prints_as(m, "{\"x\":3,\"nan\":null}"));
	CU_ASSERT_EQUAL(json_count(taken), 4);
	json_free(taken);
	CU_ASSERT_PTR_NULL(json_take(m, "l"));
	CU_ASSERT_EQUAL(json_type(json_take(m, "nan")), CDT_NULL);
	json_free(m);
}

static void children_of_the_wrong_parent_are_not_leaked(void)
{
	struct json *text = json_new_text(CDT_STR("x"));

	json_set_give(text, "a", json_new_map());
	json_push_give(text, json_new_map());
	json_put_give(NULL, 0, json_new_map());
	json_remove(NULL, "a");
	CU_ASSERT_TRUE(prints_as(text, "\"x\""));
	json_free(text);
}

static void plugins_see_the_same_tree(void)
{
	struct json *j = json_parse(CDT_STR("{\"a\":[{\"b\":\"x\"},2.5,true]}"));
	cdt_val list = cdt_get(json_val(j), "a");

	CU_ASSERT_EQUAL(cdt_count(list), 3);
	CU_ASSERT_TRUE(str_is(cdt_text(cdt_get(cdt_at(list, 0), "b")), "x"));
	CU_ASSERT_EQUAL(list.api->f64(cdt_at(list, 1), 0), 2.5);
	CU_ASSERT_EQUAL(list.api->flag(cdt_at(list, 2), 7), 1);
	CU_ASSERT_TRUE(str_is(list.api->raw(list), "[{\"b\":\"x\"},2.5,true]"));
	CU_ASSERT_EQUAL(cdt_i64(cdt_get(cdt_at(cdt_get(json_absent(), "x"), 3), "y"), 9), 9);
	CU_ASSERT_EQUAL(json_absent().api->raw(json_absent()).n, 0);
	json_free(j);
}

#define SCHEMA "{\"type\":\"object\",  \"properties\":{\"a\":{\"type\":\"string\"}," \
	"\"b\":[1.50]}}"

/* A document whose schema nobody has looked into yet. */
static struct json *with_unread(void)
{
	static const char *const names[] = { "schema", NULL };

	return json_parse_but(CDT_STR("{\"n\":\"t\",\"schema\":" SCHEMA ",\"z\":1}"), names);
}

static void what_is_passed_on_stays_as_it_came(void)
{
	struct json *j = with_unread();
	const struct json *schema = json_get(j, "schema");

	CU_ASSERT_EQUAL(json_type(schema), CDT_MAP);
	CU_ASSERT_EQUAL(json_text(schema).n, 0);
	CU_ASSERT_TRUE(str_is(json_val(schema).api->raw(json_val(schema)), SCHEMA));
	CU_ASSERT_TRUE(prints_as(j, "{\"n\":\"t\",\"schema\":" SCHEMA ",\"z\":1}"));
	json_free(j);
}

static void looking_inside_reads_it(void)
{
	struct json *j = with_unread(), *schema = json_get(j, "schema"), *val;
	size_t it = 0;
	cdt_str key;

	CU_ASSERT_EQUAL(json_count(schema), 2);
	CU_ASSERT_TRUE(json_next(schema, &it, &key, &val) && str_is(key, "type"));
	CU_ASSERT_EQUAL(json_type(json_get(json_get(schema, "properties"), "b")), CDT_LIST);
	json_set_give(schema, "type", json_new_text(CDT_STR("x")));
	json_remove(schema, "properties");
	CU_ASSERT_TRUE(prints_as(schema, "{\"type\":\"x\"}"));
	CU_ASSERT_TRUE(prints_as(j, "{\"n\":\"t\",\"schema\":{\"type\":\"x\"},\"z\":1}"));
	json_free(j);
}

static void what_is_shared_outlives_its_first_holder(void)
{
	struct json *j = with_unread(), *other = json_new_map();

	json_set_give(other, "s", json_share(json_get(j, "schema")));
	json_set_give(other, "n", json_share(json_get(j, "n")));
	CU_ASSERT_PTR_NULL(json_share(json_get(j, "none")));
	json_free(j);
	CU_ASSERT_TRUE(prints_as(other, "{\"s\":" SCHEMA ",\"n\":\"t\"}"));
	json_free(other);
}

static const struct unit_test tests[] = {
	{ "printing gives back what was read", printing_gives_back_what_was_read },
	{ "escapes and blanks become plain", escapes_and_blanks_become_plain },
	{ "what is no JSON gives no tree", what_is_no_json_gives_no_tree },
	{ "the depth is capped", the_depth_is_capped },
	{ "types tell null from not there", types_tell_null_from_not_there },
	{ "readers take every node", readers_take_every_node },
	{ "numbers are read without surprises", numbers_are_read_without_surprises },
	{ "a walk sees members in order", a_walk_sees_members_in_order },
	{ "trees are built and changed", trees_are_built_and_changed },
	{ "children of the wrong parent are not leaked",
	  children_of_the_wrong_parent_are_not_leaked },
	{ "plugins see the same tree", plugins_see_the_same_tree },
	{ "what is passed on stays as it came", what_is_passed_on_stays_as_it_came },
	{ "looking inside reads it", looking_inside_reads_it },
	{ "what is shared outlives its first holder", what_is_shared_outlives_its_first_holder },
	{ NULL, NULL },
};
const struct unit_suite base_json_suite = { "base/json", tests };
