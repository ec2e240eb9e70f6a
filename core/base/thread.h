/* base/thread.h - threads beside the workers: for what blocks.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H
#include <pthread.h>
#include <stdbool.h>

/* Signals stay main's.  name: at most 15 bytes, for the reader of top.  False: there is none to
 * be had. */
bool thread_start(pthread_t *t, const char *name, void *(*run)(void *arg), void *arg);

#endif
