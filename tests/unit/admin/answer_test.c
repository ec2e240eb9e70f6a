/* How problems look to users of the admin API.
 * SPDX-License-Identifier: MIT */
#include "admin/inquiry.h"

#include "base/str.h"
#include "unit/unit.h"

static void check(enum problem_cause cause, const char *param, const char *report,
                  const char *expected)
{
	struct problem p;
	struct arena a;
	struct buf out;

	arena_init(&a, 1024, 8192);
	buf_init(&out, 8192);
	(void)problem_set(&p, &a, cause, param, "so \"it\" is");
	answer_problem(&p, str_z(report), &out);
	CU_ASSERT(str_is(buf_str(&out), expected));
	buf_fini(&out);
	arena_fini(&a);
}

static void each_cause_has_its_words(void)
{
	check(PROBLEM_INVALID_VALUE, "name", NULL, "{\"error\":{"
	      "\"message\":\"so \\\"it\\\" is\",\"type\":\"invalid_request_error\","
	      "\"param\":\"name\",\"code\":\"invalid_value\"}}");
	check(PROBLEM_NO_KEY, NULL, NULL, "{\"error\":{\"message\":\"so \\\"it\\\" is\","
	      "\"type\":\"authentication_error\",\"param\":null,"
	      "\"code\":\"invalid_admin_token\"}}");
	check(PROBLEM_CONFLICT, "id", NULL, "{\"error\":{\"message\":\"so \\\"it\\\" is\","
	      "\"type\":\"invalid_request_error\",\"param\":\"id\",\"code\":\"conflict\"}}");
}

static void an_unexpected_cause_is_our_fault(void)
{
	check(PROBLEM_INTERNAL, NULL, NULL, "{\"error\":{\"message\":\"so \\\"it\\\" is\","
	      "\"type\":\"server_error\",\"param\":null,\"code\":\"internal_error\"}}");
}

static void a_report_stands_beside_the_problem(void)
{
	check(PROBLEM_INVALID_VALUE, NULL, "a.cfg:1: error\n", "{\"error\":{\"message\":"
	      "\"so \\\"it\\\" is\",\"type\":\"invalid_request_error\",\"param\":null,"
	      "\"code\":\"invalid_value\"},\"report\":\"a.cfg:1: error\\n\"}");
}

static const struct unit_test tests[] = {
	{ "each cause has its words", each_cause_has_its_words },
	{ "an unexpected cause is our fault", an_unexpected_cause_is_our_fault },
	{ "a report stands beside the problem", a_report_stands_beside_the_problem },
	{ NULL, NULL },
};
const struct unit_suite admin_answer_suite = { "admin/answer", tests };
