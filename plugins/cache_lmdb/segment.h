/* cache_lmdb/segment.h - one file of entries, an LMDB environment whose map is its whole file.
 * Its writer fills it once; what it holds goes with the file.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_LMDB_SEGMENT_H
#define CACHE_LMDB_SEGMENT_H
#include <lmdb.h>

#include "filter.h"
#include "folder.h"

enum { KEY_SIZE = 32, SEGMENT_READERS_MAX = 512 };
/* What a segment's files take beside its map and its filter: LMDB's table of readers. */
enum { SEGMENT_SLACK_BYTES = 64 << 10 };

struct segment {
	const struct folder *folder;
	uint64_t number;               /* the higher, the newer */
	MDB_env *env;
	MDB_dbi dbi;
	struct filter *filter;         /* NULL: not known, so the tree is asked */
	struct filter *used;           /* keys that were found here when it was old */
	size_t map_bytes, file_bytes;  /* of the map; of all its files */
	/* The writer's. */
	uint32_t era;                  /* see queue.h */
	size_t entries, outdated;      /* outdated: another segment has them newer */
	size_t used_bytes;
	bool sealed;
};

/* NULL: *rc (LMDB's, or errno) says why; nothing is left of it. */
struct segment *segment_new(const struct folder *f, uint64_t number, size_t share_bytes,
                            int *rc);
/* to_fill: more will be put into it.  NULL: it is no sound segment. */
struct segment *segment_open(const struct folder *f, uint64_t number, bool to_fill);
/* Nothing is put into it any more: what it has is on the disk then, with its filter. */
void segment_seal(struct segment *s);
/* No transaction is left; the files stay. */
void segment_close(struct segment *s);
/* Closes it and removes the files. */
void segment_drop(struct segment *s);

/* [any] That key was found; has it been, since this segment was opened? */
void segment_note_use(const struct segment *s, uint64_t hash);
bool segment_was_used(const struct segment *s, uint64_t hash);

/* What an entry's bytes say.  One that says 0 for its end hides older ones: it was dropped. */
struct kept { int64_t until_ms; const char *value; size_t n; };

/* False: this segment has no such key. */
bool segment_get(const struct segment *s, MDB_txn *txn, const uint8_t *key, struct kept *out);
/* Of LMDB. */
int segment_put(struct segment *s, MDB_txn *txn, const uint8_t *key, const struct kept *k);
int segment_remove(struct segment *s, MDB_txn *txn, const uint8_t *key);
/* Also what it holds now is counted anew. */
int segment_commit(struct segment *s, MDB_txn *txn);

/* Of a key: good for the filter, and for tables. */
uint64_t segment_hash(const uint8_t *key);

#endif
