/* config/limits.h - how much of what in which time: the same members for keys, models and
 * upstream accounts.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_LIMITS_H
#define CONFIG_LIMITS_H
#include "conduit/base.h"

#include <stdbool.h>

enum limit {
	LIMIT_RPM, LIMIT_RPD, LIMIT_TPM, LIMIT_INPUT_TPM, LIMIT_OUTPUT_TPM, LIMIT_CONCURRENCY,
	LIMIT_COUNT
};

struct config_limits {
	int64_t max[LIMIT_COUNT];              /* 0 = no limit */
	uint32_t shadowed;                     /* a bit each: only reported, never refused */
};
enum { LIMITS_ALL_SHADOWED = (1 << LIMIT_COUNT) - 1 };

struct limit_row {
	const char *name;                      /* of the member, wherever one may say it */
	const char *phrase;                    /* for people */
	int64_t most;                          /* that one may say */
	int64_t period_ms;                     /* 0: at once */
};
extern const struct limit_row limit_rows[LIMIT_COUNT];

/* Does any of them say something? */
static inline bool limits_any(const struct config_limits *l)
{
	int64_t all = 0;

	for (int i = 0; i < LIMIT_COUNT; i++)
		all |= l->max[i];
	return all != 0;
}

#endif
