/* base/map.c - open addressing with linear probing; a removal moves later slots back, so
 * there are no graves.  At most 3/4 full.
 * SPDX-License-Identifier: MIT */
#include "base/map.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "base/siphash.h"
#include "base/str.h"

enum { FIRST_ROOM = 16 };          /* powers of two */

struct map_slot {
	const char *key;           /* NULL: free */
	size_t key_n;
	uint64_t hash;
	void *value;
};

/* Written once, before anyone can read it: the same key for every map of the process, so
 * that hashes may be handed from thread to thread. */
static uint64_t sip_key[2];
static pthread_once_t sip_once = PTHREAD_ONCE_INIT;

static void sip_key_draw(void)
{
	rand_bytes(sip_key, sizeof sip_key);
}

uint64_t hash_bytes(cdt_str s)
{
	uint64_t v[4];

	(void)pthread_once(&sip_once, sip_key_draw);     /* can not fail with valid arguments */
	sip_start(v, sip_key);
	sip_take_text(v, s, 1);
	v[2] ^= 0xff;
	sip_rounds(v, 3);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot of key, or the free one where it would go.  room is not 0. */
static struct map_slot *slot_of(const struct map *m, cdt_str key, uint64_t hash)
{
	size_t mask = m->room - 1, i = hash & mask;

	for (;; i = (i + 1) & mask) {
		struct map_slot *s = &m->slots[i];

		if (!s->key || (s->hash == hash && str_eq(str_from(s->key, s->key_n), key)))
			return s;
	}
}

static void grow(struct map *m)
{
	struct map_slot *old = m->slots;
	size_t old_room = m->room;

	m->room = old_room ? old_room * 2 : FIRST_ROOM;
	m->slots = mem_new_array(m->room, sizeof *m->slots);
	for (size_t i = 0; i < old_room; i++)
		if (old[i].key)
			*slot_of(m, str_from(old[i].key, old[i].key_n), old[i].hash) = old[i];
	mem_free(old);
}

/* Moves back what was pushed past the hole. */
static void close_hole(struct map *m, size_t hole)
{
	size_t mask = m->room - 1;

	for (size_t i = (hole + 1) & mask; m->slots[i].key; i = (i + 1) & mask) {
		size_t home = m->slots[i].hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct map_slot){ .key = NULL };
}

static void drop_key(const struct map *m, struct map_slot *s)
{
	if (!m->is_lent)
		mem_free((void *)(uintptr_t)s->key);   /* our copy */
}

void map_init(struct map *m)
{
	*m = (struct map){ .slots = NULL };
}

void map_init_lent(struct map *m)
{
	*m = (struct map){ .is_lent = true };
}

void map_fini(struct map *m)
{
	for (size_t i = 0; i < m->room; i++)
		drop_key(m, &m->slots[i]);
	mem_free(m->slots);
	*m = (struct map){ .is_lent = m->is_lent };
}

void *map_find(const struct map *m, cdt_str key)
{
	return m->count ? slot_of(m, key, hash_bytes(key))->value : NULL;
}

void *map_put(struct map *m, cdt_str key, void *value)
{
	uint64_t hash = hash_bytes(key);
	struct map_slot *s;
	void *before;

	if (m->count >= m->room / 4 * 3)
		grow(m);
	s = slot_of(m, key, hash);
	before = s->value;
	s->value = value;
	if (m->is_lent)
		s->key = key.p;                        /* the one before goes with its value */
	else if (!before)
		s->key = mem_text(key.p, key.n);
	if (!before) {
		s->key_n = key.n;
		s->hash = hash;
		m->count++;
	}
	return before;
}

void *map_remove(struct map *m, cdt_str key)
{
	struct map_slot *s = m->count ? slot_of(m, key, hash_bytes(key)) : NULL;
	void *before;

	if (!s || !s->key)
		return NULL;
	before = s->value;
	drop_key(m, s);
	m->count--;
	close_hole(m, (size_t)(s - m->slots));
	return before;
}

int map_next(const struct map *m, size_t *it, cdt_str *key, void **value)
{
	for (; *it < m->room; ++*it) {
		const struct map_slot *s = &m->slots[*it];

		if (!s->key)
			continue;
		++*it;
		*key = (cdt_str){ s->key, s->key_n };
		*value = s->value;
		return 1;
	}
	return 0;
}
