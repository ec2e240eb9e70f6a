/* auth/keyring.c - all keys and groups in memory, keys in stripes with a lock each; the store
 * is the truth.  What a key may do is key.c's affair, how it changes change.c's.
 * SPDX-License-Identifier: MIT */
#include "auth/keyring.h"

#include <stdio.h>
#include <string.h>

#include "auth/pepper.h"
#include "auth/ring.h"
#include "auth/tag.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/str.h"

enum { WHY_SIZE = 256 };

/* The map uses the low bits of the same hash. */
static struct stripe *stripe_of(struct keyring *r, enum store_table t, cdt_str handle)
{
	return t == STORE_GROUPS ? &r->groups : &r->stripes[hash_bytes(handle) >> STRIPE_SHIFT];
}

void ring_swap(struct keyring *r, enum store_table t, cdt_str handle, struct key *k)
{
	struct stripe *s = stripe_of(r, t, handle);
	_Atomic size_t *count = t == STORE_GROUPS ? &r->group_count : &r->count;
	struct key *before;

	if (k)
		atomic_store_explicit(&k->uses, 1, memory_order_relaxed);
	pthread_mutex_lock(&s->lock);
	before = k ? map_put(&s->keys, key_handle(k), k) : map_remove(&s->keys, handle);
	pthread_mutex_unlock(&s->lock);
	if (k && !before)
		atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
	if (!k && before)
		atomic_fetch_sub_explicit(count, 1, memory_order_relaxed);
	if (before)
		keyring_give(r, before);
}

/* One part of a table on its way into memory. */
struct loading {
	struct keyring *ring;
	enum store_table table;
	const char *from, *until;      /* handles; "" = from the start, to the end */
	cdt_status st;
};

static void load_one(const struct loading *l, cdt_str handle, cdt_str record)
{
	bool is_group = l->table == STORE_GROUPS;
	struct key *k = is_group ? key_decode_group(handle, record)
	                         : key_decode(handle, record);

	if (k)
		ring_swap(l->ring, l->table, handle, k);
	else
		log_error(LOG_AUTH, NULL, "a stored %s is not readable and opens nothing "
		          "name=%.*s", is_group ? "group" : "key", STR_ARG(handle));
}

static void *load(void *arg)
{
	struct loading *l = arg;
	struct store_read *read = store_read_begin(l->ring->store);
	cdt_str handle = str_z(l->from), record, until = str_z(l->until);
	bool after = false;

	l->st = read ? CDT_OK : CDT_E_LIMIT;
	while (l->st == CDT_OK) {
		l->st = store_next(read, l->table, after, &handle, &record);
		if (l->st == CDT_OK && until.n && str_cmp(handle, until) >= 0)
			l->st = CDT_E_ABSENT;
		if (l->st == CDT_OK)
			load_one(l, handle, record);
		after = true;
	}
	store_read_end_cold(read);
	return NULL;
}

/* A million keys take seconds: half of them are read by another thread.  Ids are random. */
static cdt_status load_all(struct keyring *r, char *why)
{
	struct loading groups = { r, STORE_GROUPS, "", "", CDT_OK };
	struct loading low = { r, STORE_KEYS, "", "V", CDT_OK };
	struct loading high = { r, STORE_KEYS, "V", "", CDT_OK };
	pthread_t other;
	bool started;

	(void)load(&groups);
	started = !pthread_create(&other, NULL, load, &high);
	(void)load(&low);
	if (started)
		pthread_join(other, NULL);
	else
		(void)load(&high);
	if (groups.st == CDT_E_ABSENT && low.st == CDT_E_ABSENT && high.st == CDT_E_ABSENT)
		return CDT_OK;
	(void)snprintf(why, WHY_SIZE, "the stored keys can not be read (status %d)",
	               (int)(low.st == CDT_E_ABSENT ? high.st : low.st));
	return CDT_E_UPSTREAM;
}

static bool is_empty(struct store *s)
{
	struct store_read *read = store_read_begin(s);
	cdt_str id = { NULL, 0 }, record;
	bool empty = read && store_next(read, STORE_KEYS, false, &id, &record) == CDT_E_ABSENT;

	store_read_end(read);
	return empty;
}

static void stripe_init(struct stripe *s)
{
	pthread_mutex_init(&s->lock, NULL);
	map_init_lent(&s->keys);
}

static void stripe_fini(struct keyring *r, struct stripe *s)
{
	size_t it = 0;
	cdt_str handle;
	void *k;

	while (map_next(&s->keys, &it, &handle, &k))
		keyring_give(r, k);
	map_fini(&s->keys);
	pthread_mutex_destroy(&s->lock);
}

struct keyring *keyring_open(struct store *s, const char *state_dir, char why[256])
{
	struct keyring *r = mem_new(sizeof *r);

	r->store = s;
	rand_bytes(r->tag_key, sizeof r->tag_key);
	for (size_t i = 0; i < STRIPES; i++)
		stripe_init(&r->stripes[i]);
	stripe_init(&r->groups);
	pthread_mutex_init(&r->passes.lock, NULL);
	r->pepper = pepper_open(state_dir, is_empty(s), why);
	if (r->pepper && load_all(r, why) == CDT_OK)
		return r;
	keyring_close(r);
	return NULL;
}

void keyring_close(struct keyring *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < STRIPES; i++)
		stripe_fini(r, &r->stripes[i]);
	stripe_fini(r, &r->groups);
	pthread_mutex_destroy(&r->passes.lock);
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
	if (k && ring_use_pass(r, hash, wall_ms))
		return k;
	if (k)
		keyring_give(r, k);
	(void)problem_set(p, a, PROBLEM_BAD_KEY, NULL, "this API key is not known (any more): "
	                  "ask your administrator for a new one");
	return NULL;
}

static struct key *take(struct keyring *r, enum store_table t, cdt_str handle)
{
	struct stripe *s = stripe_of(r, t, handle);
	struct key *k;

	pthread_mutex_lock(&s->lock);
	k = map_find(&s->keys, handle);
	if (k)
		atomic_fetch_add_explicit(&k->uses, 1, memory_order_relaxed);
	pthread_mutex_unlock(&s->lock);
	return k;
}

struct key *keyring_take(struct keyring *r, cdt_str id)
{
	return take(r, STORE_KEYS, id);
}

struct key *keyring_take_group(struct keyring *r, cdt_str name)
{
	return take(r, STORE_GROUPS, name);
}

void keyring_give(struct keyring *r, struct key *k)
{
	(void)r;                                       /* its last user may be gone from it */
	if (k && atomic_fetch_sub_explicit(&k->uses, 1, memory_order_acq_rel) == 1)
		key_free(k);
}

static size_t list(struct keyring *r, enum store_table t, cdt_str after, struct key **out,
                   size_t cap)
{
	struct store_read *read = store_read_begin(r->store);
	cdt_str handle = after, record;
	size_t n = 0;

	while (read && n < cap &&
	       store_next(read, t, handle.n > 0, &handle, &record) == CDT_OK) {
		out[n] = take(r, t, handle);
		n += out[n] != NULL;
	}
	store_read_end(read);
	return n;
}

size_t keyring_list(struct keyring *r, cdt_str after, struct key **out, size_t cap)
{
	return list(r, STORE_KEYS, after, out, cap);
}

size_t keyring_list_groups(struct keyring *r, cdt_str after, struct key **out, size_t cap)
{
	return list(r, STORE_GROUPS, after, out, cap);
}

size_t keyring_count(const struct keyring *r)
{
	return atomic_load_explicit(&r->count, memory_order_relaxed);
}

void keyring_hash(const struct keyring *r, cdt_str text, uint8_t hash[SHA256_SIZE])
{
	hmac_sum(r->pepper, text, hash);
}
