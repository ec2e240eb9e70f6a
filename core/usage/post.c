/* usage/post.c - a record on its way from a worker to the store.
 * SPDX-License-Identifier: MIT */
#include "usage/inside.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct usage_post {
	size_t n;
	char bytes[];
};

struct usage_post *usage_post_new(const struct usage_record *r)
{
	char bytes[RECORD_MAX];
	size_t n = record_encode(r, bytes);
	struct usage_post *p = n ? mem_new(sizeof *p + n) : NULL;

	if (!p)
		return NULL;
	p->n = n;
	memcpy(p->bytes, bytes, n);
	return p;
}

void usage_post_free(struct usage_post *p)
{
	mem_free(p);
}

static cdt_status put_record(struct store_txn *txn, const struct usage_record *r,
                             uint64_t number, cdt_str bytes)
{
	enum store_table table = place_table(place_minute(r->wall_ms) / DAY_MINUTES);
	char key[PLACE_KEY_SIZE], id[PLACE_ID_SIZE];
	cdt_status st;

	place_key(r->wall_ms, number, key);
	place_id_key(place_part(r->wall_ms), r->id, id);
	st = txn_put(txn, table, str_from(key, PLACE_KEY_SIZE), bytes);
	if (st != CDT_OK || !r->id.n)
		return st;
	return txn_put(txn, table, str_from(id, PLACE_ID_SIZE),
	               str_from(key + 1, PLACE_SIZE));
}

cdt_status usage_post_apply(struct usage_post *p, struct store_txn *txn)
{
	cdt_str bytes = str_from(p->bytes, p->n), there;
	struct usage_record r;
	struct fresh f;
	cdt_status st;

	if (!record_decode(bytes, &r))
		return CDT_E_MISUSE;
	st = txn_get(txn, STORE_USAGE, FRESH_KEY, &there);
	if (st != CDT_OK && st != CDT_E_ABSENT)
		return st;
	fresh_read(st, there, &f);
	st = put_record(txn, &r, f.number++, bytes);
	if (st == CDT_OK)
		st = sums_put(txn, &f, &r);
	if (st != CDT_OK)
		return st;
	return txn_put(txn, STORE_USAGE, FRESH_KEY, fresh_bytes(&f));
}
