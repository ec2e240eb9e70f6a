/* unit/base/mem_test.c - allocation that does not fail.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdint.h>
#include <string.h>

#include "unit/unit.h"

static void new_memory_is_zeroed(void)
{
	char *p = mem_new(100);

	memset(p, 'x', 100);
	mem_free(p);
	p = mem_new_array(10, 10);
	for (size_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(p[i], 0);
	mem_free(p);
}

static void nothing_can_be_had_and_freed(void)
{
	void *p = mem_new(0);

	CU_ASSERT_PTR_NOT_NULL(p);
	mem_free(p);
	mem_free(NULL);
}

static void resizing_keeps_what_was_there(void)
{
	char *p = mem_text("abc", 3);

	p = mem_resize(p, 1000);
	CU_ASSERT_STRING_EQUAL(p, "abc");
	mem_free(p);
}

static void text_is_copied_and_ended(void)
{
	char source[] = { 'a', 'b', 'c', 'd' };
	char *p = mem_text(source, 2);

	source[0] = 'x';
	CU_ASSERT_STRING_EQUAL(p, "ab");
	mem_free(p);
	p = mem_text(NULL, 0);
	CU_ASSERT_STRING_EQUAL(p, "");
	mem_free(p);
}

static void trying_for_too_much_says_so(void)
{
	volatile size_t too_much = SIZE_MAX;

	CU_ASSERT_PTR_NULL(mem_try(NULL, too_much));
}

static const struct unit_test tests[] = {
	{ "new memory is zeroed", new_memory_is_zeroed },
	{ "nothing can be had and freed", nothing_can_be_had_and_freed },
	{ "resizing keeps what was there", resizing_keeps_what_was_there },
	{ "text is copied and ended", text_is_copied_and_ended },
	{ "trying for too much says so", trying_for_too_much_says_so },
	{ NULL, NULL },
};
const struct unit_suite base_mem_suite = { "base/mem", tests };
