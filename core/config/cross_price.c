/* config/cross_price.c - what a price must say besides single numbers.
 * SPDX-License-Identifier: MIT */
#include "config/cross_price.h"

#include <inttypes.h>
#include <string.h>

static bool names_price(const struct node *group)
{
	for (const struct node *n = group->first; n; n = n->next)
		if (strcmp(n->name, "above") != 0 && strcmp(n->name, "tiers") != 0)
			return true;
	return false;
}

static void check_tiers(struct tree *t, const struct node *list, const char *model)
{
	int64_t before = 0;

	if (list->count > CONFIG_TIERS_MAX)
		config_report_error(t->report, list->at, "model '%s': a price has at most %d "
		                    "tiers", model, CONFIG_TIERS_MAX);
	for (const struct node *g = list->first; g; g = g->next) {
		int64_t above = node_value(g, "above", before + 1);

		if (above <= before)
			config_report_error(t->report, g->at, "model '%s': tiers must ascend: "
			                    "above = %" PRId64 " does not follow %" PRId64,
			                    model, above, before);
		if (!names_price(g))
			config_report_error(t->report, g->at, "model '%s': this tier names no "
			                    "price", model);
		before = above;
	}
}

static void check_price(struct tree *t, const struct node *owner, const char *model)
{
	const struct node *price = node_get(owner, "price"), *tiers = node_get(price, "tiers");

	if (price && !names_price(price))
		config_report_error(t->report, price->at, "model '%s': this price names none; "
		                    "for nothing: input = \"0\"", model);
	if (tiers)
		check_tiers(t, tiers, model);
}

void cross_check_prices(struct tree *t)
{
	const struct node *models = node_get(t->root, "models");

	for (const struct node *m = models ? models->first : NULL; m; m = m->next) {
		const struct node *targets = node_get(m, "targets");

		check_price(t, m, node_text(m, "name"));
		for (const struct node *g = targets ? targets->first : NULL; g; g = g->next)
			check_price(t, g, node_text(m, "name"));
	}
}
