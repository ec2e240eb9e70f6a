/* base/mem.c - the only caller of the C allocator.  Decides what happens when there is no
 * memory left: small requests end the process, mem_try says so.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	KEEP_BYTES = 64 << 20,         /* free memory at the top that is not given back */
	MAP_FROM_BYTES = 16 << 20,     /* from here on mapped and unmapped each time */
	START_MAP_BYTES = 256 << 10,   /* ... until then: tables that nobody fills stay empty */
	GROW_BYTES = 1 << 20,
};

static void out_of_memory(void)
{
	static const char say[] = "conduit: out of memory\n";

	/* Nothing can be done about a failing write: the process ends here. */
	if (write(STDERR_FILENO, say, sizeof say - 1) < 0)
		abort();
	abort();
}

void *mem_new(size_t size)
{
	/* glibc's calloc passes its thread cache by, which is where small memory comes from. */
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return memset(p, 0, size);
}

void *mem_new_array(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_try(void *p, size_t size)
{
	return size > PTRDIFF_MAX ? NULL : realloc(p, size ? size : 1);
}

void *mem_resize(void *p, size_t size)
{
	void *grown = mem_try(p, size);

	if (!grown)
		out_of_memory();
	return grown;
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
	free(p);
}

/* All of it is advice: an allocator that knows none of it works as well, just slower. */

void mem_tune_start(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, START_MAP_BYTES);
}

void mem_tune(void)
{
	(void)malloc_trim(0);
	(void)mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
	(void)mallopt(M_MMAP_THRESHOLD, MAP_FROM_BYTES);
	(void)mallopt(M_TOP_PAD, GROW_BYTES);
}
