/* config/load.h - files to trees.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H
#include "config/tree.h"

/* One file alone; NULL: reported, and the tree is marked broken. */
struct node *load_one(struct tree *t, const char *path);
/* The main file, then conf.d/ beside it, into the tree. */
void load_all(struct tree *t, const char *path);
/* One value as it would stand behind an '=', or NULL when libconfig does not take it. */
struct node *load_value(struct tree *t, const char *text, struct config_origin at);

#endif
