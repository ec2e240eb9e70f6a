/* upstream/fault.h - how a transfer ended, in the words of errors.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef UPSTREAM_FAULT_H
#define UPSTREAM_FAULT_H
#include "fetch/fetch.h"

struct fault { uint32_t reason; const char *message; };        /* CDT_ERR_... */
struct fault fault_of(enum fetch_end how);

#endif
