/* Which requests are the same, and that no two others are.
 * SPDX-License-Identifier: MIT */
#include "cache/fingerprint.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

struct print { uint8_t bytes[KEPT_KEY_SIZE]; };

static struct print print_of(struct fingerprints *s, const struct fingerprint *like,
                             const char *body)
{
	static struct jsonscan scan;                   /* too large for a stack */
	struct fingerprint f = *like;
	struct ask a = f.ask ? *f.ask : (struct ask){ .n = 1 };
	struct print p;

	CU_ASSERT_EQUAL_FATAL(jsonscan(&scan, str_z(body)), CDT_OK);
	a.members = scan.member;
	a.member_count = scan.count;
	f.ask = &a;
	fingerprint_of(s, &f, p.bytes);
	return p;
}

static const struct fingerprint plain = {
	.scope = "key", .owner = CDT_STR("k1"), .ns = CDT_STR(""), .wish = CDT_STR(""),
	.dialect = CDT_STR("openai.chat"), .route = CDT_STR("m"),
};

static bool same(struct print a, struct print b)
{
	return !memcmp(a.bytes, b.bytes, sizeof a.bytes);
}

static const char usual[] = "{\"a\":1,\"b\":[1,2,\"x y\"],\"c\":{\"d\":null}}";

static void what_does_not_matter(void)
{
	static const char *const alike[] = {
		usual, "{\"c\":{\"d\":null},\"b\":[1,2,\"x y\"],\"a\":1}",
		" { \"a\" : 1 ,\n\t\"b\":[ 1, 2 ,\"x y\" ],\r\n\"c\": { \"d\" :null } } ",
		"{\"a\":1,\"stream\":true,\"b\":[1,2,\"x y\"],\"c\":{\"d\":null}}",
		"{\"user\":\"u\",\"a\":1,\"b\":[1,2,\"x y\"],\"c\":{\"d\":null},\"model\":\"n\"}",
		"{\"\\u0075ser\":\"u\",\"a\":1,\"b\":[1,2,\"x y\"],\"c\":{\"d\":null}}",
	};
	struct fingerprints *s = fingerprints_new();
	struct print first = print_of(s, &plain, usual);

	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
		CU_ASSERT_TRUE(same(first, print_of(s, &plain, alike[i])));
	fingerprints_free(s);
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct print));
}

static void all_else_does(void)
{
	static const char *const other[] = {
		usual, "{}", "{\"a\":1}", "{\"a\":2}", "{\"a\":1.0}", "{\"a\":\"1\"}", "{\"a\":null}",
		"{\"a\":\"null\"}", "{\"a\":[]}", "{\"a\":{}}", "{\"a\":[[]]}", "{\"A\":1}",
		"{\"a\":1,\"b\":1}", "{\"ab\":1}", "{\"a\":\"b\"}", "{\"a\":\"b \"}",
		"{\"a\":\" b\"}", "{\"a\":\"b\\n\"}", "{\"a\":\"b\\\\n\"}", "{\"a\":\"b\\\"\"}",
		"{\"a\":\"b\\\\\"}", "{\"a\":[1,2]}", "{\"a\":[2,1]}", "{\"a\":[12]}",
		"{\"a\":[\"1,2\"]}", "{\"a\":[\"1\",\"2\"]}", "{\"a\":[\"1\\\",\\\"2\"]}",
		"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"users\":1}}",
		"{\"a\":{\"user\":1}}", "{\"a\":{\"stream\":true}}", "{\"a\":\"\\u00e9\"}",
		"{\"a\":\"\\u00e8\"}", "{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\\ud83d\\ude01\"}",
		"{\"a\":true}", "{\"a\":false}", "{\"a\":-1}", "{\"a\":1e0}", "{\"a\":10}",
		"{\"users\":1}", "{\"a\":\"x  y\"}", "{\"a\":\"x y\"}", "{\"a\":\"xy\"}",
	};
	enum { COUNT = sizeof other / sizeof *other };
	struct fingerprints *s = fingerprints_new();
	struct print all[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		all[i] = print_of(s, &plain, other[i]);
	qsort(all, COUNT, sizeof *all, by_bytes);
	for (size_t i = 1; i < COUNT; i++)
		CU_ASSERT_FALSE(same(all[i - 1], all[i]));
	fingerprints_free(s);
}

/* Pieces do not run into each other, whatever they are. */
static void whose_and_where_matters(void)
{
	struct fingerprint f[16];
	struct fingerprints *s = fingerprints_new();
	struct print all[16];
	size_t n = 0;

	for (size_t i = 0; i < 16; i++)
		f[i] = plain;
	f[++n].scope = "global";
	f[++n].owner = CDT_STR("k2");
	f[++n].owner = CDT_STR("");
	f[++n].ns = CDT_STR("k1");
	f[++n].wish = CDT_STR("k1");
	f[++n].owner = CDT_STR("k");
	f[n].ns = CDT_STR("1");
	f[++n].ns = CDT_STR("ab");
	f[++n].wish = CDT_STR("ab");
	f[++n].ns = CDT_STR("a");
	f[n].wish = CDT_STR("b");
	f[++n].dialect = CDT_STR("openai.completions");
	f[++n].dialect = CDT_STR("openai.chatm");
	f[n].route = CDT_STR("");
	f[++n].route = CDT_STR("mm");
	f[++n].whole_body = true;
	for (size_t i = 0; i <= n; i++)
		all[i] = print_of(s, &f[i], "{\"a\":1,\"user\":\"u\"}");
	qsort(all, n + 1, sizeof *all, by_bytes);
	for (size_t i = 1; i <= n; i++)
		CU_ASSERT_FALSE(same(all[i - 1], all[i]));
	fingerprints_free(s);
}

static void streams_differ_where_they_must(void)
{
	struct fingerprint f = plain;
	struct fingerprints *s = fingerprints_new();

	f.with_stream = true;
	CU_ASSERT_FALSE(same(print_of(s, &f, "{\"a\":1,\"stream\":true}"),
	                     print_of(s, &f, "{\"a\":1,\"stream\":false}")));
	CU_ASSERT_TRUE(same(print_of(s, &f, "{\"a\":1,\"user\":\"u\"}"),
	                    print_of(s, &f, "{\"a\":1}")));
	fingerprints_free(s);
}

static void the_operator_may_ignore_more(void)
{
	static const char *const names[] = { "metadata", "seed" };
	struct fingerprint f = plain;
	struct fingerprints *s = fingerprints_new();

	f.ignored = names;
	f.ignored_count = 1;
	CU_ASSERT_TRUE(same(print_of(s, &f, "{\"metadata\":{}}"), print_of(s, &f, "{}")));
	CU_ASSERT_FALSE(same(print_of(s, &f, "{\"seed\":1}"), print_of(s, &f, "{}")));
	f.ignored_count = 2;
	CU_ASSERT_TRUE(same(print_of(s, &f, "{\"seed\":1}"), print_of(s, &f, "{}")));
	fingerprints_free(s);
}

static void files_count_with_all_they_are(void)
{
	static const struct cdt_blob each[] = {
		{ .name = CDT_STR("file"), .filename = CDT_STR("a.wav"), .type = CDT_STR("audio/wav"),
		  .data = CDT_STR("sound") },
		{ .name = CDT_STR("file"), .filename = CDT_STR("a.wav"), .type = CDT_STR("audio/wav"),
		  .data = CDT_STR("sounD") },
		{ .name = CDT_STR("file"), .filename = CDT_STR("a.mp3"), .type = CDT_STR("audio/wav"),
		  .data = CDT_STR("sound") },
		{ .name = CDT_STR("file"), .filename = CDT_STR("a.wav"), .type = CDT_STR("audio/mp3"),
		  .data = CDT_STR("sound") },
		{ .name = CDT_STR("mask"), .filename = CDT_STR("a.wav"), .type = CDT_STR("audio/wav"),
		  .data = CDT_STR("sound") },
	};
	enum { COUNT = sizeof each / sizeof *each };
	struct fingerprints *s = fingerprints_new();
	struct fingerprint f = plain;
	struct print all[COUNT + 1];

	for (size_t i = 0; i <= COUNT; i++) {
		struct ask a = { .n = 1, .blobs = &each[i], .blob_count = i < COUNT };

		f.ask = &a;
		all[i] = print_of(s, &f, "{\"file\":{\"blob\":0}}");
	}
	qsort(all, COUNT + 1, sizeof *all, by_bytes);
	for (size_t i = 1; i <= COUNT; i++)
		CU_ASSERT_FALSE(same(all[i - 1], all[i]));
	fingerprints_free(s);
}

/* What goes into the sum in pieces has borders at odd places. */
static void long_texts_are_read_to_their_end(void)
{
	enum { LONG = 3 * 4096 + 5 };
	struct fingerprints *s = fingerprints_new();
	char *body = malloc(LONG + 16);
	struct print last = { { 0 } };

	for (size_t n = LONG - 40; n < LONG; n++) {
		struct print p;

		memcpy(body, "{\"a\":\"", 6);
		memset(body + 6, 'x', n);
		memcpy(body + 6 + n, "\\\"y\"}", 6);
		p = print_of(s, &plain, body);
		CU_ASSERT_FALSE(same(p, last));
		body[6 + n + 2] = 'z';
		CU_ASSERT_FALSE(same(p, print_of(s, &plain, body)));
		last = p;
	}
	free(body);
	fingerprints_free(s);
}

static const struct unit_test tests[] = {
	{ "what does not matter", what_does_not_matter },
	{ "all else does", all_else_does },
	{ "whose and where matters", whose_and_where_matters },
	{ "streams differ where they must", streams_differ_where_they_must },
	{ "the operator may ignore more", the_operator_may_ignore_more },
	{ "files count with all they are", files_count_with_all_they_are },
	{ "long texts are read to their end", long_texts_are_read_to_their_end },
	{ NULL, NULL }
};
const struct unit_suite cache_fingerprint_suite = { "cache/fingerprint", tests };
