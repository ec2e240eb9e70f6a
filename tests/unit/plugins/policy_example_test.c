/* unit/plugins/policy_example_test.c - the policy that docs/plugins.md shows is the fixture
 * headroom, and works.
 * SPDX-License-Identifier: MIT */
#include "unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "plugin/policy.h"
#include "unit/plugin/rig.h"
#include "unit/plugins/fake.h"

static void is_shown_as_it_is(void)
{
	cdt_str page = fake_read("docs/plugins.md");
	cdt_str fixture = fake_read("tests/unit/plugin/fixtures/headroom.c");

	CU_ASSERT_PTR_NOT_NULL_FATAL(page.p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fixture.p);
	CU_ASSERT_PTR_NOT_NULL(memmem(page.p, page.n, fixture.p, fixture.n));
	mem_free((char *)(uintptr_t)page.p);
	mem_free((char *)(uintptr_t)fixture.p);
}

static void does_what_it_says(void)
{
	static const int64_t left[] = { -1, 50, 700, 50 };
	struct cdt_target target[4];
	const struct cdt_target *list[4];
	struct cdt_route route = {
		.size = sizeof route, .input_tokens = -1, .targets = list, .count = 4,
	};
	uint16_t order[4] = { 0 };
	struct plugrig g;

	for (size_t i = 0; i < 4; i++) {
		target[i] = (struct cdt_target){
			.size = sizeof *target, .requests_left = left[i],
			.weight = (uint32_t)i,
		};
		list[i] = &target[i];
	}
	plugrig_init(&g, "headroom");
	CU_ASSERT_PTR_NOT_NULL_FATAL(plugrig_open(&g, "policy", "headroom", NULL, NULL));
	CU_ASSERT_EQUAL(policy_rank(g.self, &route, order, 4), 4);
	CU_ASSERT(order[0] == 2 && order[1] == 3 && order[2] == 1 && order[3] == 0);
	CU_ASSERT_EQUAL(plugrig_misuses(&g), 0);
	plugrig_fini(&g);
}

static const struct unit_test tests[] = {
	{ "is shown as it is", is_shown_as_it_is },
	{ "does what it says", does_what_it_says },
	{ NULL, NULL },
};
const struct unit_suite plugins_policy_example_suite = { "plugins/policy_example", tests };
