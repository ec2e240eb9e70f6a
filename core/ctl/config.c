/* ctl/config.c - conduitctl config check|show.  Checking is conduitd's own work: this only
 * finds and runs it, or asks the one that runs.
 * SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <string.h>

#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/daemon.h"

enum { PATH_SIZE = 4096 };

/* What a reload would say.  Here it is the running gateway that reads its files. */
static int check_running(void)
{
	struct ask_answer a;
	int code = ask_json("POST", "/admin/v1/config/check", CDT_STR("{}"), &a);
	cdt_str report = json_text(json_get(a.json, "report"));

	if (code == CTL_OK)
		fprintf(stderr, "%.*sthe configuration is fine\n", STR_ARG(report));
	ask_fini(&a);
	return code;
}

static int check(struct ctl *c)
{
	char test[] = "-t", config[] = "-c", file[PATH_SIZE];
	char *argv[] = { NULL, test, c->arg_count ? config : NULL, file, NULL };

	if (args_value(c, "running"))
		return c->arg_count ? ctl_fail(CTL_USAGE, "--running takes no file")
		                    : check_running();
	if (c->arg_count && strlen(c->args[0]) >= sizeof file)
		return ctl_fail(CTL_USAGE, "the path is too long");
	(void)snprintf(file, sizeof file, "%s", c->arg_count ? c->args[0] : "");
	return daemon_run(argv);
}

static int show(struct ctl *c)
{
	struct ask_answer a;
	int code = ask_admin("GET", "/admin/v1/config", (cdt_str){ NULL, 0 }, &a);

	(void)c;
	if (code == CTL_OK)                            /* main looks at ferror */
		(void)fwrite(a.wire.body.p, 1, a.wire.body.n, stdout);
	ask_fini(&a);
	return code;
}

static const struct flag check_flags[] = {
	{ "running", 0, NULL, "ask the gateway: would a reload take its files now?" },
	{ NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "check", "[FILE]", "tests a configuration with its plugins",
	  { "conduitctl config check --running",
	    "conduitctl config check /etc/conduit/conduit.cfg" }, 0, 1, check_flags, check },
	{ "show", "", "what is in effect, and where it was said; no secrets",
	  { "conduitctl config show", "conduitctl config show | grep -n timeout" }, 0, 0, NULL,
	  show },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_config = { "config", "checks or shows the configuration", verbs, false };
