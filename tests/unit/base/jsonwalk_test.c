/* unit/base/jsonwalk_test.c - members and elements one after the other, whatever the bytes are.
 * SPDX-License-Identifier: MIT */
#include "base/jsonwalk.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

static void check_walk(const char *text, bool map, const char *want)
{
	cdt_str rest = jsonwalk_inside(str_z(text)), key = CDT_STR(""), value;
	char got[256] = "";

	while (map ? jsonwalk_member(&rest, &key, &value) : jsonwalk_element(&rest, &value)) {
		size_t at = strlen(got);

		(void)snprintf(got + at, sizeof got - at, "%.*s>%.*s|", STR_ARG(key),
		               STR_ARG(value));
	}
	if (strcmp(got, want) != 0)
		fprintf(stderr, "\n%s: %s\n", text, got);
	CU_ASSERT_STRING_EQUAL(got, want);
}

static void members_come_in_order(void)
{
	check_walk("{\"a\":1,\"b\":{\"c\":[2]}}", true, "a>1|b>{\"c\":[2]}|");
	check_walk(" { }" + 1, true, "");
	check_walk("{\n \"a\" : \"x,y\" ,\t\"b\\\"\" : null }", true, "a>\"x,y\"|b\\\">null|");
	check_walk("{}", true, "");
	check_walk("", true, "");
}

static void elements_come_in_order(void)
{
	check_walk("[1, \"2\",[3],{\"a\":4}]", false, ">1|>\"2\"|>[3]|>{\"a\":4}|");
	check_walk("[ ]", false, "");
	check_walk("[", false, "");
}

static void what_is_no_member_ends_the_walk(void)
{
	check_walk("{1:2}", true, "");
	check_walk("{\"a\"}", true, "");
	check_walk("{\"a\":", true, "");
	check_walk("{\"a\":1,", true, "a>1|");
	check_walk("{\"", true, "");
	check_walk("{\"a\":[1", true, "a>[1|");
}

static void members_are_found_by_name(void)
{
	cdt_str nothing = { NULL, 0 }, value = CDT_STR("");

	CU_ASSERT(str_is(jsonwalk_get(CDT_STR("{\"a\":1,\"b\":\"x\"}"), "b"), "\"x\""));
	CU_ASSERT_PTR_NULL(jsonwalk_get(CDT_STR("{\"a\":1}"), "b").p);
	CU_ASSERT_PTR_NULL(jsonwalk_get(nothing, "b").p);
	CU_ASSERT_FALSE(jsonwalk_element(&nothing, &value));
}

static const struct unit_test tests[] = {
	{ "members come in order", members_come_in_order },
	{ "elements come in order", elements_come_in_order },
	{ "members are found by name", members_are_found_by_name },
	{ "what is no member ends the walk", what_is_no_member_ends_the_walk },
	{ NULL, NULL }
};
const struct unit_suite base_jsonwalk_suite = { "base/jsonwalk", tests };
