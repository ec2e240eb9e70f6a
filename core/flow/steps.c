/* flow/steps.c - the life of an exchange.  Read me first.
 * SPDX-License-Identifier: MIT */
#include "flow/exchange.h"
#include "flow/recall.h"

const struct step steps[] = {
	{ "identify", step_identify },     /* auth/      who is it                    */
	{ "decode",   step_decode   },     /* api/       what do they want            */
	{ "permit",   step_permit   },     /* auth/      may they                     */
	{ "limit",    step_limit    },     /* limit/     not too fast                 */
	{ "recall",   step_recall   },     /* cache/     known already                */
	{ "route",    step_route    },     /* router/    who could answer             */
	{ "attempt",  step_attempt  },     /* upstream/  ask, try on, relay           */
	{ "settle",   step_settle   },     /* usage/     what it was                  */
};
enum { STEP_COUNT = sizeof steps / sizeof *steps, STEP_SETTLE = STEP_COUNT - 1 };

/* The client has got something else. */
static bool is_rescued(struct exchange *x)
{
	return recall_rescue(x) || instead_rescue(x);
}

void exchange_run(struct exchange *x)
{
	while (x->step < STEP_COUNT) {
		bool last = x->step == STEP_SETTLE;
		enum step_result result = x->timed ? flow_time_step(x)
		                                   : steps[x->step].run(x);

		if (last || result == STEP_WAIT)
			return;                        /* settle has freed it */
		if (result == STEP_FAILED && !is_rescued(x))
			giveup(x);
		x->step = result == STEP_NEXT ? x->step + 1 : (size_t)STEP_SETTLE;
	}
}

void exchange_resume(struct exchange *x, enum step_result result)
{
	if (result == STEP_FAILED && !is_rescued(x))
		giveup(x);
	x->step = result == STEP_NEXT ? x->step + 1 : (size_t)STEP_SETTLE;
	exchange_run(x);
}
