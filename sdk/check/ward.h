/* check/ward.h - a cache backend that is being checked, in a process and a folder of its own.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_WARD_H
#define CHECK_WARD_H
#include "check/check.h"
#include "check/desk.h"

struct ward {
	struct instance *instance;
	struct desk desk[STAGE_WORKERS];       /* the first is this thread's */
	unsigned misuses;                      /* until now */
	char why[VERDICT_WHY_SIZE];            /* of the step that runs; "": it is fine */
};

/* The first one counts. */
void ward_fail(struct ward *w, const char *form, ...) __attribute__((format(printf, 2, 3)));

struct ward_step { const char *what; void (*run)(struct ward *w); };
/* cache.c - ends with NULLs. */
extern const struct ward_step cache_steps[];

#endif
