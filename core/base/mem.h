/* base/mem.h - allocation that does not fail.  Only for sizes that we choose; a size
 * that a peer chooses goes to a buf (base/buf.h).  [any thread]
 * SPDX-License-Identifier: MIT */
#ifndef BASE_MEM_H
#define BASE_MEM_H
#include <stddef.h>

/* Zeroed.  Aborts the process when there is no memory left. */
void *mem_new(size_t size);
void *mem_new_array(size_t count, size_t size);
/* Like realloc: bytes past the old size are not zeroed. */
void *mem_resize(void *p, size_t size);
/* Like mem_resize, but NULL (and p untouched) when there is no memory: for buf and arena,
 * whose sizes a peer may choose. */
void *mem_try(void *p, size_t size);
/* A NUL-ended copy of n bytes. */
char *mem_text(const char *p, size_t n);
/* mem_free(NULL) is fine. */
void mem_free(void *p);
/* Ask the allocator for fresh pages where much is wanted: a store's tables of megabytes, most
 * of them never touched, would lie in pages that the start has used.  Before all else. */
void mem_tune_start(void);
/* Give back what the start has left, then keep what comes: big bodies come and go all day
 * long.  Once, when all is open and nothing is served yet. */
void mem_tune(void);

#endif
