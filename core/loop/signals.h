/* loop/signals.h - signals as calls on one worker's loop.
 * SPDX-License-Identifier: MIT */
#ifndef LOOP_SIGNALS_H
#define LOOP_SIGNALS_H

struct worker;
struct signals;

/* numbers ends with 0.  on_signal runs on w's thread.  Other threads must block them. */
struct signals *signals_new(struct worker *w, const int *numbers,
                            void (*on_signal)(void *arg, int number), void *arg);
void signals_free(struct signals *s);

#endif
