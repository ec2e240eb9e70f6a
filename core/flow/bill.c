/* flow/bill.c - which ends cost what.  What the upstream said counts; what it did not say is
 * guessed from what went to it and what came back; what nobody can tell costs what was held.
 * SPDX-License-Identifier: MIT */
#include "flow/bill.h"

#include "base/log.h"
#include "base/str.h"
#include "canon/op.h"
#include "flow/unsaid.h"

static bool never_sent(const struct attempt_end *end)
{
	return end->stage <= ATTEMPT_BUILD || end->fetch == FETCH_NO_CONNECTION ||
	       end->fetch == FETCH_NO_TLS || end->fetch == FETCH_BLOCKED ||
	       end->fetch == FETCH_LATE_CONNECT;
}

static bool was_late(const struct attempt_end *end)
{
	return end->fetch == FETCH_LATE_FIRST_BYTE || end->fetch == FETCH_LATE_IDLE ||
	       end->fetch == FETCH_LATE_TOTAL;
}

/* In the middle of a good answer. */
static bool broke_off(const struct attempt_end *end)
{
	return (end->fetch == FETCH_CUT || end->fetch == FETCH_BAD_ANSWER) &&
	       end->http_status >= 200 && end->http_status <= 299;
}

enum bill_end bill_end_of(const struct attempt_end *end, int64_t seen, bool abort_stops)
{
	if (end->ok)
		return BILL_ANSWERED;
	if (never_sent(end))
		return BILL_UNREACHED;
	/* It was we who gave up. */
	if (was_late(end))
		return abort_stops ? BILL_CUT : BILL_UNKNOWN;
	return seen || broke_off(end) ? BILL_CUT : BILL_REFUSED;
}

/* false: there is no telling. */
static bool price_it(const struct bill_facts *f, const struct cdt_usage *u, int64_t *amount)
{
	struct price_counts counts = { .images = 0 };

	*amount = 0;
	if (!f->target->price)
		return true;
	/* Nothing said or guessed: only the call itself is billed. */
	if (price_counts_of(u, f->writes_for_an_hour, &counts) == CDT_E_INVALID)
		return false;
	if (f->measure)
		counts.shape = measure_shape(f->measure);
	return price_cost(f->target->price, &counts, amount) == CDT_OK;
}

static void charge_all(const struct bill_facts *f, struct bill *b)
{
	b->reason = REASON_HOLD;
	b->amount = f->held;
}

/* What was said, and what is guessed where nothing was. */
static void price_said(const struct bill_facts *f, struct bill *b)
{
	static const struct cdt_usage unknown = CDT_USAGE_INIT;

	if (unsaid_fill(f, &b->usage))
		b->reason = REASON_ESTIMATED;
	if (price_it(f, &b->usage, &b->amount))
		return;
	/* Its parts were above their whole, or there are more than can be. */
	log_warn(LOG_FLOW, NULL, "an upstream's usage makes no sense target=%.*s",
	         STR_ARG(f->target->name));
	b->usage = unknown;
	b->reason = REASON_ESTIMATED;
	(void)unsaid_fill(f, &b->usage);
	if (!price_it(f, &b->usage, &b->amount) && f->held >= 0)
		charge_all(f, b);
}

static bool says_something(const struct cdt_usage *u)
{
	return u->input >= 0 || u->output >= 0 || u->images >= 0 || u->seconds_ms >= 0 ||
	       u->characters >= 0 || u->searches >= 0;
}

static void nothing(struct bill *b, uint8_t reason)
{
	b->kind = ENTRY_VOID;
	b->reason = reason;
}

void bill_make(const struct bill_facts *f, struct bill *b)
{
	bool said = says_something(f->said);

	*b = (struct bill){ .kind = ENTRY_POST, .reason = REASON_REPORTED,
	                    .usage = *f->said };
	if (op_is_free(f->op)) {
		nothing(b, REASON_REFUSED);
		return;
	}
	if (f->end == BILL_UNREACHED) {
		nothing(b, REASON_UNREACHED);
		return;
	}
	if (f->end == BILL_REFUSED && !said) {
		nothing(b, REASON_REFUSED);
		return;
	}
	if (f->end == BILL_UNKNOWN && f->held >= 0) {
		charge_all(f, b);
		return;
	}
	if (said && f->said->cost_nanousd >= 0) {      /* it bills by itself */
		b->amount = f->said->cost_nanousd;
		return;
	}
	/* It may have thought for long before it said anything. */
	if (f->end == BILL_CUT && !f->seen && f->held >= 0 &&
	    guess_reasons(f->guesses, f->target->name)) {
		charge_all(f, b);
		return;
	}
	price_said(f, b);
	/* A guess does not take what nobody set aside: that is enough for any answer within
	 * the limit that the upstream was given. */
	if (b->reason == REASON_ESTIMATED && f->held >= 0 && b->amount > f->held)
		charge_all(f, b);
}

const char *bill_word(uint8_t reason)
{
	static const char *const words[] = {
		[REASON_REPORTED] = "reported", [REASON_ESTIMATED] = "estimated",
		[REASON_REFUSED] = "refused", [REASON_UNREACHED] = "unreached",
		[REASON_HOLD] = "held", [REASON_OPERATOR] = "operator",
		[REASON_CACHED] = "cached",
	};

	return reason < sizeof words / sizeof *words && words[reason] ? words[reason] : "";
}
