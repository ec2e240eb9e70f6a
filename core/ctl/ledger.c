/* ctl/ledger.c - conduitctl ledger: every charge, and whether they add up.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/show.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000000, PAGE_MAX = 1000,
       PATH_MAX_BYTES = 4096, CURSOR_SIZE = 32 };

static void add_parameter(const struct ctl *c, struct buf *path, const char *name)
{
	const char *value = args_value(c, name);

	if (!value)
		return;
	buf_print(path, "&%s=", name);
	ask_add_part(path, value);
}

static void make_path(const struct ctl *c, struct buf *path, uint64_t limit,
                      const char *cursor)
{
	buf_clear(path);
	buf_print(path, "/admin/v1/ledger?limit=%llu", (unsigned long long)limit);
	add_parameter(c, path, "key");
	add_parameter(c, path, "group");
	add_parameter(c, path, "from");
	add_parameter(c, path, "to");
	if (cursor[0])
		buf_print(path, "&cursor=%s", cursor);
	buf_add(path, str_from("", 1));        /* its end, as C wants it */
}

/* One page onto the list.  cursor becomes "" at the end. */
static int add_page(const char *path, struct json *list, uint64_t *left,
                    char cursor[CURSOR_SIZE])
{
	struct ask_answer a;
	int code = ask_json("GET", path, (cdt_str){ NULL, 0 }, &a);
	struct json *page = json_get(a.json, "data");
	cdt_str next = json_text(json_get(a.json, "next"));

	for (size_t i = 0; code == CTL_OK && i < json_count(page) && *left; i++, --*left)
		json_push_give(list, json_share(json_at(page, i)));
	(void)snprintf(cursor, CURSOR_SIZE, "%.*s", STR_ARG(next));
	ask_fini(&a);
	return code;
}

static int list(struct ctl *c)
{
	static const struct column columns[] = {
		{ "NUMBER", "number" }, { "TIME", "time" }, { "KIND", "kind" },
		{ "REASON", "reason" }, { "KEY", "key" }, { "HELD", "held" },
		{ "AMOUNT", "amount" }, { "INPUT", "tokens.input" },
		{ "OUTPUT", "tokens.output" }, { "REQUEST", "request" }, { NULL, NULL },
	};
	const char *limit = args_value(c, "limit");
	char cursor[CURSOR_SIZE] = "";
	uint64_t left = LIMIT_DEFAULT;
	struct json *all;
	struct buf path;
	int code = CTL_OK;

	if (limit && (!str_u64(str_z(limit), &left) || !left || left > LIMIT_MAX))
		return ctl_fail(CTL_USAGE, "--limit takes a number from 1 to %d", LIMIT_MAX);
	all = json_parse(CDT_STR("[]"));
	buf_init(&path, PATH_MAX_BYTES);
	do {
		make_path(c, &path, left < PAGE_MAX ? left : PAGE_MAX, cursor);
		code = path.status == CDT_OK ? add_page(path.p, all, &left, cursor)
		                             : ctl_fail(CTL_USAGE, "a value is too long");
	} while (code == CTL_OK && cursor[0] && left);
	if (code == CTL_OK)
		show_list(c, all, columns);
	buf_fini(&path);
	json_free(all);
	return code;
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
	{ "key", 0, "ID", "what this key has asked for" },
	{ "group", 0, "NAME", "what was charged to this group" },
	{ "from", 0, "TIME", "not older: 2026-11-21, or 2026-11-21T10:00:00Z" },
	{ "to", 0, "TIME", "older" },
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
