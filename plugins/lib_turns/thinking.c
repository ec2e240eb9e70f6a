/* lib_turns/thinking.c - how hard the client wants the model to think.
 * SPDX-License-Identifier: MIT */
#include "lib_turns/turns.h"

#include "lib_words/words.h"

struct level { const char *word; int64_t budget; const char *effort; };
static const struct level levels[] = {
	{ "minimal", 1024, "low" },
	{ "low", 2048, "low" },
	{ "medium", 8192, "medium" },
	{ "high", 16384, "high" },
	{ "xhigh", 32768, "xhigh" },
	{ "max", TURNS_BUDGET_MAX, "max" },
};

static struct turns_wish by_effort(struct turns *t, cdt_str word)
{
	if (word.n == 0)
		return (struct turns_wish){ 0, 0, 0, NULL };
	if (cdt_is(word, "none"))
		return (struct turns_wish){ 1, 1, 0, NULL };
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
		if (cdt_is(word, levels[i].word))
			return (struct turns_wish){ 1, 0, levels[i].budget, levels[i].effort };
	turns_refuse(t, CDT_E_INVALID, "reasoning_effort",
	             "'reasoning_effort' must be none, minimal, low, medium, high, xhigh "
	             "or max.");
	return (struct turns_wish){ 0, 0, 0, NULL };
}

/* Clients that know Claude send its own member. */
static struct turns_wish by_thinking(cdt_val thinking, struct turns_wish other)
{
	cdt_str type = cdt_text(cdt_get(thinking, "type"));
	int64_t budget = cdt_i64(cdt_get(thinking, "budget_tokens"), 8192);

	if (cdt_is(type, "disabled"))
		return (struct turns_wish){ 1, 1, 0, NULL };
	if (cdt_is(type, "adaptive"))
		return other.said && !other.off ? other
		                                : (struct turns_wish){ 1, 0, 8192, NULL };
	if (!cdt_is(type, "enabled"))
		return other;
	budget = budget < TURNS_BUDGET_MIN ? TURNS_BUDGET_MIN : budget;
	return (struct turns_wish){ 1, 0, budget, budget <= 4096 ? "low"
	                                : budget <= 16384 ? "medium" : "high" };
}

int turns_takes_budget(const struct turns *t)
{
	return t->choice != CHOICE_ANY && t->choice != CHOICE_TOOL && !t->loop_unsigned;
}

struct turns_wish turns_wish(struct turns *t, cdt_val doc)
{
	return by_thinking(cdt_get(doc, "thinking"),
	                   by_effort(t, cdt_text(cdt_get(doc, "reasoning_effort"))));
}

/* Proofs of Claude and of Converse are base64.  Another host's have a mark in front, are JSON,
 * or tokens whose first bytes are 128 and 0. */
int turns_is_foreign(cdt_str proof)
{
	for (size_t i = 0; i < proof.n; i++)
		if (proof.p[i] == ':' || proof.p[i] == '{')
			return 1;
	return words_begin(proof, "gAAAA");
}
