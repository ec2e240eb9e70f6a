/* store/pieces.c - two tables: "places" says by key which value it is, how large, and how long
 * it is good; "pieces" has its bytes by {number, piece}, piece 0 being its key and its time.
 * Numbers only grow: new values come behind all others, and what is dropped lies in front, so
 * that pages are full and free ones come in runs.
 * SPDX-License-Identifier: MIT */
#include "store/pieces.h"

#include <string.h>
#include <sys/stat.h>

#include "base/bigend.h"
#include "base/str.h"
#include "store/parts.h"

/* Two pieces and their heads fill a page of 4096 bytes. */
enum { PIECE_BYTES = 2000, NUMBER = 8, PIECE_KEY = NUMBER + 4, TIME = 8,
       PLACE_BYTES = NUMBER + TIME + 8, HEAD_BYTES = TIME + SHELF_KEY_SIZE, READERS_MAX = 512 };

static MDB_val val_of(cdt_str s)
{
	union { const char *in; void *out; } p = { .in = s.p };

	return (MDB_val){ s.n, p.out };
}

static MDB_val key_of(const uint8_t key[SHELF_KEY_SIZE])
{
	return val_of((cdt_str){ (const char *)key, SHELF_KEY_SIZE });
}

static cdt_str piece_key(char out[PIECE_KEY], uint64_t number, uint64_t piece)
{
	big_put(out, number, NUMBER);
	big_put(out + NUMBER, piece, PIECE_KEY - NUMBER);
	return (cdt_str){ out, PIECE_KEY };
}

static uint64_t number_of(const MDB_val *k)
{
	return k->mv_size == PIECE_KEY ? big_get(k->mv_data, NUMBER) : 0;
}

/* --- opening --- */

static int open_tables(struct pieces *p)
{
	MDB_txn *txn;
	MDB_stat about;
	int rc = mdb_txn_begin(p->env, NULL, 0, &txn);

	if (rc)
		return rc;
	rc = mdb_dbi_open(txn, "places", MDB_CREATE, &p->places);
	if (!rc)
		rc = mdb_dbi_open(txn, "pieces", MDB_CREATE, &p->pieces);
	if (rc)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	if (!rc)
		rc = mdb_env_stat(p->env, &about);
	p->page_bytes = rc ? 0 : about.ms_psize;
	return rc;
}

int pieces_open(struct pieces *p, const char *path, uint64_t size)
{
	int dead = 0, rc = mdb_env_create(&p->env);

	if (rc) {
		p->env = NULL;
		return rc;
	}
	rc = mdb_env_set_mapsize(p->env, size);
	if (!rc)
		rc = mdb_env_set_maxdbs(p->env, 2);
	if (!rc)
		rc = mdb_env_set_maxreaders(p->env, READERS_MAX);
	if (!rc)
		rc = mdb_env_open(p->env, path, MDB_NOTLS, 0600);
	/* Readers of a process that was killed would keep old pages for ever. */
	if (!rc)
		rc = mdb_reader_check(p->env, &dead);
	if (!rc)
		rc = open_tables(p);
	if (rc)
		pieces_close(p);
	return rc;
}

void pieces_close(struct pieces *p)
{
	if (p->env)
		mdb_env_close(p->env);
	p->env = NULL;
}

/* --- reading --- */

struct place { uint64_t number, bytes; int64_t expires_ms; };

static int find(const struct pieces *p, MDB_txn *txn, MDB_val *key, struct place *out)
{
	const char *at;
	MDB_val v;
	int rc = mdb_get(txn, p->places, key, &v);

	if (rc)
		return rc;
	if (v.mv_size != PLACE_BYTES)
		return MDB_CORRUPTED;
	at = v.mv_data;
	out->number = big_get(at, NUMBER);
	out->expires_ms = (int64_t)big_get(at + NUMBER, TIME);
	out->bytes = big_get(at + NUMBER + TIME, 8);
	return out->bytes > SHELF_VALUE_MAX ? MDB_CORRUPTED : 0;
}

static int copy(const struct pieces *p, MDB_txn *txn, const struct place *place, char *out)
{
	char text[PIECE_KEY];
	MDB_val k = val_of(piece_key(text, place->number, 1)), v;
	MDB_cursor *c;
	size_t n = 0;
	int rc = mdb_cursor_open(txn, p->pieces, &c);

	if (rc)
		return rc;
	rc = mdb_cursor_get(c, &k, &v, MDB_SET_KEY);
	while (!rc && number_of(&k) == place->number && v.mv_size <= place->bytes - n) {
		memcpy(out + n, v.mv_data, v.mv_size);
		n += v.mv_size;
		if (n == place->bytes)
			break;
		rc = mdb_cursor_get(c, &k, &v, MDB_NEXT);
	}
	mdb_cursor_close(c);
	return n == place->bytes ? 0 : MDB_CORRUPTED;
}

static cdt_status take(const struct pieces *p, MDB_txn *txn, const struct place *place,
                       struct arena *a, cdt_str *value)
{
	char *out = arena_take(a, place->bytes + 1);

	if (!out)
		return CDT_E_LIMIT;
	if (place->bytes && copy(p, txn, place, out))
		return CDT_E_UPSTREAM;
	*value = (cdt_str){ out, place->bytes };
	return CDT_OK;
}

cdt_status pieces_get(const struct pieces *p, const uint8_t key[SHELF_KEY_SIZE], int64_t now_ms,
                      struct arena *a, cdt_str *value)
{
	MDB_val k = key_of(key);
	struct place place;
	cdt_status st;
	MDB_txn *txn;
	int rc = mdb_txn_begin(p->env, NULL, MDB_RDONLY, &txn);

	if (rc)
		return store_status(rc);
	st = store_status(find(p, txn, &k, &place));
	if (st == CDT_OK)
		st = now_ms < place.expires_ms ? take(p, txn, &place, a, value) : CDT_E_ABSENT;
	mdb_txn_abort(txn);
	return st;
}

/* --- writing --- */

static int drop_value(MDB_cursor *c, uint64_t number, size_t *pieces)
{
	char text[PIECE_KEY];
	cdt_str first = piece_key(text, number, 0);
	MDB_val k = val_of(first), v;
	int rc = mdb_cursor_get(c, &k, &v, MDB_SET_RANGE);

	while (!rc && number_of(&k) == number) {
		rc = mdb_cursor_del(c, 0);
		(*pieces)++;
		k = val_of(first);
		if (!rc)
			rc = mdb_cursor_get(c, &k, &v, MDB_SET_RANGE);
	}
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int last_number(MDB_cursor *c, uint64_t *number)
{
	MDB_val k, v;
	int rc = mdb_cursor_get(c, &k, &v, MDB_LAST);

	*number = rc ? 0 : number_of(&k);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

static int append(MDB_cursor *c, uint64_t number, uint64_t piece, cdt_str bytes)
{
	char text[PIECE_KEY];
	MDB_val k = val_of(piece_key(text, number, piece)), v = val_of(bytes);

	return mdb_cursor_put(c, &k, &v, MDB_APPEND);
}

static int write_pieces(MDB_cursor *c, uint64_t number, cdt_str head, cdt_str value)
{
	int rc = append(c, number, 0, head);

	for (uint64_t i = 1; !rc && value.n; i++) {
		size_t n = value.n < PIECE_BYTES ? value.n : PIECE_BYTES;

		rc = append(c, number, i, (cdt_str){ value.p, n });
		value = str_skip(value, n);
	}
	return rc;
}

static int write_place(const struct pieces *p, MDB_txn *txn, MDB_val *key,
                       const struct place *place)
{
	char bytes[PLACE_BYTES];
	MDB_val v = { sizeof bytes, bytes };

	big_put(bytes, place->number, NUMBER);
	big_put(bytes + NUMBER, (uint64_t)place->expires_ms, TIME);
	big_put(bytes + NUMBER + TIME, place->bytes, 8);
	return mdb_put(txn, p->places, key, &v, 0);
}

int pieces_put(const struct pieces *p, MDB_txn *txn, const uint8_t key[SHELF_KEY_SIZE],
               int64_t expires_ms, cdt_str value)
{
	struct place old, place = { .bytes = value.n, .expires_ms = expires_ms };
	char head[HEAD_BYTES];
	MDB_val k = key_of(key);
	MDB_cursor *c;
	size_t pieces = 0;
	int rc = mdb_cursor_open(txn, p->pieces, &c);

	if (rc)
		return rc;
	if (!find(p, txn, &k, &old))
		rc = drop_value(c, old.number, &pieces);
	if (!rc)
		rc = last_number(c, &place.number);
	place.number++;
	big_put(head, (uint64_t)expires_ms, TIME);
	memcpy(head + TIME, key, SHELF_KEY_SIZE);
	if (!rc)
		rc = write_pieces(c, place.number, (cdt_str){ head, sizeof head }, value);
	if (!rc)
		rc = write_place(p, txn, &k, &place);
	mdb_cursor_close(c);
	return rc;
}

/* The place of the value of that number, whose head is v; it may be a newer one's by now. */
static int drop_place(const struct pieces *p, MDB_txn *txn, uint64_t number, const MDB_val *v)
{
	MDB_val k = { SHELF_KEY_SIZE, (char *)v->mv_data + TIME };
	struct place place;
	int rc = find(p, txn, &k, &place);

	if (rc || place.number != number)
		return rc == MDB_NOTFOUND ? 0 : rc;
	return mdb_del(txn, p->places, &k, NULL);
}

/* The oldest one.  MDB_NOTFOUND: there is none that ends by then. */
static int drop_first(const struct pieces *p, MDB_txn *txn, MDB_cursor *c, struct drop *d)
{
	int64_t expires_ms;
	uint64_t number;
	MDB_val k, v;
	int rc = mdb_cursor_get(c, &k, &v, MDB_FIRST);

	if (rc)
		return rc;
	if (v.mv_size != HEAD_BYTES || k.mv_size != PIECE_KEY)
		return MDB_CORRUPTED;
	number = number_of(&k);
	expires_ms = (int64_t)big_get(v.mv_data, TIME);
	if (expires_ms > d->until_ms)
		return MDB_NOTFOUND;
	rc = drop_place(p, txn, number, &v);
	if (!rc)
		rc = drop_value(c, number, &d->pieces);
	d->values++;
	d->unripe += expires_ms > d->now_ms;
	return rc;
}

int pieces_drop(const struct pieces *p, MDB_txn *txn, struct drop *d)
{
	MDB_cursor *c;
	int rc = mdb_cursor_open(txn, p->pieces, &c);

	if (rc)
		return rc;
	while (!rc && d->pieces < d->pieces_max)
		rc = drop_first(p, txn, c, d);
	mdb_cursor_close(c);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int pieces_bytes(const struct pieces *p, MDB_txn *txn, uint64_t *bytes)
{
	const MDB_dbi each[] = { p->places, p->pieces };
	uint64_t pages = 0;
	MDB_stat about;
	int rc = 0;

	for (size_t i = 0; i < sizeof each / sizeof *each && !rc; i++) {
		rc = mdb_stat(txn, each[i], &about);
		if (!rc)
			pages += about.ms_branch_pages + about.ms_leaf_pages +
			         about.ms_overflow_pages;
	}
	*bytes = pages * p->page_bytes;
	return rc;
}
