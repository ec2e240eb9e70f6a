/* store/pieces.h - values of any size in an LMDB environment, in the order in which they came:
 * each lies in pieces that need no pages of their own, so that the file does not fall apart as
 * old ones go and new ones come.  Private to the room.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_PIECES_H
#define STORE_PIECES_H
#include "base/arena.h"
#include "store/shelf.h"

#include <lmdb.h>

struct pieces {
	MDB_env *env;
	MDB_dbi places, pieces;
	uint64_t page_bytes;
};

/* path: an existing folder.  0, or LMDB's or errno's number. */
int pieces_open(struct pieces *p, const char *path, uint64_t size);
void pieces_close(struct pieces *p);

/* [any thread] */
cdt_status pieces_get(const struct pieces *p, const uint8_t key[SHELF_KEY_SIZE], int64_t now_ms,
                      struct arena *a, cdt_str *value);

/* --- [writer]; 0, or LMDB's number, after which the transaction can only be aborted --- */
/* In the place of what was there. */
int pieces_put(const struct pieces *p, MDB_txn *txn, const uint8_t key[SHELF_KEY_SIZE],
               int64_t expires_ms, cdt_str value);
/* The oldest ones that end by then go, until so many pieces did. */
struct drop { int64_t until_ms; size_t pieces_max, pieces, values, unripe; int64_t now_ms; };
int pieces_drop(const struct pieces *p, MDB_txn *txn, struct drop *d);
/* That values take now. */
int pieces_bytes(const struct pieces *p, MDB_txn *txn, uint64_t *bytes);

#endif
