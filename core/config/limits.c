/* config/limits.c - the table of limits: names, ranges, periods.
 * SPDX-License-Identifier: MIT */
#include "config/limits.h"

#define MINUTE_MS   60000
#define DAY_MS      86400000
#define MOST_ASKED  1000000000
#define MOST_TOKENS 1000000000000
#define MOST_AT_ONCE 1000000

/* The largest times its period is far below 2^63: limit/bucket.c counts on that. */
const struct limit_row limit_rows[LIMIT_COUNT] = {
	[LIMIT_RPM] = { "rpm", "requests a minute", MOST_ASKED, MINUTE_MS },
	[LIMIT_RPD] = { "rpd", "requests a day", MOST_ASKED, DAY_MS },
	[LIMIT_TPM] = { "tpm", "tokens a minute", MOST_TOKENS, MINUTE_MS },
	[LIMIT_INPUT_TPM] = { "input_tpm", "input tokens a minute", MOST_TOKENS, MINUTE_MS },
	[LIMIT_OUTPUT_TPM] = { "output_tpm", "output tokens a minute", MOST_TOKENS, MINUTE_MS },
	[LIMIT_CONCURRENCY] = { "concurrency", "requests at once", MOST_AT_ONCE, 0 },
};
