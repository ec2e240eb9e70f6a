/* unit/base/arena_test.c - memory that is freed all at once.
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

static void pieces_are_zeroed_and_aligned(void)
{
	struct arena a;

	arena_init(&a, 64, 1 << 20);
	for (size_t size = 1; size < 3000; size += 7) {
		char *p = arena_take(&a, size);

		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		CU_ASSERT_EQUAL((uintptr_t)p % alignof(max_align_t), 0);
		CU_ASSERT_EQUAL(p[0], 0);
		CU_ASSERT_EQUAL(p[size - 1], 0);
		memset(p, 'x', size);
	}
	arena_fini(&a);
}

static void the_cap_holds_and_the_arena_goes_on(void)
{
	struct arena a;

	arena_init(&a, 64, 1000);
	CU_ASSERT_PTR_NOT_NULL(arena_take(&a, 600));
	CU_ASSERT_PTR_NULL(arena_take(&a, 401));
	CU_ASSERT_PTR_NULL(arena_take(&a, SIZE_MAX));
	CU_ASSERT_PTR_NOT_NULL(arena_take(&a, 400));
	CU_ASSERT_PTR_NULL(arena_take(&a, 1));
	CU_ASSERT_PTR_NULL(arena_str(&a, CDT_STR("")).p);
	arena_fini(&a);
}

static void big_pieces_are_given_too(void)
{
	struct arena a;
	char *p;

	arena_init(&a, 64, 1 << 20);
	CU_ASSERT_PTR_NOT_NULL(arena_take(&a, 8));
	p = arena_take(&a, 500000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memset(p, 'x', 500000);
	CU_ASSERT_PTR_NOT_NULL(arena_take(&a, 8));
	CU_ASSERT_EQUAL(a.used_bytes, 500016);
	arena_fini(&a);
}

static void a_copy_of_text_is_ended(void)
{
	struct arena a;
	cdt_str s;

	arena_init(&a, 64, 1000);
	s = arena_str(&a, (cdt_str){ "abcdef", 3 });
	CU_ASSERT_EQUAL(s.n, 3);
	CU_ASSERT_STRING_EQUAL(s.p, "abc");
	s = arena_str(&a, (cdt_str){ NULL, 0 });
	CU_ASSERT_EQUAL(s.n, 0);
	CU_ASSERT_STRING_EQUAL(s.p, "");
	arena_fini(&a);
}

static void printing_takes_short_and_long_text(void)
{
	struct arena a;
	cdt_str s;

	arena_init(&a, 64, 2000);
	s = arena_print(&a, "%s-%d", "x", 42);
	CU_ASSERT_TRUE(str_is(s, "x-42"));
	s = arena_print(&a, "%0*d", 1000, 7);
	CU_ASSERT_EQUAL(s.n, 1000);
	CU_ASSERT_EQUAL(s.p[999], '7');
	CU_ASSERT_EQUAL(s.p[1000], '\0');
	CU_ASSERT_PTR_NULL(arena_print(&a, "%0*d", 1000, 7).p);
	arena_fini(&a);
}

static void going_back_frees_what_came_after(void)
{
	struct arena a;
	struct arena_mark mark;
	char *before, *after;

	arena_init(&a, 64, 10000);
	before = arena_take(&a, 16);
	before[0] = 'b';
	mark = arena_here(&a);
	after = arena_take(&a, 16);
	memset(after, 'x', 16);
	CU_ASSERT_PTR_NOT_NULL(arena_take(&a, 5000));
	CU_ASSERT_PTR_NULL(arena_take(&a, 5000));
	arena_back(&a, mark);
	CU_ASSERT_EQUAL(before[0], 'b');
	CU_ASSERT_PTR_EQUAL(arena_take(&a, 16), after);
	CU_ASSERT_EQUAL(after[0], 0);
	CU_ASSERT_PTR_NOT_NULL(arena_take(&a, 5000));
	arena_fini(&a);
}

static void a_mark_of_an_empty_arena_empties_it(void)
{
	struct arena a;
	struct arena_mark mark;

	arena_init(&a, 64, 1000);
	mark = arena_here(&a);
	CU_ASSERT_PTR_NOT_NULL(arena_take(&a, 1000));
	arena_back(&a, mark);
	CU_ASSERT_EQUAL(a.used_bytes, 0);
	CU_ASSERT_PTR_NULL(a.block);
	arena_fini(&a);
	CU_ASSERT_PTR_NOT_NULL(arena_take(&a, 1000));
	arena_fini(&a);
}

static const struct unit_test tests[] = {
	{ "pieces are zeroed and aligned", pieces_are_zeroed_and_aligned },
	{ "the cap holds and the arena goes on", the_cap_holds_and_the_arena_goes_on },
	{ "big pieces are given, too", big_pieces_are_given_too },
	{ "a copy of text is ended", a_copy_of_text_is_ended },
	{ "printing takes short and long text", printing_takes_short_and_long_text },
	{ "going back frees what came after", going_back_frees_what_came_after },
	{ "a mark of an empty arena empties it", a_mark_of_an_empty_arena_empties_it },
	{ NULL, NULL },
};
const struct unit_suite base_arena_suite = { "base/arena", tests };
