/* ctl/targets.c - conduitctl targets: upstream models that requests can go to.
 * SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "ctl/ask.h"
#include "ctl/show.h"

enum { PATH_MAX_BYTES = 2048 };

static const struct column rows[] = {
	{ "NAME", "name" }, { "STATE", "state" }, { "INFLIGHT", "inflight" },
	{ "TTFT MS", "ttft_ms" }, { "ERRORS", "error_rate" }, { "WINDOW", "context_window" },
	{ "INPUT", "price.input" }, { "OUTPUT", "price.output" },
	{ "PRICED BY", "price_row" }, { NULL, NULL },
};
static const struct column lines[] = {
	{ "name", "name" }, { "state", "state" }, { "credentials", "credentials[].state" },
	{ "why", "credentials[].why" }, { "until", "credentials[].until" },
	{ "inflight", "inflight" }, { "ttft ms", "ttft_ms" }, { "total ms", "total_ms" },
	{ "tokens/s", "tokens_per_second" }, { "errors", "error_rate" },
	{ "cached", "cached_rate" }, { NULL, NULL },
};

static int list(struct ctl *c)
{
	return show_resource(c, "/admin/v1/targets", rows);
}

/* -q says nothing: the name was given. */
static int say(struct ctl *c, const char *word)
{
	struct ask_answer a;
	struct buf path;
	int code;

	buf_init(&path, PATH_MAX_BYTES);
	buf_add_z(&path, "/admin/v1/targets/");
	ask_add_part(&path, c->args[0]);
	buf_print(&path, "/%s", word);
	buf_add_c(&path, '\0');
	if (path.status != CDT_OK || !c->args[0][0]) {
		buf_fini(&path);
		return ctl_fail(CTL_USAGE, "this is not the name of a target");
	}
	code = ask_json("POST", path.p, CDT_STR("{}"), &a);
	if (code == CTL_OK && !c->quiet)
		show_one(c, a.json, lines);
	ask_fini(&a);
	buf_fini(&path);
	return code;
}

static int drain(struct ctl *c)
{
	return say(c, "drain");
}

static int enable(struct ctl *c)
{
	return say(c, "enable");
}

static int reset(struct ctl *c)
{
	return say(c, "reset");
}

static const struct verb verbs[] = {
	{ "list", "", "providers with their models, and how they do",
	  { "conduitctl targets", "conduitctl targets list -o csv" }, 0, 0, NULL, list },
	{ "drain", "NAME", "no new requests go there; those under way end as they do",
	  { "conduitctl targets drain main/gpt-4o", "conduitctl -q targets drain box/llama" },
	  1, 1, NULL, drain },
	{ "enable", "NAME", "takes that back",
	  { "conduitctl targets enable main/gpt-4o", "conduitctl -q targets enable box/llama" },
	  1, 1, NULL, enable },
	{ "reset", "NAME", "forgets its failures: it is well again, at once",
	  { "conduitctl targets reset main/gpt-4o", "conduitctl -q targets reset box/llama" },
	  1, 1, NULL, reset },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_targets = { "targets", "upstream models that requests can go to", verbs,
                                  true };
