/* unit/base/map_test.c - from bytes to pointers.
 * SPDX-License-Identifier: MIT */
#include "base/map.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "unit/unit.h"

static cdt_str numbered(char room[16], size_t i)
{
	(void)snprintf(room, 16, "key%zu", i);
	return str_z(room);
}

static void finds_what_was_put(void)
{
	struct map m;
	int a, b;

	map_init(&m);
	CU_ASSERT_PTR_NULL(map_find(&m, CDT_STR("x")));
	CU_ASSERT_PTR_NULL(map_put(&m, CDT_STR("x"), &a));
	CU_ASSERT_PTR_EQUAL(map_find(&m, CDT_STR("x")), &a);
	CU_ASSERT_PTR_EQUAL(map_put(&m, CDT_STR("x"), &b), &a);
	CU_ASSERT_PTR_EQUAL(map_find(&m, CDT_STR("x")), &b);
	CU_ASSERT_EQUAL(m.count, 1);
	CU_ASSERT_PTR_NULL(map_find(&m, CDT_STR("x\0")));
	CU_ASSERT_PTR_NULL(map_put(&m, CDT_STR(""), &a));
	CU_ASSERT_PTR_EQUAL(map_find(&m, (cdt_str){ NULL, 0 }), &a);
	map_fini(&m);
}

static void keys_are_copies(void)
{
	struct map m;
	char key[] = "abc";
	int v;

	map_init(&m);
	(void)map_put(&m, str_z(key), &v);
	key[0] = 'x';
	CU_ASSERT_PTR_EQUAL(map_find(&m, CDT_STR("abc")), &v);
	CU_ASSERT_PTR_NULL(map_find(&m, str_z(key)));
	map_fini(&m);
}

static void lent_keys_go_with_their_values(void)
{
	struct item { char name[4]; } *items[3];
	struct map m;

	map_init_lent(&m);
	for (size_t i = 0; i < 3; i++) {
		items[i] = mem_new(sizeof **items);
		memcpy(items[i]->name, i < 2 ? "one" : "two", 4);
	}
	CU_ASSERT_PTR_NULL(map_put(&m, str_z(items[0]->name), items[0]));
	CU_ASSERT_PTR_EQUAL(map_put(&m, str_z(items[1]->name), items[1]), items[0]);
	mem_free(items[0]);                            /* a sanitizer sees who looks at it */
	CU_ASSERT_PTR_NULL(map_put(&m, str_z(items[2]->name), items[2]));
	CU_ASSERT_PTR_EQUAL(map_find(&m, CDT_STR("one")), items[1]);
	CU_ASSERT_PTR_EQUAL(map_remove(&m, CDT_STR("one")), items[1]);
	mem_free(items[1]);
	CU_ASSERT_PTR_NULL(map_find(&m, CDT_STR("one")));
	CU_ASSERT_PTR_EQUAL(map_find(&m, CDT_STR("two")), items[2]);
	CU_ASSERT_EQUAL(m.count, 1);
	mem_free(items[2]);
	map_fini(&m);
}

static void thousands_come_and_go(void)
{
	enum { COUNT = 5000 };
	static char values[COUNT], there[COUNT];
	struct map m;
	char key[16];
	size_t left = 0;

	memset(there, 0, sizeof there);
	map_init(&m);
	for (size_t step = 0; step < 40000; step++) {
		size_t i = (size_t)rand_below(COUNT);
		void *before;

		if (rand_below(2))
			before = map_put(&m, numbered(key, i), &values[i]);
		else
			before = map_remove(&m, numbered(key, i));
		CU_ASSERT_PTR_EQUAL(before, there[i] ? &values[i] : NULL);
		there[i] = map_find(&m, numbered(key, i)) != NULL;
	}
	for (size_t i = 0; i < COUNT; i++) {
		CU_ASSERT_EQUAL(map_find(&m, numbered(key, i)) != NULL, there[i]);
		left += there[i] != 0;
	}
	CU_ASSERT_EQUAL(m.count, left);
	map_fini(&m);
}

static void a_walk_sees_each_key_once(void)
{
	struct map m;
	char key[16];
	int seen[100] = { 0 };
	size_t it = 0, count = 0;
	cdt_str k;
	void *v;

	map_init(&m);
	CU_ASSERT_FALSE(map_next(&m, &it, &k, &v));
	for (size_t i = 0; i < 100; i++)
		(void)map_put(&m, numbered(key, i), &seen[i]);
	for (it = 0; map_next(&m, &it, &k, &v); count++)
		++*(int *)v;
	CU_ASSERT_EQUAL(count, 100);
	for (size_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(seen[i], 1);
	map_fini(&m);
}

/* Changing any one of the n bytes of text changes the hash. */
static bool all_count(char *text, size_t n)
{
	uint64_t plain = hash_bytes(str_from(text, n));
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		text[i] ^= 1;
		ok = ok && hash_bytes(str_from(text, n)) != plain;
		text[i] ^= 1;
	}
	return ok && hash_bytes(str_from(text, n)) == plain;
}

static void the_hash_depends_on_every_byte(void)
{
	char text[34] = { 0 };

	for (size_t n = 0; n <= 32; n++) {
		CU_ASSERT_TRUE(all_count(text, n));
		CU_ASSERT_NOT_EQUAL(hash_bytes(str_from(text, n)),
		                    hash_bytes(str_from(text, n + 1)));
	}
}

static const struct unit_test tests[] = {
	{ "finds what was put", finds_what_was_put },
	{ "keys are copies", keys_are_copies },
	{ "lent keys go with their values", lent_keys_go_with_their_values },
	{ "thousands come and go", thousands_come_and_go },
	{ "a walk sees each key once", a_walk_sees_each_key_once },
	{ "the hash depends on every byte", the_hash_depends_on_every_byte },
	{ NULL, NULL },
};
const struct unit_suite base_map_suite = { "base/map", tests };
