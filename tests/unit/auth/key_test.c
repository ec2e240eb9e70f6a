/* A key as a value.
 * SPDX-License-Identifier: MIT */
#include "auth/key.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "conduit/provider.h"
#include "unit/unit.h"

static const char full[] =
	"{\"name\":\"n\",\"models\":[\"gpt-*\",\"claude-3\"],"
	"\"operations\":[\"chat\",\"models\"],"
	"\"allowed_ips\":[\"10.0.0.0/8\",\"::1\"],\"expires_at\":\"2027-01-31T00:00:00.000Z\","
	"\"budgets\":[{\"usd\":\"10.50\",\"period\":\"monthly\",\"models\":[\"gpt-*\"],"
	"\"hard\":false}],\"metadata\":{\"team\":\"x\"},\"disabled\":false}";

static struct key *make(const char *text)
{
	struct key *k = mem_new(sizeof *k);
	struct json *body = json_parse(str_z(text));
	struct problem p;
	struct arena a;

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

static void print(const struct key *k, struct buf *out)
{
	struct jsonw w;

	buf_init(out, 8192);
	jsonw_init(&w, out);
	key_print_json(k, &w);
	CU_ASSERT_EQUAL(jsonw_status(&w), CDT_OK);
	buf_add_c(out, '\0');
}

static void one_former_secret_is_kept(void)
{
	static const uint8_t next[SHA256_SIZE] = { 7 }, last[SHA256_SIZE] = { 8 };
	struct key *k = make(full);

	key_rotate(k, next, 9000);
	CU_ASSERT_PTR_NOT_NULL_FATAL(k->former);
	CU_ASSERT_EQUAL(k->former->until_ms, 9000);
	CU_ASSERT_EQUAL(k->former->hash[0], 0xa5);
	CU_ASSERT_EQUAL(k->hash[0], 7);
	key_rotate(k, last, 9500);
	CU_ASSERT_EQUAL(k->former->hash[0], 7);
	key_rotate(k, next, 0);
	CU_ASSERT_PTR_NULL(k->former);
	key_free(k);
}

static void what_is_shown_has_no_hash(void)
{
	struct key *k = make(full);
	struct buf out;

	print(k, &out);
	CU_ASSERT_STRING_EQUAL(out.p,
		"{\"id\":\"abcDEF012345\",\"name\":\"n\",\"group\":null,"
		"\"models\":[\"gpt-*\",\"claude-3\"],"
		"\"operations\":[\"chat\",\"models\"],\"allowed_ips\":[\"10.0.0.0/8\",\"::1\"],"
		"\"policy\":null,"
		"\"budgets\":[{\"usd\":\"10.5\",\"period\":\"month\",\"timezone\":\"UTC\","
		"\"models\":[\"gpt-*\"],\"hard\":false}],\"clamp\":false,"
		"\"on_disconnect\":\"cancel\","
		"\"expires_at\":\"2027-01-31T00:00:00.000Z\",\"metadata\":{\"team\":\"x\"},"
		"\"disabled\":false,\"overlap_until\":null,"
		"\"created_at\":\"1970-01-01T00:00:01.000Z\","
		"\"updated_at\":\"1970-01-01T00:00:02.000Z\",\"version\":3}");
	buf_fini(&out);
	key_free(k);
}

static void a_bare_key_is_shown_whole(void)
{
	struct key *k = make("{}");
	struct buf out;

	print(k, &out);
	CU_ASSERT_STRING_EQUAL(out.p,
		"{\"id\":\"abcDEF012345\",\"name\":\"\",\"group\":null,"
		"\"models\":[],\"operations\":[],"
		"\"allowed_ips\":[],\"policy\":null,\"budgets\":[],\"clamp\":false,"
		"\"on_disconnect\":\"cancel\",\"expires_at\":null,\"metadata\":{},\"disabled\":false,"
		"\"overlap_until\":null,"
		"\"created_at\":\"1970-01-01T00:00:01.000Z\","
		"\"updated_at\":\"1970-01-01T00:00:02.000Z\",\"version\":3}");
	buf_fini(&out);
	key_free(k);
}

static void patterns_say_which_models(void)
{
	static const struct { const char *body, *model; bool may; } cases[] = {
		{ "{}", "anything", true },
		{ "{\"models\":[]}", "anything", true },
		{ "{\"models\":[\"gpt-4o\"]}", "gpt-4o", true },
		{ "{\"models\":[\"gpt-4o\"]}", "gpt-4o-mini", false },
		{ "{\"models\":[\"gpt-4o\"]}", "GPT-4o", false },
		{ "{\"models\":[\"gpt-*\",\"x\"]}", "gpt-4o-mini", true },
		{ "{\"models\":[\"gpt-*\",\"x\"]}", "x", true },
		{ "{\"models\":[\"gpt-*\",\"x\"]}", "my-gpt-4", false },
		{ "{\"models\":[\"*/llama*\"]}", "meta/llama-3", true },
		{ "{\"models\":[\"gpt-4o\"]}", "", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct key *k = make(cases[i].body);

		CU_ASSERT_EQUAL(key_may_model(k, str_z(cases[i].model)), cases[i].may);
		key_free(k);
	}
}

static void operations_are_bits(void)
{
	struct key *k = make("{\"operations\":[\"embeddings\",\"models\"]}"), *all = make("{}");

	CU_ASSERT(key_may_operate(k, CDT_OP_EMBED));
	CU_ASSERT(key_may_operate(k, CDT_OP_MODELS));
	CU_ASSERT(!key_may_operate(k, CDT_OP_CHAT));
	CU_ASSERT(!key_may_operate(k, 64 + CDT_OP_EMBED));
	CU_ASSERT(key_may_operate(all, CDT_OP_RERANK));
	key_free(all);
	key_free(k);
}

static void a_key_is_usable_until_something_forbids_it(void)
{
	static const struct {
		const char *body;
		int64_t at_ms;
		const char *peer;
		uint32_t cause;
	} cases[] = {
		{ "{}", INT64_MAX, "1.2.3.4", PROBLEM_NONE },
		{ "{\"disabled\":true}", 0, "1.2.3.4", PROBLEM_KEY_DISABLED },
		{ "{\"expires_at\":\"1970-01-01T00:00:05Z\"}", 4999, "", PROBLEM_NONE },
		{ "{\"expires_at\":\"1970-01-01T00:00:05Z\"}", 5000, "", PROBLEM_KEY_EXPIRED },
		{ "{\"allowed_ips\":[\"::1\",\"10.0.0.0/8\"]}", 0, "10.9.9.9", PROBLEM_NONE },
		{ "{\"allowed_ips\":[\"::1\",\"10.0.0.0/8\"]}", 0, "1.2.3.4",
		  PROBLEM_IP_NOT_ALLOWED },
		{ "{\"allowed_ips\":[\"::1\"]}", 0, "", PROBLEM_IP_NOT_ALLOWED },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct key *k = make(cases[i].body);
		struct problem p = { .cause = PROBLEM_NONE };
		struct arena a;
		cdt_status st;

		arena_init(&a, 1024, 8192);
		st = key_usable(k, cases[i].at_ms, str_z(cases[i].peer), &a, &p);
		CU_ASSERT_EQUAL(p.cause, cases[i].cause);
		CU_ASSERT_EQUAL(st, cases[i].cause == PROBLEM_NONE ? CDT_OK : CDT_E_INVALID);
		arena_fini(&a);
		key_free(k);
	}
}

static void a_copy_stands_alone(void)
{
	struct key *k = make(full), *copy = key_copy(k);
	struct buf one, two;

	print(k, &one);
	key_free(k);
	print(copy, &two);
	CU_ASSERT_STRING_EQUAL(one.p, two.p);
	CU_ASSERT(key_may_address(copy, CDT_STR("10.1.1.1")));
	CU_ASSERT_EQUAL(copy->version, 3);
	buf_fini(&one);
	buf_fini(&two);
	key_free(copy);
	key_free(NULL);
}

static void credit_is_paid_in_and_never_below_zero(void)
{
	struct key *k = make("{}");

	k->is_group = true;
	CU_ASSERT_FALSE(key_pay_in(k, -1));
	CU_ASSERT_FALSE(k->prepaid);
	CU_ASSERT_TRUE(key_pay_in(k, 0));
	CU_ASSERT_TRUE(k->prepaid);
	CU_ASSERT_TRUE(key_pay_in(k, 25 * MONEY_USD));
	CU_ASSERT_TRUE(key_pay_in(k, -5 * MONEY_USD));
	CU_ASSERT_FALSE(key_pay_in(k, -20 * MONEY_USD - 1));
	CU_ASSERT_FALSE(key_pay_in(k, BUDGET_NANOUSD_MAX - 20 * MONEY_USD + 1));
	CU_ASSERT_FALSE(key_pay_in(k, INT64_MIN));
	CU_ASSERT_FALSE(key_pay_in(k, INT64_MAX));
	CU_ASSERT_EQUAL(k->credit, 20 * MONEY_USD);
	key_free(k);
}

static void changes_are_named(void)
{
	static const struct { const char *before, *after, *names; } cases[] = {
		{ "{}", "{}", "[]" },
		{ "{}", "{\"clamp\":true}", "[\"clamp\"]" },
		{ "{}", "{\"on_disconnect\":\"drain\"}", "[\"on_disconnect\"]" },
		{ "{}", "{\"budgets\":[{\"usd\":\"1\",\"period\":\"day\"}]}", "[\"budgets\"]" },
		{ "{\"budgets\":[{\"usd\":\"1\",\"period\":\"day\"}]}",
		  "{\"budgets\":[{\"usd\":\"1.0\",\"period\":\"daily\"}]}", "[]" },
		{ "{\"budgets\":[{\"usd\":\"1\",\"period\":\"day\"}]}",
		  "{\"budgets\":[{\"usd\":\"2\",\"period\":\"day\"}]}", "[\"budgets\"]" },
		{ "{}", "{\"rpm\":7}", "[\"rpm\"]" },
		{ "{\"rpm\":7,\"clamp\":true}", "{}", "[\"clamp\",\"rpm\"]" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct key *before = make(cases[i].before), *after = make(cases[i].after);
		struct buf out;

		buf_init(&out, 8192);
		key_print_changes(before, after, &out);
		CU_ASSERT(str_is(buf_str(&out), cases[i].names));
		buf_fini(&out);
		key_free(before);
		key_free(after);
	}
}

static void a_balance_is_of_groups(void)
{
	struct key *k = make("{}"), *was;
	struct buf out;

	k->is_group = true;
	print(k, &out);
	CU_ASSERT(strstr(out.p, "\"balance\":null,") != NULL);
	buf_fini(&out);
	was = key_copy(k);
	CU_ASSERT_TRUE(key_pay_in(k, 25 * MONEY_USD));
	print(k, &out);
	CU_ASSERT(strstr(out.p, "\"balance\":{\"credit\":\"25\"},") != NULL);
	buf_fini(&out);
	buf_init(&out, 8192);
	key_print_changes(was, k, &out);
	CU_ASSERT(str_is(buf_str(&out), "[\"balance\"]"));
	buf_fini(&out);
	key_free(was);
	key_free(k);
}

static const struct unit_test tests[] = {
	{ "one former secret is kept", one_former_secret_is_kept },
	{ "what is shown has no hash", what_is_shown_has_no_hash },
	{ "a bare key is shown whole", a_bare_key_is_shown_whole },
	{ "patterns say which models", patterns_say_which_models },
	{ "operations are bits", operations_are_bits },
	{ "a key is usable until something forbids it",
	  a_key_is_usable_until_something_forbids_it },
	{ "a copy stands alone", a_copy_stands_alone },
	{ "credit is paid in and never below zero", credit_is_paid_in_and_never_below_zero },
	{ "changes are named", changes_are_named },
	{ "a balance is of groups", a_balance_is_of_groups },
	{ NULL, NULL },
};
const struct unit_suite auth_key_suite = { "auth/key", tests };
