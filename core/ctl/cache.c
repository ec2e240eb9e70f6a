/* ctl/cache.c - the cache of answers: what it did, and making it forget.
 * SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/filter.h"
#include "ctl/records.h"
#include "ctl/show.h"

enum { PATH_MAX_BYTES = 4096 };

static int stats(struct ctl *c)
{
	static const struct column columns[] = {
		{ "type", "type" }, { "entries", "entries" }, { "bytes", "bytes" },
		{ "bytes max", "bytes_max" }, { "evictions", "evictions" },
		{ "refused", "refused" }, { "failures", "failures" }, { "hits", "hits" },
		{ "stale", "stale" }, { "coalesced", "coalesced" }, { "misses", "misses" },
		{ "bypasses", "bypasses" }, { "hit ratio", "hit_ratio" },
		{ "stored", "stored" }, { "saved usd", "saved_usd" },
		{ "purged", "purged_at" }, { "enabled", "rules.enabled" },
		{ "ttl", "rules.ttl" }, { "scope", "rules.scope" },
		{ "single flight", "single_flight" }, { "idempotency", "idempotency" },
		{ NULL, NULL },
	};
	struct ask_answer a;
	int code = ask_json("GET", "/admin/v1/cache", (cdt_str){ NULL, 0 }, &a);

	if (code == CTL_OK)
		show_one(c, a.json, columns);
	ask_fini(&a);
	return code;
}

/* A person is asked before everything goes; a script is not. */
static bool is_sure(const struct ctl *c)
{
	char answer[16] = "";

	if (args_value(c, "yes") || args_value(c, "model") || args_value(c, "key") ||
	    !isatty(STDIN_FILENO))
		return true;
	fputs("Purge all known answers? [y/N] ", stderr);
	return fgets(answer, sizeof answer, stdin) && (answer[0] | 0x20) == 'y';
}

static bool is_about_key(const struct json *refusal)
{
	return str_is(json_text(json_get(json_get(refusal, "error"), "param")), "key");
}

static int purge(struct ctl *c)
{
	static const struct column columns[] = {
		{ "model", "purged.model" }, { "key", "purged.key" }, { "cleared", "cleared" },
		{ NULL, NULL },
	};
	static const char *const words[] = { "model", "key" };
	struct ask_answer a;
	struct buf path;
	int code;

	if (!is_sure(c))
		return ctl_fail(CTL_FAILED, "nothing was purged");
	buf_init(&path, PATH_MAX_BYTES);
	buf_add_z(&path, "/admin/v1/cache");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (args_value(c, words[i]))
			filter_add_pair(&path, words[i], args_value(c, words[i]));
	buf_add_c(&path, '\0');
	if (path.status != CDT_OK) {
		buf_fini(&path);
		return ctl_fail(CTL_USAGE, "the names are too long");
	}
	code = ask_json("DELETE", path.p, (cdt_str){ NULL, 0 }, &a);
	if (code == CTL_OK)
		show_one(c, a.json, columns);
	else if (code == CTL_ABSENT && is_about_key(a.json))
		record_suggest_key(args_value(c, "key"));
	ask_fini(&a);
	buf_fini(&path);
	return code;
}

static const struct flag purge_flags[] = {
	{ "model", 0, "NAME", "only answers of this model" },
	{ "key", 0, "ID", "only answers that this key has brought" },
	{ "yes", 'y', NULL, "do not ask" }, { NULL, 0, NULL, NULL },
};

static const struct verb verbs[] = {
	{ "stats", "", "what is in it, and what it did since the start",
	  { "conduitctl cache stats", "conduitctl cache stats -o json" }, 0, 0, NULL, stats },
	{ "purge", "", "what is in it is not given any more: all, or of a model or a key",
	  { "conduitctl cache purge --model fast", "conduitctl cache purge --yes" }, 0, 0,
	  purge_flags, purge },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_cache = { "cache", "answers that are known", verbs, false };
