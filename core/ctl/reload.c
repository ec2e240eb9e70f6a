/* ctl/reload.c - conduitctl reload: the gateway reads its configuration again.
 * SPDX-License-Identifier: MIT */
#include "base/str.h"
#include "ctl/ask.h"
#include "ctl/show.h"

static int run(struct ctl *c)
{
	static const struct column columns[] = {
		{ "generation", "generation" }, { "status", "status" }, { NULL, NULL },
	};
	struct ask_answer a;
	int code = ask_json("POST", "/admin/v1/reload", CDT_STR("{}"), &a);

	if (code == CTL_OK) {
		cdt_str warnings = json_text(json_get(a.json, "report"));

		fprintf(stderr, "%.*s", STR_ARG(warnings));
		show_one(c, a.json, columns);
	}
	ask_fini(&a);
	return code;
}

static const struct verb verbs[] = {
	{ "", "", "reads the configuration again; with errors nothing changes",
	  { "conduitctl reload", "conduitctl config check && conduitctl reload" }, 0, 0, NULL,
	  run },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_reload = { "reload", "reads the configuration again", verbs, false };
