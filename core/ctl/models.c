/* ctl/models.c - conduitctl models: what clients may ask for.
 * SPDX-License-Identifier: MIT */
#include "ctl/show.h"

static int list(struct ctl *c)
{
	static const struct column columns[] = {
		{ "ID", "id" }, { "ALIASES", "aliases" }, { "TARGETS", "targets" },
		{ "CAPABILITIES", "capabilities" }, { "WINDOW", "context_window" },
		{ "INPUT", "price.input" }, { "OUTPUT", "price.output" },
		{ "PRICED BY", "price_row" },
		{ "DEFINED AT", "defined_at" }, { NULL, NULL },
	};

	return show_resource(c, "/admin/v1/models", columns);
}

static const struct verb verbs[] = {
	{ "list", "", "names, aliases, targets, USD for a million tokens",
	  { "conduitctl models", "conduitctl models list -o csv" }, 0, 0, NULL, list },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_models = { "models", "what clients may ask for", verbs, true };
