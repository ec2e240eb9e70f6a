/* auth/keyring.c - all keys in memory, in stripes with a lock each; the store is the truth.
 * What a key may do is key.c's affair.
 * SPDX-License-Identifier: MIT */
#include "auth/keyring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "auth/pepper.h"
#include "auth/tag.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"
#include "loop/worker.h"
#include "store/store.h"

enum { STRIPES = 64, STRIPE_SHIFT = 58, WHY_SIZE = 256 };

struct stripe {
	pthread_mutex_t lock;
	struct map keys;               /* id -> struct key; the ring is one of its users */
	char apart[64];                /* so that workers do not disturb each other */
};

struct keyring {
	uint64_t tag_key[2];            /* of this process; see auth/tag.h */
	struct stripe stripes[STRIPES];
	struct hmac_key *pepper;
	struct store *store;
	_Atomic size_t count;
};

/* One change on its way: worker -> writer -> worker. */
struct change {
	struct keyring *ring;
	struct key *key;               /* NULL: delete id */
	char id[KEY_ID_SIZE + 1];
	uint32_t version;              /* that the stored one must have */
	struct keyring_asker by;
	cdt_status st;
};

/* The map uses the low bits of the same hash. */
static struct stripe *stripe_of(struct keyring *r, cdt_str id)
{
	return &r->stripes[hash_bytes(id) >> STRIPE_SHIFT];
}

/* k NULL: takes id out.  The key that was there loses the ring as its user. */
static void swap_key(struct keyring *r, cdt_str id, struct key *k)
{
	struct stripe *s = stripe_of(r, id);
	struct key *before;

	if (k)
		atomic_store_explicit(&k->uses, 1, memory_order_relaxed);
	pthread_mutex_lock(&s->lock);
	before = k ? map_put(&s->keys, id, k) : map_remove(&s->keys, id);
	pthread_mutex_unlock(&s->lock);
	if (k && !before)
		atomic_fetch_add_explicit(&r->count, 1, memory_order_relaxed);
	if (!k && before)
		atomic_fetch_sub_explicit(&r->count, 1, memory_order_relaxed);
	if (before)
		keyring_give(r, before);
}

static cdt_status load(struct keyring *r, char *why)
{
	struct store_read *read = store_read_begin(r->store);
	cdt_str id = { NULL, 0 }, record;
	cdt_status st = read ? CDT_OK : CDT_E_LIMIT;

	while (st == CDT_OK) {
		struct key *k;

		st = store_next(read, STORE_KEYS, id.n > 0, &id, &record);
		k = st == CDT_OK ? key_decode(id, record) : NULL;
		if (k)
			swap_key(r, id, k);
		else if (st == CDT_OK)
			log_error(LOG_AUTH, NULL, "a stored key is not readable and opens "
			          "nothing key=%.*s", STR_ARG(id));
	}
	store_read_end(read);
	if (st != CDT_E_ABSENT)
		(void)snprintf(why, WHY_SIZE, "the stored keys can not be read (status %d)",
		               (int)st);
	return st == CDT_E_ABSENT ? CDT_OK : st;
}

static bool is_empty(struct store *s)
{
	struct store_read *read = store_read_begin(s);
	cdt_str id = { NULL, 0 }, record;
	bool empty = read && store_next(read, STORE_KEYS, false, &id, &record) == CDT_E_ABSENT;

	store_read_end(read);
	return empty;
}

/* Between a copy and its return somebody else may have changed or deleted the key. */
static cdt_status check_version(const struct change *c, struct store_txn *txn)
{
	cdt_str record;
	cdt_status st = txn_get(txn, STORE_KEYS, str_z(c->id), &record);
	struct key *stored;
	bool same;

	if (st == CDT_E_ABSENT)
		return c->version ? CDT_E_ABSENT : CDT_OK;
	if (st != CDT_OK)
		return st;
	stored = key_decode(str_z(c->id), record);
	same = stored && stored->version == c->version;
	key_free(stored);
	return same ? CDT_OK : CDT_E_INVALID;
}

/* [writer] */
static cdt_status apply_put(void *arg, struct store_txn *txn)
{
	struct change *c = arg;
	struct buf record;
	cdt_status st = check_version(c, txn);

	if (st != CDT_OK)
		return st;
	c->key->version++;
	buf_init(&record, STORE_VALUE_MAX);
	key_encode(c->key, &record);
	st = record.status;
	if (st == CDT_OK)
		st = txn_put(txn, STORE_KEYS, str_z(c->id), buf_str(&record));
	buf_fini(&record);
	return st;
}

/* [writer] */
static cdt_status apply_delete(void *arg, struct store_txn *txn)
{
	struct change *c = arg;

	cdt_status st = c->version ? check_version(c, txn) : CDT_OK;

	return st == CDT_OK ? txn_delete(txn, STORE_KEYS, str_z(c->id)) : st;
}

static void deliver(void *arg)
{
	struct change *c = arg;

	if (c->by.finished)
		c->by.finished(c->by.arg, c->st);
	mem_free(c);
}

/* [writer] In the order of the commits, so that memory never goes back. */
static void on_durable(void *arg, cdt_status st)
{
	struct change *c = arg;

	if (st == CDT_OK)
		swap_key(c->ring, str_z(c->id), c->key);
	else
		key_free(c->key);
	c->st = st;
	if (c->by.worker && c->by.finished)
		worker_post(c->by.worker, deliver, c);
	else
		deliver(c);
}

static cdt_status submit(struct change change, cdt_str id,
                         cdt_status (*apply)(void *arg, struct store_txn *txn))
{
	struct change *c = mem_new(sizeof *c);
	struct store_op op = { apply, on_durable, c, NULL };
	cdt_status st;

	*c = change;
	memcpy(c->id, id.p, KEY_ID_SIZE);
	st = store_submit(c->ring->store, &op);
	if (st != CDT_OK) {
		key_free(c->key);
		mem_free(c);
	}
	return st;
}

struct keyring *keyring_open(struct store *s, const char *state_dir, char why[256])
{
	struct keyring *r = mem_new(sizeof *r);

	r->store = s;
	rand_bytes(r->tag_key, sizeof r->tag_key);
	for (size_t i = 0; i < STRIPES; i++) {
		pthread_mutex_init(&r->stripes[i].lock, NULL);
		map_init(&r->stripes[i].keys);
	}
	r->pepper = pepper_open(state_dir, is_empty(s), why);
	if (r->pepper && load(r, why) == CDT_OK)
		return r;
	keyring_close(r);
	return NULL;
}

void keyring_close(struct keyring *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < STRIPES; i++) {
		size_t it = 0;
		cdt_str id;
		void *k;

		while (map_next(&r->stripes[i].keys, &it, &id, &k))
			keyring_give(r, k);
		map_fini(&r->stripes[i].keys);
		pthread_mutex_destroy(&r->stripes[i].lock);
	}
	hmac_key_free(r->pepper);
	mem_free(r);
}

/* Half a tag is no tag: who reads between the two stores proves by HMAC once more. */
static bool was_proven(const struct key *k, const struct tag *t)
{
	uint64_t first = atomic_load_explicit(&k->proven[0], memory_order_relaxed);
	uint64_t differs = first ^ t->half[0];

	differs |= atomic_load_explicit(&k->proven[1], memory_order_relaxed) ^ t->half[1];
	return !differs;
}

static void remember_proof(struct key *k, const struct tag *t)
{
	atomic_store_explicit(&k->proven[0], t->half[0], memory_order_relaxed);
	atomic_store_explicit(&k->proven[1], t->half[1], memory_order_relaxed);
}

static bool is_former(const struct key *k, const uint8_t hash[SHA256_SIZE], int64_t wall_ms)
{
	return k->former && wall_ms < k->former->until_ms &&
	       digest_equal(hash, k->former->hash, SHA256_SIZE);
}

struct key *keyring_prove(struct keyring *r, cdt_str text, int64_t wall_ms, struct arena *a,
                          struct problem *p)
{
	static const uint8_t nobody[SHA256_SIZE];
	uint8_t hash[SHA256_SIZE];
	struct tag tag;
	struct key *k;
	cdt_str id;
	bool same;

	if (!text.n) {
		(void)problem_set(p, a, PROBLEM_NO_KEY, NULL, "no API key: send it in the "
		                  "header 'Authorization: Bearer condt_...'");
		return NULL;
	}
	if (!key_text_check(text, &id)) {
		(void)problem_set(p, a, PROBLEM_BAD_KEY, NULL, "this is not a whole API key of "
		                  "this gateway: copy all of it, from 'condt_' to its end");
		return NULL;
	}
	tag = tag_under(r->tag_key, text);
	k = keyring_take(r, id);
	if (k && was_proven(k, &tag))
		return k;
	keyring_hash(r, text, hash);
	same = digest_equal(hash, k ? k->hash : nobody, sizeof hash);
	if (k && same) {
		remember_proof(k, &tag);
		return k;
	}
	if (k && is_former(k, hash, wall_ms))          /* not remembered: its end must count */
		return k;
	if (k)
		keyring_give(r, k);
	(void)problem_set(p, a, PROBLEM_BAD_KEY, NULL, "this API key is not known (any more): "
	                  "ask your administrator for a new one");
	return NULL;
}

struct key *keyring_take(struct keyring *r, cdt_str id)
{
	struct stripe *s = stripe_of(r, id);
	struct key *k;

	pthread_mutex_lock(&s->lock);
	k = map_find(&s->keys, id);
	if (k)
		atomic_fetch_add_explicit(&k->uses, 1, memory_order_relaxed);
	pthread_mutex_unlock(&s->lock);
	return k;
}

void keyring_give(struct keyring *r, struct key *k)
{
	(void)r;                                       /* its last user may be gone from it */
	if (k && atomic_fetch_sub_explicit(&k->uses, 1, memory_order_acq_rel) == 1)
		key_free(k);
}

size_t keyring_list(struct keyring *r, cdt_str after, struct key **out, size_t cap)
{
	struct store_read *read = store_read_begin(r->store);
	cdt_str id = after, record;
	size_t n = 0;

	while (read && n < cap &&
	       store_next(read, STORE_KEYS, id.n > 0, &id, &record) == CDT_OK) {
		out[n] = keyring_take(r, id);
		n += out[n] != NULL;
	}
	store_read_end(read);
	return n;
}

size_t keyring_count(const struct keyring *r)
{
	return atomic_load_explicit(&r->count, memory_order_relaxed);
}

cdt_status keyring_put_give(struct keyring *r, struct key *k, const struct keyring_asker *by)
{
	struct change c = { .ring = r, .key = k, .version = k->version, .by = *by };

	if (strlen(k->id) != KEY_ID_SIZE) {
		key_free(k);
		return CDT_E_MISUSE;
	}
	k->updated_ms = clock_wall_ms();
	if (!k->created_ms)
		k->created_ms = k->updated_ms;
	return submit(c, str_z(k->id), apply_put);
}

cdt_status keyring_delete(struct keyring *r, cdt_str id, uint32_t version,
                          const struct keyring_asker *by)
{
	struct change c = { .ring = r, .version = version, .by = *by };

	if (id.n != KEY_ID_SIZE)
		return CDT_E_ABSENT;
	return submit(c, id, apply_delete);
}

void keyring_hash(const struct keyring *r, cdt_str text, uint8_t hash[SHA256_SIZE])
{
	hmac_sum(r->pepper, text, hash);
}
