/* config/override.h - "server.workers=2" from the command line.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_OVERRIDE_H
#define CONFIG_OVERRIDE_H
#include "config/tree.h"

/* Puts the value at the path, as if the file said so.  Errors are reported. */
void override_apply(struct tree *t, const char *assignment);
/* The same for one value with its own origin; text is taken as it is. */
void override_set(struct tree *t, struct node *group, const char *member, const char *text,
                  struct config_origin at);

#endif
