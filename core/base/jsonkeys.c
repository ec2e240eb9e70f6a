/* base/jsonkeys.c - does a key come twice in its map?  A few keys are compared with each
 * other, many by a hash table when their map ends, so that no body makes this quadratic.
 * SPDX-License-Identifier: MIT */
#include "base/jsonkeys.h"

#include <string.h>

#include "base/jsonscan.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

enum { TABLE_FEW = 256 };

/* The key unescaped.  What is in *heap is to be freed. */
static cdt_str text_of(const struct json_keys *k, const struct json_key *key, char **heap)
{
	cdt_str raw = { k->text + key->at, key->length / 2 };

	*heap = NULL;
	if (key->length % 2 == 0)
		return raw;
	*heap = mem_try(NULL, raw.n);
	return *heap ? (cdt_str){ *heap, json_unescape(raw, *heap) } : raw;
}

static bool same_text(const struct json_keys *k, const struct json_key *a,
                      const struct json_key *b)
{
	char *heap_a, *heap_b;
	bool same = str_eq(text_of(k, a, &heap_a), text_of(k, b, &heap_b));

	mem_free(heap_a);
	mem_free(heap_b);
	return same;
}

/* Where key is in the table, or the free place where it belongs. */
static uint32_t *place_of(const struct json_keys *k, const struct json_key *key,
                          uint32_t *table, size_t mask)
{
	size_t i = key->mark & mask;

	for (; table[i]; i = (i + 1) & mask) {
		const struct json_key *before = &k->key[table[i] - 1];

		if (before->mark == key->mark && same_text(k, before, key))
			break;
	}
	return &table[i];
}

/* Marks become SipHash: a peer can not choose keys that meet in one place of the table. */
static bool all_differ(struct json_keys *k, size_t first, uint32_t *table, size_t room)
{
	memset(table, 0, room * sizeof *table);
	for (size_t i = first; i < k->count; i++) {
		struct json_key *key = &k->key[i];
		uint32_t *place;
		char *heap;

		key->mark = hash_bytes(text_of(k, key, &heap));
		mem_free(heap);
		place = place_of(k, key, table, room - 1);
		if (*place) {
			k->twice = key;
			return false;
		}
		*place = (uint32_t)i + 1;
	}
	return true;
}

void json_keys_init(struct json_keys *k, const char *text)
{
	k->text = text;
	k->key = k->few;
	k->count = 0;
	k->room = JSON_KEYS_FEW;
	k->twice = NULL;
}

void json_keys_fini(struct json_keys *k)
{
	if (k->key != k->few)
		mem_free(k->key);
}

bool json_keys_grow(struct json_keys *k)
{
	struct json_key *old = k->key == k->few ? NULL : k->key;
	struct json_key *grown = mem_try(old, k->room * 2 * sizeof *grown);

	if (!grown)
		return false;
	if (!old)
		memcpy(grown, k->few, sizeof k->few);
	k->key = grown;
	k->room *= 2;
	return true;
}

bool json_keys_differ(struct json_keys *k, const struct json_level *l,
                      const struct json_key *mine)
{
	for (const struct json_key *o = k->key + l->first; o < mine; o++)
		if (o->mark == mine->mark && o->length == mine->length &&
		    memcmp(k->text + o->at, k->text + mine->at, mine->length / 2) == 0) {
			k->twice = mine;
			return false;
		}
	return true;
}

bool json_keys_late_check(struct json_keys *k, const struct json_level *l)
{
	uint32_t few[TABLE_FEW], *table = few;
	size_t room = TABLE_FEW;
	bool ok;

	while (room < (k->count - l->first) * 2)
		room *= 2;
	if (room > TABLE_FEW)
		table = mem_try(NULL, room * sizeof *table);
	ok = table && all_differ(k, l->first, table, room);
	if (table != few)
		mem_free(table);
	return ok;
}
