/* ledger/money.c - how amounts are read, written and added.  What costs what is price.c's.
 * SPDX-License-Identifier: MIT */
#include "ledger/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* The part behind the point, filled up to nine digits. */
static bool read_decimals(cdt_str s, uint64_t *nano)
{
	char digits[MONEY_DECIMALS];

	if (s.n == 0 || s.n > sizeof digits)
		return false;
	memset(digits, '0', sizeof digits);
	memcpy(digits, s.p, s.n);
	return str_u64(str_from(digits, sizeof digits), nano);
}

/* May be one more than INT64_MAX: the least negative amount has no positive twin. */
static bool read_amount(cdt_str s, uint64_t *nano)
{
	bool has_point = str_find(s, '.') < s.n;
	cdt_str whole = str_cut(&s, '.');
	uint64_t usd, rest = 0, v;

	if (whole.n > 1 && whole.p[0] == '0')
		return false;
	if (!str_u64(whole, &usd) || (has_point && !read_decimals(s, &rest)))
		return false;
	if (__builtin_mul_overflow(usd, (uint64_t)MONEY_USD, &v) ||
	    __builtin_add_overflow(v, rest, &v) || v > (uint64_t)INT64_MAX + 1)
		return false;
	*nano = v;
	return true;
}

bool money_parse(cdt_str s, int64_t *nanousd)
{
	uint64_t nano;

	if (!read_amount(s, &nano) || nano > INT64_MAX)
		return false;
	*nanousd = (int64_t)nano;
	return true;
}

bool money_parse_signed(cdt_str s, int64_t *nanousd)
{
	uint64_t nano;

	if (s.n == 0 || s.p[0] != '-')
		return money_parse(s, nanousd);
	if (!read_amount(str_skip(s, 1), &nano))
		return false;
	*nanousd = nano > INT64_MAX ? INT64_MIN : -(int64_t)nano;
	return true;
}

char *money_text(int64_t nanousd, char out[MONEY_TEXT_SIZE])
{
	uint64_t nano = nanousd < 0 ? 0 - (uint64_t)nanousd : (uint64_t)nanousd;
	size_t n = (size_t)snprintf(out, MONEY_TEXT_SIZE, "%s%" PRIu64 ".%09" PRIu64,
	                            nanousd < 0 ? "-" : "", nano / (uint64_t)MONEY_USD,
	                            nano % (uint64_t)MONEY_USD);

	while (out[n - 1] == '0')
		n--;
	if (out[n - 1] == '.')
		n--;
	out[n] = '\0';
	return out;
}

bool money_add(int64_t a, int64_t b, int64_t *sum)
{
	int64_t v;

	if (__builtin_add_overflow(a, b, &v))
		return false;
	*sum = v;
	return true;
}

bool money_sub(int64_t a, int64_t b, int64_t *difference)
{
	int64_t v;

	if (__builtin_sub_overflow(a, b, &v))
		return false;
	*difference = v;
	return true;
}

bool money_mul(int64_t nanousd, int64_t times, int64_t *product)
{
	int64_t v;

	if (__builtin_mul_overflow(nanousd, times, &v))
		return false;
	*product = v;
	return true;
}
