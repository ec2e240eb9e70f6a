/* lib_gemini/thinking.c - how hard to think, in the words of the model's class.  The third
 * generation has levels and can not be stopped, the second a budget of tokens.
 * SPDX-License-Identifier: MIT */
#include "gemini.h"

enum { ROOM_TO_ANSWER = 256 };          /* tokens of the limit that thoughts must leave */

static const struct effort { const char *word, *level; int64_t budget; } efforts[] = {
	{ "none", "MINIMAL", 0 },
	{ "minimal", "MINIMAL", 512 },
	{ "low", "LOW", 1024 },
	{ "medium", "MEDIUM", 8192 },
	{ "high", "HIGH", 24576 },
	{ "xhigh", "HIGH", 24576 },
	{ "max", "HIGH", 32768 },
};

static const struct effort *effort_of(struct draft *d, cdt_str word)
{
	if (word.n == 0)
		return NULL;
	for (size_t i = 0; i < sizeof efforts / sizeof efforts[0]; i++)
		if (cdt_is(word, efforts[i].word))
			return &efforts[i];
	gemini_refuse(d, CDT_E_INVALID, "reasoning_effort",
	              "'reasoning_effort' must be none, minimal, low, medium, high, xhigh or "
	              "max.");
	return NULL;
}

/* The limit of tokens holds the thoughts, too: what they take must leave room to answer. */
static int64_t budget_within(const struct draft *d, int64_t budget)
{
	int64_t limit = cdt_i64(cdt_get(d->doc, "max_completion_tokens"), 0);

	if (limit > 0 && budget > limit - ROOM_TO_ANSWER)
		budget = limit - ROOM_TO_ANSWER;
	if (budget > d->model->budget_max)
		budget = d->model->budget_max;
	return budget < d->model->budget_min ? d->model->budget_min : budget;
}

static void open_thinking(struct draft *d)
{
	d->o->api->key(d->o, "thinkingConfig");
	cdt_open(d->o, '{');
}

static void write_level(struct draft *d, const struct effort *e)
{
	cdt_str level = words_z(e->level);

	if (cdt_is(level, "MINIMAL") && !(d->model->abilities & MODEL_MINIMAL))
		level = CDT_STR("LOW");
	open_thinking(d);
	if (!cdt_is(words_z(e->word), "none"))
		cdt_put_flag(d->o, "includeThoughts", 1);
	cdt_put_text(d->o, "thinkingLevel", level);
	cdt_close(d->o);
}

static void write_budget(struct draft *d, int64_t wanted)
{
	int64_t budget = budget_within(d, wanted);

	open_thinking(d);
	if (wanted > 0 && budget > 0)
		cdt_put_flag(d->o, "includeThoughts", 1);
	cdt_put_i64(d->o, "thinkingBudget", budget > 0 ? budget : 0);
	cdt_close(d->o);
}

/* Clients of other dialects give a budget of tokens. */
static const struct effort *effort_for(int64_t budget)
{
	size_t i = 1;

	while (i + 1 < sizeof efforts / sizeof efforts[0] && efforts[i].budget < budget)
		i++;
	return &efforts[i];
}

void gemini_write_thinking(struct draft *d)
{
	cdt_val own = cdt_get(cdt_get(cdt_get(d->doc, "extra_body"), "google"),
	                      "thinking_config");
	cdt_val thinking = cdt_get(d->doc, "thinking");
	cdt_str type = cdt_text(cdt_get(thinking, "type"));
	const struct effort *e = effort_of(d, cdt_text(cdt_get(d->doc, "reasoning_effort")));
	int64_t budget = e ? e->budget : 0;

	if (cdt_type(own) == CDT_MAP) {
		cdt_put_val(d->o, "thinkingConfig", own);
		return;
	}
	if (!e && cdt_is(type, "enabled")) {
		budget = cdt_i64(cdt_get(thinking, "budget_tokens"), 8192);
		e = effort_for(budget);
	} else if (!e && cdt_is(type, "disabled")) {
		e = &efforts[0];
	}
	if (!e)
		return;
	if (d->model->abilities & MODEL_LEVEL)
		write_level(d, e);
	else if (d->model->abilities & MODEL_BUDGET)
		write_budget(d, budget);
	else if (!cdt_is(words_z(e->word), "none"))
		gemini_unsupported(d, "reasoning_effort");
}
