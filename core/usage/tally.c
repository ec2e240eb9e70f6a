/* usage/tally.c - an open hash table over rows that stand in the order in which they came.
 * SPDX-License-Identifier: MIT */
#include "usage/tally.h"

#include <string.h>

#include "base/mem.h"

enum { FIRST_ROWS = 64 };

void tally_init(struct tally *t)
{
	*t = (struct tally){ .room = FIRST_ROWS, .slot_count = 2 * FIRST_ROWS };
	t->rows = mem_new_array(t->room, sizeof *t->rows);
	t->slots = mem_new_array(t->slot_count, sizeof *t->slots);
}

void tally_fini(struct tally *t)
{
	mem_free(t->rows);
	mem_free(t->slots);
}

/* Numbers are small and near each other: each is spread over all bits. */
static uint64_t hash(uint32_t bucket, const uint32_t name[USAGE_DIMS])
{
	uint64_t h = bucket;

	for (unsigned d = 0; d < USAGE_DIMS; d++)
		h = (h ^ name[d]) * UINT64_C(0x9e3779b97f4a7c15) ^ h >> 29;
	return h ^ h >> 32;
}

static bool is(const struct tally_row *r, uint32_t bucket, const uint32_t name[USAGE_DIMS])
{
	return r->bucket == bucket && !memcmp(r->name, name, sizeof r->name);
}

static uint32_t *find(struct tally *t, uint32_t bucket, const uint32_t name[USAGE_DIMS])
{
	size_t i = hash(bucket, name) & (t->slot_count - 1);

	while (t->slots[i] && !is(&t->rows[t->slots[i] - 1], bucket, name))
		i = (i + 1) & (t->slot_count - 1);
	return &t->slots[i];
}

static void grow(struct tally *t)
{
	t->room *= 2;
	t->rows = mem_resize(t->rows, t->room * sizeof *t->rows);
	mem_free(t->slots);
	t->slot_count = 2 * t->room;
	t->slots = mem_new_array(t->slot_count, sizeof *t->slots);
	for (size_t i = 0; i < t->count; i++)
		*find(t, t->rows[i].bucket, t->rows[i].name) = (uint32_t)i + 1;
}

struct tally_row *tally_at(struct tally *t, uint32_t bucket, const uint32_t name[USAGE_DIMS])
{
	uint32_t *slot = find(t, bucket, name);
	struct tally_row *r;

	if (*slot)
		return &t->rows[*slot - 1];
	if (t->count == USAGE_ROWS_MAX)
		return NULL;
	if (t->count == t->room) {
		grow(t);
		slot = find(t, bucket, name);
	}
	r = &t->rows[t->count++];
	memset(r, 0, sizeof *r);
	r->bucket = bucket;
	memcpy(r->name, name, sizeof r->name);
	*slot = (uint32_t)t->count;
	return r;
}
