/* unit/config/schema_test.c - the table is whole, and --schema says what it says.
 * SPDX-License-Identifier: MIT */
#include "config/schema.h"
#include "config/config.h"
#include "unit/unit.h"

#include <string.h>

#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/str.h"

/* "a[].b" -> "a[]" -> "a"; false at the top. */
static bool parent_of(const char *path, char out[128])
{
	size_t n = strlen(path);
	const char *dot = strrchr(path, '.');

	if (n > 2 && path[n - 1] == ']')
		n -= 2;
	else if (dot)
		n = (size_t)(dot - path) > 2 && dot[-1] == ']' ? (size_t)(dot - path) - 2
		                                              : (size_t)(dot - path);
	else
		return false;
	memcpy(out, path, n);
	out[n] = '\0';
	return true;
}

static void every_member_has_a_parent_a_help_and_is_there_once(void)
{
	static const struct schema_row group = { .type = TYPE_GROUP };

	for (const struct schema_row *row = schema_rows; row->path; row++) {
		const struct schema_row *up;
		char parent[128];

		CU_ASSERT_PTR_EQUAL(schema_find(str_z(row->path)), row);
		CU_ASSERT_TRUE(row->help && row->help[0] && strlen(row->path) < 90);
		CU_ASSERT_TRUE(row->min <= row->max);
		CU_ASSERT_TRUE(row->type != TYPE_CHOICE || row->unit);
		up = parent_of(row->path, parent) ? schema_find(str_z(parent)) : &group;
		CU_ASSERT_PTR_NOT_NULL_FATAL(up);
		CU_ASSERT_TRUE(up->type == TYPE_GROUP || up->type == TYPE_LIST ||
		               up->type == TYPE_ARRAY);
	}
}

static void finds_direct_members_only(void)
{
	const struct schema_row *row = schema_find(CDT_STR("providers[].keys[].id"));

	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	CU_ASSERT_STRING_EQUAL(schema_member(row, CDT_STR("providers[].keys[]")), "id");
	CU_ASSERT_PTR_NULL(schema_member(row, CDT_STR("providers[]")));
	CU_ASSERT_PTR_NULL(schema_member(row, CDT_STR("")));
	CU_ASSERT_PTR_NULL(schema_find(CDT_STR("providers[].keys[]")));
	CU_ASSERT_STRING_EQUAL(schema_member(schema_find(CDT_STR("server")), CDT_STR("")),
	                       "server");
}

static void prints_the_table_as_json(void)
{
	struct jsonscan *scan = mem_new(sizeof *scan);
	struct json *all, *workers = NULL;
	struct buf out;

	buf_init(&out, 1 << 20);
	config_print_schema(&out);
	CU_ASSERT_EQUAL_FATAL(jsonscan(scan, str_trim(buf_str(&out))), CDT_OK);
	all = json_parse(str_trim(buf_str(&out)));
	for (size_t i = 0; i < json_count(all); i++)
		if (str_is(json_text(json_get(json_at(all, i), "path")), "server.workers"))
			workers = json_at(all, i);
	CU_ASSERT_TRUE(str_is(json_text(json_get(workers, "type")), "int|auto"));
	CU_ASSERT_TRUE(str_is(json_text(json_get(workers, "default")), "auto"));
	CU_ASSERT_TRUE(str_is(json_text(json_get(workers, "unit")), "threads"));
	CU_ASSERT_EQUAL(json_i64(json_get(workers, "max"), 0), 256);
	CU_ASSERT_FALSE(json_flag(json_get(workers, "reloadable"), 1));
	CU_ASSERT_TRUE(json_text(json_get(workers, "help")).n > 0);
	json_free(all);
	buf_fini(&out);
	mem_free(scan);
}

static const struct unit_test tests[] = {
	{ "every member has a parent, a help and is there once",
	  every_member_has_a_parent_a_help_and_is_there_once },
	{ "finds direct members only", finds_direct_members_only },
	{ "prints the table as JSON", prints_the_table_as_json },
	{ NULL, NULL }
};
const struct unit_suite config_schema_suite = { "config/schema", tests };
