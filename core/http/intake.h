/* http/intake.h - from bytes to a request in the owner's hands.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_INTAKE_H
#define HTTP_INTAKE_H
#include "http/connection.h"

/* The socket has something, or (closed) its end. */
void intake_readable(struct conn *c, bool closed);
/* Goes on with what came while the last request was being served. */
void intake_resume(struct conn *c);
/* Reads the socket from now on, or only watches for its end. */
void intake_watch(struct conn *c, bool reading);
size_t intake_early(const struct conn *c);      /* bytes that wait for their turn */

#endif
