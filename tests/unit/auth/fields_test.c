/* The admin API's body: each member, and what is said about wrong ones.
 * SPDX-License-Identifier: MIT */
#include "auth/key.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "conduit/provider.h"
#include "unit/unit.h"

static cdt_status apply(struct key *k, const char *text, struct arena *a, struct problem *p)
{
	struct json *body = json_parse(str_z(text));
	cdt_status st;

	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	st = key_apply_json(k, body, a, p);
	json_free(body);
	return st;
}

enum { BAD = PROBLEM_INVALID_VALUE };

static const struct { const char *body, *param, *message; uint32_t cause; } refusals[] = {
	{ "[]", "", "the body must be a JSON object", BAD },
	{ "{\"modls\":[]}", "modls", "unknown member 'modls'; did you mean 'models'?", BAD },
	{ "{\"expires\":1}", "expires", "unknown member 'expires'; did you mean 'expires_at'?",
	  BAD },
	{ "{\"zzz\":1}", "zzz", "unknown member 'zzz'", BAD },
	{ "{\"id\":\"x\"}", "id", "unknown member 'id'", BAD },
	{ "{\"rpm\":0}", "rpm", "'rpm' must be a whole number from 1 to 1000000000, or null", BAD },
	{ "{\"rpm\":-1}", "rpm", "'rpm' must be", BAD },
	{ "{\"rpd\":1.5}", "rpd", "'rpd' must be", BAD },
	{ "{\"rpd\":1000000001}", "rpd", "'rpd' must be", BAD },
	{ "{\"tpm\":\"1\"}", "tpm", "'tpm' must be a whole number from 1 to 1000000000000", BAD },
	{ "{\"tpm\":99999999999999999999}", "tpm", "'tpm' must be", BAD },
	{ "{\"concurrency\":1000001}", "concurrency", "'concurrency' must be", BAD },
	{ "{\"shadow\":1}", "shadow", "'shadow' must be true or false", BAD },
	{ "{\"tpm\":10,\"input_tpm\":11}", "input_tpm",
	  "'input_tpm' must be at most 'tpm', which is 10", BAD },
	{ "{\"output_tpm\":11,\"tpm\":10}", "output_tpm", "'output_tpm' must be at most", BAD },
	{ "{\"clamp\":1}", "clamp", "'clamp' must be true or false", BAD },
	{ "{\"on_disconnect\":\"stop\"}", "on_disconnect",
	  "'on_disconnect' must be 'cancel' or 'drain'", BAD },
	{ "{\"on_disconnect\":true}", "on_disconnect", "'on_disconnect' must be", BAD },
	{ "{\"budget\":[]}", "budget", "unknown member 'budget'; did you mean 'budgets'?", BAD },
	{ "{\"balance\":null}", "balance", "unknown member 'balance'", BAD },
	{ "{\"cache\":true}", "cache", "'cache' must be an object like", BAD },
	{ "{\"cache\":{\"tll\":\"1h\"}}", "cache",
	  "unknown member 'tll' in 'cache'; did you mean 'ttl'?", BAD },
	{ "{\"cache\":{\"enabled\":1}}", "cache.enabled",
	  "'cache.enabled' must be true or false, or null", BAD },
	{ "{\"cache\":{\"ttl\":\"0\"}}", "cache.ttl",
	  "'cache.ttl' must be a duration", BAD },
	{ "{\"cache\":{\"ttl\":\"999ms\"}}", "cache.ttl",
	  "'cache.ttl' must be", BAD },
	{ "{\"cache\":{\"ttl\":\"367d\"}}", "cache.ttl",
	  "'cache.ttl' must be", BAD },
	{ "{\"cache\":{\"ttl\":\"-1h\"}}", "cache.ttl",
	  "'cache.ttl' must be", BAD },
	{ "{\"cache\":{\"ttl\":60}}", "cache.ttl",
	  "'cache.ttl' must be", BAD },
	{ "{\"cache\":{\"scope\":\"keys\"}}", "cache.scope",
	  "'cache.scope' must be 'key', 'group' or 'global'", BAD },
	{ "{\"cache\":{\"scope\":0}}", "cache.scope",
	  "'cache.scope' must be", BAD },
	{ "{\"cache\":{\"max_temperature\":\"2.1\"}}", "cache.max_temperature",
	  "'cache.max_temperature' must be a number from 0 to 2", BAD },
	{ "{\"cache\":{\"max_temperature\":-0.1}}", "cache.max_temperature",
	  "'cache.max_temperature' must be", BAD },
	{ "{\"cache\":{\"max_temperature\":\"nan\"}}", "cache.max_temperature",
	  "'cache.max_temperature' must be", BAD },
	{ "{\"cache\":{\"max_temperature\":\"\"}}", "cache.max_temperature",
	  "'cache.max_temperature' must be", BAD },
	{ "{\"cache\":{\"max_temperature\":true}}", "cache.max_temperature",
	  "'cache.max_temperature' must be", BAD },
	{ "{\"cache\":{\"namespace\":\"\"}}", "cache.namespace",
	  "'cache.namespace' must be a text of 1 to 64", BAD },
	{ "{\"cache\":{\"namespace\":\"a\\nb\"}}", "cache.namespace",
	  "'cache.namespace' must be", BAD },
	{ "{\"name\":1}", "name", "'name' must be a text of at most 128", BAD },
	{ "{\"name\":\"a\\u0000b\"}", "name", "'name' must be", BAD },
	{ "{\"name\":[]}", "name", "'name' must be", BAD },
	{ "{\"models\":\"gpt-4o\"}", "models", "'models' must be a list", BAD },
	{ "{\"models\":[1]}", "models", "'models' must be a list", BAD },
	{ "{\"models\":[\"\"]}", "models", "'models' must be a list", BAD },
	{ "{\"models\":{}}", "models", "'models' must be a list", BAD },
	{ "{\"operations\":[\"chats\"]}", "operations",
	  "'operations' must be a list of 'audio'", BAD },
	{ "{\"operations\":7}", "operations", "'operations' must be", BAD },
	{ "{\"allowed_ips\":[\"10.0.0.0/33\"]}", "allowed_ips", "'allowed_ips' must be a list",
	  BAD },
	{ "{\"allowed_ips\":[\"\"]}", "allowed_ips", "'allowed_ips' must be", BAD },
	{ "{\"allowed_ips\":true}", "allowed_ips", "'allowed_ips' must be", BAD },
	{ "{\"expires_at\":\"soon\"}", "expires_at", "'expires_at' must be a time like", BAD },
	{ "{\"expires_at\":1900000000}", "expires_at", "'expires_at' must be", BAD },
	{ "{\"metadata\":[]}", "metadata", "'metadata' must be an object", BAD },
	{ "{\"metadata\":\"{}\"}", "metadata", "'metadata' must be", BAD },
	{ "{\"group\":7}", "group", "'group' must be the name of a group", BAD },
	{ "{\"group\":\"a b\"}", "group", "'group' must be the name of a group", BAD },
	{ "{\"policy\":7}", "policy", "'policy' must be the name or the type of a policy", BAD },
	{ "{\"policy\":\"\"}", "policy", "'policy' must be", BAD },
	{ "{\"policy\":\"a\\nb\"}", "policy", "'policy' must be", BAD },
	{ "{\"disabled\":1}", "disabled", "'disabled' must be true or false", BAD },
};

static void wrong_members_are_named_and_change_nothing(void)
{
	struct key *k = mem_new(sizeof *k);
	struct arena a;

	k->name = mem_text("before", 6);
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct problem p;

		arena_init(&a, 1024, 8192);
		CU_ASSERT_EQUAL(apply(k, refusals[i].body, &a, &p), CDT_E_INVALID);
		CU_ASSERT_EQUAL(p.cause, refusals[i].cause);
		CU_ASSERT_EQUAL(p.status, 400);
		CU_ASSERT(str_is(p.error.param, refusals[i].param));
		CU_ASSERT(str_starts(p.error.message, refusals[i].message));
		arena_fini(&a);
	}
	CU_ASSERT_STRING_EQUAL(k->name, "before");
	CU_ASSERT_EQUAL(k->model_count, 0);
	key_free(k);
}

static void a_good_member_before_a_wrong_one_is_not_kept(void)
{
	struct key *k = mem_new(sizeof *k);
	struct problem p;
	struct arena a;

	arena_init(&a, 1024, 8192);
	CU_ASSERT_EQUAL(apply(k, "{\"name\":\"n\",\"models\":[\"a\"],\"tpm\":0}", &a, &p),
	                CDT_E_INVALID);
	CU_ASSERT_PTR_NULL(k->name);
	CU_ASSERT_PTR_NULL(k->policy);
	CU_ASSERT_EQUAL(k->model_count, 0);
	arena_fini(&a);
	key_free(k);
}

static void lists_have_a_maximum(void)
{
	struct key *k = mem_new(sizeof *k);
	struct problem p;
	struct arena a;
	struct buf body;

	arena_init(&a, 1024, 8192);
	buf_init(&body, 4096);
	buf_add_z(&body, "{\"models\":[\"m\"");
	for (int i = 1; i < KEY_PATTERNS_MAX; i++)
		buf_add_z(&body, ",\"m\"");
	buf_add_c(&body, '\0');
	body.n--;
	buf_add_z(&body, "]}");
	buf_add_c(&body, '\0');
	CU_ASSERT_EQUAL(apply(k, body.p, &a, &p), CDT_OK);
	CU_ASSERT_EQUAL(k->model_count, KEY_PATTERNS_MAX);
	body.n -= 3;
	buf_add_z(&body, ",\"m\"]}");
	buf_add_c(&body, '\0');
	CU_ASSERT_EQUAL(apply(k, body.p, &a, &p), CDT_E_INVALID);
	buf_fini(&body);
	arena_fini(&a);
	key_free(k);
}

static void all_members_are_set(void)
{
	struct key *k = mem_new(sizeof *k);
	struct problem p;
	struct arena a;

	arena_init(&a, 1024, 8192);
	CU_ASSERT_EQUAL(apply(k, "{\"name\":\"Zo\xc3\xab\",\"models\":[\"gpt-*\",\"claude\"],"
	                      "\"operations\":[\"chat\",\"audio\"],"
	                      "\"allowed_ips\":[\"10.0.0.0/8\"],"
	                      "\"expires_at\":\"2027-01-31T01:00:00+01:00\",\"disabled\":true,"
	                      "\"clamp\":true,\"on_disconnect\":\"drain\","
	                      "\"policy\":\"fast\","
	                      "\"metadata\":{\"team\":\"a\\\"b\"}}", &a, &p), CDT_OK);
	CU_ASSERT(k->clamps && k->drains);
	CU_ASSERT_STRING_EQUAL(k->policy, "fast");
	CU_ASSERT_STRING_EQUAL(k->name, "Zo\xc3\xab");
	CU_ASSERT_EQUAL(k->model_count, 2);
	CU_ASSERT_STRING_EQUAL(k->models[1], "claude");
	CU_ASSERT_EQUAL(k->operations, CDT_OP_BIT(CDT_OP_CHAT) | CDT_OP_BIT(CDT_OP_COUNT) |
	                CDT_OP_BIT(CDT_OP_SPEECH) | CDT_OP_BIT(CDT_OP_TRANSCRIBE));
	CU_ASSERT(key_may_address(k, CDT_STR("10.1.2.3")));
	CU_ASSERT(!key_may_address(k, CDT_STR("11.1.2.3")));
	CU_ASSERT_EQUAL(k->expires_ms, INT64_C(1801353600000));
	CU_ASSERT(k->disabled);
	CU_ASSERT_STRING_EQUAL(k->metadata, "{\"team\":\"a\\\"b\"}");
	arena_fini(&a);
	key_free(k);
}

static void absent_members_stay_and_null_resets(void)
{
	struct key *k = mem_new(sizeof *k);
	struct problem p;
	struct arena a;

	arena_init(&a, 1024, 8192);
	(void)apply(k, "{\"name\":\"n\",\"models\":[\"a\"],\"operations\":[\"chat\"],"
	            "\"allowed_ips\":[\"::1\"],\"expires_at\":\"2027-01-31\",\"disabled\":true,"
	            "\"policy\":\"fast\","
	            "\"clamp\":true,\"on_disconnect\":\"drain\",\"rpm\":7,\"shadow\":true,"
	            "\"budgets\":[{\"usd\":\"1\",\"period\":\"day\"}],\"metadata\":{}}",
	            &a, &p);
	CU_ASSERT_EQUAL(apply(k, "{\"name\":\"m\"}", &a, &p), CDT_OK);
	CU_ASSERT_STRING_EQUAL(k->name, "m");
	CU_ASSERT_EQUAL(k->model_count, 1);
	CU_ASSERT_EQUAL(k->budget_count, 1);
	CU_ASSERT_EQUAL(key_limits(k)->max[LIMIT_RPM], 7);
	CU_ASSERT(k->disabled && k->clamps && k->drains);
	CU_ASSERT_STRING_EQUAL(k->policy, "fast");
	CU_ASSERT(!key_may_address(k, CDT_STR("::2")));
	CU_ASSERT_EQUAL(apply(k, "{\"name\":null,\"models\":null,\"operations\":null,"
	                      "\"allowed_ips\":null,\"expires_at\":null,\"disabled\":null,"
	                      "\"policy\":null,\"clamp\":null,\"on_disconnect\":null,\"rpm\":null,"
	                      "\"shadow\":null,\"budgets\":null,\"metadata\":null}", &a, &p),
	                CDT_OK);
	CU_ASSERT_PTR_NULL(k->name);
	CU_ASSERT_EQUAL(k->model_count, 0);
	CU_ASSERT(key_may_address(k, CDT_STR("::2")));
	CU_ASSERT_EQUAL(k->budget_count, 0);
	CU_ASSERT(!k->clamps && !k->drains);
	CU_ASSERT(!limits_any(key_limits(k)) && !key_limits(k)->shadowed);
	CU_ASSERT_EQUAL(k->operations, 0);
	CU_ASSERT_EQUAL(k->expires_ms, 0);
	CU_ASSERT(!k->disabled);
	CU_ASSERT_PTR_NULL(k->metadata);
	arena_fini(&a);
	key_free(k);
}

static const struct unit_test tests[] = {
	{ "wrong members are named and change nothing",
	  wrong_members_are_named_and_change_nothing },
	{ "a good member before a wrong one is not kept",
	  a_good_member_before_a_wrong_one_is_not_kept },
	{ "lists have a maximum", lists_have_a_maximum },
	{ "all members are set", all_members_are_set },
	{ "absent members stay and null resets", absent_members_stay_and_null_resets },
	{ NULL, NULL },
};
const struct unit_suite auth_fields_suite = { "auth/fields", tests };
