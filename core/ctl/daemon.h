/* ctl/daemon.h - conduitd itself, for what only it can do.
 * SPDX-License-Identifier: MIT */
#ifndef CTL_DAEMON_H
#define CTL_DAEMON_H

/* Runs it and waits; argv[0] is filled in.  Returns an exit_code. */
int daemon_run(char **argv);

#endif
