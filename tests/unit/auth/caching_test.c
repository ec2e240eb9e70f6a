/* What a key says of kept answers: set in parts, taken back, shown.
 * SPDX-License-Identifier: MIT */
#include "auth/key.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "config/config.h"
#include "unit/unit.h"

static void apply(struct key *k, const char *text)
{
	struct json *body = json_parse(str_z(text));
	struct problem p;
	struct arena a;

	arena_init(&a, 1024, 8192);
	CU_ASSERT_EQUAL(key_apply_json(k, body, &a, &p), CDT_OK);
	arena_fini(&a);
	json_free(body);
}

static void check_shown(const struct key *k, const char *wanted)
{
	struct json *shown;
	struct jsonw w;
	struct buf out;

	buf_init(&out, 65536);
	jsonw_init(&w, &out);
	key_print_json(k, &w);
	shown = json_parse(buf_str(&out));
	if (wanted[0])
		CU_ASSERT(str_is(json_print(json_get(shown, "cache")), wanted))
	else
		CU_ASSERT_PTR_NULL(json_get(shown, "cache"));
	json_free(shown);
	buf_fini(&out);
}

static void a_new_key_says_nothing(void)
{
	struct key *k = mem_new(sizeof *k);
	const struct config_cache_rules *own = key_cache_rules(k);

	CU_ASSERT(own->enabled == -1 && own->scope == -1 && own->ttl_ms == -1);
	CU_ASSERT(own->max_temperature == -1 && !own->ns);
	apply(k, "{\"cache\":{}}");
	CU_ASSERT_PTR_NULL(k->caching);
	key_free(k);
}

static void parts_are_set_and_others_stay(void)
{
	struct key *k = mem_new(sizeof *k);
	const struct config_cache_rules *own;

	apply(k, "{\"cache\":{\"enabled\":true,\"ttl\":\"90m\",\"max_temperature\":\"0.50\"}}");
	apply(k, "{\"name\":\"n\"}");
	apply(k, "{\"cache\":{\"scope\":\"group\",\"namespace\":\"crew\",\"enabled\":false}}");
	own = key_cache_rules(k);
	CU_ASSERT_EQUAL(own->enabled, 0);
	CU_ASSERT_EQUAL(own->scope, CACHE_GROUP);
	CU_ASSERT_EQUAL(own->ttl_ms, 5400000);
	CU_ASSERT_EQUAL(own->max_temperature, 500000);
	CU_ASSERT_STRING_EQUAL(own->ns, "crew");
	apply(k, "{\"cache\":{\"max_temperature\":0.3,\"ttl\":\"1500ms\"}}");
	CU_ASSERT_EQUAL(key_cache_rules(k)->max_temperature, 300000);
	CU_ASSERT_EQUAL(key_cache_rules(k)->ttl_ms, 1500);
	key_free(k);
}

static void null_takes_back_one_or_all(void)
{
	struct key *k = mem_new(sizeof *k);

	apply(k, "{\"cache\":{\"enabled\":true,\"scope\":\"global\",\"namespace\":\"x\"}}");
	apply(k, "{\"cache\":{\"scope\":null,\"namespace\":null}}");
	CU_ASSERT_EQUAL(key_cache_rules(k)->enabled, 1);
	CU_ASSERT_EQUAL(key_cache_rules(k)->scope, -1);
	CU_ASSERT_PTR_NULL(key_cache_rules(k)->ns);
	apply(k, "{\"cache\":{\"enabled\":null,\"ttl\":null,\"max_temperature\":null}}");
	CU_ASSERT_PTR_NULL(k->caching);
	apply(k, "{\"cache\":{\"ttl\":\"1h\"}}");
	apply(k, "{\"cache\":null}");
	CU_ASSERT_PTR_NULL(k->caching);
	key_free(k);
}

static void only_what_is_said_is_shown(void)
{
	struct key *k = mem_new(sizeof *k);

	check_shown(k, "");
	apply(k, "{\"cache\":{\"ttl\":\"3600\",\"max_temperature\":0}}");
	check_shown(k, "{\"ttl\":\"1h\",\"max_temperature\":0}");
	apply(k, "{\"cache\":{\"enabled\":false,\"scope\":\"key\",\"max_temperature\":0.7,"
	      "\"namespace\":\"x\"}}");
	check_shown(k, "{\"enabled\":false,\"ttl\":\"1h\",\"scope\":\"key\","
	            "\"max_temperature\":0.7,\"namespace\":\"x\"}");
	key_free(k);
}

static void a_change_is_named_by_the_member(void)
{
	struct key *k = mem_new(sizeof *k), *before;
	struct buf out;

	buf_init(&out, 1024);
	apply(k, "{\"cache\":{\"ttl\":\"1h\"}}");
	before = key_copy(k);
	apply(k, "{\"cache\":{\"ttl\":\"2h\"}}");
	key_print_changes(before, k, &out);
	CU_ASSERT(str_is(buf_str(&out), "[\"cache\"]"));
	buf_fini(&out);
	key_free(before);
	key_free(k);
}

static const struct unit_test tests[] = {
	{ "a new key says nothing", a_new_key_says_nothing },
	{ "parts are set and others stay", parts_are_set_and_others_stay },
	{ "null takes back one or all", null_takes_back_one_or_all },
	{ "only what is said is shown", only_what_is_said_is_shown },
	{ "a change is named by the member", a_change_is_named_by_the_member },
	{ NULL, NULL },
};
const struct unit_suite auth_caching_suite = { "auth/caching", tests };
