/* usage/place.c - where a record stands: the table of the UTC day in which it began, by time
 * and then by the order in which records came.  Beside them stands what leads from an id to
 * its newest record: a hash of the id, within ten minutes, so that new ones share pages; and
 * chunks of cards (cards.c).
 * SPDX-License-Identifier: MIT */
#include "usage/inside.h"
#include "usage/pack.h"

#include <string.h>

#include "base/bigend.h"
#include "base/siphash.h"

enum { RECORD_ROW, ID_ROW, CARD_ROW };                 /* the first byte of a key */
enum { WALL_BYTES = 6, NUMBER_BYTES = 6, HASH_BYTES = 8, ROUNDS = 1, LAST_ROUNDS = 3 };
enum { SPAN_BYTES = 5, CHUNK_BYTES = 3 };
/* Its minute still is a number of 32 bits; the year is 10136. */
#define WALL_MAX (UINT32_MAX * MINUTE_MS)

static int64_t within(int64_t wall_ms)
{
	return wall_ms < 0 ? 0 : wall_ms > WALL_MAX ? WALL_MAX : wall_ms;
}

uint32_t place_minute(int64_t wall_ms)
{
	return (uint32_t)(within(wall_ms) / MINUTE_MS);
}

enum store_table place_table(uint32_t day)
{
	return STORE_RECORDS + day % (unsigned)(STORE_RECORDS_LAST - STORE_RECORDS + 1);
}

void place_key(int64_t wall_ms, uint64_t number, char out[PLACE_KEY_SIZE])
{
	out[0] = RECORD_ROW;
	big_put(out + 1, (uint64_t)within(wall_ms), WALL_BYTES);
	big_put(out + 1 + WALL_BYTES, number, NUMBER_BYTES);
}

int64_t place_wall_ms(const char key[PLACE_KEY_SIZE])
{
	return (int64_t)big_get(key + 1, WALL_BYTES);
}

unsigned place_part(int64_t wall_ms)
{
	return (unsigned)(within(wall_ms) % DAY_MS / (DAY_MS / PLACE_PARTS));
}

/* Nobody gains from ids that collide: they hide their own records only. */
static uint64_t hash(cdt_str id)
{
	static const uint64_t key[2] = { 0x7573616765, 0x6964 };
	uint64_t v[4];

	sip_start(v, key);
	sip_take_text(v, id, ROUNDS);
	v[2] ^= 0xff;
	sip_rounds(v, LAST_ROUNDS);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void place_id_key(unsigned part, cdt_str id, char out[PLACE_ID_SIZE])
{
	out[0] = ID_ROW;
	out[1] = (char)part;
	big_put(out + 2, hash(id), HASH_BYTES);
}

uint64_t place_span(int64_t wall_ms)
{
	return (uint64_t)within(wall_ms) >> PLACE_SPAN_BITS;
}

int64_t place_span_ms(uint64_t span)
{
	return (int64_t)(span << PLACE_SPAN_BITS);
}

uint16_t place_part_ms(int64_t wall_ms)
{
	return (uint16_t)((uint64_t)within(wall_ms) & ((1u << PLACE_SPAN_BITS) - 1));
}

void place_card_key(uint64_t span, uint32_t chunk, char out[PLACE_CARD_SIZE])
{
	out[0] = CARD_ROW;
	big_put(out + 1, span, SPAN_BYTES);
	big_put(out + 1 + SPAN_BYTES, chunk, CHUNK_BYTES);
}

bool place_is_card(cdt_str key, uint64_t *span)
{
	if (key.n != PLACE_CARD_SIZE || key.p[0] != CARD_ROW)
		return false;
	*span = big_get(key.p + 1, SPAN_BYTES);
	return true;
}
