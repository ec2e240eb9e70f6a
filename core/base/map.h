/* base/map.h - hash map from bytes to pointers; keyed hash, so that peers can not choose
 * collisions.  Owns copies of its keys, unless they are lent, and never its values.  One thread
 * at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_MAP_H
#define BASE_MAP_H
#include "conduit/base.h"

#include <stdbool.h>

struct map_slot;
struct map {
	struct map_slot *slots;
	size_t count, room;
	bool is_lent;
};

void map_init(struct map *m);
/* The keys are lent, not copied: the one that a value is put under lives as long as the value,
 * as a part of it does.  map_fini looks at none. */
void map_init_lent(struct map *m);
void map_fini(struct map *m);
void *map_find(const struct map *m, cdt_str key);          /* NULL: not there */
/* Returns the value that was there before, or NULL.  value must not be NULL. */
void *map_put(struct map *m, cdt_str key, void *value);
void *map_remove(struct map *m, cdt_str key);              /* what was there, or NULL */
/* Start with *it = 0; false at the end.  The map must not change meanwhile. */
int map_next(const struct map *m, size_t *it, cdt_str *key, void **value);

uint64_t hash_bytes(cdt_str s);       /* SipHash-1-3 under a key of this process */

#endif
