/* ctl/status.c - conduitctl status: how the gateway is doing.  With -q only the exit code.
 * SPDX-License-Identifier: MIT */
#include "ctl/ask.h"
#include "ctl/show.h"

static const struct column columns[] = {
	{ "status", "status" }, { "version", "version" }, { "started", "started_at" },
	{ "uptime s", "uptime_s" }, { "workers", "workers" }, { "generation", "generation" },
	{ "last reload", "last_reload" }, { "active requests", "active_requests" },
	{ "connections", "connections" }, { "keys", "keys" }, { "providers", "providers" },
	{ "models", "models" }, { "plugins", "plugins.loaded" },
	{ "plugins refused", "plugins.refused" }, { "store bytes", "store.bytes_used" },
	{ NULL, NULL },
};

static int run(struct ctl *c)
{
	struct ask_answer a;
	int code = ask_json("GET", "/admin/v1/status", (cdt_str){ NULL, 0 }, &a);

	if (code == CTL_OK && !c->quiet)
		show_one(c, a.json, columns);
	ask_fini(&a);
	return code;
}

static const struct verb verbs[] = {
	{ "", "", "version, uptime, generation, counts; -q: only the exit code",
	  { "conduitctl status", "conduitctl status -o json" }, 0, 0, NULL, run },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_status = { "status", "how the gateway is doing", verbs, false };
