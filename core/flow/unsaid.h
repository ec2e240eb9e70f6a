/* flow/unsaid.h - what an answer used where its upstream did not say it.  Private to the room.
 * Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_UNSAID_H
#define FLOW_UNSAID_H
#include "flow/bill.h"

/* Fills in what is -1 and is billed.  True: some of it is a guess; what the request itself
 * says is none. */
bool unsaid_fill(const struct bill_facts *f, struct cdt_usage *u);

#endif
