/* config/print.h - a validated tree as text that would read back.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_PRINT_H
#define CONFIG_PRINT_H
#include "config/tree.h"

void print_tree(const struct node *root, struct buf *out);

#endif
