/* cache_memory/shard.c - a hash table and a list by use, under one lock.  Nothing is allocated,
 * freed or handed out while it is held.  How much there may be is not decided here.
 *
 * A get only marks its entry: moving it in the list would touch its neighbours, which are
 * anywhere in the memory, and take longer.  Marked ones move when it is their turn to go.
 * SPDX-License-Identifier: MIT */
#include "shard.h"

#include <stdlib.h>
#include <string.h>

/* Slots that each put looks through for what is over, in turn. */
enum { SWEEP_SLOTS = 4 };
/* Used ones that an eviction passes over, before it takes the next one anyhow. */
enum { CHANCES = 16 };
/* Of the allocator: a header and its steps; from some size on whole pages. */
enum { CHUNK_HEAD_BYTES = 8, CHUNK_STEP_BYTES = 16 };
enum { PAGE_BYTES = 4096, PAGED_BYTES = 128 << 10 };

void shard_init(struct shard *s, struct entry **slot, size_t slots, _Atomic int64_t *bytes)
{
	*s = (struct shard){ .slot = slot, .slot_mask = slots - 1, .bytes = bytes };
	pthread_mutex_init(&s->lock, NULL);
}

size_t entry_cost_bytes(size_t n)
{
	size_t all = sizeof(struct entry) + n + CHUNK_HEAD_BYTES;
	size_t step = all < PAGED_BYTES ? CHUNK_STEP_BYTES : PAGE_BYTES;

	return (all + step - 1) / step * step;
}

struct entry *entry_new(const char *key, cdt_str value, uint64_t ends_ms)
{
	struct entry *e = malloc(sizeof *e + value.n);

	if (!e)
		return NULL;
	*e = (struct entry){ .holders = 1, .ends_ms = ends_ms, .n = value.n };
	memcpy(e->key, key, KEY_BYTES);
	if (value.n)
		memcpy(e->value, value.p, value.n);
	return e;
}

void shard_release(struct shard *s, struct entry *e)
{
	if (atomic_fetch_sub(&e->holders, 1) != 1)
		return;
	atomic_fetch_sub(s->bytes, (int64_t)entry_cost_bytes(e->n));
	free(e);
}

static void release_all(struct shard *s, struct entry *gone)
{
	while (gone) {
		struct entry *e = gone;

		gone = e->next;
		shard_release(s, e);
	}
}

void shard_fini(struct shard *s)
{
	while (s->oldest) {
		struct entry *e = s->oldest;

		s->oldest = e->newer;
		shard_release(s, e);
	}
	pthread_mutex_destroy(&s->lock);
}

/* --- with the lock held --- */

/* Keys are digests: any bytes of one are a hash.  The first one has chosen the shard. */
static struct entry **chain(const struct shard *s, const char *key)
{
	uint64_t hash;

	memcpy(&hash, key + sizeof hash, sizeof hash);
	return &s->slot[hash & s->slot_mask];
}

/* What points to the key's entry, or to the end of its chain. */
static struct entry **find(const struct shard *s, const char *key)
{
	struct entry **at = chain(s, key);

	while (*at && memcmp((*at)->key, key, KEY_BYTES) != 0)
		at = &(*at)->next;
	return at;
}

static bool is_over(const struct shard *s, const struct entry *e, uint64_t now_ms)
{
	return e->era != s->era || now_ms >= e->ends_ms;
}

static void unlist(struct shard *s, struct entry *e)
{
	*(e->newer ? &e->newer->older : &s->newest) = e->older;
	*(e->older ? &e->older->newer : &s->oldest) = e->newer;
}

static void list_first(struct shard *s, struct entry *e)
{
	e->newer = NULL;
	e->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = e;
	s->newest = e;
}

static void pass_over_used(struct shard *s, uint64_t now_ms)
{
	for (int i = 0; i < CHANCES; i++) {
		struct entry *e = s->oldest;

		if (!e || !e->used || is_over(s, e, now_ms))
			return;
		e->used = false;
		unlist(s, e);
		list_first(s, e);
	}
}

/* Out of the shard, and in front of gone: for release_all, without the lock. */
static void take_out(struct shard *s, struct entry **at, struct entry **gone)
{
	struct entry *e = *at;

	*at = e->next;
	unlist(s, e);
	s->entries -= e->era == s->era;
	e->next = *gone;
	*gone = e;
}

static void sweep(struct shard *s, uint64_t now_ms, struct entry **gone)
{
	for (int i = 0; i < SWEEP_SLOTS; i++) {
		struct entry **at = &s->slot[s->swept++ & s->slot_mask];

		while (*at) {
			if (is_over(s, *at, now_ms))
				take_out(s, at, gone);
			else
				at = &(*at)->next;
		}
	}
}

/* --- without --- */

struct entry *shard_get(struct shard *s, const char *key, uint64_t now_ms)
{
	struct entry *gone = NULL, **at, *e;

	pthread_mutex_lock(&s->lock);
	at = find(s, key);
	if (*at && is_over(s, *at, now_ms)) {
		take_out(s, at, &gone);
		e = NULL;
	} else if ((e = *at)) {
		atomic_fetch_add(&e->holders, 1);
		e->used = true;
	}
	pthread_mutex_unlock(&s->lock);
	release_all(s, gone);
	return e;
}

void shard_put(struct shard *s, struct entry *e, uint64_t now_ms)
{
	struct entry *gone = NULL, **at;

	pthread_mutex_lock(&s->lock);
	at = find(s, e->key);
	if (*at)
		take_out(s, at, &gone);
	e->era = s->era;
	at = chain(s, e->key);
	e->next = *at;
	*at = e;
	list_first(s, e);
	s->entries++;
	sweep(s, now_ms, &gone);
	pthread_mutex_unlock(&s->lock);
	release_all(s, gone);
}

void shard_drop(struct shard *s, const char *key)
{
	struct entry *gone = NULL, **at;

	pthread_mutex_lock(&s->lock);
	at = find(s, key);
	if (*at)
		take_out(s, at, &gone);
	pthread_mutex_unlock(&s->lock);
	release_all(s, gone);
}

bool shard_evict(struct shard *s, uint64_t now_ms)
{
	struct entry *gone = NULL;
	bool any;

	pthread_mutex_lock(&s->lock);
	pass_over_used(s, now_ms);
	any = s->oldest != NULL;
	if (any) {
		s->evictions += !is_over(s, s->oldest, now_ms);
		take_out(s, find(s, s->oldest->key), &gone);
	}
	pthread_mutex_unlock(&s->lock);
	release_all(s, gone);
	return any;
}

void shard_clear(struct shard *s)
{
	pthread_mutex_lock(&s->lock);
	s->era++;
	s->entries = 0;
	pthread_mutex_unlock(&s->lock);
}

void shard_count(struct shard *s, int64_t *entries, int64_t *evictions)
{
	pthread_mutex_lock(&s->lock);
	*entries += s->entries;
	*evictions += s->evictions;
	pthread_mutex_unlock(&s->lock);
}
