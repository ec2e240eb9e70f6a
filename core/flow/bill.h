/* flow/bill.h - what one attempt has cost, and how we know.  Pure functions.
 * SPDX-License-Identifier: MIT */
#ifndef FLOW_BILL_H
#define FLOW_BILL_H
#include "flow/guess.h"
#include "flow/measure.h"
#include "ledger/ledger.h"
#include "router/route.h"
#include "upstream/attempt.h"

/* How it ended, as far as the bill is concerned. */
enum bill_end {
	BILL_UNREACHED,                /* nobody got the request */
	BILL_REFUSED,                  /* the upstream said no before it did anything */
	BILL_ANSWERED,                 /* to the end */
	BILL_CUT,                      /* part of the answer came; no more was made */
	BILL_UNKNOWN,                  /* it may go on and bill what it makes */
};
/* abort_stops: leaving it stops the bill, and what was made by then could be seen. */
enum bill_end bill_end_of(const struct attempt_end *end, int64_t seen, bool abort_stops);

struct bill_facts {
	const struct target *target;
	enum bill_end end;
	const struct cdt_usage *said;  /* by the upstream */
	const struct guesses *guesses;
	enum guess_form form;          /* of what was seen */
	int64_t body_bytes, seen;
	int64_t held;                  /* for nobody knows; -1: nothing was set aside */
	uint32_t op;                   /* CDT_OP_... */
	const struct measure *measure; /* NULL: of an operation of text alone */
	bool has_output;               /* the operation bills any */
	bool writes_for_an_hour;
};

struct bill {
	uint8_t kind, reason;          /* enum entry_kind, entry_reason */
	int64_t amount;                /* nano-USD; 0 where there is no price */
	struct cdt_usage usage;        /* as said, or guessed */
};
void bill_make(const struct bill_facts *f, struct bill *b);

/* "reported", "estimated": for records and people. */
const char *bill_word(uint8_t reason);

#endif
