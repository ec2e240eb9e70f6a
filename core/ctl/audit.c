/* ctl/audit.c - conduitctl audit: who changed what.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "ctl/show.h"

static int list(struct ctl *c)
{
	static const struct column columns[] = {
		{ "TIME", "time" }, { "ACTOR", "actor" }, { "ACTION", "action" },
		{ "KIND", "kind" }, { "OBJECT", "object" }, { "CHANGED", "changed" },
		{ "USD", "usd" }, { "NOTE", "note" }, { NULL, NULL },
	};
	const char *limit = args_value(c, "limit");
	char path[64];
	uint64_t n = 100;

	if (limit && !str_u64(str_z(limit), &n))
		return ctl_fail(CTL_USAGE, "--limit takes a number");
	(void)snprintf(path, sizeof path, "/admin/v1/audit?limit=%llu",
	               (unsigned long long)n);
	return show_resource(c, path, columns);
}

static const struct flag flags[] = {
	{ "limit", 0, "N", "how many, at most 1000; default 100" }, { NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "list", "", "the latest changes of keys and groups, newest first",
	  { "conduitctl audit list", "conduitctl audit list --limit 1000 -o csv" },
	  0, 0, flags, list },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_audit = { "audit", "who changed what", verbs, true };
