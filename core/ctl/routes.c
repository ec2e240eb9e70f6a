/* ctl/routes.c - conduitctl routes: who is asked for a model, and who next.
 * SPDX-License-Identifier: MIT */
#include "ctl/show.h"

static int list(struct ctl *c)
{
	static const struct column columns[] = {
		{ "MODEL", "model" }, { "POLICY", "policy" }, { "TARGETS", "targets[].target" },
		{ "WEIGHTS", "targets[].weight" }, { "FALLBACKS", "fallbacks" }, { NULL, NULL },
	};

	return show_resource(c, "/admin/v1/routes", columns);
}

static const struct verb verbs[] = {
	{ "list", "", "models with their targets, weights and fallbacks",
	  { "conduitctl routes", "conduitctl routes list -o json" }, 0, 0, NULL, list },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_routes = { "routes", "who is asked for a model, and who next", verbs,
                                 true };
