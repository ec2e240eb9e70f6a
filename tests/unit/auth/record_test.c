/* What is stored of a key, now and by earlier versions; damaged records.
 * SPDX-License-Identifier: MIT */
#include "auth/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "unit/ledger/rig.h"
#include "unit/unit.h"

static const char full[] =
	"{\"name\":\"n\",\"group\":\"crew\",\"policy\":\"fast\","
	"\"models\":[\"gpt-*\",\"claude-3\"],"
	"\"operations\":[\"chat\",\"models\"],\"rpm\":60,\"tpm\":1000,\"shadow\":true,"
	"\"allowed_ips\":[\"10.0.0.0/8\",\"::1\"],\"expires_at\":\"2027-01-31T00:00:00.000Z\","
	"\"budgets\":[{\"usd\":\"10.5\",\"period\":\"month\",\"timezone\":\"Europe/London\","
	"\"models\":[\"gpt-*\",\"x\"],\"hard\":false},{\"usd\":\"0\",\"period\":\"every 5h\"}],"
	"\"cache\":{\"enabled\":true,\"ttl\":\"90m\",\"scope\":\"global\","
	"\"max_temperature\":0.3,\"namespace\":\"crew-7\"},"
	"\"clamp\":true,\"on_disconnect\":\"drain\",\"metadata\":{\"team\":\"x\"},"
	"\"disabled\":true}";

static void use_zones(const char *name)
{
	char dir[RIG_PATH_SIZE];

	CU_ASSERT_EQUAL(setenv("TZDIR", rig_path(name, dir), 1), 0);
}

static struct key *make(const char *text)
{
	struct key *k = mem_new(sizeof *k);
	struct json *body = json_parse(str_z(text));
	struct problem p;
	struct arena a;

	use_zones("");
	arena_init(&a, 1024, 8192);
	CU_ASSERT_EQUAL_FATAL(key_apply_json(k, body, &a, &p), CDT_OK);
	arena_fini(&a);
	json_free(body);
	(void)snprintf(k->id, sizeof k->id, "%s", "abcDEF012345");
	k->version = 3;
	k->created_ms = 1000;
	k->updated_ms = 2000;
	memset(k->hash, 0xa5, sizeof k->hash);
	return k;
}

static struct key *read_back(const struct key *k)
{
	struct buf record;
	struct key *back;

	buf_init(&record, 65536);
	key_encode(k, &record);
	CU_ASSERT_EQUAL(record.status, CDT_OK);
	back = k->is_group ? key_decode_group(str_z(k->name), buf_str(&record))
	                   : key_decode(str_z(k->id), buf_str(&record));
	buf_fini(&record);
	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	return back;
}

static void check_equal(const struct key *one, const struct key *other)
{
	struct buf a, b;
	struct jsonw w;

	buf_init(&a, 65536);
	buf_init(&b, 65536);
	jsonw_init(&w, &a);
	key_print_json(one, &w);
	jsonw_init(&w, &b);
	key_print_json(other, &w);
	CU_ASSERT(str_eq(buf_str(&a), buf_str(&b)));
	CU_ASSERT_EQUAL(memcmp(one->hash, other->hash, sizeof one->hash), 0);
	buf_fini(&a);
	buf_fini(&b);
}

static void check_numbers(const struct key *one, const struct key *other)
{
	CU_ASSERT_EQUAL_FATAL(one->budget_count, other->budget_count);
	for (size_t i = 0; i < one->budget_count; i++) {
		CU_ASSERT_EQUAL(one->budgets[i].number, other->budgets[i].number);
		CU_ASSERT_PTR_EQUAL(one->budgets[i].zone, other->budgets[i].zone);
	}
}

static void a_record_reads_back_equal(void)
{
	static const char *const bodies[] = { full, "{}", "{\"name\":\"only\"}", "{\"rpm\":5}",
	                                      "{\"shadow\":true}",
	                                      "{\"cache\":{\"enabled\":false}}",
	                                      "{\"cache\":{\"max_temperature\":0}}" };

	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct key *k = make(bodies[i]), *back = read_back(k), *copy = key_copy(back);

		check_equal(k, back);
		check_equal(k, copy);
		check_numbers(k, back);
		check_numbers(k, copy);
		key_free(k);
		key_free(back);
		key_free(copy);
	}
}

static void the_largest_key_fits(void)
{
	struct key *k = make(full), *back;

	mem_free(k->metadata);
	k->metadata = mem_new(KEY_METADATA_MAX + 1);
	memset(k->metadata, '7', KEY_METADATA_MAX);    /* a number, to the writer of JSON */
	for (size_t i = 0; i < k->model_count; i++)
		mem_free(k->models[i]);
	mem_free(k->models);
	k->models = mem_new_array(KEY_PATTERNS_MAX, sizeof *k->models);
	k->model_count = KEY_PATTERNS_MAX;
	for (size_t i = 0; i < KEY_PATTERNS_MAX; i++) {
		k->models[i] = mem_new(129);
		memset(k->models[i], 'm', 128);
	}
	back = read_back(k);
	check_equal(k, back);
	key_free(k);
	key_free(back);
}

static void a_former_secret_is_kept_with_its_end(void)
{
	static const uint8_t next[SHA256_SIZE] = { 7 };
	struct key *k = make(full), *back;

	key_rotate(k, next, 9000);
	back = read_back(k);
	CU_ASSERT_PTR_NOT_NULL_FATAL(back->former);
	CU_ASSERT_EQUAL(back->former->until_ms, 9000);
	CU_ASSERT_EQUAL(back->former->hash[0], 0xa5);
	CU_ASSERT_EQUAL(back->hash[0], 7);
	key_free(k);
	key_free(back);
}

static void a_group_keeps_its_balance(void)
{
	struct key *k = make("{\"name\":\"crew\"}"), *back;

	k->is_group = true;
	memset(k->hash, 0, sizeof k->hash);
	CU_ASSERT_TRUE(key_pay_in(k, 0));
	back = read_back(k);
	CU_ASSERT(back->prepaid && back->credit == 0);
	key_free(back);
	CU_ASSERT_TRUE(key_pay_in(k, 25 * MONEY_USD + 1));
	back = read_back(k);
	CU_ASSERT(back->prepaid && back->credit == 25 * MONEY_USD + 1);
	check_equal(k, back);
	key_free(k);
	key_free(back);
}

static void a_zone_that_is_gone_counts_as_utc(void)
{
	struct key *k = make(full), *back;
	struct buf record;

	/* One that this process has not read yet. */
	memcpy(k->budgets[0].timezone, "Europe/Nowher", 13);
	use_zones("nothing");
	buf_init(&record, 65536);
	key_encode(k, &record);
	back = key_decode(str_z(k->id), buf_str(&record));
	CU_ASSERT_PTR_NOT_NULL_FATAL(back);
	CU_ASSERT_PTR_EQUAL(back->budgets[0].zone, zone_utc());
	CU_ASSERT_STRING_EQUAL(back->budgets[0].timezone, "Europe/Nowher");
	CU_ASSERT_EQUAL(back->budgets[0].number, k->budgets[0].number);
	use_zones("");
	buf_fini(&record);
	key_free(k);
	key_free(back);
}

static void damaged_records_are_no_keys(void)
{
	struct key *k = make(full), *back;
	struct buf record;
	size_t read = 0;
	char *cut;

	buf_init(&record, 65536);
	key_encode(k, &record);
	for (size_t n = 0; n < record.n; n++) {
		cut = mem_text(record.p, n);           /* a sanitizer sees what reads past it */
		back = key_decode(str_z(k->id), str_from(cut, n));
		read += back != NULL;
		key_free(back);
		mem_free(cut);
	}
	CU_ASSERT(read < 16);                          /* cut between two members: the rest */
	for (size_t i = 0; i < record.n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			record.p[i] ^= (char)(1 << bit);
			key_free(key_decode(str_z(k->id), buf_str(&record)));
			record.p[i] ^= (char)(1 << bit);
		}
	}
	record.p[0] = 3;
	CU_ASSERT_PTR_NULL(key_decode(str_z(k->id), buf_str(&record)));
	record.p[0] = 2;
	CU_ASSERT_PTR_NULL(key_decode(CDT_STR("short"), buf_str(&record)));
	buf_add(&record, str_from("\xee\0\3abc", 6));  /* of a later version */
	back = key_decode(str_z(k->id), buf_str(&record));
	CU_ASSERT_PTR_NOT_NULL(back);
	key_free(back);
	buf_add(&record, str_from("\4\0\1a", 4));      /* a second name */
	CU_ASSERT_PTR_NULL(key_decode(str_z(k->id), buf_str(&record)));
	buf_fini(&record);
	key_free(k);
}

#define HASH "\"hash\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\""

static void records_of_earlier_versions_are_read(void)
{
	static const char record[] = "{\"v\":1,\"version\":3," HASH ",\"former_hash\":"
		"\"/wECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\",\"former_until_ms\":9000,"
		"\"created_ms\":1000,\"updated_ms\":2000,\"name\":\"n\",\"group\":\"crew\","
		"\"models\":[\"gpt-*\"],\"operations\":[\"chat\"],\"allowed_ips\":[\"10.0.0.0/8\"],"
		"\"rpm\":60,\"shadow\":true,\"expires_at\":\"2027-01-31T00:00:00.000Z\","
		"\"metadata\":{\"team\":\"x\"},\"disabled\":true}";
	struct key *k = key_decode(CDT_STR("abcDEF012345"), str_z(record)), *back;

	CU_ASSERT_PTR_NOT_NULL_FATAL(k);
	CU_ASSERT(k->hash[1] == 1 && k->former->hash[0] == 0xff && k->former->until_ms == 9000);
	CU_ASSERT(k->version == 3 && k->created_ms == 1000 && k->updated_ms == 2000);
	CU_ASSERT_STRING_EQUAL(k->name, "n");
	CU_ASSERT_STRING_EQUAL(k->group, "crew");
	CU_ASSERT_STRING_EQUAL(k->metadata, "{\"team\":\"x\"}");
	CU_ASSERT_EQUAL(key_limits(k)->max[LIMIT_RPM], 60);
	CU_ASSERT(!key_may_address(k, CDT_STR("11.0.0.1")) && !key_may_model(k, CDT_STR("x")));
	CU_ASSERT(k->disabled && k->expires_ms == INT64_C(1801353600000));
	back = read_back(k);
	check_equal(k, back);
	key_free(k);
	key_free(back);
}

static void records_that_we_can_not_read_are_no_keys(void)
{
	static const struct { const char *record; bool good; } cases[] = {
		{ "{\"v\":1,\"version\":1," HASH "}", true },
		{ "{\"v\":1,\"version\":1," HASH ",\"later\":true}", true },
		{ "{\"v\":2,\"version\":1," HASH "}", false },
		{ "{\"version\":1," HASH "}", false },
		{ "{\"v\":1," HASH "}", false },
		{ "{\"v\":1,\"version\":1}", false },
		{ "{\"v\":1,\"version\":1,\"hash\":\"AAEC\"}", false },
		{ "{\"v\":1,\"version\":1," HASH ",\"allowed_ips\":[\"?\"]}", false },
		{ "{\"v\":1,\"version\":1," HASH, false },
		{ "", false },
		{ "7", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct key *k = key_decode(CDT_STR("abcDEF012345"), str_z(cases[i].record));

		CU_ASSERT_EQUAL(k != NULL, cases[i].good);
		key_free(k);
	}
}

static const struct unit_test tests[] = {
	{ "a record reads back equal", a_record_reads_back_equal },
	{ "the largest key fits", the_largest_key_fits },
	{ "a former secret is kept with its end", a_former_secret_is_kept_with_its_end },
	{ "a group keeps its balance", a_group_keeps_its_balance },
	{ "a zone that is gone counts as UTC", a_zone_that_is_gone_counts_as_utc },
	{ "damaged records are no keys", damaged_records_are_no_keys },
	{ "records of earlier versions are read", records_of_earlier_versions_are_read },
	{ "records that we can not read are no keys",
	  records_that_we_can_not_read_are_no_keys },
	{ NULL, NULL },
};
const struct unit_suite auth_record_suite = { "auth/record", tests };
