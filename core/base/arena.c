/* base/arena.c - where the memory of one exchange comes from.  Knows sizes, not contents.
 * SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { ALIGN = alignof(max_align_t), BLOCK_MAX = 64 << 10, BLOCK_MIN = 256 };

struct arena_block {
	struct arena_block *older;
	size_t size, at;
	alignas(max_align_t) char bytes[];
};

/* Blocks double up to BLOCK_MAX; what is bigger gets a block of its own size. */
static size_t next_size(const struct arena *a, size_t size)
{
	size_t next = a->first_bytes > BLOCK_MIN ? a->first_bytes : BLOCK_MIN;

	if (a->block)
		next = a->block->size < BLOCK_MAX / 2 ? a->block->size * 2 : BLOCK_MAX;
	return size > next ? size : next;
}

static struct arena_block *block_new(struct arena *a, size_t size)
{
	size_t room = next_size(a, size);
	struct arena_block *b = mem_try(NULL, sizeof *b + room);

	if (!b)
		return NULL;
	b->older = a->block;
	b->size = room;
	b->at = 0;
	a->block = b;
	return b;
}

/* Not zeroed. */
static char *take_raw(struct arena *a, size_t size)
{
	struct arena_block *b = a->block;
	size_t padded = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	char *p;

	if (size > a->cap_bytes - a->used_bytes || padded < size)
		return NULL;
	if (!b || padded > b->size - b->at)
		b = block_new(a, padded);
	if (!b)
		return NULL;
	p = b->bytes + b->at;
	b->at += padded;
	a->used_bytes += size;
	return p;
}

void arena_init(struct arena *a, size_t first_bytes, size_t cap_bytes)
{
	*a = (struct arena){ .first_bytes = first_bytes, .cap_bytes = cap_bytes };
}

void arena_fini(struct arena *a)
{
	arena_back(a, (struct arena_mark){ NULL, 0, 0 });
}

void arena_reset(struct arena *a)
{
	struct arena_block *first = a->block;

	while (first && first->older)
		first = first->older;
	arena_back(a, (struct arena_mark){ first, 0, 0 });
}

void *arena_take(struct arena *a, size_t size)
{
	char *p = take_raw(a, size);

	return p ? memset(p, 0, size) : NULL;
}

cdt_str arena_str(struct arena *a, cdt_str s)
{
	char *p = s.n < SIZE_MAX ? take_raw(a, s.n + 1) : NULL;

	if (!p)
		return (cdt_str){ NULL, 0 };
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (cdt_str){ p, s.n };
}

cdt_str arena_print(struct arena *a, const char *fmt, ...)
{
	char small[256];
	va_list args, again;
	char *p;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(small, sizeof small, fmt, args);
	va_end(args);
	p = n < 0 ? NULL : take_raw(a, (size_t)n + 1);
	if (p && (size_t)n < sizeof small)
		memcpy(p, small, (size_t)n + 1);
	else if (p)
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);   /* n is known to be right */
	va_end(again);
	return p ? (cdt_str){ p, (size_t)n } : (cdt_str){ NULL, 0 };
}

struct arena_mark arena_here(const struct arena *a)
{
	return (struct arena_mark){ a->block, a->block ? a->block->at : 0, a->used_bytes };
}

void arena_back(struct arena *a, struct arena_mark mark)
{
	while (a->block != mark.block) {
		struct arena_block *older = a->block->older;

		mem_free(a->block);
		a->block = older;
	}
	if (a->block)
		a->block->at = mark.at;
	a->used_bytes = mark.used_bytes;
}
