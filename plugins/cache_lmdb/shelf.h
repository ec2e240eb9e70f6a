/* cache_lmdb/shelf.h - the segments in their order, and the view that each thread has of them.
 *
 * A reader belongs to one worker (and one to the writer).  It has a resting transaction in each
 * segment; its lock is taken for a look-up, and by the writer only to add a segment to the view
 * or to take one out, so nobody ever waits long.
 * SPDX-License-Identifier: MIT */
#ifndef CACHE_LMDB_SHELF_H
#define CACHE_LMDB_SHELF_H
#include <pthread.h>
#include <stdatomic.h>

#include "segment.h"

enum { SEGMENTS = 8 };

struct shelf {
	struct folder folder;
	size_t size_bytes, share_bytes;        /* of all; of a new segment */
	pthread_mutex_t lock;                  /* guards segment[] and readers; long is fine */
	struct segment *segment[SEGMENTS];     /* newest first */
	size_t count;
	struct reader *readers;
	_Atomic int64_t entries, bytes, evicted;
};

struct place {
	struct segment *segment;               /* NULL: free */
	MDB_txn *txn;                          /* NULL: none could be had so far */
	unsigned lent;                         /* values in its map that are in use */
};

struct reader {
	struct shelf *shelf;
	struct reader *next;
	pthread_mutex_t lock;                  /* guards what follows */
	struct place all[SEGMENTS];
	struct place *view[SEGMENTS];          /* newest first */
	size_t count;
};

/* Opens what is sound in the folder, and removes the rest; *spoilt counts that. */
void shelf_open(struct shelf *s, size_t *spoilt, bool *stranger);
/* Every reader is gone. */
void shelf_close(struct shelf *s);
uint64_t shelf_newest(const struct shelf *s);

/* [writer] Begins a segment; the oldest goes when there is no room.  0, or why not. */
int shelf_begin(struct shelf *s, uint64_t number, uint32_t era);
/* [writer] Nothing more is put into the newest. */
void shelf_seal(struct shelf *s);
/* [writer] Takes out the segments up to number, with their files. */
void shelf_drop_to(struct shelf *s, uint64_t number);
/* [writer] Beginning another one will cost the oldest. */
bool shelf_is_full(const struct shelf *s);
/* [writer] After a commit. */
void shelf_count(struct shelf *s);

void reader_init(struct reader *r, struct shelf *s);
void reader_fini(struct reader *r);

/* A value that was found, in the map: good until reader_end. */
struct loan { struct place *place; struct kept kept; };

/* The newest of that key, in a segment after the number `cleared`.  skip: so many of the newest
 * segments are not asked.  False: there is none, and nothing to end. */
bool reader_begin(struct reader *r, const uint8_t *key, uint64_t hash, uint64_t cleared,
                  size_t skip, struct loan *out);
void reader_end(struct reader *r, struct loan *l);

#endif
