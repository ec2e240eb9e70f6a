/* ctl/daemon.c - finds conduitd and runs it.
 * SPDX-License-Identifier: MIT */
#include "ctl/daemon.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/ctl.h"

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

int daemon_run(char **argv)
{
	char path[PATH_SIZE + 32];
	pid_t child;
	int status, error;

	find_daemon(path);
	argv[0] = path;
	error = posix_spawnp(&child, path, NULL, NULL, argv, environ);
	if (error)
		return ctl_fail(CTL_FAILED, "%s can not be run: %s", path, strerror(error));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return ctl_fail(CTL_FAILED, "%s was lost: %s", path,
			                strerror(errno));
	return WIFEXITED(status) && !WEXITSTATUS(status) ? CTL_OK : CTL_FAILED;
}
