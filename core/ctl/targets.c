/* ctl/targets.c - conduitctl targets: upstream models that requests can go to.
 * SPDX-License-Identifier: MIT */
#include "ctl/show.h"

static int list(struct ctl *c)
{
	static const struct column columns[] = {
		{ "NAME", "name" }, { "PROVIDER", "provider" }, { "MODEL", "model" },
		{ "STATUS", "status" }, { "WINDOW", "context_window" },
		{ "INPUT", "price.input" }, { "OUTPUT", "price.output" },
		{ "PRICED BY", "price_row" }, { NULL, NULL },
	};

	return show_resource(c, "/admin/v1/targets", columns);
}

static const struct verb verbs[] = {
	{ "list", "", "providers with their models",
	  { "conduitctl targets", "conduitctl targets list -o csv" }, 0, 0, NULL, list },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_targets = { "targets", "upstream models that requests can go to", verbs,
                                  true };
