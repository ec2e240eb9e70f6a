/* ctl/ledger.c - conduitctl ledger: every charge, and whether they add up.
 * SPDX-License-Identifier: MIT */
#include "ctl/ask.h"
#include "ctl/filter.h"
#include "ctl/pages.h"

static int list(struct ctl *c)
{
	static const struct pages_order order = { "/admin/v1/ledger", "cursor", 100 };
	static const struct column columns[] = {
		{ "NUMBER", "number" }, { "TIME", "time" }, { "KIND", "kind" },
		{ "REASON", "reason" }, { "KEY", "key" }, { "HELD", "held" },
		{ "AMOUNT", "amount" }, { "INPUT", "tokens.input" },
		{ "OUTPUT", "tokens.output" }, { "REQUEST", "request" }, { NULL, NULL },
	};

	return pages_show(c, &order, columns);
}

static int verify(struct ctl *c)
{
	static const struct column columns[] = {
		{ "ok", "ok" }, { "disagreement", "disagreement" }, { "entries", "entries" },
		{ "holds", "holds" }, { "accounts", "accounts" }, { "posted", "posted" },
		{ "held", "held" }, { "chain", "chain" }, { "took_ms", "took_ms" },
		{ NULL, NULL },
	};
	struct ask_answer a;
	int code = ask_long("GET", "/admin/v1/ledger/verify", &a);

	if (code == CTL_OK) {
		show_one(c, a.json, columns);
		code = json_flag(json_get(a.json, "ok"), 0) ? CTL_OK : CTL_FAILED;
	}
	ask_fini(&a);
	return code;
}

static const struct flag flags[] = {
	FILTER_TIME_FLAGS,
	{ "key", 0, "ID", "what this key has asked for" },
	{ "group", 0, "NAME", "what was charged to this group" },
	{ "limit", 0, "N", "how many; default 100" },
	{ NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "list", "", "what was charged and why, newest first",
	  { "conduitctl ledger list --key 4sHZuQXmCmX9",
	    "conduitctl ledger list --from 2026-11-01 --limit 100000 -o csv" },
	  0, 0, flags, list },
	{ "verify", "", "recomputes every account from its entries; 1 when they disagree",
	  { "conduitctl ledger verify", "conduitctl ledger verify -q" }, 0, 0, NULL, verify },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_ledger = { "ledger", "every charge, and why", verbs, true };
