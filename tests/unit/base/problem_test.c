/* unit/base/problem_test.c - what the client must see.
 * SPDX-License-Identifier: MIT */
#include "base/problem.h"

#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

static void a_problem_has_status_reason_and_text(void)
{
	struct problem p;
	struct arena a;
	char param[] = "max_tokens";

	arena_init(&a, 256, 10000);
	CU_ASSERT_EQUAL(problem_set(&p, &a, PROBLEM_INVALID_VALUE, param, "%d is low", -1),
	                CDT_E_INVALID);
	param[0] = 'x';
	CU_ASSERT_EQUAL(p.cause, PROBLEM_INVALID_VALUE);
	CU_ASSERT_EQUAL(p.status, 400);
	CU_ASSERT_EQUAL(p.error.size, sizeof p.error);
	CU_ASSERT_EQUAL(p.error.reason, CDT_ERR_BAD_REQUEST);
	CU_ASSERT_EQUAL(p.error.retry_after_ms, -1);
	CU_ASSERT_TRUE(str_is(p.error.message, "-1 is low"));
	CU_ASSERT_TRUE(str_is(p.error.param, "max_tokens"));
	CU_ASSERT_TRUE(str_is(p.error.code, ""));
	(void)problem_set(&p, &a, PROBLEM_RATE_LIMIT, NULL, "slow down");
	CU_ASSERT_TRUE(str_is(p.error.param, ""));
	CU_ASSERT_EQUAL(p.error.reason, CDT_ERR_RATE_LIMITED);
	arena_fini(&a);
}

static void a_full_arena_still_gives_an_answer(void)
{
	struct problem p;
	struct arena a;

	arena_init(&a, 16, 0);
	CU_ASSERT_EQUAL(problem_set(&p, &a, PROBLEM_TOO_LARGE, "x", "%s", "y"), CDT_E_INVALID);
	CU_ASSERT_EQUAL(p.status, 413);
	CU_ASSERT_TRUE(p.error.message.n > 0);
	arena_fini(&a);
}

static void every_cause_has_a_status_a_reason_and_a_name(void)
{
	struct problem p;
	struct arena a;

	arena_init(&a, 256, 10000);
	for (int c = PROBLEM_NONE + 1; c < PROBLEM_COUNT; c++) {
		(void)problem_set(&p, &a, (enum problem_cause)c, NULL, "x");
		CU_ASSERT_TRUE(p.status >= 400 && p.status <= 504);
		CU_ASSERT_TRUE(p.error.reason >= CDT_ERR_OTHER);
		CU_ASSERT_TRUE(strlen(problem_name((enum problem_cause)c)) > 3);
	}
	CU_ASSERT_STRING_EQUAL(problem_name(PROBLEM_BAD_KEY), "BAD_KEY");
	CU_ASSERT_EQUAL(problem_status(PROBLEM_BAD_KEY), 401);
	CU_ASSERT_EQUAL(problem_status(PROBLEM_TIMEOUT), 504);
	arena_fini(&a);
}

static const struct unit_test tests[] = {
	{ "a problem has status, reason and text", a_problem_has_status_reason_and_text },
	{ "a full arena still gives an answer", a_full_arena_still_gives_an_answer },
	{ "every cause has a status, a reason and a name",
	  every_cause_has_a_status_a_reason_and_a_name },
	{ NULL, NULL },
};
const struct unit_suite base_problem_suite = { "base/problem", tests };
