/* ctl/main.c - conduitctl, the operator's hand on a running gateway: finds what is asked for
 * and runs it.
 * SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <stdarg.h>

#include "base/str.h"

/* conduitctl NOUN VERB: one file a noun. */
const struct noun *const ctl_nouns[] = {
	&ctl_api,
	&ctl_audit,
	&ctl_backup,
	&ctl_cache,
	&ctl_chat,
	&ctl_config,
	&ctl_env,
	&ctl_groups,
	&ctl_help,
	&ctl_keys,
	&ctl_ledger,
	&ctl_log,
	&ctl_models,
	&ctl_plugins,
	&ctl_providers,
	&ctl_reload,
	&ctl_requests,
	&ctl_restore,
	&ctl_routes,
	&ctl_run,
	&ctl_status,
	&ctl_targets,
	&ctl_usage,
	NULL,
};

int ctl_fail(int code, const char *fmt, ...)
{
	va_list args;

	(void)fflush(stdout);                          /* so that both are in order */
	fputs("conduitctl: ", stderr);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

const char *ctl_nearest(cdt_str word, const char *const *names)
{
	size_t limit = word.n / 3 > 1 ? word.n / 3 : 1, best = limit + 1;
	const char *near = NULL;

	for (; *names; names++) {
		size_t far = str_distance(word, str_z(*names), limit);

		if (far < best && far < word.n) {
			best = far;
			near = *names;
		}
	}
	return near;
}

int main(int argc, char **argv)
{
	struct ctl c = { .style = STYLE_TABLE };
	int code = args_read(&c, argc, argv);

	if (code != CTL_OK)
		return code;
	if (c.version) {
		printf("conduitctl %s\n", PACKAGE_VERSION);
	} else if (c.help) {
		help_print(stdout, c.noun, c.verb);
	} else if (!c.verb) {
		help_print(stderr, c.noun, NULL);
		return CTL_USAGE;
	} else {
		code = c.verb->run(&c);
	}
	if (fflush(stdout) || ferror(stdout))
		return ctl_fail(code ? code : CTL_FAILED, "the output could not be written");
	return code;
}
