/* unit/base/jsonw_test.c - JSON straight into a buf.
 * SPDX-License-Identifier: MIT */
#include "base/jsonw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/rand.h"
#include "base/str.h"
#include "unit/unit.h"

enum { CAP = 1 << 20 };

static void a_document_gets_its_commas(void)
{
	struct buf b;
	struct jsonw w;

	buf_init(&b, CAP);
	jsonw_init(&w, &b);
	jsonw_open(&w, '{');
	jsonw_put_z(&w, "model", "a\"b");
	jsonw_key(&w, "list");
	jsonw_open(&w, '[');
	jsonw_i64(&w, -1);
	jsonw_open(&w, '[');
	jsonw_close(&w);
	jsonw_open(&w, '{');
	jsonw_close(&w);
	jsonw_null(&w);
	jsonw_close(&w);
	jsonw_put_flag(&w, "t", true);
	jsonw_put_null(&w, "n");
	jsonw_put_f64(&w, "f", 0.1);
	jsonw_put_raw(&w, "r", CDT_STR("[1,2]"));
	jsonw_put_i64(&w, "i", INT64_MIN);
	jsonw_put_text(&w, "", CDT_STR("x"));
	CU_ASSERT_EQUAL(jsonw_status(&w), CDT_E_MISUSE);
	jsonw_close(&w);
	CU_ASSERT_EQUAL(jsonw_status(&w), CDT_OK);
	CU_ASSERT_TRUE(str_is(buf_str(&b),
	        "{\"model\":\"a\\\"b\",\"list\":[-1,[],{},null],\"t\":true,\"n\":null,"
	        "\"f\":0.1,"
	        "\"r\":[1,2],\"i\":-9223372036854775808,\"\":\"x\"}"));
	buf_fini(&b);
}

static void misuse_keyless(struct jsonw *w) { jsonw_open(w, '{'); jsonw_i64(w, 1); }
static void misuse_key_in_list(struct jsonw *w) { jsonw_open(w, '['); jsonw_key(w, "a"); }
static void misuse_key_outside(struct jsonw *w) { jsonw_key(w, "a"); }
static void misuse_close(struct jsonw *w) { jsonw_close(w); }
static void misuse_brace(struct jsonw *w) { jsonw_open(w, '('); }
static void misuse_empty_raw(struct jsonw *w) { jsonw_raw(w, CDT_STR("")); }
static void misuse_open(struct jsonw *w) { jsonw_open(w, '['); }

static void misuse_two_keys(struct jsonw *w)
{
	jsonw_open(w, '{');
	jsonw_key(w, "a");
	jsonw_key(w, "b");
}

static void misuse_no_value(struct jsonw *w)
{
	jsonw_open(w, '{');
	jsonw_key(w, "a");
	jsonw_close(w);
}

static void misuse_sticks(void)
{
	static void (*const cases[])(struct jsonw *) = {
		misuse_keyless, misuse_key_in_list, misuse_key_outside, misuse_close,
		misuse_brace, misuse_empty_raw, misuse_open, misuse_two_keys, misuse_no_value,
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b;
		struct jsonw w;

		buf_init(&b, CAP);
		jsonw_init(&w, &b);
		cases[i](&w);
		CU_ASSERT_EQUAL(jsonw_status(&w), CDT_E_MISUSE);
		CU_ASSERT_EQUAL(w.out.api->status(&w.out), CDT_E_MISUSE);
		buf_fini(&b);
	}
}

static void caps_stick(void)
{
	struct buf b;
	struct jsonw w;

	buf_init(&b, 4);
	jsonw_init(&w, &b);
	jsonw_z(&w, "too long");
	CU_ASSERT_EQUAL(jsonw_status(&w), CDT_E_LIMIT);
	buf_fini(&b);
	buf_init(&b, CAP);
	jsonw_init(&w, &b);
	for (int i = 0; i < JSONW_DEPTH; i++)
		jsonw_open(&w, '[');
	CU_ASSERT_EQUAL(w.status, CDT_OK);
	jsonw_open(&w, '[');
	CU_ASSERT_EQUAL(jsonw_status(&w), CDT_E_LIMIT);
	buf_fini(&b);
}

static void text_is_escaped_and_mended(void)
{
	static const struct { cdt_str in, out; } cases[] = {
		{ { "", 0 }, { "", 0 } }, { { "plain /", 7 }, { "plain /", 7 } },
		{ { "\"\\", 2 }, { "\\\"\\\\", 4 } },
		{ { "\b\f\n\r\t", 5 }, { "\\b\\f\\n\\r\\t", 10 } },
		{ { "\x01\x1f\x7f", 3 }, { "\\u0001\\u001f\x7f", 13 } },
		{ { "\0", 1 }, { "\\u0000", 6 } },
		{ { "\xc3\xa4\xf0\x9f\x98\x80", 6 }, { "\xc3\xa4\xf0\x9f\x98\x80", 6 } },
		{ { "a\xffz", 3 }, { "a\xef\xbf\xbdz", 5 } },
		{ { "\xed\xa0\x80", 3 }, { "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 9 } },
		{ { "\xc3\xa4\xc3", 3 }, { "\xc3\xa4\xef\xbf\xbd", 5 } },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf b;

		buf_init(&b, CAP);
		json_escape(&b, cases[i].in);
		CU_ASSERT_TRUE(str_eq(buf_str(&b), cases[i].out));
		buf_fini(&b);
	}
}

static void escapes_are_found_at_every_distance(void)
{
	char in[200], out[202];

	for (size_t n = 1; n < sizeof in; n++)
		for (size_t at = n > 70 ? n - 70 : 0; at < n; at++) {
			struct buf b;

			memset(in, 'x', n);
			memset(out, 'x', n + 1);
			in[at] = '\n';
			out[at] = '\\';
			out[at + 1] = 'n';
			buf_init(&b, CAP);
			json_escape(&b, str_from(in, n));
			CU_ASSERT_TRUE(str_eq(buf_str(&b), str_from(out, n + 1)));
			buf_fini(&b);
		}
}

static void reals_read_back_equal(void)
{
	static const struct { double v; const char *text; } cases[] = {
		{ 0, "0" }, { 1, "1" }, { -2, "-2" }, { 0.1, "0.1" }, { 0.7, "0.7" },
		{ 1e15, "1000000000000000" }, { 9007199254740993.0, "9007199254740992" },
		{ 1e22, "1e+22" }, { 1e-7, "1e-07" }, { 1.0 / 3, "0.3333333333333333" },
		{ 5e-324, "4.94065645841247e-324" }, { NAN, "null" }, { INFINITY, "null" },
	};
	char out[JSON_F64_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t n = json_f64_print(cases[i].v, out);

		CU_ASSERT_EQUAL(n, strlen(out));
		CU_ASSERT_STRING_EQUAL(out, cases[i].text);
	}
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = rand_u64();
		double v;

		memcpy(&v, &bits, sizeof v);
		if (!isfinite(v))
			continue;
		(void)json_f64_print(v, out);
		CU_ASSERT_TRUE(strtod(out, NULL) == v);
	}
}

static void a_plugin_writes_through_the_first_member(void)
{
	struct buf b;
	struct jsonw w;
	struct json *tree = json_parse(CDT_STR("{\"a\":[1,2.50],\"n\":null}"));
	cdt_val root = json_val(tree);
	struct cdt_out *out = &w.out;

	buf_init(&b, CAP);
	jsonw_init(&w, &b);
	out->api->bytes(out, CDT_STR("data: "));
	cdt_open(out, '{');
	cdt_put_val(out, "copy", cdt_get(root, "a"));
	cdt_put_val(out, "none", cdt_get(root, "zzz"));
	cdt_put_val(out, "n", cdt_get(root, "n"));
	jsonw_put_val(&w, "none", cdt_get(root, "zzz"));
	cdt_put_i64(out, "i", 7);
	cdt_put_flag(out, "t", 2);
	out->api->key(out, "l");
	cdt_open(out, '[');
	out->api->bytes(out, CDT_STR("{}"));
	out->api->bytes(out, CDT_STR("1"));
	out->api->f64(out, 0.5);
	jsonw_val(&w, cdt_get(root, "zzz"));
	cdt_close(out);
	cdt_put_text(out, "s", CDT_STR("x"));
	cdt_close(out);
	out->api->bytes(out, CDT_STR("\n\n"));
	CU_ASSERT_EQUAL(out->api->status(out), CDT_OK);
	CU_ASSERT_TRUE(str_is(buf_str(&b),
	        "data: {\"copy\":[1,2.50],\"n\":null,\"i\":7,\"t\":true,\"l\":[{},1,0.5,null],"
	        "\"s\":\"x\"}\n\n"));
	CU_ASSERT_EQUAL(out->api->size, sizeof *out->api);
	buf_fini(&b);
	json_free(tree);
}

static const struct unit_test tests[] = {
	{ "a document gets its commas", a_document_gets_its_commas },
	{ "misuse sticks", misuse_sticks },
	{ "caps stick", caps_stick },
	{ "text is escaped and mended", text_is_escaped_and_mended },
	{ "escapes are found at every distance", escapes_are_found_at_every_distance },
	{ "reals read back equal", reals_read_back_equal },
	{ "a plugin writes through the first member",
	  a_plugin_writes_through_the_first_member },
	{ NULL, NULL },
};
const struct unit_suite base_jsonw_suite = { "base/jsonw", tests };
