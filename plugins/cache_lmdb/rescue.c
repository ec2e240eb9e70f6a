/* cache_lmdb/rescue.c - eviction by use: when the newest segment is half full, and the oldest
 * will go for the next one, what was found in the oldest is copied into the newest.  Only then:
 * reading alone writes nothing.
 * SPDX-License-Identifier: MIT */
#include "cache.h"

#include <string.h>

/* At most three eighths of a segment are taken by what is rescued: the rest is for what is
 * new.  SCANNED_MAX: so many are looked at between two commits of what waits. */
enum { HALF = 2, PART = 3, PARTS = 8, SCANNED_MAX = 65536, NODE_BYTES = 64 };

static bool is_due(struct cache *c)
{
	const struct segment *first = cache_newest(c), *last;

	if (!shelf_is_full(&c->shelf) || c->shelf.count < 2 || c->full)
		return false;
	last = c->shelf.segment[c->shelf.count - 1];
	if (first->used_bytes < first->map_bytes / HALF)
		return false;
	if (c->rescue.number != last->number)
		c->rescue = (struct rescue){ .number = last->number };
	return !c->rescue.over && last->era == first->era;
}

/* It lives, and no newer segment has that key. */
static bool is_worth_it(struct cache *c, const struct segment *from, const uint8_t *key,
                        uint64_t hash)
{
	struct loan l;
	bool worth;

	if (!reader_begin(&c->reader, key, hash, 0, 0, &l))
		return false;
	worth = l.place->segment == from && l.kept.until_ms > c->host->wall_ms(c->host);
	reader_end(&c->reader, &l);
	return worth;
}

static int rescue_one(struct cache *c, MDB_txn *txn, struct segment *from, const MDB_val *v)
{
	const size_t head = sizeof(int64_t);
	const uint64_t hash = segment_hash(c->rescue.next);
	struct kept k;
	int rc;

	if (v->mv_size < head || !segment_was_used(from, hash) ||
	    !is_worth_it(c, from, c->rescue.next, hash))
		return 0;
	memcpy(&k.until_ms, v->mv_data, head);
	k.value = (const char *)v->mv_data + head;
	k.n = v->mv_size - head;
	rc = segment_put(cache_newest(c), txn, c->rescue.next, &k);
	from->outdated += !rc;
	c->rescue.bytes += v->mv_size + NODE_BYTES;
	return rc;
}

static int copy(struct cache *c, MDB_txn *txn, struct segment *from, MDB_cursor *cursor)
{
	size_t count = from->outdated + c->batch_max;
	size_t bytes = c->rescue.bytes + c->batch_bytes_max;
	size_t most = from->map_bytes / PARTS * PART, scanned = 0;
	MDB_val key = { KEY_SIZE, c->rescue.next }, v;
	int rc = mdb_cursor_get(cursor, &key, &v, MDB_SET_RANGE);

	while (!rc && scanned++ < SCANNED_MAX && c->rescue.bytes < bytes &&
	       from->outdated < count) {
		if (c->rescue.bytes > most)
			return MDB_NOTFOUND;
		if (key.mv_size == KEY_SIZE) {
			memcpy(c->rescue.next, key.mv_data, KEY_SIZE);
			rc = rescue_one(c, txn, from, &v);
		}
		if (!rc)
			rc = mdb_cursor_get(cursor, &key, &v, MDB_NEXT);
	}
	if (!rc && key.mv_size == KEY_SIZE)
		memcpy(c->rescue.next, key.mv_data, KEY_SIZE);
	return rc;
}

static int search(struct cache *c, MDB_txn *txn, struct segment *from)
{
	MDB_txn *read;
	MDB_cursor *cursor;
	int rc = mdb_txn_begin(from->env, NULL, MDB_RDONLY, &read);

	if (rc)
		return rc;
	rc = mdb_cursor_open(read, from->dbi, &cursor);
	if (!rc) {
		rc = copy(c, txn, from, cursor);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(read);
	return rc;
}

bool rescue_some(struct cache *c)
{
	struct segment *to = cache_newest(c);
	MDB_txn *txn;
	int rc;

	if (!is_due(c))
		return false;
	c->rescue.over = true;                         /* should it fail */
	if (mdb_txn_begin(to->env, NULL, 0, &txn))
		return false;
	rc = search(c, txn, c->shelf.segment[c->shelf.count - 1]);
	if (rc && rc != MDB_NOTFOUND) {
		mdb_txn_abort(txn);
		return false;
	}
	c->rescue.over = segment_commit(to, txn) || rc == MDB_NOTFOUND;
	return !c->rescue.over;
}
