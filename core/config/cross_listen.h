/* config/cross_listen.h - listeners against each other and their TLS files.  Private to the
 * room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_CROSS_LISTEN_H
#define CONFIG_CROSS_LISTEN_H
#include "config/tree.h"

/* Errors are reported at the listener or its file. */
void cross_check_listeners(struct tree *t);

#endif
