/* cache_memory/shard.h - a part of the entries: those of some keys, under one lock.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_MEMORY_SHARD_H
#define CACHE_MEMORY_SHARD_H
#include <conduit/base.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { KEY_BYTES = 32 };

/* Its value does not change.  What a get reads is together. */
struct entry {
	struct entry *newer, *older;
	struct entry *next;                    /* of its slot, or of those that are let go */
	char key[KEY_BYTES];
	uint64_t ends_ms;
	uint32_t era;
	_Atomic uint32_t holders;              /* the shard, and gets that hand it out now */
	size_t n;
	bool used;                             /* since it was put at the head of the list */
	char value[];
};

struct shard {
	_Alignas(64) pthread_mutex_t lock;     /* guards all below; held for list work only */
	struct entry **slot;                   /* chains; their number never changes */
	size_t slot_mask, swept;
	struct entry *newest, *oldest;
	uint32_t era;                          /* entries of an older one are not given */
	int64_t entries, evictions;            /* entries: of this era */
	_Atomic int64_t *bytes;                /* of all shards: what entries cost */
};

/* slot: zeroed; slots: a power of two. */
void shard_init(struct shard *s, struct entry **slot, size_t slots, _Atomic int64_t *bytes);
void shard_fini(struct shard *s);

/* NULL: no memory.  Whoever makes one has added its cost to the bytes already. */
struct entry *entry_new(const char *key, cdt_str value, uint64_t ends_ms);
/* What such a value takes of the memory, as the allocator keeps it. */
size_t entry_cost_bytes(size_t n);

/* Held until shard_release; NULL: there is none. */
struct entry *shard_get(struct shard *s, const char *key, uint64_t now_ms);
void shard_release(struct shard *s, struct entry *e);
/* Takes e, in place of what its key had. */
void shard_put(struct shard *s, struct entry *e, uint64_t now_ms);
void shard_drop(struct shard *s, const char *key);
/* The entry that was not used for longest goes, nearly.  False: there is none. */
bool shard_evict(struct shard *s, uint64_t now_ms);
/* Entries of now are not given any more; sweeps and evictions take them. */
void shard_clear(struct shard *s);
void shard_count(struct shard *s, int64_t *entries, int64_t *evictions);

#endif
