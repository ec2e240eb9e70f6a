/* unit/base/secret_test.c - bytes that are told once.
 * SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include <string.h>

#include "base/str.h"
#include "unit/unit.h"

static void holds_its_bytes(void)
{
	char big[9000];
	struct secret *s = secret_new(CDT_STR("sk-abc\0def"));

	CU_ASSERT_TRUE(str_eq(secret_bytes(s), CDT_STR("sk-abc\0def")));
	secret_free(s);
	memset(big, 'x', sizeof big);
	s = secret_new(str_from(big, sizeof big));
	CU_ASSERT_TRUE(str_eq(secret_bytes(s), str_from(big, sizeof big)));
	secret_free(s);
	s = secret_new((cdt_str){ NULL, 0 });
	CU_ASSERT_EQUAL(secret_bytes(s).n, 0);
	secret_free(s);
	secret_free(NULL);
	CU_ASSERT_EQUAL(secret_bytes(NULL).n, 0);
}

static void hints_tell_little(void)
{
	static const struct { const char *secret, *hint; } cases[] = {
		{ "sk-proj-0123456789a1b2", "sk-...a1b2" }, { "0123456789abcde", "***" },
		{ "0123456789abcdef", "012...cdef" }, { "", "***" },
		{ "\x01\"x456789abcdef\xff\n", "?\"x...ef??" },
	};
	char hint[16];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct secret *s = secret_new(str_z(cases[i].secret));

		CU_ASSERT_STRING_EQUAL(secret_hint(s, hint), cases[i].hint);
		secret_free(s);
	}
	CU_ASSERT_STRING_EQUAL(secret_hint(NULL, hint), "***");
}

static const struct unit_test tests[] = {
	{ "holds its bytes", holds_its_bytes },
	{ "hints tell little", hints_tell_little },
	{ NULL, NULL },
};
const struct unit_suite base_secret_suite = { "base/secret", tests };
