/* unit/base/buf_test.c - growing bytes with a cap.
 * SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdint.h>

#include "base/str.h"
#include "unit/unit.h"

static void grows_with_what_is_added(void)
{
	struct buf b;

	buf_init(&b, 100000);
	for (int i = 0; i < 10000; i++)
		buf_add(&b, CDT_STR("0123456789"));
	CU_ASSERT_EQUAL(b.status, CDT_OK);
	CU_ASSERT_EQUAL(b.n, 100000);
	CU_ASSERT_EQUAL(b.p[99999], '9');
	buf_fini(&b);
}

static void past_the_cap_nothing_is_written(void)
{
	struct buf b;

	buf_init(&b, 10);
	buf_add_z(&b, "12345678");
	buf_add_z(&b, "abc");
	CU_ASSERT_EQUAL(b.status, CDT_E_LIMIT);
	buf_add_c(&b, 'x');
	buf_print(&b, "%d", 1);
	CU_ASSERT_TRUE(str_is(buf_str(&b), "12345678"));
	CU_ASSERT_EQUAL(buf_reserve(&b, 1), CDT_E_LIMIT);
	CU_ASSERT_TRUE(b.room <= 10);
	buf_fini(&b);
}

static void the_cap_itself_can_be_reached(void)
{
	struct buf b;

	buf_init(&b, 10);
	buf_print(&b, "%s", "0123456789");
	CU_ASSERT_EQUAL(b.status, CDT_OK);
	CU_ASSERT_TRUE(str_is(buf_str(&b), "0123456789"));
	buf_print(&b, "%s", "");
	CU_ASSERT_EQUAL(b.status, CDT_OK);
	buf_print(&b, "%s", "x");
	CU_ASSERT_EQUAL(b.status, CDT_E_LIMIT);
	buf_fini(&b);
}

static void clearing_forgets_the_error_and_keeps_the_memory(void)
{
	struct buf b;
	char *p;

	buf_init(&b, 4);
	buf_add_z(&b, "1234");
	buf_add_z(&b, "5");
	p = b.p;
	buf_clear(&b);
	CU_ASSERT_EQUAL(b.status, CDT_OK);
	CU_ASSERT_EQUAL(b.n, 0);
	buf_add_z(&b, "ab");
	CU_ASSERT_PTR_EQUAL(b.p, p);
	CU_ASSERT_TRUE(str_is(buf_str(&b), "ab"));
	buf_fini(&b);
}

static void reserved_room_can_be_written_directly(void)
{
	struct buf b;

	buf_init(&b, 1000);
	CU_ASSERT_EQUAL(buf_reserve(&b, 1000), CDT_OK);
	for (size_t i = 0; i < 1000; i++)
		b.p[b.n++] = 'x';
	CU_ASSERT_EQUAL(buf_reserve(&b, 0), CDT_OK);
	CU_ASSERT_EQUAL(buf_reserve(&b, 1), CDT_E_LIMIT);
	buf_fini(&b);
}

static void numbers_are_written_in_full(void)
{
	static const struct { int64_t v; const char *text; } cases[] = {
		{ 0, "0" }, { 7, "7" }, { -7, "-7" }, { 1234567890123, "1234567890123" },
		{ INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b;

		buf_init(&b, 100);
		buf_add_i64(&b, cases[i].v);
		CU_ASSERT_TRUE(str_is(buf_str(&b), cases[i].text));
		buf_fini(&b);
	}
}

static void long_prints_grow_the_buffer(void)
{
	struct buf b;

	buf_init(&b, 5000);
	buf_add_z(&b, "a");
	buf_print(&b, "%0*d", 3000, 1);
	CU_ASSERT_EQUAL(b.n, 3001);
	CU_ASSERT_EQUAL(b.p[3000], '1');
	buf_print(&b, "%0*d", 3000, 1);
	CU_ASSERT_EQUAL(b.status, CDT_E_LIMIT);
	CU_ASSERT_EQUAL(b.n, 3001);
	buf_fini(&b);
}

static void dropping_cuts_the_front_off(void)
{
	struct buf b;

	buf_init(&b, 100);
	buf_drop(&b, 3);
	buf_add_z(&b, "abcdef");
	buf_drop(&b, 2);
	CU_ASSERT_TRUE(str_is(buf_str(&b), "cdef"));
	buf_drop(&b, 100);
	CU_ASSERT_EQUAL(b.n, 0);
	buf_fini(&b);
}

static void an_empty_one_is_an_empty_string(void)
{
	struct buf b;

	buf_init(&b, 100);
	CU_ASSERT_PTR_NOT_NULL(buf_str(&b).p);
	CU_ASSERT_EQUAL(buf_str(&b).n, 0);
	buf_add(&b, (cdt_str){ NULL, 0 });
	CU_ASSERT_EQUAL(b.status, CDT_OK);
	buf_fini(&b);
}

static const struct unit_test tests[] = {
	{ "grows with what is added", grows_with_what_is_added },
	{ "past the cap nothing is written", past_the_cap_nothing_is_written },
	{ "the cap itself can be reached", the_cap_itself_can_be_reached },
	{ "clearing forgets the error and keeps the memory",
	  clearing_forgets_the_error_and_keeps_the_memory },
	{ "reserved room can be written directly", reserved_room_can_be_written_directly },
	{ "numbers are written in full", numbers_are_written_in_full },
	{ "long prints grow the buffer", long_prints_grow_the_buffer },
	{ "dropping cuts the front off", dropping_cuts_the_front_off },
	{ "an empty one is an empty string", an_empty_one_is_an_empty_string },
	{ NULL, NULL },
};
const struct unit_suite base_buf_suite = { "base/buf", tests };
