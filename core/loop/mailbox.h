/* loop/mailbox.h - messages from any thread to one worker.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef LOOP_MAILBOX_H
#define LOOP_MAILBOX_H

struct event_base;
struct mailbox;

struct mailbox *mailbox_new(struct event_base *base);
void mailbox_free(struct mailbox *m);               /* messages still in it are dropped */
void mailbox_post(struct mailbox *m, void (*run)(void *arg), void *arg);   /* [any thread] */

#endif
