/* http/reply.h - how an answer looks on the wire.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H
#include "http/connection.h"

/* Sends a whole answer; the connection's fate (c->keep) is decided already. */
void reply_whole(struct conn *c, uint32_t status, cdt_str head, cdt_str body);
/* Sends the head of a stream that was kept back. */
void reply_flush_head(struct conn *c);

#endif
