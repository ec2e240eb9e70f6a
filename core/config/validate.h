/* config/validate.h - holds a tree against the schema.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef CONFIG_VALIDATE_H
#define CONFIG_VALIDATE_H
#include "config/tree.h"

/* Reports all that the schema does not want, reads the scalars, adds what has a default.
 * Afterwards the tree is the effective configuration. */
void validate_tree(struct tree *t);

#endif
