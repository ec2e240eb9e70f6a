/* admin/key_names.h - the names of the keys that an answer tells of by their ids, said once.
 * Private to the room.  [main]
 * SPDX-License-Identifier: MIT */
#ifndef ADMIN_KEY_NAMES_H
#define ADMIN_KEY_NAMES_H
#include "admin/inquiry.h"

/* From here on ids are kept; in c's arena. */
void key_names_begin(struct inquiry *c);
/* One that was kept before counts once; past a thousand none is.  Nothing without begin. */
void key_names_add(struct inquiry *c, cdt_str id);
/* The member "key_names" of the map that is open: {"id":"name",...} of those that are there
 * and have one.  No member when there are none. */
void key_names_put(struct inquiry *c);

#endif
