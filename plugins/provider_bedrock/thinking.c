/* provider_bedrock/thinking.c - how hard to think, in the words of the model's family.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

/* A budget has to leave room for an answer. */
static void think_by_budget(struct draft *d, const struct turns_wish *w)
{
	int64_t budget = w->budget;

	if (!turns_takes_budget(&d->turns))
		return;
	if (d->max_tokens >= 0) {
		if (d->max_tokens <= TURNS_BUDGET_MIN)
			return;
		budget = budget < d->max_tokens ? budget : d->max_tokens - 1;
	}
	d->budget = budget < TURNS_BUDGET_MIN ? TURNS_BUDGET_MIN : budget;
	d->thinks = 1;
}

static void think_by_effort(struct draft *d, const struct turns_wish *w)
{
	d->thinks = 1;
	d->effort = w->effort;
	if (w->effort && w->effort[0] == 'x' && !(d->can & MODEL_XHIGH))
		d->effort = d->can & MODEL_ADAPTIVE ? "max" : "high";
	else if (w->effort && w->effort[0] == 'm' && w->effort[1] == 'a'
	         && !(d->can & MODEL_ADAPTIVE))
		d->effort = "high";
	/* "high" wants all the room there is: beside a limit it is refused. */
	if (d->can & MODEL_NOVA && d->effort && d->effort[0] == 'h' && d->max_tokens >= 0)
		d->effort = "medium";
}

static void stop_thinking(struct draft *d)
{
	d->stops_thinking = (d->can & MODEL_CAN_STOP) != 0;
	if (!d->stops_thinking && d->can & (MODEL_ADAPTIVE | MODEL_EFFORT))
		d->effort = "low";
}

void bedrock_think(struct draft *d)
{
	cdt_val max = cdt_get(d->doc, "max_completion_tokens");
	struct turns_wish w = turns_wish(&d->turns, d->doc);

	d->max_tokens = cdt_type(max) == CDT_INT ? cdt_i64(max, 0) : -1;
	if (cdt_type(max) == CDT_INT && d->max_tokens < 1)
		bedrock_refuse(d, CDT_E_INVALID, "max_completion_tokens",
		               "The limit of tokens must be at least 1.");
	if (!w.said)
		return;
	if (w.off)
		stop_thinking(d);
	else if (d->can & MODEL_BUDGET)
		think_by_budget(d, &w);
	else if (d->can & (MODEL_ADAPTIVE | MODEL_NOVA | MODEL_EFFORT | MODEL_CONFIG))
		think_by_effort(d, &w);
	else
		bedrock_drop(d, "reasoning_effort");
}
