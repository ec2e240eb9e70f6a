/* usage/tape.h - what happens now, for those who look on: figures of finished exchanges, which
 * are always counted, and whole records while they are wanted.  Each worker counts in a lane of
 * its own and never waits; main reads all of them.
 * SPDX-License-Identifier: MIT */
#ifndef USAGE_TAPE_H
#define USAGE_TAPE_H
#include "conduit/base.h"

#include <stdbool.h>

struct tape;
struct tape_lane;
struct usage_post;
struct usage_record;

struct tape *tape_new(void);
void tape_free(struct tape *t);                        /* after its lanes; NULL is fine */
/* [main, before the lane's worker runs]  And main takes it back when that has ended. */
struct tape_lane *tape_open(struct tape *t);
void tape_close(struct tape_lane *l);                  /* NULL is fine */

/* Whose fault it was that a request came to nothing. */
#define TAPE_FAULTS(X) X(NONE, "none") X(CALLER, "caller") X(POLICY, "policy") \
	X(PROVIDER, "provider") X(GATEWAY, "gateway") X(GONE, "client_gone")
#define TAPE_FAULT_ID(id, name) TAPE_##id,
enum tape_fault { TAPE_FAULTS(TAPE_FAULT_ID) TAPE_FAULT_COUNT };
const char *tape_fault_name(enum tape_fault f);

/* An exchange that has ended; below 0: not known, or it did not happen. */
struct tape_end {
	enum tape_fault fault;
	bool hit;                              /* it got a known answer */
	int64_t input, cached, output, cost;   /* tokens; nano-USD */
	int64_t total_us, first_us, overhead_us;
};
/* --- [the lane's worker] no lock, no system call --- */
void tape_count(struct tape_lane *l, const struct tape_end *e);
void tape_stream(struct tape_lane *l, bool begins);    /* or ends */
/* Takes a share of a post that lies in a sheaf, when records are wanted. */
void tape_record(struct tape_lane *l, struct usage_post *p);

/* --- [main] --- */
void tape_want(struct tape *t, bool records);
/* Records since the last call, at most max, those of one lane in their order.  Returns how many
 * others there were. */
uint64_t tape_records(struct tape *t, size_t max,
                      void (*row)(void *arg, const struct usage_record *r), void *arg);

enum tape_span { TAPE_TOTAL, TAPE_FIRST, TAPE_OVERHEAD, TAPE_SPANS };
enum tape_rank { TAPE_P50, TAPE_P95, TAPE_P99, TAPE_RANKS };
struct tape_figures {
	uint64_t requests, hits, faults[TAPE_FAULT_COUNT];
	int64_t input, cached, output, cost;
	int64_t us[TAPE_SPANS][TAPE_RANKS];    /* within an eighth; -1: there was none */
	int64_t streams;                       /* that are open now */
};
/* What ended since the last call. */
void tape_read(struct tape *t, struct tape_figures *out);

#endif
