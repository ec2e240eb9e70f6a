/* ctl/plugins.c - conduitctl plugins: what was loaded, what was refused and why.
 * SPDX-License-Identifier: MIT */
#include "ctl/show.h"

static int list(struct ctl *c)
{
	static const struct column columns[] = {
		{ "ID", "id" }, { "VERSION", "version" }, { "STATUS", "status" },
		{ "OFFERS", "features[].name" }, { "FILE", "file" }, { "WHY", "why" },
		{ NULL, NULL },
	};

	return show_resource(c, "/admin/v1/plugins", columns);
}

static const struct verb verbs[] = {
	{ "list", "", "files, what they offer, why some were refused",
	  { "conduitctl plugins", "conduitctl plugins list -o json" }, 0, 0, NULL, list },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_plugins = { "plugins", "what was loaded", verbs, true };
