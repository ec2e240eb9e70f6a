/* ctl/budgets.h - budgets as people write them: "5/month", "1/day@Europe/Berlin:gpt-*,o3".
 * SPDX-License-Identifier: MIT */
#ifndef CTL_BUDGETS_H
#define CTL_BUDGETS_H
#include "base/json.h"
#include "base/jsonw.h"
#include "ctl/ctl.h"

/* The member "budgets", from the flags --budget and --soft-budget in their order; how many
 * members that is, or -1: one was wrong, and that is told. */
int budgets_put(const struct ctl *c, struct jsonw *w);
/* A record's budgets become the text that people would write, for tables. */
void budgets_spell(struct json *record);

#define BUDGET_FLAGS \
	{ "budget", 0, "USD/PERIOD", "money it may spend: 5/month, 1/day@Europe/Berlin, " \
	  "20/total:gpt-*,o3; may be given again; 'none' = no budgets" }, \
	{ "soft-budget", 0, "USD/PERIOD", "the same, only counted" }, \
	{ "clamp", 0, NULL, "shorten answers to what the budget still buys" }, \
	{ "no-clamp", 0, NULL, "refuse what may cost more than is left" }, \
	{ "on-disconnect", 0, "cancel|drain", "stop when a client leaves, or read on" }

#endif
