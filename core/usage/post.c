/* usage/post.c - a record on its way from a worker to the store.
 * SPDX-License-Identifier: MIT */
#include "usage/cards.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { SHEAF_BYTES = 32 << 10, ALIGN = alignof(max_align_t) };

struct usage_sheaf {
	_Atomic size_t holders;                /* its posts, and who fills it */
	size_t n;
	alignas(max_align_t) char bytes[SHEAF_BYTES];
};

_Static_assert(sizeof(struct usage_post) + RECORD_MAX <= SHEAF_BYTES, "any record fits");

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

void usage_sheaf_give(struct usage_sheaf *s)
{
	if (s && atomic_fetch_sub(&s->holders, 1) == 1)
		mem_free(s);
}

/* Not zeroed: much of it is never touched. */
static struct usage_sheaf *sheaf_new(void)
{
	struct usage_sheaf *s = mem_resize(NULL, sizeof *s);

	atomic_init(&s->holders, 1);
	s->n = 0;
	return s;
}

struct usage_post *usage_post_into(struct usage_sheaf **sheaf, const struct usage_record *r)
{
	char bytes[RECORD_MAX];
	size_t n = record_encode(r, bytes), size = sizeof(struct usage_post) + n;
	struct usage_sheaf *s = *sheaf;
	struct usage_post *p;

	if (!n)
		return NULL;
	if (!s || size > SHEAF_BYTES - s->n) {
		usage_sheaf_give(s);
		s = *sheaf = sheaf_new();
	}
	p = (struct usage_post *)(void *)(s->bytes + s->n);
	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	s->n = size < SHEAF_BYTES - s->n ? s->n + size : SHEAF_BYTES;
	atomic_fetch_add(&s->holders, 1);
	p->sheaf = s;
	p->n = n;
	memcpy(p->bytes, bytes, n);
	return p;
}

void usage_post_free(struct usage_post *p)
{
	if (p && p->sheaf)
		usage_sheaf_give(p->sheaf);
	else
		mem_free(p);
}

struct usage_post *usage_post_share(struct usage_post *p)
{
	atomic_fetch_add(&p->sheaf->holders, 1);
	return p;
}

bool usage_post_read(const struct usage_post *p, struct usage_record *out)
{
	return record_decode(str_from(p->bytes, p->n), out);
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

/* The record, what filters look at, and its part of the sums. */
static cdt_status put_all(struct store_txn *txn, struct fresh *f, const struct usage_record *r,
                          cdt_str bytes)
{
	const cdt_str texts[USAGE_DIMS] = {
		[USAGE_KEY] = r->key, [USAGE_GROUP] = r->group, [USAGE_MODEL] = r->model,
		[USAGE_PROVIDER] = usage_provider(r),
	};
	const uint64_t number = f->number++;
	uint32_t name[USAGE_DIMS];
	cdt_status st = put_record(txn, r, number, bytes);

	for (unsigned d = 0; d < USAGE_DIMS && st == CDT_OK; d++)
		st = name_put(txn, f, d, texts[d], &name[d]);
	if (st == CDT_OK)
		st = cards_put(txn, f, r, name, number);
	return st == CDT_OK ? sums_put(txn, f, r, name) : st;
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
	st = put_all(txn, &f, &r, bytes);
	if (st != CDT_OK)
		return st;
	return txn_put(txn, STORE_USAGE, FRESH_KEY, fresh_bytes(&f));
}
