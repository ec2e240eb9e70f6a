/* plugin/host_call.h - the lending side of struct call.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_HOST_CALL_H
#define PLUGIN_HOST_CALL_H
#include "plugin/provider.h"

enum { MESSAGE_MAX_BYTES = 2000, WORD_MAX_BYTES = 200 };

void host_call_init(struct call *c);
/* After each callback: documents and scratch memory are gone. */
void host_call_rest(struct call *c);
/* What a plugin says to a client, copied into keep: at most cap bytes, control bytes are
 * blanks, the attempt's credential does not come back. */
cdt_str host_call_clean(struct call *c, cdt_str s, size_t cap);

#endif
