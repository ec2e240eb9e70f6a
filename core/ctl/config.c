/* ctl/config.c - conduitctl config check|show.  Checking is conduitd's own work: this only
 * finds and runs it.
 * SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/ask.h"

extern char **environ;

enum { PATH_SIZE = 4096 };

/* Beside us, or in sbin where we are in bin; "conduitd": wherever PATH says. */
static void find_daemon(char path[PATH_SIZE + 32])
{
	static const char *const beside[] = { "conduitd", "../sbin/conduitd" };
	char own[PATH_SIZE];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
	char *slash;

	own[n > 0 ? n : 0] = '\0';
	slash = strrchr(own, '/');
	for (size_t i = 0; slash && i < 2; i++) {
		slash[1] = '\0';
		(void)snprintf(path, PATH_SIZE + 32, "%s%s", own, beside[i]);
		if (!access(path, X_OK))
			return;
	}
	(void)snprintf(path, PATH_SIZE + 32, "conduitd");
}

static int check(struct ctl *c)
{
	char path[PATH_SIZE + 32], test[] = "-t", config[] = "-c", file[PATH_SIZE];
	char *argv[] = { path, test, c->arg_count ? config : NULL, file, NULL };
	pid_t child;
	int status, error;

	if (c->arg_count && strlen(c->args[0]) >= sizeof file)
		return ctl_fail(CTL_USAGE, "the path is too long");
	(void)snprintf(file, sizeof file, "%s", c->arg_count ? c->args[0] : "");
	find_daemon(path);
	error = posix_spawnp(&child, path, NULL, NULL, argv, environ);
	if (error)
		return ctl_fail(CTL_FAILED, "%s can not be run: %s", path, strerror(error));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return ctl_fail(CTL_FAILED, "%s was lost: %s", path,
			                strerror(errno));
	return WIFEXITED(status) && !WEXITSTATUS(status) ? CTL_OK : CTL_FAILED;
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

static const struct verb verbs[] = {
	{ "check", "[FILE]", "tests a configuration with its plugins",
	  { "conduitctl config check", "conduitctl config check /etc/conduit/conduit.cfg" },
	  0, 1, NULL, check },
	{ "show", "", "what is in effect, and where it was said; no secrets",
	  { "conduitctl config show", "conduitctl config show | grep -n timeout" }, 0, 0, NULL,
	  show },
	{ NULL, NULL, NULL, { NULL, NULL }, 0, 0, NULL, NULL },
};
const struct noun ctl_config = { "config", "checks or shows the configuration", verbs, false };
