/* flow/report.h - what an exchange was, for the usage records.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_REPORT_H
#define FLOW_REPORT_H
#include "ledger/ledger.h"
#include "usage/record.h"

struct exchange;
struct flow;
struct kept;
struct tape_lane;

/* Records that wait for others to share a commit with.  One worker's. */
struct outbox;
struct outbox *outbox_new(struct flow *f);
void outbox_free(struct outbox *o);            /* sends what is left; NULL is fine */

/* An attempt has ended, and its bill is made. */
void report_attempt(struct exchange *x);
/* The record rides with the last charge; false: it is too large to be kept. */
bool report_ride(struct exchange *x, struct ledger_rider *rider);
/* Writes it by itself, if it did not ride: soon, with others. */
void report_send(struct exchange *x);
/* Those who look on hear of its end, and of streams, when they begin. */
struct tape_lane *flow_lane(const struct flow *f);
void report_end(struct exchange *x);
void report_stream(struct exchange *x);
/* The known answer that its client got, or NULL. */
const struct kept *report_known(const struct exchange *x);
/* "OK", or why not: in records, logs and metrics. */
cdt_str report_outcome(const struct exchange *x);

#endif
