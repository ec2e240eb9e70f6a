/* cache_lmdb/filter.h - which keys a segment can not have: a Bloom filter of blocks, so that a
 * look-up reads one cache line of each segment and only then walks a tree.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_LMDB_FILTER_H
#define CACHE_LMDB_FILTER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILTER_PATH_SIZE = 640 };

struct filter;

/* NULL: no memory. */
struct filter *filter_new(uint64_t number, size_t size);
void filter_free(struct filter *f);

/* [any thread] */
void filter_add(struct filter *f, uint64_t hash);
bool filter_may_have(const struct filter *f, uint64_t hash);
void filter_prefetch(const struct filter *f, uint64_t hash);

/* A file holds a filter that is complete: it is written once nothing is added any more.
 * False: there is no such file afterwards. */
bool filter_save(const struct filter *f, const char *path);
/* to_add: into memory of its own.  NULL: there is none that belongs to this number. */
struct filter *filter_load(const char *path, uint64_t number, bool to_add);

#endif
