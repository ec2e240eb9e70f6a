/* flow/report.h - what an exchange was, for the usage records.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_REPORT_H
#define FLOW_REPORT_H
#include "ledger/ledger.h"
#include "usage/record.h"

struct exchange;
struct flow;
struct kept;

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
/* The known answer that its client got, or NULL. */
const struct kept *report_known(const struct exchange *x);
/* "OK", or why not: in records, logs and metrics. */
cdt_str report_outcome(const struct exchange *x);

#endif
