/* check/report.h - lines of the Test Anything Protocol, and checks that run in a process of
 * their own: what kills them is one line, not the end of the run.
 * SPDX-License-Identifier: MIT */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report {
	unsigned ok, failed, skipped;
};

enum { VERDICTS_MAX = 20, VERDICT_WHAT_SIZE = 40, VERDICT_WHY_SIZE = 3000 };

/* Shared by the process that runs checks and the one that prints. */
struct verdicts {
	char running[VERDICT_WHAT_SIZE];       /* what would be at fault now */
	uint64_t at;                           /* where in it: a mutation, a byte */
	size_t count;
	struct {
		char what[VERDICT_WHAT_SIZE];
		bool ok;
		char why[VERDICT_WHY_SIZE];
	} one[VERDICTS_MAX];
};

void report_line(struct report *r, bool ok, const char *name, const char *what,
                 const char *why);
void report_skip(struct report *r, const char *name, const char *why);
/* The plan and the sums; returns the program's exit status. */
int report_end(const struct report *r);

/* Inside of a trial: what begins, and how it ended.  why: printf's, "" when it is ok. */
void verdict_begin(struct verdicts *v, const char *what);
void verdict_end(struct verdicts *v, const char *why);

/* Runs fn in a process of its own, for at most so many seconds, and reports what it found. */
void report_trial(struct report *r, const char *name, unsigned seconds,
                  void (*fn)(struct verdicts *v, void *arg), void *arg);

#endif
