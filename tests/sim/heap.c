/* sim/heap.c - base/mem.h for a process that dies and starts again: each piece is in a list,
 * so that a crash gives back all of it, and an end in good order must leave none.
 * SPDX-License-Identifier: MIT */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"

union piece { struct { struct list link; size_t size; } is; max_align_t apart[2]; };

static struct list pieces = { &pieces, &pieces };
static size_t count;

void *mem_resize(void *p, size_t size)
{
	union piece *old = p ? (union piece *)p - 1 : NULL, *new;

	if (old)
		list_remove(&old->is.link);
	new = realloc(old, sizeof *new + size);
	if (!new) {
		(void)fputs("conduit-sim: out of memory\n", stderr);
		abort();
	}
	count += !old;
	new->is.size = size;
	list_push(&pieces, &new->is.link);
	return new + 1;
}

void *mem_new(size_t size)
{
	return memset(mem_resize(NULL, size), 0, size);
}

void *mem_new_array(size_t n, size_t size)
{
	return mem_new(n * size);
}

void *mem_try(void *p, size_t size)
{
	return mem_resize(p, size);
}

char *mem_text(const char *p, size_t n)
{
	char *copy = mem_resize(NULL, n + 1);

	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

void mem_free(void *p)
{
	union piece *piece = p;

	if (!piece)
		return;
	piece--;
	list_remove(&piece->is.link);
	count--;
	free(piece);
}

void heap_keep(void)
{
	while (!list_empty(&pieces))
		list_remove(pieces.next);
	count = 0;
}

void heap_crash(void)
{
	while (!list_empty(&pieces))
		mem_free((union piece *)(void *)LIST_OF(pieces.next, union piece, is.link) + 1);
}

size_t heap_count(void)
{
	return count;
}
