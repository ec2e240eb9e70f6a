/* base/arena.h - memory that is freed all at once: everything that lives as long as one
 * exchange.  One thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include "conduit/base.h"

#include <stdarg.h>

struct arena_block;
struct arena {
	struct arena_block *block;
	size_t used_bytes, cap_bytes;
	size_t first_bytes;
};
struct arena_mark { struct arena_block *block; size_t at, used_bytes; };

/* Blocks are taken when first needed.  cap_bytes bounds the sum of what is asked for. */
void arena_init(struct arena *a, size_t first_bytes, size_t cap_bytes);
/* Frees all blocks; the arena may be used again. */
void arena_fini(struct arena *a);

/* Empties it but keeps its first block for what comes next. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type.  NULL when the cap would be passed. */
void *arena_take(struct arena *a, size_t size);
/* A copy, also NUL-ended (the NUL is not counted).  {NULL,0} when the cap would be passed. */
cdt_str arena_str(struct arena *a, cdt_str s);
cdt_str arena_print(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Everything taken after mark is freed by back. */
struct arena_mark arena_here(const struct arena *a);
void arena_back(struct arena *a, struct arena_mark mark);

#endif
