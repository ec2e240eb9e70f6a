/* ledger/money.h - amounts of money: int64 nano-USD, at most 9,223,372,036.854775807 USD.
 * Pure functions; nothing here knows floating point.  Where a function says false, what it
 * would have written is untouched.  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef LEDGER_MONEY_H
#define LEDGER_MONEY_H
#include "conduit/base.h"

#include <stdbool.h>

#define MONEY_USD INT64_C(1000000000)           /* nano-USD in one */
enum { MONEY_DECIMALS = 9, MONEY_TEXT_SIZE = 24 };

/* "10", "0.005": digits, and up to nine more behind a point.  False on a sign, an exponent, a
 * blank, a bare point, a leading zero ("010"), a tenth decimal (even if it is 0), and on more
 * than there can be. */
bool money_parse(cdt_str s, int64_t *nanousd);
/* The same with "-" in front: corrections and refunds. */
bool money_parse_signed(cdt_str s, int64_t *nanousd);
/* The shortest exact text: "0.01", "12", "-3.5".  money_parse_signed reads it back.
 * Returns out. */
char *money_text(int64_t nanousd, char out[MONEY_TEXT_SIZE]);

/* False on overflow. */
bool money_add(int64_t a, int64_t b, int64_t *sum);
bool money_sub(int64_t a, int64_t b, int64_t *difference);
bool money_mul(int64_t nanousd, int64_t times, int64_t *product);

#endif
