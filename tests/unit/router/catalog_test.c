/* unit/router/catalog_test.c - records of the catalogue, exactly; the whole file; damaged ones.
 * SPDX-License-Identifier: MIT */
#include "router/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "router/catalog_record.h"
#include "unit/unit.h"

#define TODAY "2026-11-21"
#define META "{\"meta\":{\"currency\":\"USD\",\"sources\":{\"generated\":\"2026-11-20\"}},\n"
#define NO PRICE_UNKNOWN

/* --- numbers --- */

static void numbers_are_exact_and_rounded_up(void)
{
	static const struct { const char *text; int power; int64_t want; } rows[] = {
		{ "0", 6, 0 }, { "3", 6, 3000000 }, { "0.15", 6, 150000 }, { "2.50", 6, 2500000 },
		{ "0.000001", 6, 1 }, { "0.0000001", 6, 1 }, { "1.0000000", 6, 1000000 },
		{ "1.0000001", 6, 1000001 }, { "3.333e-05", 12, 33330000 }, { "5E-6", 12, 5000000 },
		{ "1e-30", 6, 1 }, { "0e-999", 6, 0 }, { "0e99999999999", 6, 0 },
		{ "1e+3", 6, 1000000000 }, { "1.5e3", 6, 1500000000 }, { "12.5e-1", 6, 1250000 },
		{ "0.00010278", 12, 102780000 }, { "0.30000000000000004", 6, 300001 },
		{ "0.299999999999999988897769753748434596", 6, 300000 },
		{ "1000000", 6, 1000000000000 }, { "999999.9999999", 6, 1000000000000 },
	};
	static const char *const refused[] = {
		"-1", "-0", "-0.5", "1000000.0000001", "1000001", "1e6000", "1e300", "1e13",
		"99999999999999999999999", NULL
	};
	int64_t v = 7;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		v = -7;
		CU_ASSERT(record_number(str_z(rows[i].text), rows[i].power, 1000000000000, &v));
		if (v != rows[i].want)
			fprintf(stderr, "\n%s: %" PRId64 "\n", rows[i].text, v);
		CU_ASSERT_EQUAL(v, rows[i].want);
	}
	v = 7;
	for (const char *const *r = refused; *r; r++)
		CU_ASSERT_FALSE(record_number(str_z(*r), 6, 1000000000000, &v));
	CU_ASSERT_EQUAL(v, 7);
}

/* --- records --- */

static bool read_record(const char *text, const char *today, struct catalog_model *m)
{
	char why[RECORD_WHY_SIZE] = "";

	memset(m, 0x55, sizeof *m);
	if (record_read(str_z(text), today, m, why))
		return true;
	fprintf(stderr, "\n%s: %s\n", text, why);
	return false;
}

static void check_rates(const struct price_tier *tier, const int64_t want[PRICE_KINDS])
{
	for (int k = 0; k < PRICE_KINDS; k++)
		CU_ASSERT_EQUAL(tier->rate[k], want[k]);
}

static void every_kind_of_token_has_its_rate(void)
{
	static const int64_t want[PRICE_KINDS] = {
		[PRICE_INPUT] = 1000000, [PRICE_CACHED_INPUT] = 100000,
		[PRICE_CACHE_WRITE] = 1250000, [PRICE_CACHE_WRITE_HOUR] = 2000000,
		[PRICE_AUDIO_IN] = 3000000, [PRICE_OUTPUT] = 4000000,
		[PRICE_REASONING] = 5000000, [PRICE_AUDIO_OUT] = 6000000,
		[PRICE_IMAGE_IN] = 7000000, [PRICE_IMAGE_OUT] = 8000000,
	};
	struct catalog_model m;

	CU_ASSERT_FATAL(read_record("{\"mode\":\"chat\",\"ctx\":1000,\"max_out\":100,\"price\":{\"in\":1,"
	                      "\"cr\":0.1,\"cw\":1.25,\"cw1h\":2,\"ain\":3,\"out\":4,\"rout\":5,"
	                      "\"aout\":6,\"iin\":7,\"iout\":8,\"page\":9,\"sec_in\":8},\"deprecated\":true}", TODAY, &m));
	CU_ASSERT(m.is_priced && price_ok(&m.price));
	CU_ASSERT_EQUAL(m.price.tier_count, 1);
	check_rates(&m.price.tier[0], want);
	CU_ASSERT_EQUAL(m.context_window, 1000);
	CU_ASSERT_EQUAL(m.max_output, 100);
	CU_ASSERT_EQUAL(m.price.per_second, NO);       /* tokens say it already */
}

static void fees_count_where_tokens_cost_nothing(void)
{
	struct catalog_model m;

	CU_ASSERT_FATAL(read_record("{\"price\":{\"img\":0.04,\"img_in\":0.01,\"sec_in\":0.0001,"
	                            "\"asec_in\":0.0003,\"char_in\":15,\"request\":0.005,"
	                            "\"query\":0.002}}", TODAY, &m));
	CU_ASSERT(m.is_priced);
	CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_INPUT], 0);
	CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_OUTPUT], 0);
	CU_ASSERT_EQUAL(m.price.per_image, 40000000000);
	CU_ASSERT_EQUAL(m.price.per_second, 300000000);
	CU_ASSERT_EQUAL(m.price.per_character, 15000000);
	CU_ASSERT_EQUAL(m.price.per_call, 7000000000);
	CU_ASSERT_EQUAL(m.context_window, -1);
	CU_ASSERT_FATAL(read_record("{\"price\":{\"in\":0,\"out\":2.8,\"request\":0.005,"
	                            "\"img_in\":1}}", TODAY, &m));
	CU_ASSERT_EQUAL(m.price.per_call, 5000000000);
	CU_ASSERT_EQUAL(m.price.per_image, NO);
	CU_ASSERT_FATAL(read_record("{\"mode\":\"embedding\",\"price\":{\"in\":0.1,"
	                            "\"img_in\":0.0001}}", TODAY, &m));
	CU_ASSERT_EQUAL(m.price.per_image, 100000000);
}

static int64_t picture(const struct price *p, const char *size, const char *quality)
{
	struct price_shape shape = { str_z(size), str_z(quality) };

	return price_of_picture(p, &shape);
}

static void pictures_have_a_price_by_size_and_quality(void)
{
	struct catalog_model m;

	CU_ASSERT_FATAL(read_record("{\"mode\":\"image_generation\",\"price\":{\"img\":0.04},"
	                            "\"img_by\":{\"hd/1024x1024\":0.08,\"hd/1024x1792\":0.12,"
	                            "\"standard/1024x1024\":0.04,\"512x512\":0.018}}", TODAY, &m));
	CU_ASSERT(m.is_priced && price_ok(&m.price) && !m.price.pictures_in_tokens);
	CU_ASSERT_EQUAL(m.price.picture_count, 4);
	CU_ASSERT_EQUAL(picture(&m.price, "1024x1792", "hd"), 120000000000);
	CU_ASSERT_EQUAL(picture(&m.price, "1024x1024", ""), 40000000000);
	CU_ASSERT_EQUAL(picture(&m.price, "512x512", ""), 18000000000);
	CU_ASSERT_EQUAL(picture(&m.price, "", ""), 40000000000);
	CU_ASSERT_EQUAL(picture(&m.price, "auto", "auto"), 120000000000);
	CU_ASSERT_EQUAL(picture(&m.price, "", "hd"), 120000000000);
	CU_ASSERT_EQUAL(picture(&m.price, "64x64", ""), 120000000000);        /* the dearest */
	CU_ASSERT_EQUAL(picture(&m.price, "1024x1024", "fine"), 80000000000);
	CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_OUTPUT], 0);
	CU_ASSERT_FATAL(read_record("{\"mode\":\"image_generation\","
	                            "\"img_by\":{\"512x512\":0.036}}", TODAY, &m));
	CU_ASSERT(m.is_priced);
	CU_ASSERT_EQUAL(picture(&m.price, "", ""), 36000000000);
}

static void pictures_in_tokens_have_rates_of_their_own(void)
{
	struct catalog_model m;

	CU_ASSERT_FATAL(read_record("{\"price\":{\"in\":5,\"iin\":10,\"iout\":40},\"tiers\":[{"
	                            "\"above\":10,\"in\":7,\"iout\":50}]}", TODAY, &m));
	CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_INPUT], 5000000);
	CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_IMAGE_IN], 10000000);
	CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_IMAGE_OUT], 40000000);
	CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_OUTPUT], NO);
	CU_ASSERT_EQUAL(m.price.tier[1].rate[PRICE_IMAGE_OUT], 50000000);
	CU_ASSERT_FALSE(m.price.pictures_in_tokens);
	CU_ASSERT_FATAL(read_record("{\"mode\":\"image_generation\",\"price\":{\"in\":5,"
	                            "\"iout\":40},\"img_by\":{\"low/1x1\":0.01}}", TODAY, &m));
	CU_ASSERT_TRUE(m.price.pictures_in_tokens);
	CU_ASSERT_EQUAL(m.price.picture_count, 1);
}

static void a_ranking_is_billed_by_the_search(void)
{
	struct catalog_model m;

	CU_ASSERT_FATAL(read_record("{\"mode\":\"rerank\",\"price\":{\"query\":0.002}}", TODAY,
	                            &m));
	CU_ASSERT_EQUAL(m.price.per_search, 2000000000);
	CU_ASSERT_EQUAL(m.price.per_call, NO);
}

static void nothing_is_free_that_has_a_price_we_can_not_count(void)
{
	struct catalog_model m;

	CU_ASSERT_FATAL(read_record("{\"price\":{\"in\":0,\"vsec_out\":0.1}}", TODAY, &m));
	CU_ASSERT_FALSE(m.is_priced);
	CU_ASSERT_FATAL(read_record("{\"price\":{\"in\":0,\"vsec_out\":0}}", TODAY, &m));
	CU_ASSERT_TRUE(m.is_priced);
	CU_ASSERT_FATAL(read_record("{\"price\":{\"in\":1,\"vsec_out\":0.1}}", TODAY, &m));
	CU_ASSERT_TRUE(m.is_priced);
}

static void what_a_model_can_do_and_how_long(void)
{
	static const struct {
		const char *record;
		enum life life;
		const char *ends;
	} lives[] = {
		{ "{}", LIFE_GOOD, "" }, { "{\"deprecated\":false}", LIFE_GOOD, "" },
		{ "{\"deprecated\":true}", LIFE_DEPRECATED, "" },
		{ "{\"deprecated\":\"2026-11-21\"}", LIFE_ENDED, "2026-11-21" },
		{ "{\"deprecated\":\"2026-11-22\"}", LIFE_DEPRECATED, "2026-11-22" },
	};
	struct catalog_model m;

	for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
		CU_ASSERT_FATAL(read_record(lives[i].record, TODAY, &m));
		CU_ASSERT_EQUAL(m.known.life, lives[i].life);
		CU_ASSERT(str_is(m.known.ends, lives[i].ends));
	}
	CU_ASSERT_FATAL(read_record("{\"mode\":\"chat\",\"caps\":[\"tools\",\"json_schema\","
	                            "\"unheard_of\"],\"dims\":7,\"released\":\"1970-01-02\"}",
	                            TODAY, &m));
	CU_ASSERT(abilities_have(m.known.abilities, CDT_STR("chat")));
	CU_ASSERT(abilities_have(m.known.abilities, CDT_STR("tools")));
	CU_ASSERT(abilities_have(m.known.abilities, CDT_STR("function_calling")));
	CU_ASSERT(abilities_have(m.known.abilities, CDT_STR("json_mode")));
	CU_ASSERT_FALSE(abilities_have(m.known.abilities, CDT_STR("vision")));
	CU_ASSERT_FALSE(abilities_have(m.known.abilities, CDT_STR("unheard_of")));
	CU_ASSERT(m.known.dims == 7 && m.known.released_s == 86400);
	CU_ASSERT_TRUE(ability_same(CDT_STR("text_to_speech"), CDT_STR("speech")));
	CU_ASSERT_TRUE(ability_same(CDT_STR("own-word"), CDT_STR("own-word")));
	CU_ASSERT_FALSE(ability_same(CDT_STR("own-word"), CDT_STR("other")));
}

static void what_has_no_price_is_unknown_not_free(void)
{
	static const char *const rows[] = {
		"{}", "{\"ctx\":5}", "{\"price\":{}}", "{\"price\":{\"vsec_out\":0.1,\"page\":1}}",
		"{\"batch\":{\"in\":1,\"out\":2}}", "{\"dated\":[{\"from\":null}]}",
		"{\"tiers\":[{\"above\":0,\"query\":0.1},{\"above\":0,\"query\":0.2}]}", NULL
	};
	struct catalog_model m;

	for (const char *const *r = rows; *r; r++) {
		CU_ASSERT_FATAL(read_record(*r, TODAY, &m));
		CU_ASSERT_FALSE(m.is_priced);
	}
	CU_ASSERT_FATAL(read_record("{\"price\":{\"in\":0,\"out\":0}}", TODAY, &m));
	CU_ASSERT(m.is_priced);
}

static void tiers_follow_each_other(void)
{
	struct catalog_model m;

	CU_ASSERT_FATAL(read_record("{\"tiers\":[{\"above\":0,\"in\":0.4,\"rout\":4,\"out\":1.2},"
	                            "{\"above\":256000,\"in\":1.2,\"out\":3.6},"
	                            "{\"above\":256000,\"tier\":\"flex\",\"in\":9}]}", TODAY, &m));
	CU_ASSERT(m.is_priced && price_ok(&m.price));
	CU_ASSERT_EQUAL_FATAL(m.price.tier_count, 2);
	CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_INPUT], 400000);
	CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_REASONING], 4000000);
	CU_ASSERT_EQUAL(m.price.tier[1].above, 256000);
	CU_ASSERT_EQUAL(m.price.tier[1].rate[PRICE_INPUT], 1200000);
	CU_ASSERT_EQUAL(m.price.tier[1].rate[PRICE_REASONING], NO);
}

static void the_newest_date_that_has_come_counts(void)
{
	static const char text[] =
		"{\"price\":{\"in\":9,\"out\":9,\"cw\":1},\"dated\":["
		"{\"from\":\"2026-08-21\",\"in\":4,\"out\":20},{\"from\":null,\"in\":5,\"out\":30},"
		"{\"from\":\"2027-01-01\",\"in\":8,\"out\":40}]}";
	static const struct { const char *today; int64_t in, out; } rows[] = {
		{ "2026-08-20", 5000000, 30000000 }, { "2026-08-21", 4000000, 20000000 },
		{ "2026-12-31", 4000000, 20000000 }, { "2027-01-01", 8000000, 40000000 },
	};
	struct catalog_model m;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CU_ASSERT_FATAL(read_record(text, rows[i].today, &m));
		CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_INPUT], rows[i].in);
		CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_OUTPUT], rows[i].out);
		CU_ASSERT_EQUAL(m.price.tier[0].rate[PRICE_CACHE_WRITE], 1000000);
	}
}

static void bad_records_say_what_is_wrong(void)
{
	static const struct { const char *record, *why; } rows[] = {
		{ "[]", "a record must be a map" },
		{ "{\"price\":3}", "price must be a map" },
		{ "{\"price\":{\"in\":-1}}", "price.in must be USD, 0 to 1000000" },
		{ "{\"price\":{\"in\":\"1\"}}", "price.in must be USD, 0 to 1000000" },
		{ "{\"price\":{\"out\":null}}", "price.out must be USD, 0 to 1000000" },
		{ "{\"price\":{\"img\":1e9}}", "price.img must be USD, 0 to 1000000" },
		{ "{\"ctx\":0}", "ctx must be a count of tokens" },
		{ "{\"ctx\":1.5}", "ctx must be a count of tokens" },
		{ "{\"max_out\":2147483648}", "max_out must be a count of tokens" },
		{ "{\"max_out\":-1}", "max_out must be a count of tokens" },
		{ "{\"tiers\":{}}", "tiers must be a list" },
		{ "{\"tiers\":[1]}", "tiers must be a map" },
		{ "{\"tiers\":[{\"in\":1}]}", "tiers.above must be a count of tokens" },
		{ "{\"tiers\":[{\"above\":-1,\"in\":1}]}", "tiers.above must be a count of tokens" },
		{ "{\"tiers\":[{\"above\":5,\"in\":-1}]}", "tiers.in must be USD, 0 to 1000000" },
		{ "{\"tiers\":[{\"above\":5,\"in\":1},{\"above\":5,\"in\":2}]}",
		  "tiers must be in order" },
		{ "{\"tiers\":[{\"above\":5,\"in\":1},{\"above\":0,\"in\":2}]}",
		  "tiers must be in order" },
		{ "{\"tiers\":[{\"above\":1,\"in\":1},{\"above\":2,\"in\":1},{\"above\":3,\"in\":1},"
		  "{\"above\":4,\"in\":1}]}", "more than 3 tiers" },
		{ "{\"dated\":7}", "dated must be a list" },
		{ "{\"caps\":7}", "caps must be a list" },
		{ "{\"dims\":0}", "dims must be a count" },
		{ "{\"deprecated\":\"soon\"}", "deprecated must be a date or a flag" },
		{ "{\"released\":1}", "released must be a date" },
		{ "{\"img_by\":[]}", "img_by must be a map" },
		{ "{\"img_by\":{\"big\":1}}", "img_by.big must be [QUALITY/]WIDTHxHEIGHT" },
		{ "{\"img_by\":{\"hd/1x1\":-1}}", "img_by.hd/1x1 must be USD, 0 to 1000000" },
		{ "{\"dated\":[{\"in\":1}]}", "dated.from must be a date or null" },
		{ "{\"dated\":[{\"from\":\"soon\"}]}", "dated.from must be a date or null" },
		{ "{\"dated\":[{\"from\":null,\"in\":-1}]}", "dated.in must be USD, 0 to 1000000" },
	};
	char why[RECORD_WHY_SIZE];
	struct catalog_model m;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		why[0] = '\0';
		CU_ASSERT_FALSE(record_read(str_z(rows[i].record), TODAY, &m, why));
		CU_ASSERT_STRING_EQUAL(why, rows[i].why);
	}
}

/* --- lists and names --- */

static const char *const both[] = { "alpha", "beta", "alpha", NULL };

static void names_lose_their_date_only_when_they_must(void)
{
	static const char text[] = META "\"models\":{\"alpha\":{\n"
		"\"m\":{\"price\":{\"in\":1}},\"m-2024-08-06\":{\"price\":{\"in\":2}},\n"
		"\"free-latest\":{\"price\":{\"in\":3}}},\"beta\":{},\"gamma\":{\"m\":{}}}}";
	static const struct { const char *asked, *name; } rows[] = {
		{ "m", "m" }, { "m-2024-08-06", "m-2024-08-06" }, { "m-2025-01-01", "m" },
		{ "m-20250101", "m" }, { "m@20250101", "m" }, { "m@001", "m" }, { "m-latest", "m" },
		{ "free-latest", "free-latest" }, { "free", NULL }, { "m:free", NULL },
		{ "m-001", NULL }, { "m-2025-01", NULL }, { "m-mini", NULL }, { "m@", NULL },
		{ "@001", NULL }, { "-latest", NULL }, { "-2025-01-01", NULL }, { "-20250101", NULL },
		{ "m@123456789", NULL }, { "m-latest-latest", NULL }, { "", NULL }, { "M", NULL },
		{ "m-2025-01-01:free", NULL }, { "m--latest", NULL },
	};
	struct catalog_fault fault;
	struct catalog *c = catalog_read(str_z(text), TODAY, both, &fault);
	const struct catalog_list *l;
	struct catalog_model m;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	l = catalog_list(c, CDT_STR("alpha"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT(str_is(catalog_list_name(l), "alpha"));
	CU_ASSERT(str_is(catalog_date(c), "2026-11-20"));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool found = catalog_find(c, l, str_z(rows[i].asked), &m);
		bool same = rows[i].name ? found && str_is(m.name, rows[i].name) : !found;

		if (!same)
			fprintf(stderr, "\n'%s'\n", rows[i].asked);
		CU_ASSERT(same);
	}
	CU_ASSERT_PTR_NOT_NULL(catalog_list(c, CDT_STR("beta")));
	CU_ASSERT_PTR_NULL(catalog_list(c, CDT_STR("gamma")));         /* was not wanted */
	CU_ASSERT_FALSE(catalog_find(c, catalog_list(c, CDT_STR("beta")), CDT_STR("m"), &m));
	CU_ASSERT_STRING_EQUAL(catalog_nearest(c, CDT_STR("gama")), "gamma");
	CU_ASSERT_PTR_NULL(catalog_nearest(c, CDT_STR("something")));
	catalog_free(c);
	catalog_free(NULL);
}

static void damaged_catalogues_are_refused_with_their_line(void)
{
	static const struct { const char *text; uint32_t line; const char *why; } rows[] = {
		{ "", 1, "" },
		{ META "\n\"models\":{}", 3, "" },
		{ META "\"models\":{\"a\":{},\n\"a\":{}}}", 3, "a" },
		{ "[]", 1, "it is no catalogue of models: \"meta\" and \"models\" must be maps" },
		{ "{}", 1, "it is no catalogue of models: \"meta\" and \"models\" must be maps" },
		{ "{\"meta\":{\"currency\":\"EUR\"},\n\"models\":{}}", 1,
		  "meta.currency must be \"USD\"" },
		{ "{\"meta\":{\"currency\":\"USD\"},\n\"models\":{}}", 1,
		  "meta.sources.generated must be a date" },
		{ META "\"models\":{\n\"a\":[]}}", 3, "a list must have a name and be a map" },
		{ META "\"models\":{\n\"\":{}}}", 3, "a list must have a name and be a map" },
		{ META "\"models\":{\"a\":{\n\n\"m\\u0041\":{}}}}", 4,
		  "a model of 'a' has a name that can not be asked for" },
		{ META "\"models\":{\"a\":{\n\"m\":{},\n\"n\":{\"price\":{\"in\":-1}}}}}", 4,
		  "a/n: price.in must be USD, 0 to 1000000" },
	};
	struct catalog_fault fault;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		memset(&fault, 0x55, sizeof fault);
		CU_ASSERT_PTR_NULL(catalog_read(str_z(rows[i].text), TODAY, both, &fault));
		CU_ASSERT_EQUAL(fault.line, rows[i].line);
		if (!strstr(fault.why, rows[i].why) || !fault.why[0])
			fprintf(stderr, "\n%s: %s\n", rows[i].text, fault.why);
		CU_ASSERT(strstr(fault.why, rows[i].why) != NULL && fault.why[0]);
	}
}

static void files_that_can_not_be_read_say_why(void)
{
	struct catalog_fault fault;

	CU_ASSERT_PTR_NULL(catalog_open("/nowhere/models.json", TODAY, both, &fault));
	CU_ASSERT_EQUAL(fault.line, 0);
	CU_ASSERT_STRING_EQUAL(fault.why, "No such file or directory");
	CU_ASSERT_PTR_NULL(catalog_open("/dev/null", TODAY, both, &fault));
	CU_ASSERT_STRING_EQUAL(fault.why, "Invalid argument");
	CU_ASSERT_PTR_NULL(catalog_open("/", TODAY, both, &fault));
	CU_ASSERT_STRING_EQUAL(fault.why, "Invalid argument");
}

/* --- the catalogue that we ship --- */

static char *shipped_path(char path[512])
{
	const char *dir = getenv("CONDUIT_SRCDIR");

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	(void)snprintf(path, 512, "%s/etc/models.json", dir);
	return path;
}

static struct json *shipped_tree(void)
{
	char path[512];
	FILE *f = fopen(shipped_path(path), "r");
	struct json *tree;
	struct buf text;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	buf_init(&text, 16 << 20);
	while (buf_reserve(&text, 65536) == CDT_OK) {
		size_t n = fread(text.p + text.n, 1, 65536, f);

		text.n += n;
		if (!n)
			break;
	}
	(void)fclose(f);
	tree = json_parse(buf_str(&text));
	buf_fini(&text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
	return tree;
}

/* By other means: what json-c read of the record. */
static bool agrees(const struct json *record, const struct catalog_model *m)
{
	static const struct { const char *name; int kind; } members[] = {
		{ "cr", PRICE_CACHED_INPUT }, { "cw", PRICE_CACHE_WRITE },
		{ "cw1h", PRICE_CACHE_WRITE_HOUR }, { "ain", PRICE_AUDIO_IN },
		{ "rout", PRICE_REASONING }, { "aout", PRICE_AUDIO_OUT }, { "in", PRICE_INPUT },
		{ "iin", PRICE_IMAGE_IN }, { "iout", PRICE_IMAGE_OUT },
		{ "out", PRICE_OUTPUT },
	};
	const struct json *price = json_get(record, "price");

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const struct json *v = json_get(price, members[i].name);
		int64_t rate = m->price.tier[0].rate[members[i].kind];
		double off = v ? (double)rate - json_f64(v, -1) * 1e6 : 0;

		if (!v || json_get(record, "dated") || json_get(record, "tiers"))
			continue;
		if (members[i].kind == PRICE_OUTPUT)
			off = off > 0 ? 0 : off;       /* video may be dearer */
		if (off < -0.01 || off > 1.01)
			return false;
	}
	return m->context_window == json_i64(json_get(record, "ctx"), -1) &&
	       m->max_output == json_i64(json_get(record, "max_out"), -1);
}

static size_t check_list(const struct catalog *c, const struct json *models, cdt_str name)
{
	const struct json *list = json_get(models, name.p);
	const struct catalog_list *l = catalog_list(c, name);
	cdt_val v = json_val(list), record;
	size_t it = 0, bad = 0;
	struct catalog_model m;
	cdt_str id;

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	while (v.api->next(v, &it, &id, &record)) {
		const struct json *r = json_get(list, id.p), *price = json_get(r, "price");
		bool found = catalog_find(c, l, id, &m) && str_eq(m.name, id);
		bool priced = json_get(price, "in") || json_get(price, "out");

		if (found && agrees(r, &m) && (!priced || m.is_priced) &&
		    (!m.is_priced || price_ok(&m.price)))
			continue;
		fprintf(stderr, "\n%.*s/%.*s\n", STR_ARG(name), STR_ARG(id));
		bad++;
	}
	return bad;
}

static void every_record_that_we_ship_is_read(void)
{
	struct json *tree = shipped_tree();
	const struct json *models = json_get(tree, "models");
	const char *names[512] = { NULL };
	cdt_val v = json_val(models), list;
	size_t it = 0, bad = 0, lists = 0;
	struct catalog_fault fault;
	char path[512];
	struct catalog *c;
	cdt_str name;

	while (lists < 511 && v.api->next(v, &it, &name, &list))
		names[lists++] = name.p;
	c = catalog_open(shipped_path(path), TODAY, names, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	for (size_t i = 0; i < lists; i++)
		bad += check_list(c, models, str_z(names[i]));
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT(lists > 50);
	catalog_free(c);
	json_free(tree);
}

struct well_known {
	const char *list, *model;
	int64_t in, cached, out;                       /* pico-USD a token */
	size_t tiers;
	int64_t above, in_above;
};

static void check_known(const struct well_known *row, const struct price *p)
{
	CU_ASSERT_EQUAL(p->tier[0].rate[PRICE_INPUT], row->in);
	CU_ASSERT_EQUAL(p->tier[0].rate[PRICE_CACHED_INPUT], row->cached);
	CU_ASSERT_EQUAL(p->tier[0].rate[PRICE_OUTPUT], row->out);
	CU_ASSERT_EQUAL(p->tier_count, row->tiers);
	if (row->tiers < 2)
		return;
	CU_ASSERT_EQUAL(p->tier[1].above, row->above);
	CU_ASSERT_EQUAL(p->tier[1].rate[PRICE_INPUT], row->in_above);
}

static void well_known_models_cost_what_they_cost(void)
{
	static const char *const wanted[] = { "openai", "anthropic", "gemini", "groq", "mistral",
		"cohere", "deepseek", NULL };
	static const struct well_known rows[] = {
		{ "openai", "gpt-4o", 2500000, 1250000, 10000000, 1, 0, 0 },
		{ "openai", "gpt-4o-2024-05-13", 5000000, NO, 15000000, 1, 0, 0 },
		{ "openai", "gpt-4o-mini", 150000, 75000, 600000, 1, 0, 0 },
		{ "openai", "gpt-4.1", 2000000, 500000, 8000000, 1, 0, 0 },
		{ "openai", "o3", 2000000, 500000, 8000000, 1, 0, 0 },
		{ "openai", "gpt-5.6-luna", 200000, 20000, 1200000, 2, 272000, 400000 },
		{ "anthropic", "claude-sonnet-4-5", 3000000, 300000, 15000000, 2, 200000, 6000000 },
		{ "anthropic", "claude-opus-4-6", 5000000, 500000, 25000000, 1, 0, 0 },
		{ "gemini", "gemini-2.5-pro", 1250000, 125000, 10000000, 2, 200000, 2500000 },
		{ "groq", "llama-3.1-8b-instant", 50000, NO, 80000, 1, 0, 0 },
		{ "deepseek", "deepseek-v4-pro", 660000, 22000, 1980000, 1, 0, 0 },
		{ "mistral", "mistral-medium-latest", 1500000, 150000, 7500000, 1, 0, 0 },
	};
	struct catalog_fault fault;
	char path[512];
	struct catalog *c = catalog_open(shipped_path(path), TODAY, wanted, &fault);

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct catalog_list *l = catalog_list(c, str_z(rows[i].list));
		struct catalog_model m;
		bool found = l && catalog_find(c, l, str_z(rows[i].model), &m) && m.is_priced;

		CU_ASSERT_FATAL(found);
		check_known(&rows[i], &m.price);
	}
	catalog_free(c);
}

static const struct unit_test tests[] = {
	{ "numbers are exact and rounded up", numbers_are_exact_and_rounded_up },
	{ "every kind of token has its rate", every_kind_of_token_has_its_rate },
	{ "fees count where tokens cost nothing", fees_count_where_tokens_cost_nothing },
	{ "pictures have a price by size and quality", pictures_have_a_price_by_size_and_quality },
	{ "pictures in tokens have rates of their own", pictures_in_tokens_have_rates_of_their_own },
	{ "a ranking is billed by the search", a_ranking_is_billed_by_the_search },
	{ "nothing is free that has a price we can not count",
	  nothing_is_free_that_has_a_price_we_can_not_count },
	{ "what a model can do, and how long", what_a_model_can_do_and_how_long },
	{ "what has no price is unknown, not free", what_has_no_price_is_unknown_not_free },
	{ "tiers follow each other", tiers_follow_each_other },
	{ "the newest date that has come counts", the_newest_date_that_has_come_counts },
	{ "bad records say what is wrong", bad_records_say_what_is_wrong },
	{ "names lose their date only when they must", names_lose_their_date_only_when_they_must },
	{ "damaged catalogues are refused with their line",
	  damaged_catalogues_are_refused_with_their_line },
	{ "files that can not be read say why", files_that_can_not_be_read_say_why },
	{ "every record that we ship is read", every_record_that_we_ship_is_read },
	{ "well-known models cost what they cost", well_known_models_cost_what_they_cost },
	{ NULL, NULL }
};
const struct unit_suite router_catalog_suite = { "router/catalog", tests };
