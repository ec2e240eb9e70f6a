/* config/cross.h - entries that speak of other entries, and of files.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_CROSS_H
#define CONFIG_CROSS_H
#include "config/tree.h"

/* After validate_tree, and only when no file is missing.  Errors are reported. */
void cross_check(struct tree *t);

#endif
