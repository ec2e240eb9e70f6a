/* unit/fetch/ends_test.c - the names of ends.
 * SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include <string.h>

#include "unit/unit.h"

static void every_end_has_a_name(void)
{
	for (int e = FETCH_OK; e <= FETCH_LATE_TOTAL; e++) {
		const char *name = fetch_end_name((enum fetch_end)e);

		CU_ASSERT_STRING_NOT_EQUAL(name, "unknown");
		CU_ASSERT_EQUAL(fetch_end_is_late((enum fetch_end)e),
		                !strncmp(name, "late_", 5));
	}
}

static const struct unit_test tests[] = {
	{ "every end has a name", every_end_has_a_name },
	{ NULL, NULL }
};
const struct unit_suite fetch_ends_suite = { "fetch/ends", tests };
