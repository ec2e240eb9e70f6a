/* unit/base/jsonlazy_test.c - a document over text answers like a tree.
 * SPDX-License-Identifier: MIT */
#include "base/json.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/str.h"
#include "unit/unit.h"

#define ANSWER \
	" {\"id\":\"chatcmpl-1\",\"k\\u0065y\":\"a\\nb\",\"n\":null,\"f\":true,\"i\":-12," \
	"\"r\":1.5," \
	"\"big\":99999999999999999999,\"list\":[{\"a\":1}],\"usage\":{\"in\":7}} "

struct doc { struct arena arena; struct json_lazy *lazy; cdt_val root; };

static void doc_open(struct doc *d, cdt_str text, size_t cap_bytes)
{
	arena_init(&d->arena, 1024, cap_bytes);
	d->lazy = json_lazy_new(&d->arena, text);
	d->root = json_lazy_val(d->lazy);
}

static void doc_close(struct doc *d)
{
	json_lazy_free(d->lazy);
	arena_fini(&d->arena);
}

static void members_are_read_from_their_spans(void)
{
	struct doc d;
	cdt_val v;

	doc_open(&d, CDT_STR(ANSWER), 10000);
	CU_ASSERT_EQUAL(cdt_type(d.root), CDT_MAP);
	CU_ASSERT_EQUAL(cdt_count(d.root), 9);
	CU_ASSERT_TRUE(str_is(cdt_text(cdt_get(d.root, "id")), "chatcmpl-1"));
	v = cdt_get(d.root, "key");
	CU_ASSERT_TRUE(str_is(cdt_text(v), "a\nb"));
	CU_ASSERT_TRUE(str_is(cdt_text(v), "a\nb"));
	CU_ASSERT_TRUE(str_is(v.api->raw(v), "\"a\\nb\""));
	CU_ASSERT_EQUAL(cdt_type(cdt_get(d.root, "n")), CDT_NULL);
	v = cdt_get(d.root, "f");
	CU_ASSERT_EQUAL(v.api->flag(v, 7), 1);
	CU_ASSERT_EQUAL(cdt_i64(cdt_get(d.root, "i"), 0), -12);
	v = cdt_get(d.root, "r");
	CU_ASSERT_EQUAL(cdt_type(v), CDT_REAL);
	CU_ASSERT_EQUAL(v.api->f64(v, 0), 1.5);
	CU_ASSERT_EQUAL(cdt_i64(v, 42), 42);
	CU_ASSERT_EQUAL(cdt_i64(cdt_get(d.root, "big"), 0), INT64_MAX);
	doc_close(&d);
}

static void trees_are_made_once_when_asked_for(void)
{
	struct doc d;
	cdt_val a, b;

	doc_open(&d, CDT_STR(ANSWER), 10000);
	a = cdt_get(d.root, "usage");
	b = cdt_get(d.root, "usage");
	CU_ASSERT_PTR_EQUAL(a.node, b.node);
	CU_ASSERT_EQUAL(cdt_i64(cdt_get(a, "in"), 0), 7);
	CU_ASSERT_EQUAL(cdt_i64(cdt_get(cdt_at(cdt_get(d.root, "list"), 0), "a"), 0), 1);
	doc_close(&d);
}

static void every_node_answers_every_question(void)
{
	struct doc d;
	static const char *const keys[] = { "id", "n", "f", "i", "none" };
	size_t it = 0;
	cdt_str key;
	cdt_val v;

	doc_open(&d, CDT_STR(ANSWER), 10000);
	CU_ASSERT_TRUE(str_is(cdt_text(d.root), ""));
	CU_ASSERT_EQUAL(cdt_i64(d.root, 7), 7);
	CU_ASSERT_EQUAL(d.root.api->f64(d.root, 7), 7);
	CU_ASSERT_EQUAL(d.root.api->flag(d.root, 7), 7);
	CU_ASSERT_EQUAL(cdt_type(cdt_at(d.root, 0)), CDT_ABSENT);
	for (size_t i = 0; i < 5; i++) {
		v = cdt_get(d.root, keys[i]);
		it = 0;
		CU_ASSERT_EQUAL(cdt_count(v), 0);
		CU_ASSERT_EQUAL(cdt_type(cdt_get(v, "x")), CDT_ABSENT);
		CU_ASSERT_EQUAL(cdt_type(cdt_at(v, 0)), CDT_ABSENT);
		CU_ASSERT_EQUAL(v.api->next(v, &it, &key, &v), 0);
		CU_ASSERT_EQUAL(cdt_text(v).n, i == 0 ? 10 : 0);
		CU_ASSERT_EQUAL(cdt_i64(v, 5), i == 3 ? -12 : 5);
		CU_ASSERT_EQUAL(v.api->f64(v, 5), i == 3 ? -12 : 5);
		CU_ASSERT_EQUAL(v.api->flag(v, 5), i == 2 ? 1 : 5);
	}
	doc_close(&d);
}

static void a_walk_sees_all_members(void)
{
	struct doc d;
	size_t it = 0, i = 0;
	cdt_str key, text = str_trim(CDT_STR(ANSWER));
	cdt_val v;

	doc_open(&d, CDT_STR(ANSWER), 10000);
	for (; d.root.api->next(d.root, &it, &key, &v); i++)
		if (i == 1)
			CU_ASSERT_TRUE(str_is(key, "key"));
	CU_ASSERT_EQUAL(i, 9);
	CU_ASSERT_TRUE(str_eq(d.root.api->raw(d.root), text));
	doc_close(&d);
}

static void maps_inside_are_walked_too(void)
{
	static const struct {
		const char *key;
		uint32_t type;
		int64_t n;
		const char *text;
	} all[] = {
		{ "a", CDT_INT, 12, "" }, { "bA", CDT_TEXT, 0, "x\n\"}" },
		{ "c", CDT_LIST, 0, "" }, { "d\xc3\xa9", CDT_REAL, 0, "" },
		{ "e", CDT_MAP, 0, "" }, { "a key of more than 16 bytes", CDT_NULL, 0, "" },
	};
	struct doc d;
	cdt_val map, v;
	cdt_str key;
	size_t it = 0, i = 0;

	doc_open(&d, CDT_STR("{\"m\":{ \"a\" : 12 ,\n\"b\\u0041\":\"x\\n\\\"}\", "
	                     "\"c\":[ {\"}\":1} ],\"d\xc3\xa9\":2E0,\"e\":{\"x\":\"{\"}\t,"
	                     "\"a key of more than 16 bytes\":null\r}}"), 10000);
	map = cdt_get(d.root, "m");
	for (; map.api->next(map, &it, &key, &v) && i < 6; i++) {
		CU_ASSERT_TRUE(str_is(key, all[i].key));
		CU_ASSERT_EQUAL(cdt_type(v), all[i].type);
		CU_ASSERT_EQUAL(cdt_i64(v, 0), all[i].type == CDT_REAL ? 2 : all[i].n);
		CU_ASSERT_TRUE(str_is(cdt_text(v), all[i].text));
	}
	CU_ASSERT_EQUAL(i, 6);
	CU_ASSERT_EQUAL(cdt_count(map), 6);
	CU_ASSERT_TRUE(str_is(cdt_text(cdt_get(cdt_get(map, "e"), "x")), "{"));
	doc_close(&d);
}

static void other_texts_become_trees(void)
{
	struct doc d;
	struct buf b;

	doc_open(&d, CDT_STR(" [1,2] "), 10000);
	CU_ASSERT_EQUAL(cdt_count(d.root), 2);
	doc_close(&d);
	doc_open(&d, CDT_STR("{}"), 10000);
	CU_ASSERT_EQUAL(cdt_type(d.root), CDT_MAP);
	CU_ASSERT_EQUAL(cdt_count(d.root), 0);
	doc_close(&d);
	buf_init(&b, 100000);
	for (int i = 0; i < 200; i++)
		buf_print(&b, "%c\"k%d\":%d", i ? ',' : '{', i, i);
	buf_add_c(&b, '}');
	doc_open(&d, buf_str(&b), 10000);
	CU_ASSERT_EQUAL(cdt_i64(cdt_get(d.root, "k199"), 0), 199);
	doc_close(&d);
	buf_fini(&b);
}

static void small_arenas_do_not_change_the_answer(void)
{
	for (size_t cap = 0; cap < 1500; cap += 10) {
		struct doc d;

		doc_open(&d, CDT_STR(ANSWER), cap);
		if (d.lazy)
			CU_ASSERT_TRUE(str_is(cdt_text(cdt_get(d.root, "key")), "a\nb"));
		CU_ASSERT_EQUAL(cdt_type(d.root), d.lazy ? CDT_MAP : CDT_ABSENT);
		doc_close(&d);
	}
	json_lazy_free(NULL);
}

static const struct unit_test tests[] = {
	{ "members are read from their spans", members_are_read_from_their_spans },
	{ "trees are made once when asked for", trees_are_made_once_when_asked_for },
	{ "every node answers every question", every_node_answers_every_question },
	{ "a walk sees all members", a_walk_sees_all_members },
	{ "maps inside are walked, too", maps_inside_are_walked_too },
	{ "other texts become trees", other_texts_become_trees },
	{ "small arenas do not change the answer", small_arenas_do_not_change_the_answer },
	{ NULL, NULL },
};
const struct unit_suite base_jsonlazy_suite = { "base/jsonlazy", tests };
