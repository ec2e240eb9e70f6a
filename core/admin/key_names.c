/* admin/key_names.c - the names of the keys that an answer tells of by their ids.
 * SPDX-License-Identifier: MIT */
#include "admin/key_names.h"

#include <string.h>

#include "admin/records.h"
#include "auth/keyring.h"
#include "base/map.h"
#include "base/str.h"

enum { IDS_MAX = 1000, PLACES = 2048 };

struct key_names {
	size_t count;
	char id[IDS_MAX][KEY_ID_SIZE];
	uint16_t place[PLACES];                /* by hash: a number of id from 1 on; 0 = free */
};

void key_names_begin(struct inquiry *c)
{
	c->key_names = arena_take(&c->arena, sizeof *c->key_names);
	if (c->key_names)
		memset(c->key_names, 0, sizeof *c->key_names);
}

void key_names_add(struct inquiry *c, cdt_str id)
{
	struct key_names *k = c->key_names;
	size_t at = (size_t)hash_bytes(id) % PLACES;

	if (!k || id.n != KEY_ID_SIZE)
		return;
	for (; k->place[at]; at = (at + 1) % PLACES)
		if (!memcmp(k->id[k->place[at] - 1], id.p, KEY_ID_SIZE))
			return;
	if (k->count == IDS_MAX)
		return;
	memcpy(k->id[k->count++], id.p, KEY_ID_SIZE);
	k->place[at] = (uint16_t)k->count;
}

static void put(struct inquiry *c, const char id[KEY_ID_SIZE], bool *any)
{
	char text[KEY_ID_SIZE + 1] = "";
	struct key *k;

	memcpy(text, id, KEY_ID_SIZE);
	k = keyring_take(record_ring(c), str_z(text));
	if (k && k->name) {
		if (!*any) {
			jsonw_key(&c->json, "key_names");
			jsonw_open(&c->json, '{');
		}
		*any = true;
		jsonw_put_z(&c->json, text, k->name);
	}
	if (k)
		keyring_give(record_ring(c), k);
}

void key_names_put(struct inquiry *c)
{
	struct key_names *k = c->key_names;
	bool any = false;

	for (size_t i = 0; k && i < k->count; i++)
		put(c, k->id[i], &any);
	if (any)
		jsonw_close(&c->json);
}
