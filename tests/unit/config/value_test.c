/* unit/config/value_test.c - decimals without floats.
 * SPDX-License-Identifier: MIT */
#include "config/value.h"
#include "unit/unit.h"

#include "base/str.h"

static void reads_money_exactly(void)
{
	static const struct { const char *text; int64_t millionths;
	} rows[] = {
		{ "2.50", 2500000 },
		{ "2.5", 2500000 },
		{ "0", 0 },
		{ "0.000001", 1 },
		{ "10", 10000000 },
		{ "0.1", 100000 },
		{ "0.075", 75000 },
		{ "1.123456", 1123456 },
		{ "007.10", 7100000 },
		{ "9223372036853.999999", 9223372036853999999 },
		{ "", -1 },
		{ ".5", -1 },
		{ "5.", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ "1.1234567", -1 },
		{ "1,5", -1 },
		{ "1e3", -1 },
		{ " 1", -1 },
		{ "1 ", -1 },
		{ "0x10", -1 },
		{ "1.2.3", -1 },
		{ "9223372036854.775808", -1 },
		{ "99999999999999999999", -1 },
		{ "1.-1", -1 },
		{ "$1", -1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t millionths = -1;
		bool ok = value_decimal(str_z(rows[i].text), 6, &millionths);

		CU_ASSERT_EQUAL(millionths, rows[i].millionths);
		CU_ASSERT_EQUAL(ok, rows[i].millionths >= 0);
	}
}

static const struct unit_test tests[] = {
	{ "reads money exactly", reads_money_exactly },
	{ NULL, NULL }
};
const struct unit_suite config_value_suite = { "config/value", tests };
