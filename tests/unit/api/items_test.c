/* unit/api/items_test.c - which things a request for embeddings asks for, and which piece of an
 * answer is whose.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "api/openai/openai.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "unit/api/rig.h"

enum { MOST = 4 };

static const struct surface_items *ops = &openai_embedding_items;

static void splits_what_each_alone_could_be_asked_for(void)
{
	static const struct { const char *input; size_t count; const char *last; } rows[] = {
		{ "\"a\"", 1, "\"a\"" },
		{ "[\"a\"]", 1, "\"a\"" },
		{ "[ \"a,]\" , \"b\\\"\" ]", 2, "\"b\\\"\"" },
		{ "[1, 2,3]", 1, "[1, 2,3]" },
		{ "[[1],[2,3]]", 2, "[2,3]" },
		{ "[\"a\",\"b\",\"c\",\"d\"]", 4, "\"d\"" },
		{ "[\"a\",\"b\",\"c\",\"d\",\"e\"]", 0, NULL },
		{ "[\"a\",1]", 0, NULL }, { "[[1],\"a\"]", 0, NULL }, { "[1.5]", 0, NULL },
		{ "[{\"a\":1}]", 0, NULL }, { "[null]", 0, NULL }, { "[]", 0, NULL },
		{ "{}", 0, NULL }, { "5", 0, NULL }, { "", 0, NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cdt_str items[MOST];
		size_t n = ops->split(str_z(rows[i].input), items, MOST);

		CU_ASSERT_EQUAL(n, rows[i].count);
		CU_ASSERT_EQUAL(ops->split(str_z(rows[i].input), NULL, MOST), rows[i].count);
		if (n)
			CU_ASSERT_TRUE(str_is(items[n - 1], rows[i].last));
	}
}

#define V(i, v) "{\"object\":\"embedding\",\"index\":" #i ",\"embedding\":" v "}"

static bool has(cdt_str part, const char *text)
{
	return memmem(part.p, part.n, text, strlen(text)) != NULL;
}

static void each_piece_goes_where_it_says(void)
{
	static const struct { const char *body; bool fine; } rows[] = {
		{ "{\"data\":[" V(0, "[1]") "," V(1, "[2]") "]}", true },
		{ " { \"usage\":{}, \"data\" : [ " V(1, "[2]") " , " V(0, "[1]") " ] } ", true },
		{ "{\"data\":[{\"embedding\":[1]},{\"embedding\":[2]}]}", true },
		{ "{\"data\":[" V(0, "\"AAAA\"") "," V(1, "\"BBBB\"") "]}", true },
		{ "{\"data\":[" V(0, "[1]") "]}", false },
		{ "{\"data\":[" V(0, "[1]") "," V(0, "[2]") "]}", false },
		{ "{\"data\":[" V(0, "[1]") "," V(2, "[2]") "]}", false },
		{ "{\"data\":[" V(0, "[1]") "," V(-1, "[2]") "]}", false },
		{ "{\"data\":[" V(0, "[1]") "," V(1, "[2]") "," V(1, "[2]") "]}", false },
		{ "{\"data\":[" V(0, "[]") "," V(1, "[2]") "]}", false },
		{ "{\"data\":[" V(0, "null") "," V(1, "[2]") "]}", false },
		{ "{\"data\":[" V(0, "[1]") "," V(1, "[2") "]}", false },
		{ "{\"data\":[" V(0, "[1]") ",{\"index\":1,\"embedding\":[2", false },
		{ "{\"data\":{}}", false }, { "[]", false }, { "", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cdt_str parts[2];
		cdt_status st = ops->parts(str_z(rows[i].body), parts, 2);

		CU_ASSERT_EQUAL(st == CDT_OK, rows[i].fine);
		CU_ASSERT_TRUE(st != CDT_OK || has(parts[0], "[1]") || has(parts[0], "AAAA"));
		CU_ASSERT_TRUE(st != CDT_OK || has(parts[1], "[2]") || has(parts[1], "BBBB"));
	}
}

static void no_byte_behind_the_end_is_read(void)
{
	static const char body[] = "{\"data\":[" V(1, "[1,-2.5e3]") "," V(0, "\"AA==\"") "]}";

	for (size_t n = 0; n < sizeof body; n++) {
		char *copy = mem_new(n ? n : 1);
		cdt_str parts[2], items[MOST];

		memcpy(copy, body, n);
		for (int i = 0; n && i < 8; i++) {
			copy[rand_below((uint32_t)n)] = "\"\\[]{},:0"[rand_below(9)];
			(void)ops->parts((cdt_str){ copy, n }, parts, 2);
			(void)ops->split((cdt_str){ copy, n }, items, MOST);
		}
		mem_free(copy);
	}
}

static void joined_pieces_have_the_places_of_the_request(void)
{
	static const char want[] =
		"{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,"
		"\"embedding\":[2]},{\"index\":1,\"embedding\":[1]},{\"object\":\"embedding\","
		"\"index\":2,\"embedding\":[2]}],\"model\":\"a\\\"b\","
		"\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}";
	const cdt_str parts[] = { CDT_STR(V(17, "[2]")), CDT_STR("{\"embedding\":[1]}"),
	                          CDT_STR(V(17, "[2]")) };
	struct apirig r;

	apirig_init(&r, &openai_embeddings, "{\"model\":\"a\\\"b\",\"input\":\"x\"}");
	CU_ASSERT_EQUAL(r.x.surface->decode(&r.x), CDT_OK);
	CU_ASSERT_EQUAL(ops->join(&r.x, parts, 3, 7, &r.out), CDT_OK);
	CU_ASSERT_TRUE(str_is(buf_str(&r.out), want));
	apirig_fini(&r);
}

static const struct unit_test tests[] = {
	{ "items are split when each alone could be asked for",
	  splits_what_each_alone_could_be_asked_for },
	{ "each piece of an answer goes where it says", each_piece_goes_where_it_says },
	{ "no byte behind the end is read", no_byte_behind_the_end_is_read },
	{ "joined pieces have the places of the request",
	  joined_pieces_have_the_places_of_the_request },
	{ NULL, NULL }
};
const struct unit_suite api_items_suite = { "api/items", tests };
