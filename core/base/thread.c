/* base/thread.c
 * SPDX-License-Identifier: MIT */
#include "base/thread.h"

#include <signal.h>

bool thread_start(pthread_t *t, const char *name, void *(*run)(void *arg), void *arg)
{
	sigset_t all, old;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(t, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!failed)
		(void)pthread_setname_np(*t, name);    /* it works without, too */
	return !failed;
}
