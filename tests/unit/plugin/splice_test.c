/* unit/plugin/splice_test.c - the client's text with members changed, byte for byte.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/str.h"
#include "plugin/host.h"
#include "plugin/provider.h"
#include "unit/plugin/rig.h"
#include "unit/unit.h"

enum { CHANGES_MAX = 4 };

struct change { const char *member, *value; };         /* value "": leave it out */

static const char *const drop[] = { "routing", "cache_control", NULL };

struct row {
	const char *text;
	struct change change[CHANGES_MAX];
	const char *want;
	size_t pieces;                         /* 0: not looked at */
};

static const struct row rows[] = {
	/* nothing to change: one piece, every byte as it was */
	{ "{}", { { 0 } }, "{}", 1 },
	{ " \n{ } ", { { 0 } }, " \n{ } ", 1 },
	{ "{\"a\":1}", { { 0 } }, "{\"a\":1}", 1 },
	{ " { \"a\" : 1 , \"b\" : [ 2 ] } \n", { { 0 } },
	  " { \"a\" : 1 , \"b\" : [ 2 ] } \n", 1 },
	/* one value, at each place */
	{ "{\"m\":1}", { { "m", "2" } }, "{\"m\":2}", 3 },
	{ "{\"m\":1,\"b\":2}", { { "m", "9" } }, "{\"m\":9,\"b\":2}", 3 },
	{ "{\"a\":1,\"m\":2,\"b\":3}", { { "m", "9" } }, "{\"a\":1,\"m\":9,\"b\":3}", 3 },
	{ "{\"a\":1,\"m\":2}", { { "m", "9" } }, "{\"a\":1,\"m\":9}", 3 },
	{ "{ \"a\" : 1 , \"m\" : \"x\" , \"b\" : 3 }", { { "m", "\"longer\"" } },
	  "{ \"a\" : 1 , \"m\" : \"longer\" , \"b\" : 3 }", 3 },
	/* several */
	{ "{\"m\":1,\"s\":2}", { { "s", "b" }, { "m", "a" } }, "{\"m\":a,\"s\":b}", 5 },
	{ "{\"m\":1,\"x\":0,\"s\":2}", { { "m", "a" }, { "s", "b" } },
	  "{\"m\":a,\"x\":0,\"s\":b}", 5 },
	/* added at the end */
	{ "{}", { { "n", "1" } }, "{\"n\":1}", 4 },
	{ "{ }", { { "n", "1" } }, "{\"n\":1 }", 4 },
	{ "{\"a\":1}", { { "n", "2" } }, "{\"a\":1,\"n\":2}", 4 },
	{ "{\"a\":1 }\n", { { "n", "2" }, { "o", "3" } }, "{\"a\":1,\"n\":2,\"o\":3 }\n", 6 },
	{ "{\"a\":1}", { { "q\"\n", "2" } }, "{\"a\":1,\"q\\\"\\n\":2}", 4 },
	/* left out: first, middle, last, only, runs of them */
	{ "{\"d\":1,\"a\":2}", { { "d", "" } }, "{\"a\":2}", 2 },
	{ "{\"a\":1,\"d\":2,\"b\":3}", { { "d", "" } }, "{\"a\":1,\"b\":3}", 2 },
	{ "{\"a\":1,\"d\":2}", { { "d", "" } }, "{\"a\":1}", 2 },
	{ "{\"d\":1}", { { "d", "" } }, "{}", 2 },
	{ "{\"d\":1,\"e\":2,\"a\":3}", { { "d", "" }, { "e", "" } }, "{\"a\":3}", 2 },
	{ "{\"a\":3,\"d\":1,\"e\":2}", { { "d", "" }, { "e", "" } }, "{\"a\":3}", 2 },
	{ "{\"d\":1,\"a\":3,\"e\":2}", { { "d", "" }, { "e", "" } }, "{\"a\":3}", 3 },
	{ "{\"a\":0,\"d\":1,\"e\":2,\"b\":3}", { { "d", "" }, { "e", "" } },
	  "{\"a\":0,\"b\":3}", 2 },
	{ "{\"a\":1}", { { "absent", "" } }, "{\"a\":1}", 1 },
	/* our own members never go on */
	{ "{\"routing\":{\"x\":[1,2]},\"a\":1}", { { 0 } }, "{\"a\":1}", 2 },
	{ "{\"a\":1,\"cache_control\":{},\"b\":2,\"routing\":1}", { { 0 } },
	  "{\"a\":1,\"b\":2}", 3 },
	{ "{\"routing\":1}", { { "n", "2" } }, "{\"n\":2}", 4 },
	{ "{\"a\":1,\"routing\":1}", { { "n", "2" } }, "{\"a\":1,\"n\":2}", 4 },
	{ "{\"rout\\u0069ng\":1,\"a\":1}", { { 0 } }, "{\"a\":1}", 2 },
	{ "{\"routing2\":1,\"a\":1}", { { 0 } }, "{\"routing2\":1,\"a\":1}", 1 },
	/* dropped and changed side by side */
	{ "{\"routing\":1,\"m\":2,\"a\":3}", { { "m", "9" } }, "{\"m\":9,\"a\":3}", 0 },
	{ "{\"m\":2,\"routing\":1,\"a\":3}", { { "m", "9" } }, "{\"m\":9,\"a\":3}", 0 },
	{ "{\"m\":2,\"routing\":1}", { { "m", "9" } }, "{\"m\":9}", 0 },
	{ "{\"m\":2,\"routing\":1}", { { "m", "" }, { "n", "5" } }, "{\"n\":5}", 0 },
	{ "{\"m\":1,\"d\":2,\"s\":3}", { { "m", "a" }, { "d", "" }, { "s", "b" } },
	  "{\"m\":a,\"s\":b}", 0 },
	/* a name in disguise is the same name */
	{ "{\"\\u006d\":1,\"a\":2}", { { "m", "9" } }, "{\"\\u006d\":9,\"a\":2}", 0 },
	/* only the outermost level is looked at */
	{ "{\"a\":{\"m\":1,\"routing\":2},\"m\":3}", { { "m", "9" } },
	  "{\"a\":{\"m\":1,\"routing\":2},\"m\":9}", 0 },
	{ "{\"a\":\"}\\\",{\",\"m\":3}", { { "m", "9" } }, "{\"a\":\"}\\\",{\",\"m\":9}", 0 },
	{ "{\"\":1,\"m\":3}", { { "m", "9" } }, "{\"\":1,\"m\":9}", 0 },
};

static void check(const struct row *r)
{
	struct patch patch[CHANGES_MAX];
	struct native_body native;
	struct jsonscan scan;
	struct outreq o;
	struct arena a;
	size_t count = 0;
	char *body;

	arena_init(&a, 1024, 1 << 20);
	outreq_init(&o, &a, 1 << 20);
	CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, str_z(r->text)), CDT_OK);
	native = (struct native_body){ str_z(r->text), scan.member, scan.count, drop };
	for (; count < CHANGES_MAX && r->change[count].member; count++) {
		patch[count].member = str_z(r->change[count].member);
		patch[count].used = false;
		patch[count].text = str_z(r->change[count].value);
	}
	CU_ASSERT_EQUAL(splice(&native, patch, count, &o), CDT_OK);
	body = plugrig_body(&o);
	CU_ASSERT_STRING_EQUAL(body, r->want);
	if (r->pieces)
		CU_ASSERT_EQUAL(o.piece_count, r->pieces);
	mem_free(body);
	outreq_fini(&o);
	arena_fini(&a);
}

static void changes_adds_and_leaves_out_members(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(&rows[i]);
}

static void points_into_the_clients_text(void)
{
	static const char text[] = "{\"model\":\"x\",\"messages\":[\"a long one\"]}";
	struct native_body native;
	struct jsonscan scan;
	struct outreq o;
	struct arena a;

	arena_init(&a, 1024, 1 << 20);
	outreq_init(&o, &a, 1 << 20);
	CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, str_z(text)), CDT_OK);
	native = (struct native_body){ str_z(text), scan.member, scan.count, NULL };
	CU_ASSERT_EQUAL(splice(&native, NULL, 0, &o), CDT_OK);
	CU_ASSERT_EQUAL(o.piece_count, 1);
	CU_ASSERT_PTR_EQUAL(o.piece[0].p, text);
	outreq_fini(&o);
	arena_fini(&a);
}

static void refuses_more_pieces_than_a_request_has(void)
{
	struct native_body native = { .text = CDT_STR("{}") };
	struct outreq o;
	struct arena a;

	arena_init(&a, 1024, 1 << 20);
	outreq_init(&o, &a, 1 << 20);
	o.piece_count = OUTREQ_PIECES_MAX;
	CU_ASSERT_EQUAL(splice(&native, NULL, 0, &o), CDT_E_LIMIT);
	outreq_fini(&o);
	arena_fini(&a);
}

static const struct unit_test tests[] = {
	{ "changes, adds and leaves out members", changes_adds_and_leaves_out_members },
	{ "points into the client's text", points_into_the_clients_text },
	{ "refuses more pieces than a request has", refuses_more_pieces_than_a_request_has },
	{ NULL, NULL },
};
const struct unit_suite plugin_splice_suite = { "plugin/splice", tests };
