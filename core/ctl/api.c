/* ctl/api.c - conduitctl api METHOD PATH: any call of the admin API, answers as they come.
 * SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/ask.h"

enum { BODY_MAX = 10 << 20, READ_BYTES = 4096 };

/* "@FILE", "@-" for stdin, or the text itself. */
static int read_body(const char *from, struct buf *out)
{
	char bytes[READ_BYTES];
	FILE *f;
	size_t n;

	if (from[0] != '@') {
		buf_add_z(out, from);
		return CTL_OK;
	}
	f = strcmp(from, "@-") ? fopen(from + 1, "re") : stdin;
	if (!f)
		return ctl_fail(CTL_USAGE, "%s: %s", from + 1, strerror(errno));
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		buf_add(out, (cdt_str){ bytes, n });
	if (f != stdin)
		(void)fclose(f);                       /* was only read */
	return out->status == CDT_OK ? CTL_OK : ctl_fail(CTL_USAGE, "the body is too large");
}

static int run(struct ctl *c)
{
	static const char *const methods[] = { "DELETE", "GET", "PATCH", "POST", NULL };
	const char *from = args_value(c, "data");
	struct ask_answer a = { .json = NULL };
	struct buf body;
	size_t m = 0;
	int code;

	while (methods[m] && strcmp(methods[m], c->args[0]) != 0)
		m++;
	if (!methods[m])
		return ctl_fail(CTL_USAGE, "the method is GET, POST, PATCH or DELETE");
	if (c->args[1][0] != '/')
		return ctl_fail(CTL_USAGE, "the path begins with '/', as /admin/v1/status");
	buf_init(&body, BODY_MAX);
	code = from ? read_body(from, &body) : CTL_OK;
	if (code == CTL_OK) {
		code = ask_admin(c->args[0], c->args[1], from ? buf_str(&body)
		                                              : (cdt_str){ NULL, 0 }, &a);
		if (a.wire.body.n)
			printf("%.*s%s", (int)a.wire.body.n, a.wire.body.p,
			       a.wire.body.p[a.wire.body.n - 1] == '\n' ? "" : "\n");
	}
	ask_fini(&a);
	buf_fini(&body);
	return code;
}

static const struct flag flags[] = {
	{ "data", 'd', "@FILE", "the body: @FILE, @- for stdin, or the JSON itself" },
	{ NULL, 0, NULL, NULL },
};
static const struct verb verbs[] = {
	{ "", "METHOD PATH", "any call of the admin API",
	  { "conduitctl api GET /admin/v1/status",
	    "conduitctl api POST /admin/v1/keys -d @key.json" }, 2, 2, flags, run },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_api = { "api", "any call of the admin API", verbs, false };
