/* Budgets: what may be said, which account each is, which models it covers.
 * SPDX-License-Identifier: MIT */
#include "auth/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/key.h"
#include "base/mem.h"
#include "base/str.h"
#include "unit/ledger/rig.h"
#include "unit/unit.h"

/* The zones of the tests, whatever the machine has. */
static void use_zones(void)
{
	char dir[RIG_PATH_SIZE];

	CU_ASSERT_EQUAL(setenv("TZDIR", rig_path("", dir), 1), 0);
}

static cdt_status apply(struct key *k, const char *budgets, struct arena *a, struct problem *p)
{
	struct buf text;
	struct json *body;
	cdt_status st;

	use_zones();
	buf_init(&text, 16384);
	buf_print(&text, "{\"budgets\":%s}", budgets);
	body = json_parse(buf_str(&text));
	CU_ASSERT_PTR_NOT_NULL_FATAL(body);
	st = key_apply_json(k, body, a, p);
	json_free(body);
	buf_fini(&text);
	return st;
}

static struct key *make(const char *budgets)
{
	struct key *k = mem_new(sizeof *k);
	struct problem p;
	struct arena a;

	arena_init(&a, 1024, 8192);
	CU_ASSERT_EQUAL_FATAL(apply(k, budgets, &a, &p), CDT_OK);
	arena_fini(&a);
	return k;
}

#define USD "'budgets[0].usd' must be a decimal string like \"10.50\", from \"0\" to \"1000000000\""
#define DAY "\"period\":\"day\""

static const struct { const char *budgets, *param, *message; } refusals[] = {
	{ "7", "budgets", "'budgets' must be a list of at most 7 budgets like {\"usd\":\"10\"" },
	{ "{}", "budgets", "'budgets' must be a list" },
	{ "[{},{},{},{},{},{},{},{}]", "budgets", "'budgets' must be a list of at most 7" },
	{ "[7]", "budgets[0]", "'budgets[0]' must be an object like" },
	{ "[null]", "budgets[0]", "'budgets[0]' must be an object like" },
	{ "[{}]", "budgets[0].usd", "'budgets[0].usd' is needed" },
	{ "[{" DAY "}]", "budgets[0].usd", "'budgets[0].usd' is needed" },
	{ "[{\"usd\":\"1\"}]", "budgets[0].period", "'budgets[0].period' is needed" },
	{ "[{\"usd\":null," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":10," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":1.5," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":\"\"," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":\"-1\"," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":\"1e3\"," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":\"$5\"," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":\"0.0000000001\"," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":\"1000000000.000000001\"," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":\"99999999999999999999\"," DAY "}]", "budgets[0].usd", USD },
	{ "[{\"usd\":\"1\",\"period\":\"yearly\"}]", "budgets[0].period",
	  "'budgets[0].period' must be 'total', 'day', 'week', 'month' or a span like 'every 5h'" },
	{ "[{\"usd\":\"1\",\"period\":3600}]", "budgets[0].period", "'budgets[0].period' must be" },
	{ "[{\"usd\":\"1\",\"period\":null}]", "budgets[0].period", "'budgets[0].period' must be" },
	{ "[{\"usd\":\"1\",\"period\":\"every 0s\"}]", "budgets[0].period",
	  "'budgets[0].period' must be" },
	{ "[{\"usd\":\"1\"," DAY ",\"timezone\":\"Europe/Atlantis\"}]", "budgets[0].timezone",
	  "'budgets[0].timezone': no time zone 'Europe/Atlantis' is known here" },
	{ "[{\"usd\":\"1\"," DAY ",\"timezone\":\"utc\"}]", "budgets[0].timezone",
	  "'budgets[0].timezone': no time zone 'utc' is known here; did you mean 'UTC'?" },
	{ "[{\"usd\":\"1\"," DAY ",\"timezone\":\"../passwd\"}]", "budgets[0].timezone",
	  "'budgets[0].timezone' must be the name of a time zone like 'Europe/Berlin'" },
	{ "[{\"usd\":\"1\"," DAY ",\"timezone\":2}]", "budgets[0].timezone",
	  "'budgets[0].timezone' must be the name of a time zone" },
	{ "[{\"usd\":\"1\"," DAY ",\"timezone\":\"\"}]", "budgets[0].timezone",
	  "'budgets[0].timezone' must be the name of a time zone" },
	{ "[{\"usd\":\"1\"," DAY ",\"timezone\":\"Europe\"}]", "budgets[0].timezone",
	  "'budgets[0].timezone': no time zone 'Europe'" },
	{ "[{\"usd\":\"1\"," DAY ",\"models\":\"gpt-*\"}]", "budgets[0].models",
	  "'budgets[0].models' must be a list of at most 16 model names" },
	{ "[{\"usd\":\"1\"," DAY ",\"models\":[\"a\",7]}]", "budgets[0].models",
	  "'budgets[0].models' must be" },
	{ "[{\"usd\":\"1\"," DAY ",\"hard\":\"no\"}]", "budgets[0].hard",
	  "'budgets[0].hard' must be true or false" },
	{ "[{\"usd\":\"1\"," DAY "},{\"usd\":\"2\",\"perid\":\"day\"}]", "budgets[1].perid",
	  "unknown member 'budgets[1].perid'; did you mean 'period'?" },
	{ "[{\"USD\":\"1\"," DAY "}]", "budgets[0].USD",
	  "unknown member 'budgets[0].USD'; did you mean 'usd'?" },
	{ "[{\"zzzzzz\":\"1\"}]", "budgets[0].zzzzzz", "unknown member 'budgets[0].zzzzzz'" },
	{ "[{\"number\":1}]", "budgets[0].number", "unknown member 'budgets[0].number'" },
	{ "[{\"usd\":\"1\"," DAY "},{\"usd\":\"2\",\"period\":\"daily\",\"hard\":false}]",
	  "budgets[1]", "'budgets[1]' has the period, timezone and models of 'budgets[0]'" },
	{ "[{\"usd\":\"1\"," DAY ",\"models\":[\"a\",\"b\"]},{\"usd\":\"2\"," DAY "},"
	  "{\"usd\":\"2\"," DAY ",\"models\":[\"b\",\"a\",\"b\"]}]",
	  "budgets[2]", "'budgets[2]' has the period, timezone and models of 'budgets[0]'" },
};

static void wrong_budgets_are_named_and_change_nothing(void)
{
	struct key *k = make("[{\"usd\":\"3\",\"period\":\"total\"}]");

	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct problem p = { .cause = PROBLEM_NONE };
		struct arena a;

		arena_init(&a, 1024, 8192);
		CU_ASSERT_EQUAL_FATAL(apply(k, refusals[i].budgets, &a, &p), CDT_E_INVALID);
		CU_ASSERT_EQUAL(p.cause, PROBLEM_INVALID_VALUE);
		CU_ASSERT(str_is(p.error.param, refusals[i].param));
		CU_ASSERT(str_starts(p.error.message, refusals[i].message));
		arena_fini(&a);
	}
	CU_ASSERT_EQUAL_FATAL(k->budget_count, 1);
	CU_ASSERT_EQUAL(k->budgets[0].nanousd, 3 * MONEY_USD);
	key_free(k);
}

static void all_members_are_set(void)
{
	struct key *k = make("[{\"usd\":\"0.000000001\",\"period\":\"every 5h\",\"hard\":false,"
	                     "\"timezone\":\"Europe/London\",\"models\":[\"b*\",\"a\"]},"
	                     "{\"usd\":\"0\",\"period\":\"weekly\",\"timezone\":\"UTC\"}]");
	const struct budget *b = k->budgets;

	CU_ASSERT_EQUAL_FATAL(k->budget_count, 2);
	CU_ASSERT_EQUAL(b[0].nanousd, 1);
	CU_ASSERT_EQUAL(b[0].period.unit, PERIOD_EVERY);
	CU_ASSERT_EQUAL(b[0].period.every_ms, 5 * 3600000);
	CU_ASSERT(b[0].watches);
	CU_ASSERT_STRING_EQUAL(b[0].timezone, "Europe/London");
	CU_ASSERT_EQUAL(zone_offset(b[0].zone, 1720000000), 3600);
	CU_ASSERT_EQUAL(b[0].model_count, 2);
	CU_ASSERT_STRING_EQUAL(b[0].models[0], "b*");
	CU_ASSERT_EQUAL(b[1].nanousd, 0);
	CU_ASSERT_EQUAL(b[1].period.unit, PERIOD_WEEK);
	CU_ASSERT(!b[1].watches);
	CU_ASSERT_PTR_NULL(b[1].timezone);
	CU_ASSERT_PTR_EQUAL(b[1].zone, zone_utc());
	CU_ASSERT_EQUAL(b[1].model_count, 0);
	key_free(k);
}

static void null_is_the_default(void)
{
	struct key *k = make("[{\"usd\":\"1\"," DAY ",\"timezone\":null,\"models\":null,"
	                     "\"hard\":null}]");

	CU_ASSERT_EQUAL_FATAL(k->budget_count, 1);
	CU_ASSERT_PTR_NULL(k->budgets[0].timezone);
	CU_ASSERT_EQUAL(k->budgets[0].model_count, 0);
	CU_ASSERT(!k->budgets[0].watches);
	key_free(k);
}

static uint64_t number(const char *budget)
{
	char list[512];
	struct key *k;
	uint64_t n;

	(void)snprintf(list, sizeof list, "[%s]", budget);
	k = make(list);
	n = k->budgets[0].number;
	key_free(k);
	return n;
}

static void amount_and_hardness_keep_the_account(void)
{
	uint64_t n = number("{\"usd\":\"1\"," DAY ",\"models\":[\"a\",\"b\"]}");

	CU_ASSERT_EQUAL(n, number("{\"usd\":\"2\"," DAY ",\"models\":[\"a\",\"b\"]}"));
	CU_ASSERT_EQUAL(n, number("{\"usd\":\"1\"," DAY ",\"hard\":false,\"models\":[\"a\",\"b\"]}"));
	CU_ASSERT_EQUAL(n, number("{\"usd\":\"1\",\"period\":\"daily\",\"models\":[\"b\",\"a\"],"
	                          "\"timezone\":\"UTC\"}"));
	CU_ASSERT_NOT_EQUAL(n, number("{\"usd\":\"1\",\"period\":\"week\",\"models\":[\"a\",\"b\"]}"));
	CU_ASSERT_NOT_EQUAL(n, number("{\"usd\":\"1\"," DAY ",\"models\":[\"a\"]}"));
	CU_ASSERT_NOT_EQUAL(n, number("{\"usd\":\"1\"," DAY ",\"models\":[\"a\",\"b\"],"
	                              "\"timezone\":\"Europe/London\"}"));
	CU_ASSERT_NOT_EQUAL(number("{\"usd\":\"1\",\"period\":\"1d\"}"),
	                    number("{\"usd\":\"1\",\"period\":\"day\"}"));
}

/* What was spent is found by them: they must never change. */
static void numbers_are_the_same_for_ever(void)
{
	CU_ASSERT_EQUAL(number("{\"usd\":\"1\",\"period\":\"month\"}"), UINT64_C(0xe8856780734ce7d6));
	CU_ASSERT_EQUAL(number("{\"usd\":\"1\",\"period\":\"every 5h\","
	                       "\"timezone\":\"Europe/London\",\"models\":[\"gpt-*\",\"a\"]}"),
	                UINT64_C(0xdcc483dbc0b55d23));
}

static void models_and_their_other_name_are_covered(void)
{
	static const struct { const char *models, *model, *also; bool covers; } cases[] = {
		{ "[]", "x", NULL, true },
		{ "[\"gpt-*\"]", "gpt-4o", NULL, true },
		{ "[\"gpt-*\"]", "claude", NULL, false },
		{ "[\"gpt-*\"]", "fast", "gpt-4o", true },
		{ "[\"gpt-*\",\"fast\"]", "fast", "claude", true },
		{ "[\"gpt-*\"]", "fast", "claude", false },
		{ "[\"*\"]", "", NULL, true },
		{ "[\"a\"]", "", NULL, false },
	};
	char list[128];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct key *k;

		(void)snprintf(list, sizeof list, "[{\"usd\":\"1\"," DAY ",\"models\":%s}]",
		               cases[i].models);
		k = make(list);
		CU_ASSERT_EQUAL(budget_covers(k->budgets, str_z(cases[i].model),
		                              str_z(cases[i].also)), cases[i].covers);
		key_free(k);
	}
}

static const struct unit_test tests[] = {
	{ "wrong budgets are named and change nothing",
	  wrong_budgets_are_named_and_change_nothing },
	{ "all members are set", all_members_are_set },
	{ "null is the default", null_is_the_default },
	{ "amount and hardness keep the account", amount_and_hardness_keep_the_account },
	{ "numbers are the same for ever", numbers_are_the_same_for_ever },
	{ "models and their other name are covered", models_and_their_other_name_are_covered },
	{ NULL, NULL },
};
const struct unit_suite auth_budgets_suite = { "auth/budgets", tests };
