/* ctl/providers.c - conduitctl providers: who answers.
 * SPDX-License-Identifier: MIT */
#include "ctl/show.h"

static int list(struct ctl *c)
{
	static const struct column columns[] = {
		{ "NAME", "name" }, { "TYPE", "type" }, { "STATUS", "status" },
		{ "BASE URL", "base_url" }, { "KEYS", "keys[].id" },
		{ "DEFINED AT", "defined_at" }, { NULL, NULL },
	};

	return show_resource(c, "/admin/v1/providers", columns);
}

static const struct verb verbs[] = {
	{ "list", "", "the providers of the configuration",
	  { "conduitctl providers", "conduitctl providers list -o json" }, 0, 0, NULL, list },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_providers = { "providers", "who answers", verbs, true };
