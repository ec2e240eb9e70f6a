/* provider_bedrock/thinking.c - how hard to think, in the words of the model's family.
 * SPDX-License-Identifier: MIT */
#include "bedrock.h"

enum { BUDGET_MIN = 1024, BUDGET_MAX = 64000 };

struct level { const char *word; int64_t budget; const char *effort; };
static const struct level levels[] = {
	{ "minimal", 1024, "low" },
	{ "low", 2048, "low" },
	{ "medium", 8192, "medium" },
	{ "high", 16384, "high" },
	{ "xhigh", 32768, "xhigh" },
	{ "max", BUDGET_MAX, "max" },
};

/* What the client asks for. */
struct wish { int said, off; int64_t budget; const char *effort; };

static struct wish by_effort(struct draft *d, cdt_str word)
{
	if (word.n == 0)
		return (struct wish){ 0, 0, 0, NULL };
	if (cdt_is(word, "none"))
		return (struct wish){ 1, 1, 0, NULL };
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
		if (cdt_is(word, levels[i].word))
			return (struct wish){ 1, 0, levels[i].budget, levels[i].effort };
	bedrock_refuse(d, CDT_E_INVALID, "reasoning_effort",
	               "'reasoning_effort' must be none, minimal, low, medium, high, xhigh or "
	               "max.");
	return (struct wish){ 0, 0, 0, NULL };
}

/* Clients that know Claude send its own member. */
static struct wish by_thinking(cdt_val thinking, struct wish other)
{
	cdt_str type = cdt_text(cdt_get(thinking, "type"));
	int64_t budget = cdt_i64(cdt_get(thinking, "budget_tokens"), 8192);

	if (cdt_is(type, "disabled"))
		return (struct wish){ 1, 1, 0, NULL };
	if (cdt_is(type, "adaptive"))
		return other.said && !other.off ? other : (struct wish){ 1, 0, 8192, NULL };
	if (!cdt_is(type, "enabled"))
		return other;
	budget = budget < BUDGET_MIN ? BUDGET_MIN : budget;
	return (struct wish){ 1, 0, budget, budget <= 4096 ? "low"
	                                    : budget <= 16384 ? "medium" : "high" };
}

/* A budget is refused beside a forced tool, and after tool calls whose reasoning is lost; and
 * it has to leave room for an answer. */
static void think_by_budget(struct draft *d, const struct wish *w)
{
	int64_t budget = w->budget;

	if (d->choice == CHOICE_ANY || d->choice == CHOICE_TOOL || d->turns.loop_unsigned)
		return;
	if (d->max_tokens >= 0) {
		if (d->max_tokens <= BUDGET_MIN)
			return;
		budget = budget < d->max_tokens ? budget : d->max_tokens - 1;
	}
	d->budget = budget < BUDGET_MIN ? BUDGET_MIN : budget;
	d->thinks = 1;
}

static void think_by_effort(struct draft *d, const struct wish *w)
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
	struct wish w = by_effort(d, cdt_text(cdt_get(d->doc, "reasoning_effort")));

	w = by_thinking(cdt_get(d->doc, "thinking"), w);
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
