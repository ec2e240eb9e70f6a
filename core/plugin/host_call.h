/* plugin/host_call.h - the lending side of struct call.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef PLUGIN_HOST_CALL_H
#define PLUGIN_HOST_CALL_H
#include "plugin/provider.h"

void host_call_init(struct call *c);
/* After each callback: documents and scratch memory are gone. */
void host_call_rest(struct call *c);

#endif
