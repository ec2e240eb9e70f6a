/* ctl/audit.c - conduitctl audit: who changed what.
 * SPDX-License-Identifier: MIT */
#include "ctl/filter.h"
#include "ctl/pages.h"

static int list(struct ctl *c)
{
	static const struct pages_order order = { "/admin/v1/audit", "cursor", 100 };
	static const struct column columns[] = {
		{ "TIME", "time" }, { "ACTOR", "actor" }, { "ACTION", "action" },
		{ "KIND", "kind" }, { "OBJECT", "object" }, { "CHANGED", "changed" },
		{ "USD", "usd" }, { "NOTE", "note" }, { NULL, NULL },
	};

	return pages_show(c, &order, columns);
}

static const struct flag flags[] = {
	FILTER_TIME_FLAGS,
	{ "actor", 0, "WORD", "admin (over TCP), web or socket" },
	{ "action", 0, "WORD", "create, update, rotate, delete, credit, login ..." },
	{ "kind", 0, "WORD", "key, group, session ..." },
	{ "object", 0, "TEXT", "a part of the id or name of what was changed" },
	{ "limit", 0, "N", "how many; default 100" }, { NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "list", "", "the latest changes, newest first",
	  { "conduitctl audit list --since 7d --action delete",
	    "conduitctl audit list --limit 1000 -o csv" },
	  0, 0, flags, list },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_audit = { "audit", "who changed what", verbs, true };
